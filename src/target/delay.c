#include "target/delay.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/units.h"

enum { PARTS_MAX = 3 };

/* Split text at the separator; the parts are owned by *owner. Returns how many there are, or
 * PARTS_MAX + 1. */
static size_t split(const char *text, char separator, char **owner, char *parts[PARTS_MAX])
{
    size_t count = 0;
    char *rest = *owner = ct_xstrdup(text);
    while (rest != NULL && count < PARTS_MAX) {
        parts[count++] = rest;
        if ((rest = strchr(rest, separator)) != NULL)
            *rest++ = '\0';
    }
    return rest != NULL ? PARTS_MAX + 1 : count;
}

static int parse_one(const char *text, uint64_t *out_ns, struct ct_err *err)
{
    uint64_t ns;
    int rc = ct_duration_parse(text, &ns, err);
    if (rc == 0 && ns > CT_DELAY_MAX_NS)
        return ct_fail(err, CT_EUSAGE, "a delay of '%s' is more than a minute", text);
    if (rc == 0)
        *out_ns = ns;
    return rc;
}

static int parse_mixture(char *const parts[], size_t count, struct ct_delay *d, struct ct_err *err)
{
    int rc;
    if (count != 3)
        return ct_fail(err, CT_EUSAGE, "a mixture has three parts, as in mix:1ms,50ms,5%%");
    if ((rc = parse_one(parts[0], &d->usual_ns, err)) < 0 ||
        (rc = parse_one(parts[1], &d->rare_ns, err)) < 0)
        return rc;
    return ct_percent_parse(parts[2], &d->rare_share, err);
}

static int parse_lognormal(char *const parts[], size_t count, struct ct_delay *d,
                           struct ct_err *err)
{
    int rc;
    if (count != 2)
        return ct_fail(err, CT_EUSAGE, "a lognormal has two parts, as in lognormal:2ms,0.5");
    if ((rc = parse_one(parts[0], &d->usual_ns, err)) < 0 ||
        (rc = ct_number_parse(parts[1], &d->sigma, err)) < 0)
        return rc;
    return d->sigma <= 10 ? 0 : ct_fail(err, CT_EUSAGE, "a sigma of '%s' is above 10", parts[1]);
}

static const char *after(const char *text, const char *prefix)
{
    size_t len = strlen(prefix);
    return strncmp(text, prefix, len) == 0 ? text + len : NULL;
}

int ct_delay_parse(const char *text, struct ct_delay *out, struct ct_err *err)
{
    struct ct_delay d = {0};
    char *owner = NULL, *parts[PARTS_MAX] = {0};
    const char *rest;
    int rc;
    if ((rest = after(text, "mix:")) != NULL) {
        d.kind = CT_DELAY_MIXTURE;
        rc = parse_mixture(parts, split(rest, ',', &owner, parts), &d, err);
    } else if ((rest = after(text, "lognormal:")) != NULL) {
        d.kind = CT_DELAY_LOGNORMAL;
        rc = parse_lognormal(parts, split(rest, ',', &owner, parts), &d, err);
    } else {
        rc = parse_one(text, &d.usual_ns, err);
        d.kind = d.usual_ns > 0 ? CT_DELAY_CONSTANT : CT_DELAY_NONE;
    }
    free(owner);
    if (rc == 0)
        *out = d;
    return rc;
}

/* Box and Muller, one of the two. */
static double normal(struct ct_rng *rng)
{
    double radius = sqrt(2 * ct_rng_exponential(rng));
    return radius * cos(2 * acos(-1.0) * ct_rng_unit(rng));
}

static uint64_t draw_lognormal_ns(const struct ct_delay *d, struct ct_rng *rng)
{
    double ns = (double)d->usual_ns * exp(d->sigma * normal(rng));
    return ns < (double)CT_DELAY_MAX_NS ? (uint64_t)ns : CT_DELAY_MAX_NS;
}

uint64_t ct_delay_draw_ns(const struct ct_delay *d, struct ct_rng *rng)
{
    switch (d->kind) {
    case CT_DELAY_CONSTANT:
        return d->usual_ns;
    case CT_DELAY_MIXTURE:
        return ct_rng_unit(rng) < d->rare_share ? d->rare_ns : d->usual_ns;
    case CT_DELAY_LOGNORMAL:
        return draw_lognormal_ns(d, rng);
    case CT_DELAY_NONE:
    default:
        return 0;
    }
}

int ct_deafness_parse(const char *text, struct ct_deafness *out, struct ct_err *err)
{
    struct ct_deafness d = {0};
    char *owner, *parts[PARTS_MAX];
    size_t count = split(text, '/', &owner, parts);
    int rc = 0;
    if (count == 2) {
        if ((rc = parse_one(parts[0], &d.deaf_ns, err)) == 0)
            rc = parse_one(parts[1], &d.every_ns, err);
    } else if (strcmp(text, "0") != 0) {
        rc = ct_fail(err, CT_EUSAGE, "'%s' is no deafness: write 500ms/2s", text);
    }
    free(owner);
    if (rc == 0 && d.every_ns > 0 && d.deaf_ns >= d.every_ns)
        rc = ct_fail(err, CT_EUSAGE, "'%s' would never hear: write 500ms/2s", text);
    if (rc == 0)
        *out = d;
    return rc;
}

uint64_t ct_deafness_end_ns(const struct ct_deafness *d, uint64_t since_start_ns)
{
    if (d->every_ns == 0)
        return 0;
    uint64_t into_ns = since_start_ns % d->every_ns;
    bool deaf = into_ns >= d->every_ns - d->deaf_ns;
    return deaf ? since_start_ns - into_ns + d->every_ns : 0;
}
