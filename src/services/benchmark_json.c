#include "services/benchmark_json.h"

#include <string.h>

static void put_string(struct ct_buf *out, const char *key, const char *value)
{
    (void)ct_buf_printf(out, "\"%s\": ", key);
    if (value != NULL)
        (void)ct_buf_json_string(out, value, strlen(value));
    else
        (void)ct_buf_puts(out, "null");
}

static void put_number(struct ct_buf *out, const char *key, double value)
{
    (void)ct_buf_printf(out, ", \"%s\": ", key);
    (void)ct_buf_json_number(out, value);
}

static void put_bool(struct ct_buf *out, const char *key, bool value)
{
    (void)ct_buf_printf(out, ", \"%s\": %s", key, value ? "true" : "false");
}

void ct_benchmark_trial_json(const struct ct_search_trial *t, struct ct_buf *out)
{
    (void)ct_buf_puts(out, "{");
    put_string(out, "phase", ct_search_phase_name(t->phase));
    put_number(out, "load", t->load);
    put_number(out, "rps", (double)t->rate);
    put_bool(out, "passed", t->passed);
    put_bool(out, "valid", t->outcome.valid);
    put_number(out, "avg_response_time", t->outcome.mean_s);
    put_number(out, "ok", (double)t->outcome.ok);
    put_number(out, "failed", (double)t->outcome.failed);
    put_number(out, "skipped", (double)t->outcome.skipped);
    (void)ct_buf_puts(out, "}");
}

/* rps_low and rps_high are the interval of a later search: the classic one has none. */
static void put_point(struct ct_buf *out, const struct ct_search_point *p)
{
    (void)ct_buf_printf(out, "{\"load\": %u, \"rps\": ", (unsigned)p->load);
    if (p->rate != 0)
        (void)ct_buf_json_number(out, (double)p->rate);
    else
        (void)ct_buf_puts(out, "null");
    (void)ct_buf_printf(out, ", \"rps_low\": null, \"rps_high\": null, \"at_least\": %s, ",
                        p->at_least ? "true" : "false");
    put_string(out, "limited_by", ct_limited_by_name(p->limited_by));
    put_bool(out, "confirmed", p->confirmed);
    (void)ct_buf_puts(out, "}");
}

void ct_benchmark_search_json(const struct ct_benchmark_opts *opts, const struct ct_search *search,
                              struct ct_buf *out)
{
    (void)ct_buf_puts(out, "{\"kind\": \"classic\"");
    put_number(out, "max_response_time", opts->search.limit_s);
    put_number(out, "min_requests_per_second", (double)opts->search.rate_min);
    put_number(out, "max_n_loads_to_test", opts->search.n_loads);
    put_number(out, "rest_time", (double)opts->rest_ns / 1e9);
    (void)ct_buf_puts(out, ", \"trials\": [");
    size_t n;
    const struct ct_search_trial *trials = ct_search_trials(search, &n);
    for (size_t i = 0; i < n; i++) {
        (void)ct_buf_puts(out, i > 0 ? ",\n  " : "\n  ");
        ct_benchmark_trial_json(&trials[i], out);
    }
    (void)ct_buf_puts(out, "], \"points\": [");
    const struct ct_search_point *points = ct_search_points(search, &n);
    for (size_t i = 0; i < n; i++) {
        (void)ct_buf_puts(out, i > 0 ? ", " : "");
        put_point(out, &points[i]);
    }
    (void)ct_buf_puts(out, "]}");
}

void ct_benchmark_case_json(const struct ct_benchmark_case *c, struct ct_buf *out)
{
    (void)ct_buf_puts(out, "{");
    put_string(out, "test_case", c->testcase->name);
    (void)ct_buf_puts(out, ", ");
    put_string(out, "result_file", c->result_path);
    (void)ct_buf_puts(out, ", \"verdict\": {");
    put_string(out, "status", ct_verdict_name(c->verdict));
    (void)ct_buf_puts(out, ", \"reasons\": [");
    for (size_t i = 0; i < c->n_reasons; i++) {
        (void)ct_buf_puts(out, i > 0 ? ", " : "");
        (void)ct_buf_puts(out, "{");
        put_string(out, "code", c->reasons[i].code);
        (void)ct_buf_puts(out, ", ");
        put_string(out, "text", c->reasons[i].text);
        (void)ct_buf_puts(out, "}");
    }
    (void)ct_buf_puts(out, "]}, \"points\": [");
    for (size_t i = 0; i < c->n_points; i++) {
        (void)ct_buf_puts(out, i > 0 ? ", " : "");
        put_point(out, &c->points[i].found);
    }
    (void)ct_buf_puts(out, "]}");
}
