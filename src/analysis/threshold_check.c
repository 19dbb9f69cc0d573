#include <math.h>
#include <string.h>

#include "analysis/threshold.h"
#include "base/clock.h"
#include "base/opt.h"

static int check_host(const struct ct_threshold *t, const char *const *hosts, size_t n_hosts,
                      struct ct_err *err)
{
    if (t->host[0] == '\0')
        return 0;
    for (size_t i = 0; i < n_hosts; i++)
        if (strcmp(hosts[i], t->host) == 0)
            return 0;
    const char *nearest = ct_nearest(t->host, hosts, n_hosts);
    if (n_hosts == 0)
        return ct_fail(err, CT_EUSAGE, "threshold '%s': no server is monitored", t->text);
    return ct_fail(err, CT_EUSAGE, "threshold '%s': no monitored server is called '%.60s'; %s '%s'",
                   t->text, t->host, nearest != NULL ? "did you mean" : "there is",
                   nearest != NULL ? nearest : hosts[0]);
}

int ct_threshold_check(const struct ct_criteria *c, const struct ct_run_plan *plan,
                       const char *const *hosts, size_t n_hosts, struct ct_err *err)
{
    uint32_t stages = plan->n_stages > 0 ? plan->n_stages : 1;
    for (size_t i = 0; i < c->count; i++) {
        const struct ct_threshold *t = &c->list[i];
        int rc = check_host(t, hosts, n_hosts, err);
        if (rc < 0)
            return rc;
        if (t->stage > stages)
            return ct_fail(err, CT_EUSAGE, "threshold '%s': the plan has %u stage%s", t->text,
                           (unsigned)stages, stages == 1 ? "" : "s");
        uint64_t from_ns = 0, to_ns = 0;
        ct_run_plan_span(plan, t->stage, &from_ns, &to_ns);
        uint64_t from_s = (from_ns + CT_NS_PER_S - 1) / CT_NS_PER_S, to_s = to_ns / CT_NS_PER_S;
        if ((t->over_s != 0 || t->stage != 0) && to_s < from_s + (t->over_s > 0 ? t->over_s : 1))
            return ct_fail(err, CT_EUSAGE,
                           "threshold '%s': only %llu whole seconds are measured there", t->text,
                           (unsigned long long)(to_s > from_s ? to_s - from_s : 0));
    }
    return 0;
}

bool ct_threshold_holds(const struct ct_threshold *t, double value)
{
    switch (t->relation) {
    case CT_BELOW:
        return value < t->limit;
    case CT_AT_MOST:
        return value <= t->limit;
    case CT_ABOVE:
        return value > t->limit;
    case CT_AT_LEAST:
    default:
        return value >= t->limit;
    }
}

uint64_t ct_threshold_needs(const struct ct_threshold *t)
{
    double rarer = t->quantile < 0.5 ? t->quantile : 1 - t->quantile;
    return (uint64_t)ceil(10 / rarer * (1 - 1e-9));
}
