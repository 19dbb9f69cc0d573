#include "analysis/baseline.h"

#include <assert.h>
#include <math.h>

#include "analysis/stats.h"

#define TIME_FLOOR_NS 20e3
#define SHARE_FLOOR 0.001
#define LEAST_FLOOR 1e-9 /* without any noise the same value is no change */
#define ROUNDING 1e-9
enum { OUTSIDE_DEVIATIONS = 2, CHECK_RUNS_MAX = 100, RECORD_RUNS_MAX = 500, CHECK_RUNS = 5 };

const char *ct_baseline_status_name(enum ct_baseline_status s)
{
    static const char *const names[] = {"none", "kept", "worse", "better"};
    assert(s <= CT_BASELINE_BETTER);
    return names[s];
}

/* --- one figure over runs --- */

/* Mean, and the deviation with n - 1; NAN below two values. */
static void moments(const double *v, size_t n, double *mean, double *sd)
{
    double sum = 0, squares = 0;
    for (size_t i = 0; i < n; i++)
        sum += v[i];
    *mean = n > 0 ? sum / (double)n : NAN;
    for (size_t i = 0; i < n; i++)
        squares += (v[i] - *mean) * (v[i] - *mean);
    *sd = n > 1 ? sqrt(squares / (double)(n - 1)) : NAN;
}

static double variation(enum ct_figure f, double mean, double sd)
{
    if (ct_figures[f].scale != CT_FIGURE_SHARE)
        return sqrt(expm1(sd * sd));
    return mean > 0 ? sd / mean : sd == 0 ? 0 : NAN;
}

/* Sorts v. The widest gap parts at least two values on each side, is 40 % of the range, and three
 * times as wide as the steps to be expected in either part. */
static bool has_two_modes(double *v, size_t n)
{
    enum { FEWEST = 6, SIDE = 2 };
    struct ct_stats s;
    if (n < FEWEST)
        return false;
    ct_stats_make(v, n, &s);
    size_t at = SIDE;
    for (size_t i = SIDE; i + SIDE <= n; i++)
        if (v[i] - v[i - 1] > v[at] - v[at - 1])
            at = i;
    double gap = v[at] - v[at - 1];
    double left = (v[at - 1] - v[0]) / (double)at, right = (v[n - 1] - v[at]) / (double)(n - at);
    return gap > 0 && gap >= 0.4 * (v[n - 1] - v[0]) && gap > 3 * fmax(left, right);
}

/* 0: one of them does not say. */
static double requests_of(const struct ct_past *past, const struct ct_figure_values *x)
{
    double sum = 0;
    for (size_t i = 0; i < x->count; i++) {
        if (past->runs[x->at[i]].requests == 0)
            return 0;
        sum += (double)past->runs[x->at[i]].requests;
    }
    return sum;
}

void ct_level_make(const struct ct_past *past, enum ct_figure f, bool drop_outliers,
                   struct ct_level *out)
{
    *out = (struct ct_level){.typical_without = NAN, .cv_without = NAN};
    struct ct_figure_values x = ct_figure_values_of(past, f), inside = ct_figure_values_of(past, f);
    moments(x.v, x.count, &out->mean, &out->sd);
    inside.count = 0;
    for (size_t i = 0; i < x.count; i++) {
        if (!(fabs(x.v[i] - out->mean) > OUTSIDE_DEVIATIONS * out->sd)) {
            inside.v[inside.count] = x.v[i];
            inside.at[inside.count++] = x.at[i];
        } else if (out->n_outside < CT_BASELINE_OUTSIDE_MAX) {
            out->outside[out->n_outside++] = x.at[i];
        }
    }
    double mean = out->mean, sd = out->sd;
    if (inside.count < x.count) {
        moments(inside.v, inside.count, &mean, &sd);
        out->typical_without = ct_figure_unscaled(f, mean);
        out->cv_without = variation(f, mean, sd);
    }
    const struct ct_figure_values *counted = drop_outliers ? &inside : &x;
    out->count = counted->count;
    out->requests = requests_of(past, counted);
    if (drop_outliers) {
        out->mean = mean;
        out->sd = sd;
    }
    out->typical = ct_figure_unscaled(f, out->mean);
    out->cv = variation(f, out->mean, out->sd);
    out->two_modes = has_two_modes(x.v, x.count);
    ct_figure_values_release(&inside);
    ct_figure_values_release(&x);
}

