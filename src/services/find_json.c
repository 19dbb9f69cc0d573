#include <math.h>

#include "services/find_json.h"

enum { TEXT_MAX = 8192 };

const char *ct_find_json_axis(enum ct_find_axis axis)
{
    static const char *const names[] = {"rate", "connections", "load"};
    return names[axis];
}

/* As in the thresholds of a summary: ms, percent, bytes. */
static double shown(const struct ct_threshold *t, double value)
{
    return t->measure == CT_MEASURE_TIME    ? value / 1e6
           : t->measure == CT_MEASURE_SHARE ? value * 100
                                            : value;
}

/* --- a trial --- */

void ct_find_json_trial(struct ct_json_out *o, const struct ct_find_trial *t,
                        const struct ct_finding_trial *more, const struct ct_finding_opts *opts)
{
    size_t n = opts->criteria.count;
    ct_json_text(o, "phase", ct_find_phase_name(t->phase));
    ct_json_count(o, "attempt", t->attempt);
    ct_json_number(o, "at", t->at);
    ct_json_number(o, "seconds", t->seconds);
    ct_json_ns(o, "spent_s", t->spent_s * 1e9, 1e9);
    ct_json_bool(o, "valid", t->valid);
    ct_json_known(o, "reason", more->reason);
    ct_json_bool(o, "stopped", t->stopped);
    ct_json_bool(o, "overload", t->overload);
    ct_json_bool(o, "hiccup", t->hiccup);
    ct_json_bool(o, "kept", t->kept);
    ct_json_text(o, "broke", ct_finding_gave_way(opts, t->broke));
    ct_json_count(o, "requests", t->n);
    ct_json_open(o, "over", '[');
    for (size_t i = 0; i < n; i++)
        ct_json_count(o, NULL, t->over[i]);
    ct_json_close(o, ']');
    ct_json_open(o, "values", '[');
    for (size_t i = 0; i < n; i++)
        ct_json_number(o, NULL, shown(&opts->criteria.list[i], more->values[i]));
    ct_json_close(o, ']');
    ct_json_ns(o, "mean_ms", t->mean_s * 1e9, 1e6);
    ct_json_number(o, "backlog_growth", t->growth);
    ct_json_number(o, "steal_percent", round(more->steal_percent * 1e3) / 1e3);
    ct_json_number(o, "cpu_percent", more->cpu_percent);
    ct_json_text(o, "cpu_host", more->host[0] != '\0' ? more->host : NULL);
}

static void put_trial(struct ct_json_out *o, const struct ct_find_trial *t,
                      const struct ct_finding_trial *more, const struct ct_finding_opts *opts)
{
    ct_json_open(o, NULL, '{');
    ct_find_json_trial(o, t, more, opts);
    ct_json_close(o, '}');
}

void ct_finding_trial_json(const struct ct_find_trial *t, const struct ct_finding_trial *more,
                           const struct ct_finding_opts *o, struct ct_buf *out)
{
    struct ct_json_out json;
    ct_json_init(&json, out, -1);
    put_trial(&json, t, more, o);
}

/* --- the answer --- */

void ct_find_json_warnings(struct ct_json_out *o, unsigned warnings)
{
    ct_json_open(o, "warnings", '[');
    if (warnings & CT_FIND_DRIFTS)
        ct_json_text(o, NULL, "drifts");
    if (warnings & CT_FIND_NOT_MONOTONE)
        ct_json_text(o, NULL, "not_monotone");
    if (warnings & CT_FIND_NOT_CONFIRMED)
        ct_json_text(o, NULL, "not_confirmed");
    if (warnings & CT_FIND_FEW_VISITS)
        ct_json_text(o, NULL, "few_visits");
    if (warnings & CT_FIND_UNCONFIRMED)
        ct_json_text(o, NULL, "unconfirmed");
    if (warnings & CT_FIND_HICCUPS)
        ct_json_text(o, NULL, "hiccups");
    ct_json_close(o, ']');
}

static void put_soak(struct ct_json_out *o, const struct ct_finding *f,
                     const struct ct_finding_opts *opts)
{
    if (!f->soaked) {
        ct_json_null(o, "soak");
        return;
    }
    ct_json_open(o, "soak", '{');
    ct_json_number(o, "seconds", (double)opts->soak_ns / 1e9);
    ct_json_bool(o, "valid", f->soak_valid);
    ct_json_bool(o, "kept", f->soak_kept);
    ct_json_text(o, "broke", f->soak_broke[0] != '\0' ? f->soak_broke : NULL);
    ct_json_close(o, '}');
}

static void put_busiest(struct ct_json_out *o, const struct ct_finding *f)
{
    if (isnan(f->nearest.cpu_percent)) {
        ct_json_null(o, "busiest_server");
        return;
    }
    ct_json_open(o, "busiest_server", '{');
    ct_json_text(o, "host", f->nearest.host);
    ct_json_number(o, "cpu_percent", f->nearest.cpu_percent);
    ct_json_close(o, '}');
}

