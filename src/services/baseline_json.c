#include "services/baseline_json.h"

#include <math.h>

#include "store/past_json.h"

static void put_result(struct ct_json_out *o, const struct ct_baseline_result *r, int f)
{
    double unit = ct_figures[f].per_unit;
    ct_json_break(o);
    ct_json_open(o, ct_figures[f].key, '{');
    ct_json_count(o, "baseline_runs", r->old.count);
    ct_json_number(o, "baseline", r->old.typical / unit);
    ct_json_number(o, "cv", r->old.cv);
    ct_json_count(o, "outside_two_deviations", r->old.n_outside);
    ct_json_number(o, "baseline_without_these", r->old.typical_without / unit);
    ct_json_bool(o, "two_modes", r->old.two_modes);
    ct_json_count(o, "new_runs", isnan(r->new_typical) ? 0 : r->new_count);
    ct_json_number(o, "new", r->new_typical / unit);
    ct_json_number(o, "change", r->change);
    ct_json_number(o, "bound", r->bound / unit);
    ct_json_number(o, "detect", r->detect);
    ct_json_number(o, "runs_needed", r->runs_needed > 0 ? (double)r->runs_needed : NAN);
    ct_json_text(o, "status", ct_baseline_status_name(r->status));
    ct_json_close(o, '}');
}

void ct_baseline_json(const struct ct_baseline *b, const struct ct_past *new_runs,
                      const struct ct_baseline_result results[CT_FIGURES_JUDGED],
                      struct ct_buf *out)
{
    struct ct_json_out o;
    bool worse = false, judged = false;
    ct_json_init(&o, out, -1);
    ct_json_open(&o, NULL, '{');
    ct_json_text(&o, "schema", "ct/baseline-check/1");
    ct_json_text(&o, "plan_key", b->runs.runs[0].key);
    ct_json_text(&o, "plan", b->runs.runs[0].plan);
    ct_json_count(&o, "baseline_runs", b->runs.count);
    ct_json_bool(&o, "established", ct_baseline_established(results));
    ct_json_open(&o, "figures", '{');
    for (int f = 0; f < CT_FIGURES_JUDGED; f++) {
        put_result(&o, &results[f], f);
        worse = worse || results[f].status == CT_BASELINE_WORSE;
        judged = judged || results[f].status != CT_BASELINE_NONE;
    }
    ct_json_close(&o, '}');
    ct_json_text(&o, "verdict", worse ? "worse" : judged ? "not_worse" : NULL);
    if (new_runs != NULL) {
        ct_json_open(&o, "runs", '[');
        for (size_t i = 0; i < new_runs->count; i++)
            ct_past_put(&o, &new_runs->runs[i], 0);
        ct_json_close(&o, ']');
    }
    ct_json_close(&o, '}');
    (void)ct_json_finish(&o);
}
