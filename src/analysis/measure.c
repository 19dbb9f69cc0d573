#include "analysis/measure.h"

#include <math.h>

#include "analysis/threshold.h"

static uint64_t not_ok(const struct ct_population *p)
{
    return p->failed + p->cancelled + p->skipped;
}

static double quantile(const struct ct_threshold *t, const struct ct_population *p)
{
    uint64_t ns, total = p->response->count + not_ok(p);
    if (total < ct_threshold_needs(t))
        return NAN;
    return ct_histogram_quantile(p->response, t->quantile, total, &ns) == 0 ? (double)ns : INFINITY;
}

/* A value of the ok requests; without one, what the others make of it. */
static double of_ok(const struct ct_population *p, double value)
{
    if (p->response->count > 0)
        return value;
    return not_ok(p) > 0 ? INFINITY : NAN;
}

static double share(uint64_t part, uint64_t whole)
{
    return whole > 0 ? (double)part / (double)whole : NAN;
}

static double achieved(const struct ct_threshold *t, const struct ct_population *p)
{
    if (t->measure == CT_MEASURE_SHARE)
        return share(p->ok, p->ok + not_ok(p));
    return p->seconds > 0 ? (double)p->ok / p->seconds : NAN;
}

double ct_measure_value(const struct ct_threshold *t, const struct ct_population *p)
{
    switch (t->metric) {
    case CT_METRIC_QUANTILE:
        return quantile(t, p);
    case CT_METRIC_AVG:
        return of_ok(p, ct_histogram_mean_ns(p->response));
    case CT_METRIC_MIN:
        return of_ok(p, (double)p->response->min_ns);
    case CT_METRIC_MAX:
        return not_ok(p) > 0 ? INFINITY : of_ok(p, (double)p->response->max_ns);
    case CT_METRIC_ERROR_RATE:
        return share(p->failed, p->ok + p->failed + p->cancelled);
    case CT_METRIC_SENT:
        return share(p->started, p->started + p->skipped);
    case CT_METRIC_ACHIEVED:
        return achieved(t, p);
    case CT_METRIC_CPU:
    case CT_METRIC_MEMORY:
    case CT_METRIC_PING:
    case CT_METRIC_COUNT:
    default:
        return NAN;
    }
}

/* --- what can still come --- */

uint64_t ct_measure_beyond(const struct ct_threshold *t, const struct ct_histogram *h)
{
    if (h->count == 0 || ct_threshold_holds(t, (double)h->max_ns))
        return 0;
    uint64_t limit_ns = (uint64_t)t->limit;
    if (t->relation == CT_AT_MOST)
        return ct_histogram_above(h, limit_ns);
    return limit_ns > 0 ? ct_histogram_above(h, limit_ns - 1) : h->count;
}

/* The lowest that a metric can end at, all further requests being as good as can be. */
static double lowest(const struct ct_threshold *t, const struct ct_population *p, uint64_t planned)
{
    uint64_t ended = p->response->count + not_ok(p);
    uint64_t coming = planned > ended ? planned - ended : 0;
    uint64_t began = planned > p->skipped ? planned - p->skipped : 0;
    if (t->metric == CT_METRIC_AVG)
        return p->response->count + coming > 0
                   ? p->response->sum_ns / (double)(p->response->count + coming)
                   : NAN;
    if (t->metric == CT_METRIC_MAX)
        return ct_measure_value(t, p);
    return t->metric == CT_METRIC_ERROR_RATE ? share(p->failed, began) : -INFINITY;
}

static double highest(const struct ct_threshold *t, const struct ct_population *p, uint64_t planned,
                      double seconds)
{
    uint64_t good = planned > not_ok(p) ? planned - not_ok(p) : 0;
    if (t->metric == CT_METRIC_MIN)
        return p->response->count > 0 ? (double)p->response->min_ns : INFINITY;
    if (t->metric == CT_METRIC_SENT)
        return share(planned > p->skipped ? planned - p->skipped : 0, planned);
    if (t->metric != CT_METRIC_ACHIEVED)
        return INFINITY;
    return t->measure == CT_MEASURE_SHARE ? share(good, planned) : (double)good / seconds;
}

static bool quantile_lost(const struct ct_threshold *t, const struct ct_population *p,
                          uint64_t planned)
{
    double rank = ceil(t->quantile * (double)planned * (1 - 1e-12));
    uint64_t bad = ct_measure_beyond(t, p->response) + not_ok(p);
    return planned >= ct_threshold_needs(t) && rank > (double)planned - (double)bad;
}

bool ct_measure_lost(const struct ct_threshold *t, const struct ct_population *p, uint64_t planned,
                     double seconds)
{
    bool upper = t->relation == CT_BELOW || t->relation == CT_AT_MOST;
    bool extreme = t->metric == CT_METRIC_MIN || t->metric == CT_METRIC_MAX;
    double best;
    if (planned == 0 && !extreme)
        return false;
    if (t->metric == CT_METRIC_QUANTILE)
        return upper && quantile_lost(t, p, planned);
    best = upper ? lowest(t, p, planned) : highest(t, p, planned, seconds);
    return !isnan(best) && !ct_threshold_holds(t, best);
}
