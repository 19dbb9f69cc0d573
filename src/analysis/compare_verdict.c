#include <math.h>
#include <stdlib.h>

#include "analysis/compare.h"
#include "analysis/stats.h"
#include "base/mem.h"

#define POWER 0.9 /* of "can detect" */

/* --- one metric --- */

static bool is_share(enum ct_compare_metric m)
{
    return ct_compare_metrics[m].scale == CT_SCALE_SHARE;
}

/* The change in the direction that is bad; of a rate as the share that is lost. */
static double worsening(enum ct_compare_metric m, double change)
{
    return ct_compare_metrics[m].less_is_worse ? -change : change;
}

/* A share's noise is known at least as that of independent requests. */
static bool is_noise_unknown(const struct ct_compare_result *r, enum ct_compare_metric m)
{
    return r->method == CT_COMPARE_BY_BATCHES && !is_share(m);
}

/* The smallest change that counts; effect_floor is asked for apart. */
static double least_effect(const struct ct_compare_result *r, enum ct_compare_metric m,
                           double min_effect)
{
    if (is_share(m))
        return r->effect_floor;
    return is_noise_unknown(r, m) ? fmax(min_effect, CT_COMPARE_UNKNOWN_EFFECT) : min_effect;
}

static enum ct_severity severity_of(enum ct_compare_metric m, double worse_by)
{
    if (worse_by >= (is_share(m) ? 0.05 : 0.3))
        return CT_SEVERITY_CRITICAL;
    return worse_by >= (is_share(m) ? 0.01 : 0.2) ? CT_SEVERITY_MAJOR : CT_SEVERITY_MINOR;
}

/* worse, better: is that difference more than noise? */
static void judge(struct ct_compare_result *r, enum ct_compare_metric m, double min_effect,
                  bool worse, bool better)
{
    double by = worsening(m, r->change), least = least_effect(r, m, min_effect);
    bool large = fabs(by) >= least && fabs(r->b - r->a) >= r->effect_floor;
    double most = worsening(m, ct_compare_metrics[m].less_is_worse ? r->low : r->high);
    double most_by = is_share(m) ? most : most * r->a;
    if (worse && by > 0 && large) {
        r->status = CT_COMPARE_WORSE;
        r->severity = severity_of(m, by);
    } else if (better && by < 0 && large) {
        r->status = CT_COMPARE_BETTER;
    } else if (!is_noise_unknown(r, m) && (most < least || most_by < r->effect_floor)) {
        r->status = CT_COMPARE_ALIKE;
    } else {
        r->status = CT_COMPARE_UNCLEAR;
    }
}

static double can_detect(const struct ct_compare_result *r, enum ct_compare_metric m,
                         double min_effect, double level)
{
    double least = least_effect(r, m, min_effect);
    if (!is_share(m) && r->a > 0)
        least = fmax(least, r->effect_floor / r->a);
    double t = ct_stats_t_quantile(1 - level, r->df), power = ct_stats_t_quantile(POWER, r->df);
    if (is_share(m))
        return fmax(t * r->noise, least) + power * r->noise;
    if (ct_compare_metrics[m].less_is_worse)
        return -expm1(-fmax(t * r->noise, -log1p(-least)) - power * r->noise);
    return expm1(fmax(t * r->noise, log1p(least)) + power * r->noise);
}

/* --- the family: all metrics that decide, of all points --- */

struct family {
    struct ct_compare_result **members;
    enum ct_compare_metric *metrics;
    double *worse, *better; /* p */
    size_t count;
};

static void family_init(struct family *f, size_t max)
{
    f->members = ct_xcalloc(max, sizeof(*f->members));
    f->metrics = ct_xcalloc(max, sizeof(*f->metrics));
    f->worse = ct_xcalloc(max, sizeof(*f->worse));
    f->better = ct_xcalloc(max, sizeof(*f->better));
    f->count = 0;
}

static void family_release(struct family *f)
{
    free((void *)f->members);
    free(f->metrics);
    free(f->worse);
    free(f->better);
}

static void family_add(struct family *f, struct ct_compare_result *r, enum ct_compare_metric m)
{
    f->members[f->count] = r;
    f->metrics[f->count] = m;
    f->worse[f->count] = r->p_worse;
    f->better[f->count++] = r->p_better;
}

static void judge_family(const struct family *f, double min_effect)
{
    bool *worse = ct_xcalloc(f->count + 1, sizeof(*worse));
    bool *better = ct_xcalloc(f->count + 1, sizeof(*better));
    ct_holm(f->worse, f->count, CT_COMPARE_LEVEL, worse);
    ct_holm(f->better, f->count, CT_COMPARE_LEVEL, better);
    for (size_t i = 0; i < f->count; i++) {
        judge(f->members[i], f->metrics[i], min_effect, worse[i], better[i]);
        f->members[i]->can_detect = can_detect(f->members[i], f->metrics[i], min_effect,
                                               CT_COMPARE_LEVEL / (double)f->count);
    }
    free(worse);
    free(better);
}

