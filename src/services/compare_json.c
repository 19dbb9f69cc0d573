#include <math.h>

#include "services/compare.h"
#include "store/json_out.h"

/* In the unit of the document: ms, /s, percent, KiB. */
static const struct {
    const char *name;
    double per;
} units[] = {
    [CT_SCALE_TIME] = {"ms", 1e-6},
    [CT_SCALE_RATE] = {"/s", 1},
    [CT_SCALE_SHARE] = {"%", 100},
    [CT_SCALE_MEMORY] = {"KiB", 1},
};

static void put_rounded(struct ct_json_out *o, const char *key, double v)
{
    ct_json_number(o, key, round(v * 1e6) / 1e6);
}

static void put_interval(struct ct_json_out *o, const char *key, double low, double high)
{
    if (!isfinite(low) || !isfinite(high)) {
        ct_json_null(o, key);
        return;
    }
    ct_json_open(o, key, '[');
    put_rounded(o, NULL, low);
    put_rounded(o, NULL, high);
    ct_json_close(o, ']');
}

/* Changes are in percent; those of shares in percentage points. */
static void put_metric(struct ct_json_out *o, enum ct_compare_metric m,
                       const struct ct_compare_result *r)
{
    const struct ct_compare_metric_info *info = &ct_compare_metrics[m];
    double per = units[info->scale].per;
    ct_json_break(o);
    ct_json_open(o, NULL, '{');
    ct_json_text(o, "metric", info->key);
    ct_json_text(o, "unit", units[info->scale].name);
    ct_json_bool(o, "decides", r->decides);
    put_rounded(o, "a", r->a * per);
    put_rounded(o, "b", r->b * per);
    put_rounded(o, "change_percent", 100 * r->change);
    put_interval(o, "interval_95_percent", 100 * r->low, 100 * r->high);
    ct_json_number(o, "p", r->p_worse);
    ct_json_text(o, "noise_from", ct_compare_method_name(r->method));
    put_rounded(o, "can_detect_percent", 100 * r->can_detect);
    ct_json_text(o, "status", ct_compare_status_name(r->status));
    ct_json_text(o, "severity",
                 r->severity != CT_SEVERITY_NONE ? ct_severity_name(r->severity) : NULL);
    ct_json_close(o, '}');
}

static void put_side(struct ct_json_out *o, const char *key, const struct ct_compare_side *s,
                     size_t valid, double steal, double late_ns)
{
    double requests = 0;
    for (size_t i = 0; i < s->count; i++)
        if (s->runs[i].verdict != CT_VERDICT_INVALID && s->runs[i].requests > 0)
            requests += s->runs[i].requests;
    ct_json_open(o, key, '{');
    ct_json_count(o, "runs", s->count);
    ct_json_count(o, "valid", valid);
    ct_json_number(o, "requests", requests);
    put_rounded(o, "lateness_p50_us", late_ns / 1e3);
    put_rounded(o, "steal_percent", steal);
    ct_json_close(o, '}');
}

static void put_point(struct ct_json_out *o, const struct ct_compare_point *p)
{
    ct_json_break(o);
    ct_json_open(o, NULL, '{');
    ct_json_text(o, "test_case", p->test_case);
    ct_json_number(o, "load", p->load > 0 ? p->load : NAN);
    ct_json_number(o, "offered_rps", p->rps);
    ct_json_bool(o, "shown_only", p->shown_only);
    put_side(o, "a", &p->a, p->valid_a, p->steal_a, p->lateness_a_ns);
    put_side(o, "b", &p->b, p->valid_b, p->steal_b, p->lateness_b_ns);
    put_rounded(o, "deviation_a_percent", 100 * p->deviation_a);
    ct_json_open(o, "metrics", '[');
    for (int m = 0; m < CT_COMPARE_METRICS; m++)
        if (!isnan(p->results[m].a) || !isnan(p->results[m].b))
            put_metric(o, (enum ct_compare_metric)m, &p->results[m]);
    ct_json_close(o, ']');
    ct_json_close(o, '}');
}

static void put_verdict(struct ct_json_out *o, const struct ct_comparison *c)
{
    ct_json_open(o, "verdict", '{');
    ct_json_text(o, "status", ct_compare_verdict_name(c->verdict));
    ct_json_text(o, "severity",
                 c->severity != CT_SEVERITY_NONE ? ct_severity_name(c->severity) : NULL);
    ct_json_text(o, "text", c->sentence);
    ct_json_open(o, "notes", '[');
    for (size_t i = 0; i < c->n_notes; i++)
        ct_json_text(o, NULL, c->notes[i]);
    ct_json_close(o, ']');
    ct_json_close(o, '}');
}

void ct_comparison_json(const struct ct_comparison *c, struct ct_buf *out)
{
    struct ct_json_out o;
    ct_json_init(&o, out, -1);
    ct_json_open(&o, NULL, '{');
    ct_json_text(&o, "schema", "ct/comparison/1");
    ct_json_text(&o, "a", c->name_a);
    ct_json_text(&o, "b", c->name_b);
    put_verdict(&o, c);
    put_rounded(&o, "min_effect_percent", 100 * c->min_effect);
    ct_json_bool(&o, "forced", c->forced);
    ct_json_open(&o, "differences", '[');
    for (size_t i = 0; i < c->n_differences; i++) {
        ct_json_open(&o, NULL, '{');
        ct_json_text(&o, "what", c->differences[i].what);
        ct_json_text(&o, "a", c->differences[i].a);
        ct_json_text(&o, "b", c->differences[i].b);
        ct_json_close(&o, '}');
    }
    ct_json_close(&o, ']');
    ct_json_open(&o, "points", '[');
    for (size_t i = 0; i < c->n_points; i++)
        put_point(&o, &c->points[i]);
    ct_json_close(&o, ']');
    ct_json_close(&o, '}');
    (void)ct_json_finish(&o);
}
