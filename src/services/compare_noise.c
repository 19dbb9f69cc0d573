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

/* The runs themselves, as the history would have them. */
static int read_places(const struct ct_side_point *p, struct ct_past *out, struct ct_err *err)
{
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < p->count; i++) {
        struct ct_past file = {0};
        rc = ct_past_read(p->places[i].path, &file, err);
        if (rc == 0 && p->places[i].position < file.count) {
            ct_past_add(out, &file.runs[p->places[i].position]);
            ct_past_run_init(&file.runs[p->places[i].position]);
        }
        ct_past_release(&file);
    }
    return rc;
}

static void note(const struct ct_run_spread *spread, bool known, const char *storage,
                 struct ct_comparison *c)
{
    double p50 = spread->log_sd[CT_FIGURE_SERVICE_P50];
    if (known && isnan(p50))
        ct_comparison_note(c, "%zu earlier runs of this plan in '%s' tell how runs differ",
                           spread->runs, storage);
    else if (known)
        ct_comparison_note(c,
                           "from %zu earlier runs of this plan in '%s': service p50 differs by "
                           "%.1f %% from run to run",
                           spread->runs, storage, 100 * p50);
    else if (spread->runs > 0)
        ct_comparison_note(c,
                           "'%s' knows %zu other %s of this plan: four would tell how runs differ",
                           storage, spread->runs, spread->runs == 1 ? "run" : "runs");
}

bool ct_side_noise(const struct ct_side_point *a, const struct ct_side_point *b,
                   const char *storage, struct ct_comparison *c, struct ct_run_noise *out)
{
    struct ct_past compared = {0};
    struct ct_run_spread spread = {0};
    struct ct_err err = {0};
    bool known = false;
    int rc = read_places(a, &compared, &err);
    if (rc == 0)
        rc = read_places(b, &compared, &err);
    if (rc == 0 && compared.count > 0) {
        const struct ct_past_run *first = &compared.runs[0];
        rc = ct_history_spread(storage, first->key, first->hostname, &compared, &spread, &err);
        known = rc == 0 && take(&spread, out);
    }
    if (rc < 0)
        ct_comparison_note(c, "how runs differ is not known from the history: %s", err.msg);
    else
        note(&spread, known, storage, c);
    ct_past_release(&compared);
    return known;
}
