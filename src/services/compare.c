#include "services/compare.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/compare.h"
#include "base/mem.h"
#include "services/compare_side.h"

#define DF_KNOWN 1e6

/* Of shares nothing is given but that independent requests have noise. */
static void given_noise(double deviation, struct ct_run_noise *out)
{
    for (int m = 0; m < CT_COMPARE_METRICS; m++) {
        bool share = ct_compare_metrics[m].scale == CT_SCALE_SHARE;
        out->variance[m] = share ? 0 : deviation * deviation;
        out->df[m] = DF_KNOWN;
    }
}

/* --- matching --- */

/* The other side's point of the same test case and load; the only one of each side matches. */
static struct ct_side_point *partner(const struct ct_side_point *p, size_t count,
                                     struct ct_side_reading *other)
{
    for (size_t i = 0; i < other->count; i++)
        if (other->points[i].first.load == p->first.load &&
            strcmp(other->points[i].first.test_case, p->first.test_case) == 0)
            return &other->points[i];
    bool only = count == 1 && other->count == 1;
    return only && other->points[0].first.load == p->first.load ? &other->points[0] : NULL;
}

static double rate_of(const struct ct_digest *e)
{
    const char *text = ct_facts_find(&e->plan, "offered_rps");
    return text != NULL ? strtod(text, NULL) : NAN;
}

/* Points of a benchmark stand at the rates that the search found: where these differ, latencies
 * say nothing. */
static bool rates_differ(const struct ct_side_point *a, const struct ct_side_point *b)
{
    double ra = rate_of(&a->first), rb = rate_of(&b->first);
    return fabs(ra - rb) > 1e-9 * ra;
}

static size_t valid_runs(const struct ct_side_point *p)
{
    size_t n = 0;
    for (size_t i = 0; i < p->count; i++)
        n += p->runs[i].verdict != CT_VERDICT_INVALID;
    return n;
}

static void add_point(const struct ct_compare_request *q, struct ct_side_point *a,
                      struct ct_side_point *b, bool many, struct ct_comparison *c)
{
    char at[64] = "";
    bool shown_only = many && rates_differ(a, b) && !q->force;
    if (many)
        (void)snprintf(at, sizeof(at), "load %.10g: ", a->first.load);
    (void)ct_side_differences(&a->first, &b->first, !shown_only, at, c);
    c->points = ct_xrealloc(c->points, c->n_points + 1, sizeof(*c->points));
    struct ct_compare_point *p = &c->points[c->n_points++];
    *p = (struct ct_compare_point){
        .load = a->first.load,
        .rps = rate_of(&a->first),
        .shown_only = shown_only,
        .a = {a->runs, a->count},
        .b = {b->runs, b->count},
    };
    (void)snprintf(p->test_case, sizeof(p->test_case), "%s", a->first.test_case);
    bool few = valid_runs(a) < CT_COMPARE_RUNS_MIN && valid_runs(b) < CT_COMPARE_RUNS_MIN;
    p->has_noise = few && (!isnan(q->run_noise) || ct_side_noise(a, b, q->storage, c, &p->noise));
    if (!isnan(q->run_noise))
        given_noise(q->run_noise, &p->noise);
    a->runs = b->runs = NULL; /* they are the comparison's now */
    if (shown_only)
        ct_comparison_note(c,
                           "load %.10g was measured at %.10g/s for A and %.10g/s for B: shown, "
                           "not judged",
                           a->first.load, rate_of(&a->first), rate_of(&b->first));
}

static int match(const struct ct_compare_request *q, struct ct_side_reading *a,
                 struct ct_side_reading *b, struct ct_comparison *c, struct ct_err *err)
{
    bool many = a->count > 1 || b->count > 1;
    for (size_t i = 0; i < a->count; i++) {
        struct ct_side_point *p = partner(&a->points[i], a->count, b);
        if (p != NULL)
            add_point(q, &a->points[i], p, many, c);
        else if (many)
            ct_comparison_note(c, "load %.10g is in A only", a->points[i].first.load);
    }
    for (size_t i = 0; many && i < b->count; i++)
        if (partner(&b->points[i], b->count, a) == NULL)
            ct_comparison_note(c, "load %.10g is in B only", b->points[i].first.load);
    if (c->n_points > 0)
        return 0;
    return ct_fail(err, CT_EUSAGE,
                   "nothing was measured on both sides: A (%s) has %s at load %.10g, B (%s) has %s "
                   "at load %.10g",
                   a->name, a->points[0].first.test_case, a->points[0].first.load, b->name,
                   b->points[0].first.test_case, b->points[0].first.load);
}

/* --- the whole --- */

static int refuse(const struct ct_comparison *c, struct ct_err *err)
{
    enum { SHOWN = 5, LIST_MAX = 400 };
    struct ct_buf list;
    ct_buf_init(&list, LIST_MAX);
    for (size_t i = 0; i < c->n_differences && i < SHOWN; i++)
        (void)ct_buf_printf(&list, "%s%s %.60s and %.60s", i > 0 ? ", " : "",
                            c->differences[i].what, c->differences[i].a, c->differences[i].b);
    if (c->n_differences > SHOWN)
        (void)ct_buf_printf(&list, ", and %zu more", c->n_differences - SHOWN);
    int rc = ct_fail(err, CT_EUSAGE, "not measured alike: %s (--force compares all the same)",
                     list.data);
    ct_buf_release(&list);
    return rc;
}

int ct_compare_files(const struct ct_compare_request *request, struct ct_comparison *out,
                     struct ct_err *err)
{
    struct ct_side_reading a = {0}, b = {0};
    *out = (struct ct_comparison){.min_effect = request->min_effect, .forced = request->force};
    int rc = ct_side_read(&request->a, request->storage, out, &a, err);
    if (rc == 0)
        rc = ct_side_read(&request->b, request->storage, out, &b, err);
    if (rc == 0)
        rc = match(request, &a, &b, out, err);
    if (rc == 0 && out->n_differences > 0 && !request->force)
        rc = refuse(out, err);
    if (rc == 0) {
        out->name_a = ct_xstrdup(a.name);
        out->name_b = ct_xstrdup(b.name);
        ct_compare(out);
    }
    ct_side_release(&a);
    ct_side_release(&b);
    if (rc < 0)
        ct_comparison_release(out);
    return rc;
}
