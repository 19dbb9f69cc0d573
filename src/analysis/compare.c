#include "analysis/compare.h"

#include <math.h>
#include <string.h>

#include "analysis/stats.h"

#define DF_MAX 1e6
#define TIME_FLOOR_NS 20e3
#define SHARE_FLOOR 0.001
#define CPU_FLOOR 0.01 /* of a server */

/* --- the test --- */

struct ct_difference ct_difference_welch(double mean_a, double var_a, double df_a, double mean_b,
                                         double var_b, double df_b)
{
    struct ct_difference x = {.d = mean_b - mean_a, .variance = var_a + var_b, .df = DF_MAX};
    double parts = var_a * var_a / df_a + var_b * var_b / df_b;
    if (parts > 0)
        x.df = fmin(x.variance * x.variance / parts, DF_MAX);
    return x;
}

double ct_difference_p(const struct ct_difference *x)
{
    if (x->variance > 0)
        return ct_stats_t_beyond(x->d / sqrt(x->variance), x->df);
    return x->d > 0 ? 0 : x->d < 0 ? 1 : 0.5;
}

void ct_holm(const double *p, size_t count, double level, bool *out)
{
    bool go_on = true;
    for (size_t i = 0; i < count; i++)
        out[i] = false;
    for (size_t k = 0; k < count && go_on; k++) {
        size_t least = count;
        for (size_t i = 0; i < count; i++)
            if (!out[i] && (least == count || p[i] < p[least]))
                least = i;
        go_on = p[least] <= level / (double)(count - k);
        out[least] = go_on;
    }
}

/* --- a side --- */

/* What the valid runs of a side say of one metric, in logarithms (shares: themselves). */
struct estimate {
    size_t n;
    size_t beyond;            /* valid runs without a value, as it is more than any */
    double mean, variance;    /* of the values: from one run to the next; NAN below two */
    double within, within_df; /* variance of the mean, as the runs show it in themselves; NAN */
    double requests, lowest, highest;
};

static double scaled(enum ct_compare_metric m, double value)
{
    if (ct_compare_metrics[m].scale == CT_SCALE_SHARE)
        return value;
    return value > 0 ? log(value) : NAN;
}

static double unscaled(enum ct_compare_metric m, double value)
{
    return ct_compare_metrics[m].scale == CT_SCALE_SHARE ? value : exp(value);
}

/* Sums up; within and within_df are made of sums of v / n^2 and of its square over df. */
static struct estimate estimate_of(const struct ct_compare_side *s, enum ct_compare_metric m)
{
    struct estimate e = {.lowest = INFINITY, .highest = -INFINITY};
    double squares = 0, v = 0, v2 = 0;
    for (size_t i = 0; i < s->count; i++) {
        const struct ct_compare_run *r = &s->runs[i];
        double x = scaled(m, r->value[m]);
        if (r->verdict == CT_VERDICT_INVALID || (isnan(x) && !r->beyond[m]))
            continue;
        e.requests += r->requests;
        if (isnan(x)) {
            e.beyond++;
            continue;
        }
        e.n++;
        double delta = x - e.mean;
        e.mean += delta / (double)e.n;
        squares += delta * (x - e.mean);
        v += r->variance[m];
        v2 += r->variance[m] * r->variance[m] / r->df[m];
        e.lowest = fmin(e.lowest, x);
        e.highest = fmax(e.highest, x);
    }
    double n = (double)e.n;
    e.variance = e.n > 1 ? squares / (n - 1) : NAN;
    e.within = e.n > 0 ? v / (n * n) : NAN;
    e.within_df = v2 > 0 ? fmin(v * v / v2, DF_MAX) : DF_MAX;
    return e;
}

/* --- one metric --- */

/* How runs differ, when that is known from elsewhere. */
struct between {
    double variance, df; /* NAN: not known */
};

static struct between between_of(const struct estimate *a, const struct estimate *b,
                                 const struct ct_run_noise *noise, enum ct_compare_metric m)
{
    if (a->n >= CT_COMPARE_RUNS_MIN)
        return (struct between){a->variance, (double)a->n - 1};
    if (b->n >= CT_COMPARE_RUNS_MIN)
        return (struct between){b->variance, (double)b->n - 1};
    if (noise != NULL)
        return (struct between){noise->variance[m], noise->df[m]};
    return (struct between){NAN, NAN};
}

/* Variance of a side's mean. */
static struct between side_noise(const struct estimate *e, const struct between *between)
{
    if (e->n >= CT_COMPARE_RUNS_MIN)
        return (struct between){e->variance / (double)e->n, (double)e->n - 1};
    struct between known = {between->variance / (double)e->n, between->df};
    return e->within > known.variance ? (struct between){e->within, e->within_df} : known;
}

