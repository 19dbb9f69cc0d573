#include "analysis/limits.h"

static int refuse(const struct ct_threshold *t, const char *why, struct ct_err *err)
{
    return ct_fail(err, CT_EUSAGE, "limit '%.100s': %s", t->text, why);
}

bool ct_limits_of_server(const struct ct_threshold *t)
{
    return t->metric == CT_METRIC_CPU || t->metric == CT_METRIC_MEMORY ||
           t->metric == CT_METRIC_PING;
}

static bool is_upper(const struct ct_threshold *t)
{
    return t->relation == CT_BELOW || t->relation == CT_AT_MOST;
}

/* Metrics that more load makes smaller. */
static bool falls(const struct ct_threshold *t)
{
    return t->metric == CT_METRIC_SENT || t->metric == CT_METRIC_ACHIEVED;
}

static const char *why_not(const struct ct_threshold *t)
{
    if (t->over_s != 0 || t->stage != 0)
        return "a search has no windows and stages: leave out 'over' and 'stage'";
    if (t->metric == CT_METRIC_MAX || t->metric == CT_METRIC_MIN)
        return "one request decides it, so no rate keeps it for certain: take p(99.9)<... or so";
    if (t->metric == CT_METRIC_ACHIEVED && t->measure != CT_MEASURE_SHARE)
        return "a search is for the highest rate: write it in percent, as in achieved>=99%";
    if (is_upper(t) == falls(t))
        return falls(t) ? "more load makes it smaller: write a lower limit, as in sent>=99%"
                        : "more load makes it larger: write an upper limit, as in p(99)<200ms";
    return NULL;
}

static double share_of(const struct ct_threshold *t)
{
    if (t->metric == CT_METRIC_QUANTILE)
        return 1 - t->quantile;
    return falls(t) ? 1 - t->limit : t->limit;
}

static int make_one(const struct ct_threshold *t, struct ct_find_limit *out, struct ct_err *err)
{
    const char *why = why_not(t);
    if (why != NULL)
        return refuse(t, why, err);
    if (t->metric == CT_METRIC_AVG || ct_limits_of_server(t)) {
        double unit = t->measure == CT_MEASURE_TIME ? 1e9 : 1;
        *out = (struct ct_find_limit){.kind = CT_FIND_MEAN, .limit_s = t->limit / unit};
        return out->limit_s > 0 ? 0 : refuse(t, "nothing keeps a limit of 0", err);
    }
    *out = (struct ct_find_limit){.kind = CT_FIND_SHARE, .share = share_of(t)};
    if (t->metric == CT_METRIC_QUANTILE)
        out->limit_s = t->limit / 1e9;
    if (out->share < 1e-6 || out->share > 1 - 1e-6)
        return refuse(t, "no number of requests can show a share of exactly 0 or 100 %", err);
    return 0;
}

int ct_limits_make(const struct ct_criteria *c, struct ct_find_limit out[CT_FIND_LIMITS_MAX],
                   struct ct_err *err)
{
    if (c->count > CT_FIND_LIMITS_MAX)
        return ct_fail(err, CT_EUSAGE, "a search keeps at most %d limits", CT_FIND_LIMITS_MAX);
    int rc = 0;
    for (size_t i = 0; i < c->count && rc == 0; i++)
        rc = make_one(&c->list[i], &out[i], err);
    return rc;
}