/* --- the bound --- */

/* The smallest effect, scaled, > 0. */
static double floor_of(enum ct_figure f, const struct ct_level *l, double min_effect)
{
    if (ct_figures[f].scale == CT_FIGURE_SHARE)
        return fmax(SHARE_FLOOR, min_effect * l->typical);
    if (ct_figures[f].less_is_worse)
        return -log1p(-fmin(fmax(min_effect, LEAST_FLOOR), 0.99));
    return log1p(fmax(min_effect, TIME_FLOOR_NS / l->typical));
}

static double error_of(const struct ct_level *l, size_t m)
{
    return l->sd * sqrt(1 / (double)l->count + 1 / (double)m);
}

/* --- the bound of chance, of shares --- */

static bool has_chance(enum ct_figure f, const struct ct_level *l)
{
    return ct_figures[f].scale == CT_FIGURE_SHARE && l->requests > 0;
}

/* Requests of m runs. */
static double requests_in(const struct ct_level *l, size_t m)
{
    return (double)m * l->requests / (double)l->count;
}

/* Probability that, of the failures of the old runs and k more, at least k are in m new runs. */
static double chance_beyond(const struct ct_level *l, size_t m, double k)
{
    double old_failed = l->typical * l->requests;
    return ct_stats_binomial_beyond(k, old_failed + k, (double)m / (double)(l->count + m));
}

/* Probability that chance alone makes the share of m runs that much higher. */
static double chance_of(const struct ct_level *l, size_t m, double d)
{
    return chance_beyond(l, m, ceil((l->typical + d) * requests_in(l, m) * (1 - ROUNDING)));
}

/* How far the share of m runs must be off so that chance is rarer than level. */
static double chance_bound(const struct ct_level *l, size_t m, double level)
{
    double low = 0, high = floor(requests_in(l, m)) + 1; /* failures: too few, enough */
    while (high - low > 1) {
        double k = floor((low + high) / 2);
        *(chance_beyond(l, m, k) > level ? &low : &high) = k;
    }
    return high / requests_in(l, m) * (1 - ROUNDING) - l->typical;
}

/* --- both bounds --- */

/* How far the mean of m runs must be off, scaled. */
static double bound_of(enum ct_figure f, const struct ct_level *l, size_t m, double level,
                       double min_effect)
{
    double t = ct_stats_t_quantile(1 - level, (double)(l->count - 1));
    double bound = fmax(t * error_of(l, m), floor_of(f, l, min_effect));
    bool chance = has_chance(f, l) && chance_of(l, m, bound) > level;
    return chance ? chance_bound(l, m, level) : bound;
}

/* How often noise alone makes the mean of m runs differ by the smallest effect. */
static double beyond_floor(enum ct_figure f, const struct ct_level *l, size_t m, double min_effect)
{
    double least = floor_of(f, l, min_effect), error = error_of(l, m);
    double q = error > 0 ? ct_stats_t_beyond(least / error, (double)(l->count - 1)) : 0;
    return has_chance(f, l) ? fmax(q, chance_of(l, m, least)) : q;
}

static bool can_judge(const struct ct_baseline_result *r)
{
    return r->old.count >= CT_BASELINE_RUNS_MIN && r->new_count > 0;
}

/* What is left of the level for each figure: the largest a with sum min(a, q) <= level, where q is
 * how often noise alone exceeds the figure's smallest effect. */
static double share_level(const struct ct_baseline_result r[CT_FIGURES_JUDGED], double min_effect)
{
    double q[CT_FIGURES_JUDGED], low = 0, high = CT_BASELINE_LEVEL;
    size_t n = 0;
    for (int f = 0; f < CT_FIGURES_JUDGED; f++)
        if (can_judge(&r[f]))
            q[n++] = beyond_floor((enum ct_figure)f, &r[f].old, r[f].new_count, min_effect);
    for (int step = 0; step < 40; step++) {
        double a = step == 0 ? high : (low + high) / 2, sum = 0;
        for (size_t i = 0; i < n; i++)
            sum += fmin(a, q[i]);
        *(sum <= CT_BASELINE_LEVEL ? &low : &high) = a;
        if (low == high)
            break;
    }
    return low;
}