static struct ct_difference difference_of(const struct estimate *a, const struct estimate *b,
                                          const struct between *between,
                                          enum ct_compare_method *out_method)
{
    if (isnan(between->variance)) {
        *out_method = isnan(a->within + b->within) ? CT_COMPARE_BY_NOTHING : CT_COMPARE_BY_BATCHES;
        return ct_difference_welch(a->mean, a->within, a->within_df, b->mean, b->within,
                                   b->within_df);
    }
    bool runs = a->n >= CT_COMPARE_RUNS_MIN && b->n >= CT_COMPARE_RUNS_MIN;
    struct between va = side_noise(a, between), vb = side_noise(b, between);
    struct ct_difference x =
        ct_difference_welch(a->mean, va.variance, va.df, b->mean, vb.variance, vb.df);
    *out_method = runs ? CT_COMPARE_BY_RUNS : CT_COMPARE_BY_NOISE;
    if (!runs) /* one estimate serves both sides: it cannot count twice */
        x.df = fmin(x.df, between->df);
    return x;
}

/* Shares: no less noise than independent requests have. */
static void widen_share(const struct estimate *a, const struct estimate *b, struct ct_difference *x)
{
    double total = a->requests + b->requests;
    double p = (a->mean * a->requests + b->mean * b->requests) / total;
    double least = p * (1 - p) * (1 / a->requests + 1 / b->requests);
    if (least > x->variance)
        *x = (struct ct_difference){x->d, least, fmax(x->df, 1)};
}

static double floor_of(const struct ct_compare_point *p, enum ct_compare_metric m, double a,
                       double min_effect)
{
    enum ct_compare_scale scale = ct_compare_metrics[m].scale;
    double rps = p->results[CT_COMPARE_ACHIEVED].a;
    if (m == CT_COMPARE_CPU)
        return rps > 0 ? CPU_FLOOR * 1e9 / rps : 0;
    if (scale == CT_SCALE_SHARE)
        return fmax(SHARE_FLOOR, min_effect * a);
    if (scale != CT_SCALE_TIME)
        return 0;
    double late = fabs(p->lateness_b_ns - p->lateness_a_ns);
    return fmax(TIME_FLOOR_NS, isnan(late) ? 0 : 2 * late);
}

static double change_of(enum ct_compare_metric m, double d)
{
    return ct_compare_metrics[m].scale == CT_SCALE_SHARE ? d : expm1(d);
}

/* Nothing can come of it: one value everywhere. */
static bool is_constant(const struct estimate *a, const struct estimate *b)
{
    return fmin(a->lowest, b->lowest) >= fmax(a->highest, b->highest);
}

void ct_compare_metric(struct ct_compare_point *p, enum ct_compare_metric m, double min_effect)
{
    struct ct_compare_result *r = &p->results[m];
    struct estimate a = estimate_of(&p->a, m), b = estimate_of(&p->b, m);
    *r = (struct ct_compare_result){.a = NAN,
                                    .b = NAN,
                                    .change = NAN,
                                    .low = NAN,
                                    .high = NAN,
                                    .noise = NAN,
                                    .df = NAN,
                                    .p_worse = NAN,
                                    .p_better = NAN,
                                    .can_detect = NAN};
    r->method = CT_COMPARE_BY_NOTHING;
    if (a.n > 0)
        r->a = unscaled(m, a.mean);
    if (b.n > 0)
        r->b = unscaled(m, b.mean);
    bool enough = m != CT_COMPARE_RESPONSE_P99 ||
                  (a.requests >= CT_COMPARE_P99_REQUESTS && b.requests >= CT_COMPARE_P99_REQUESTS);
    r->decides = ct_compare_metrics[m].decides && enough && !p->shown_only;
    r->beyond = b.beyond * (a.n + a.beyond) > a.beyond * (b.n + b.beyond);
    if (r->beyond) {
        r->b = NAN; /* what is left of B is its better part */
        r->status = CT_COMPARE_UNCLEAR;
        return;
    }
    if (a.n == 0 || b.n == 0) {
        r->decides = false;
        return;
    }
    r->effect_floor = floor_of(p, m, r->a, min_effect);
    struct between between = between_of(&a, &b, p->has_noise ? &p->noise : NULL, m);
    struct ct_difference x = difference_of(&a, &b, &between, &r->method);
    if (ct_compare_metrics[m].scale == CT_SCALE_SHARE && !is_constant(&a, &b))
        widen_share(&a, &b, &x);
    r->change = change_of(m, x.d);
    if (is_constant(&a, &b)) {
        r->status = CT_COMPARE_ALIKE;
        return;
    }
    if (isnan(x.variance))
        return;
    double half = ct_stats_t_quantile(1 - CT_COMPARE_LEVEL, x.df) * sqrt(x.variance);
    r->low = change_of(m, x.d - half);
    r->high = change_of(m, x.d + half);
    double up = ct_difference_p(&x);
    r->p_worse = ct_compare_metrics[m].less_is_worse ? 1 - up : up;
    r->p_better = 1 - r->p_worse;
    r->noise = sqrt(x.variance);
    r->df = x.df;
}