/* What is only shown has a family of its own each. */
static void judge_all(struct ct_comparison *c)
{
    struct family f;
    family_init(&f, c->n_points * CT_COMPARE_METRICS + 1);
    for (size_t i = 0; i < c->n_points; i++)
        for (int m = 0; m < CT_COMPARE_METRICS; m++) {
            struct ct_compare_result *r = &c->points[i].results[m];
            if (isnan(r->p_worse))
                continue;
            if (r->decides)
                family_add(&f, r, (enum ct_compare_metric)m);
            else
                judge(r, (enum ct_compare_metric)m, c->min_effect, r->p_worse <= CT_COMPARE_LEVEL,
                      r->p_better <= CT_COMPARE_LEVEL);
        }
    judge_family(&f, c->min_effect);
    family_release(&f);
}

/* --- the whole --- */

/* Means over the valid runs of a side; NAN: none is known. */
static void side_means(const struct ct_compare_side *s, size_t *out_valid, double *out_steal,
                       double *out_lateness_ns)
{
    double steal = 0, late = 0;
    size_t valid = 0, n_steal = 0, n_late = 0;
    for (size_t i = 0; i < s->count; i++) {
        const struct ct_compare_run *r = &s->runs[i];
        if (r->verdict == CT_VERDICT_INVALID)
            continue;
        valid++;
        if (!isnan(r->steal_percent)) {
            steal += r->steal_percent;
            n_steal++;
        }
        if (!isnan(r->lateness_p50_ns)) {
            late += r->lateness_p50_ns;
            n_late++;
        }
    }
    *out_valid = valid;
    *out_steal = n_steal > 0 ? steal / (double)n_steal : NAN;
    *out_lateness_ns = n_late > 0 ? late / (double)n_late : NAN;
}

/* From one of A's runs to the next. */
static double deviation(const struct ct_compare_side *s)
{
    double mean = 0, squares = 0;
    size_t n = 0;
    for (size_t i = 0; i < s->count; i++) {
        double x = s->runs[i].value[CT_COMPARE_SERVICE_P50];
        if (s->runs[i].verdict == CT_VERDICT_INVALID || !(x > 0))
            continue;
        n++;
        double delta = log(x) - mean;
        mean += delta / (double)n;
        squares += delta * (log(x) - mean);
    }
    return n > 1 ? sqrt(squares / (double)(n - 1)) : NAN;
}

static void compare_point(struct ct_compare_point *p, double min_effect)
{
    side_means(&p->a, &p->valid_a, &p->steal_a, &p->lateness_a_ns);
    side_means(&p->b, &p->valid_b, &p->steal_b, &p->lateness_b_ns);
    p->deviation_a = deviation(&p->a);
    ct_compare_metric(p, CT_COMPARE_ACHIEVED, min_effect);
    for (int m = 0; m < CT_COMPARE_METRICS; m++)
        if (m != CT_COMPARE_ACHIEVED)
            ct_compare_metric(p, (enum ct_compare_metric)m, min_effect);
}

bool ct_compare_is_spoilt(const struct ct_compare_point *p)
{
    return !p->shown_only && (p->valid_a == 0 || p->valid_b == 0);
}

bool ct_compare_steal_differs(const struct ct_compare_point *p)
{
    return !p->shown_only && fabs(p->steal_a - p->steal_b) > CT_COMPARE_STEAL_POINTS;
}

/* How many of those that decide have a status; NONE counts where both sides have a value. */
static size_t count_status(const struct ct_comparison *c, enum ct_compare_status status)
{
    size_t n = 0;
    for (size_t i = 0; i < c->n_points; i++)
        for (int m = 0; m < CT_COMPARE_METRICS; m++) {
            const struct ct_compare_result *r = &c->points[i].results[m];
            n += r->decides && r->status == status;
        }
    return n;
}

static enum ct_compare_verdict verdict_of(const struct ct_comparison *c)
{
    bool steal = false;
    size_t judged = 0, spoilt = 0;
    for (size_t i = 0; i < c->n_points; i++) {
        judged += !c->points[i].shown_only;
        spoilt += ct_compare_is_spoilt(&c->points[i]);
        steal = steal || ct_compare_steal_differs(&c->points[i]);
    }
    if (spoilt > 0 && spoilt == judged)
        return CT_COMPARISON_INVALID;
    if (steal)
        return CT_COMPARISON_INCONCLUSIVE;
    if (count_status(c, CT_COMPARE_WORSE) > 0)
        return CT_COMPARISON_WORSE;
    if (count_status(c, CT_COMPARE_UNCLEAR) > 0 || count_status(c, CT_COMPARE_NONE) > 0 ||
        spoilt > 0)
        return CT_COMPARISON_INCONCLUSIVE;
    if (count_status(c, CT_COMPARE_BETTER) > 0)
        return CT_COMPARISON_BETTER;
    return count_status(c, CT_COMPARE_ALIKE) > 0 ? CT_COMPARISON_NOT_WORSE
                                                 : CT_COMPARISON_INCONCLUSIVE;
}

void ct_compare(struct ct_comparison *c)
{
    for (size_t i = 0; i < c->n_points; i++)
        compare_point(&c->points[i], c->min_effect);
    judge_all(c);
    c->verdict = verdict_of(c);
    c->severity = CT_SEVERITY_NONE;
    for (size_t i = 0; i < c->n_points; i++)
        for (int m = 0; m < CT_COMPARE_METRICS; m++) {
            const struct ct_compare_result *r = &c->points[i].results[m];
            if (c->verdict == CT_COMPARISON_WORSE && r->decides && r->severity > c->severity)
                c->severity = r->severity;
        }
    ct_compare_explain(c);
}
