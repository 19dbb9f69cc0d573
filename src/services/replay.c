#include "services/replay.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/hash.h"
#include "base/mem.h"

#define NS_MAX (UINT64_C(365) * 86400 * CT_NS_PER_S) /* from the first instant to the last */

enum { FIELD_MAX = 64 };

/* Seconds with up to nine digits after the point. */
static bool parse_seconds(const char *text, uint64_t *out_ns)
{
    uint64_t whole = 0, fraction = 0, unit = CT_NS_PER_S;
    const char *p = text;
    for (; *p >= '0' && *p <= '9'; p++) {
        if (whole > UINT64_MAX / CT_NS_PER_S / 20)
            return false;
        whole = whole * 10 + (uint64_t)(*p - '0');
    }
    if (p == text)
        return false;
    if (*p == '.')
        for (p++; *p >= '0' && *p <= '9'; p++) {
            unit /= 10;
            fraction += unit * (uint64_t)(*p - '0');
        }
    *out_ns = whole * CT_NS_PER_S + fraction;
    return *p == '\0';
}

static bool parse_instant(const char *line, size_t len, uint64_t *out_ns)
{
    char field[FIELD_MAX];
    size_t n = 0;
    while (n < len && strchr(", \t\r", line[n]) == NULL)
        n++;
    if (n == 0 || n >= sizeof(field))
        return false;
    memcpy(field, line, n);
    field[n] = '\0';
    return parse_seconds(field, out_ns) || ct_time_parse(field, n, out_ns) == 0;
}

static int ascending(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

static int finish(uint64_t *ns, size_t count, struct ct_run_plan *plan, struct ct_err *err)
{
    if (count == 0)
        return ct_fail(err, CT_EUSAGE, "there is no instant in it, such as 0.25");
    qsort(ns, count, sizeof(*ns), ascending);
    uint64_t first = ns[0];
    if (ns[count - 1] - first >= NS_MAX)
        return ct_fail(err, CT_EUSAGE, "its instants are more than 365 days apart");
    plan->instants = CT_HASH_START;
    for (size_t k = 0; k < count; k++) {
        ns[k] -= first;
        plan->instants = ct_hash_add_number(plan->instants, ns[k]);
    }
    plan->arrivals = CT_ARRIVALS_REPLAY;
    plan->replay_ns = ns;
    plan->n_replay = plan->planned = count;
    plan->duration_ns = ns[count - 1] + 1;
    return 0;
}

/* The instants read so far. */
struct instants {
    uint64_t *ns;
    size_t count, cap;
};

static bool take_line(struct instants *all, const char *line, size_t len)
{
    if (len == 0 || *line == '#' || *line == '\r')
        return true;
    if (all->count == all->cap) {
        all->cap = all->cap == 0 ? 1024 : 2 * all->cap;
        all->ns = ct_xrealloc(all->ns, all->cap, sizeof(*all->ns));
    }
    bool ok = parse_instant(line, len, &all->ns[all->count]);
    all->count += ok;
    return ok;
}

int ct_replay_parse(const char *text, size_t len, struct ct_run_plan *plan, struct ct_err *err)
{
    struct instants all = {0};
    const char *at = text, *end = text + len;
    size_t line_no = 0;
    int rc = 0;
    while (rc == 0 && at < end) {
        const char *stop = memchr(at, '\n', (size_t)(end - at));
        size_t line = (size_t)((stop != NULL ? stop : end) - at);
        line_no++;
        if (!take_line(&all, at, line))
            rc = ct_fail(err, CT_EUSAGE,
                         "line %zu: '%.*s' does not begin with seconds (0.25) or a time "
                         "(2026-11-21T10:00:00.25Z)",
                         line_no, (int)(line < 40 ? line : 40), at);
        at += line + (stop != NULL);
    }
    if (rc == 0)
        rc = finish(all.ns, all.count, plan, err);
    if (rc < 0)
        free(all.ns);
    return rc;
}

int ct_replay_read(const char *path, struct ct_run_plan *plan, struct ct_err *err)
{
    struct ct_buf b;
    ct_buf_init(&b, CT_REPLAY_FILE_MAX);
    int rc = ct_buf_read_file(&b, strcmp(path, "-") == 0 ? "/dev/stdin" : path, err);
    if (rc == 0 && (rc = ct_replay_parse(b.data, b.len, plan, err)) < 0)
        (void)ct_fail_while(err, "--replay: %s", path);
    ct_buf_release(&b);
    return rc;
}