void ct_find_json_answer(struct ct_json_out *o, const struct ct_finding *f,
                         const struct ct_finding_opts *opts)
{
    const struct ct_find_answer *a = &f->answer;
    ct_json_open(o, "answer", '{');
    ct_json_text(o, "ending", ct_find_ending_name(a->ending));
    ct_json_number(o, "capacity", a->capacity);
    ct_json_number(o, "low", a->low);
    ct_json_number(o, "high", a->high);
    ct_json_number(o, "sustained", ct_finding_sustained(f));
    ct_json_number(o, "recommended", a->recommended);
    ct_json_bool(o, "at_least", a->at_least);
    ct_json_text(o, "gave_way", ct_finding_gave_way(opts, a->gave_way));
    ct_json_bool(o, "confirmed", a->confirmed);
    ct_find_json_warnings(o, a->warnings);
    ct_json_ns(o, "spent_s", a->spent_s * 1e9, 1e9);
    ct_json_ns(o, "needs_s", a->needs_s * 1e9, 1e9);
    ct_json_number(o, "over_dispersion", a->phi);
    ct_json_number(o, "slope", a->slope);
    ct_json_number(o, "drift_per_100s", a->drift);
    ct_json_ns(o, "base_ms", a->base_s * 1e9, 1e6);
    ct_json_number(o, "longest_run_s", f->longest_s);
    put_busiest(o, f);
    put_soak(o, f, opts);
    ct_json_close(o, '}');
}

/* What was searched for. */
static void put_question(struct ct_json_out *o, const struct ct_finding_opts *opts)
{
    ct_json_text(o, "axis", ct_find_json_axis(opts->find.axis));
    ct_find_json_question(o, opts);
}

void ct_find_json_question(struct ct_json_out *o, const struct ct_finding_opts *opts)
{
    bool closed = opts->find.axis == CT_FIND_CONNECTIONS;
    ct_json_text(o, "arrivals", closed ? NULL : ct_arrivals_name(opts->plan.arrivals));
    ct_json_open(o, "limits", '[');
    for (size_t i = 0; i < opts->criteria.count; i++)
        ct_json_text(o, NULL, opts->criteria.list[i].text);
    ct_json_close(o, ']');
    ct_json_number(o, "precision", opts->find.precision);
    ct_json_number(o, "confidence", opts->find.confidence);
    ct_json_number(o, "budget_s", opts->find.budget_s);
    ct_json_count(o, "seed", opts->plan.seed);
}

void ct_finding_json(const struct ct_finding *f, const struct ct_finding_opts *o,
                     const char *result_file, struct ct_buf *out)
{
    struct ct_json_out json;
    struct ct_buf text;
    ct_buf_init(&text, TEXT_MAX);
    ct_finding_text(f, o, &text);
    ct_json_init(&json, out, -1);
    ct_json_open(&json, NULL, '{');
    ct_json_text(&json, "schema", "ct/find-summary/1");
    ct_json_text(&json, "command", o->command);
    ct_json_text(&json, "result_file", result_file[0] != '\0' ? result_file : NULL);
    ct_json_open(&json, "verdict", '{');
    ct_json_text(&json, "status", ct_verdict_name(f->verdict));
    ct_json_open(&json, "reasons", '[');
    for (size_t i = 0; i < f->n_reasons; i++) {
        ct_json_open(&json, NULL, '{');
        ct_json_text(&json, "code", f->reasons[i].code);
        ct_json_text(&json, "text", f->reasons[i].text);
        ct_json_close(&json, '}');
    }
    ct_json_close(&json, ']');
    ct_json_close(&json, '}');
    ct_json_text(&json, "text", text.data);
    put_question(&json, o);
    ct_find_json_answer(&json, f, o);
    ct_json_close(&json, '}');
    ct_buf_release(&text);
}

/* --- the search of the document --- */

static void put_posterior(struct ct_json_out *o, const struct ct_finding *f)
{
    struct ct_find_density points[CT_FIND_CURVE_MAX];
    size_t n = ct_find_posterior(f->find, points, CT_FIND_CURVE_MAX);
    ct_json_open(o, "posterior", '[');
    for (size_t i = 0; i < n; i++) {
        ct_json_open(o, NULL, '{');
        ct_json_number(o, "at", points[i].at);
        ct_json_number(o, "weight", points[i].weight);
        ct_json_close(o, '}');
    }
    ct_json_close(o, ']');
}

static void put_curve(struct ct_json_out *o, const struct ct_finding *f)
{
    struct ct_find_curve points[CT_FIND_CURVE_MAX];
    size_t n = ct_find_fit(f->find, points, CT_FIND_CURVE_MAX);
    ct_json_open(o, "curve", '[');
    for (size_t i = 0; i < n; i++) {
        ct_json_open(o, NULL, '{');
        ct_json_number(o, "at", points[i].at);
        ct_json_number(o, "value", points[i].value);
        ct_json_number(o, "low", points[i].low);
        ct_json_number(o, "high", points[i].high);
        ct_json_close(o, '}');
    }
    ct_json_close(o, ']');
}

void ct_find_json_knowledge(struct ct_json_out *o, const struct ct_finding *f)
{
    ct_json_break(o);
    put_posterior(o, f);
    ct_json_break(o);
    put_curve(o, f);
}

void ct_finding_search_json(const struct ct_finding *f, const struct ct_finding_opts *o,
                            struct ct_buf *out)
{
    struct ct_json_out json;
    size_t n;
    const struct ct_find_trial *trials = ct_find_trials(f->find, &n);
    ct_json_init(&json, out, -1);
    ct_json_open(&json, NULL, '{');
    ct_json_text(&json, "kind", "find");
    put_question(&json, o);
    ct_find_json_answer(&json, f, o);
    ct_json_open(&json, "trials", '[');
    for (size_t i = 0; i < n && i < f->n_trials; i++) {
        ct_json_break(&json);
        put_trial(&json, &trials[i], &f->trials[i], o);
    }
    ct_json_close(&json, ']');
    ct_find_json_knowledge(&json, f);
    ct_json_close(&json, '}');
}