/* As a change: scaled distance d to the worse side. */
static double as_change(enum ct_figure f, double d)
{
    if (ct_figures[f].scale == CT_FIGURE_SHARE)
        return d;
    return ct_figures[f].less_is_worse ? -expm1(-d) : expm1(d);
}

static void plan_ahead(enum ct_figure f, struct ct_baseline_result *r, double level,
                       double min_effect)
{
    double wanted = floor_of(f, &r->old, min_effect) * (1 + 1e-9);
    for (size_t m = 1; m <= CHECK_RUNS_MAX && r->runs_needed == 0; m++)
        if (bound_of(f, &r->old, m, level, min_effect) <= wanted)
            r->runs_needed = m;
    struct ct_level more = r->old;
    for (size_t n = CT_BASELINE_RUNS_MIN; n <= RECORD_RUNS_MAX && r->record_needed == 0; n++) {
        more.count = n;
        more.requests = requests_in(&r->old, n);
        if (bound_of(f, &more, CHECK_RUNS, level, min_effect) <= wanted)
            r->record_needed = n;
    }
}

static void judge(enum ct_figure f, struct ct_baseline_result *r, double level, double min_effect)
{
    if (!can_judge(r))
        return;
    double sign = ct_figures[f].less_is_worse ? -1 : 1;
    double bound = bound_of(f, &r->old, r->new_count, level, min_effect);
    r->bound = ct_figure_unscaled(f, r->old.mean + sign * bound);
    r->detect = as_change(f, bound);
    r->level = level;
    r->least = as_change(f, floor_of(f, &r->old, min_effect));
    if (isnan(r->new_typical))
        return;
    bool share = ct_figures[f].scale == CT_FIGURE_SHARE;
    r->change = share ? r->new_typical - r->old.typical : r->new_typical / r->old.typical - 1;
    double d = sign * (ct_figure_scaled(f, r->new_typical) - r->old.mean);
    r->status = d >= bound    ? CT_BASELINE_WORSE
                : d <= -bound ? CT_BASELINE_BETTER
                              : CT_BASELINE_KEPT;
}

bool ct_baseline_judge(const struct ct_baseline *b, const struct ct_past *new_runs,
                       size_t new_count, double min_effect,
                       struct ct_baseline_result out[CT_FIGURES_JUDGED])
{
    for (int f = 0; f < CT_FIGURES_JUDGED; f++) {
        struct ct_baseline_result *r = &out[f];
        *r = (struct ct_baseline_result){
            .new_count = new_count, .new_typical = NAN, .change = NAN, .bound = NAN, .detect = NAN};
        ct_level_make(&b->runs, (enum ct_figure)f, b->drop_outliers, &r->old);
        if (new_runs == NULL || new_runs->count == 0)
            continue;
        struct ct_level now;
        ct_level_make(new_runs, (enum ct_figure)f, false, &now);
        r->new_count = now.count;
        r->new_typical = now.typical;
    }
    double level = share_level(out, min_effect);
    bool worse = false;
    for (int f = 0; f < CT_FIGURES_JUDGED; f++) {
        judge((enum ct_figure)f, &out[f], level, min_effect);
        worse = worse || out[f].status == CT_BASELINE_WORSE;
    }
    return worse;
}

void ct_baseline_plan_ahead(struct ct_baseline_result results[CT_FIGURES_JUDGED], double min_effect)
{
    for (int f = 0; f < CT_FIGURES_JUDGED; f++)
        if (can_judge(&results[f]))
            plan_ahead((enum ct_figure)f, &results[f], results[f].level, min_effect);
}

bool ct_baseline_established(const struct ct_baseline_result results[CT_FIGURES_JUDGED])
{
    static const enum ct_figure needed[] = {CT_FIGURE_SERVICE_P50, CT_FIGURE_RESPONSE_P90};
    for (size_t i = 0; i < sizeof(needed) / sizeof(*needed); i++) {
        const struct ct_level *l = &results[needed[i]].old;
        if (l->count < CT_BASELINE_ESTABLISHED || !(l->cv <= CT_BASELINE_CV_MAX))
            return false;
    }
    return true;
}
