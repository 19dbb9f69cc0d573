#include "model/summary.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

const double ct_quantile_value[CT_QUANTILE_COUNT] = {0.5, 0.75, 0.9, 0.95, 0.99, 0.999};
const char *const ct_quantile_name[CT_QUANTILE_COUNT] = {"p50", "p75", "p90", "p95", "p99", "p999"};
const uint64_t ct_quantile_needs[CT_QUANTILE_COUNT] = {20, 40, 100, 200, 1000, 10000};

const char *ct_withheld_name(enum ct_withheld w)
{
    static const char *const names[] = {NULL, "samples", "failed", "skipped", "generator"};
    assert(w <= CT_WITHHELD_GENERATOR);
    return names[w];
}

const char *ct_verdict_name(enum ct_verdict v)
{
    static const char *const names[] = {"valid", "invalid", "no_data"};
    assert(v <= CT_VERDICT_NO_DATA);
    return names[v];
}

bool ct_summary_kept(const struct ct_summary *s)
{
    for (size_t i = 0; i < s->n_thresholds; i++)
        if (s->thresholds[i].kept != CT_KEPT)
            return false;
    return true;
}

void ct_summary_release(struct ct_summary *s)
{
    free(s->servers);
    free(s->thresholds);
    free(s->conclusion);
    memset(s, 0, sizeof(*s));
}
