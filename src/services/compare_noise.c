#include <math.h>

#include "services/compare_side.h"
#include "services/history.h"
#include "store/past.h"

/* What the history keeps of what is compared. */
static const struct {
    enum ct_compare_metric metric;
    enum ct_figure figure;
} same[] = {
    {CT_COMPARE_SERVICE_P50, CT_FIGURE_SERVICE_P50},
    {CT_COMPARE_RESPONSE_P90, CT_FIGURE_RESPONSE_P90},
    {CT_COMPARE_RESPONSE_P99, CT_FIGURE_RESPONSE_P99},
    {CT_COMPARE_ERRORS, CT_FIGURE_ERRORS},
    {CT_COMPARE_ACHIEVED, CT_FIGURE_ACHIEVED},
    {CT_COMPARE_CPU, CT_FIGURE_CPU},
    {CT_COMPARE_RESPONSE_P50, CT_FIGURE_RESPONSE_P50},
    {CT_COMPARE_RESPONSE_MEAN, CT_FIGURE_RESPONSE_MEAN},
};

/* true: at least one metric's noise is known. */
static bool take(const struct ct_run_spread *spread, struct ct_run_noise *out)
{
    bool any = false;
    for (int m = 0; m < CT_COMPARE_METRICS; m++)
        out->variance[m] = out->df[m] = NAN;
    for (size_t i = 0; i < sizeof(same) / sizeof(*same); i++) {
        double sd = spread->log_sd[same[i].figure];
        if (isnan(sd) || spread->df[same[i].figure] == 0)
            continue;
        out->variance[same[i].metric] = sd * sd;
        out->df[same[i].metric] = (double)spread->df[same[i].figure];
        any = true;
    }
    return any;
}

bool ct_side_noise(const struct ct_side_point *p, const char *storage, struct ct_comparison *c,
                   struct ct_run_noise *out)
{
    struct ct_past past = {0};
    struct ct_run_spread spread;
    struct ct_err err = {0};
    bool known = false;
    int rc = ct_past_read(p->path, &past, &err);
    if (rc == 0 && p->position < past.count) {
        const struct ct_past_run *run = &past.runs[p->position];
        rc = ct_history_spread(storage, run->key, run->hostname, &spread, &err);
        known = rc == 0 && take(&spread, out);
    }
    if (rc < 0)
        ct_comparison_note(c, "how runs differ is not known from the history: %s", err.msg);
    if (known)
        ct_comparison_note(c,
                           "from earlier runs of this plan in '%s': service p50 differs by %.1f "
                           "%% from run to run",
                           storage, 100 * spread.log_sd[CT_FIGURE_SERVICE_P50]);
    ct_past_release(&past);
    return known;
}
