#include <math.h>
#include <stdio.h>

#include "base/hash.h"
#include "store/json_out.h"
#include "store/result.h"

#define NS_PER_MS 1e6
#define NS_PER_US 1e3

static void put_reasons(struct ct_json_out *o, const char *key, const struct ct_reason *reasons,
                        size_t count)
{
    ct_json_open(o, key, '[');
    for (size_t i = 0; i < count; i++) {
        ct_json_open(o, NULL, '{');
        ct_json_text(o, "code", reasons[i].code);
        ct_json_text(o, "text", reasons[i].text);
        ct_json_close(o, '}');
    }
    ct_json_close(o, ']');
}

static void put_verdict(struct ct_json_out *o, const struct ct_summary *s)
{
    ct_json_open(o, "verdict", '{');
    ct_json_text(o, "status", ct_verdict_name(s->verdict));
    put_reasons(o, "reasons", s->reasons, s->n_reasons);
    put_reasons(o, "causes", s->causes, s->n_causes);
    ct_json_close(o, '}');
}

static void put_stages(struct ct_json_out *o, const struct ct_run_plan *p)
{
    if (p->n_stages == 0) {
        ct_json_null(o, "stages");
        return;
    }
    ct_json_open(o, "stages", '[');
    for (uint32_t k = 0; k < p->n_stages; k++) {
        ct_json_open(o, NULL, '{');
        ct_json_number(o, "from_rps", ct_rate_rps(p->stages[k].from));
        ct_json_number(o, "to_rps", ct_rate_rps(p->stages[k].to));
        ct_json_ns(o, "duration_s", (double)p->stages[k].duration_ns, 1e9);
        ct_json_close(o, '}');
    }
    ct_json_close(o, ']');
}

/* 0: null. */
static void put_if(struct ct_json_out *o, const char *key, uint64_t v)
{
    if (v > 0)
        ct_json_count(o, key, v);
    else
        ct_json_null(o, key);
}

static void put_plan(struct ct_json_out *o, const struct ct_summary *s)
{
    const struct ct_run_plan *p = &s->plan;
    char instants[CT_HASH_TEXT];
    ct_json_open(o, "plan", '{');
    ct_json_text(o, "arrivals", ct_arrivals_name(p->arrivals));
    ct_json_text(o, "instants",
                 p->arrivals == CT_ARRIVALS_REPLAY ? ct_hash_text(p->instants, instants) : NULL);
    ct_json_count(o, "planned", p->closed ? s->planned : p->planned);
    ct_json_number(o, "offered_rps", ct_run_plan_rps(p));
    ct_json_ns(o, "duration_s", (double)p->duration_ns, 1e9);
    ct_json_ns(o, "warm_up_s", (double)p->warm_up_ns, 1e9);
    put_stages(o, p);
    if (p->arrivals == CT_ARRIVALS_POISSON)
        ct_json_count(o, "seed", p->seed);
    else
        ct_json_null(o, "seed");
    put_if(o, "connections", p->connections);
    ct_json_ns(o, "think_s", p->closed ? (double)p->think_ns : NAN, 1e9);
    ct_json_count(o, "max_in_flight", p->max_in_flight);
    ct_json_ns(o, "timeout_s", (double)p->timeout_ns, 1e9);
    ct_json_bool(o, "keep_alive", p->keep_alive);
    ct_json_text(o, "http", p->http2 ? "2" : "1.1");
    put_if(o, "streams", p->streams);
    ct_json_ns(o, "connection_lifetime_s",
               p->connection_lifetime_ns > 0 ? (double)p->connection_lifetime_ns : NAN, 1e9);
    put_if(o, "connection_requests", p->connection_requests);
    ct_json_number(o, "new_connections_rps",
                   p->new_connections.num > 0 ? ct_rate_rps(p->new_connections) : NAN);
    ct_json_count(o, "threads", p->threads);
    ct_json_text(o, "pacing", ct_pacing_name(p->pacing));
    ct_json_close(o, '}');
}

static void put_warm_up(struct ct_json_out *o, const struct ct_summary *s)
{
    if (s->plan.warm_up_ns == 0) {
        ct_json_null(o, "warm_up");
        return;
    }
    ct_json_open(o, "warm_up", '{');
    ct_json_count(o, "planned", s->warm_up.planned);
    ct_json_count(o, "started", s->warm_up.started);
    ct_json_count(o, "skipped", s->warm_up.skipped);
    ct_json_count(o, "ok", s->warm_up.ok);
    ct_json_count(o, "failed", s->warm_up.failed);
    ct_json_count(o, "cancelled", s->warm_up.cancelled);
    ct_json_close(o, '}');
}

static void put_accounting(struct ct_json_out *o, const struct ct_summary *s)
{
    ct_json_open(o, "accounting", '{');
    ct_json_count(o, "planned", s->planned);
    ct_json_count(o, "started", s->started);
    ct_json_open(o, "skipped", '{');
    for (int i = 0; i < CT_SKIP_COUNT; i++)
        if (s->skipped[i] > 0)
            ct_json_count(o, ct_skip_name((enum ct_skip)i), s->skipped[i]);
    ct_json_close(o, '}');
    ct_json_count(o, "ok", s->ok);
    ct_json_open(o, "failed", '{');
    for (int i = 0; i < CT_FAILURE_COUNT; i++)
        if (s->failed[i] > 0)
            ct_json_count(o, ct_failure_name((enum ct_failure)i), s->failed[i]);
    ct_json_close(o, '}');
    ct_json_count(o, "cancelled", s->cancelled);
    ct_json_count(o, "wire_attempts", s->wire_attempts);
    put_warm_up(o, s);
    if (!s->identity_ok)
        ct_json_text(o, "broken", s->identity_text);
    ct_json_close(o, '}');
}

static void put_withheld(struct ct_json_out *o, const struct ct_dist *d, unsigned quantiles)
{
    ct_json_open(o, "withheld", '{');
    for (int q = 0; q < CT_QUANTILE_COUNT; q++)
        if ((quantiles >> q & 1) != 0 && d->withheld[q] != CT_GIVEN)
            ct_json_text(o, ct_quantile_name[q], ct_withheld_name(d->withheld[q]));
    ct_json_close(o, '}');
}

static void put_dist_ms(struct ct_json_out *o, const char *key, const struct ct_dist *d)
{
    ct_json_open(o, key, '{');
    ct_json_ns(o, "min", d->min, NS_PER_MS);
    ct_json_ns(o, "mean", d->mean, NS_PER_MS);
    ct_json_ns(o, "stddev", d->stddev, NS_PER_MS);
    for (int q = 0; q < CT_QUANTILE_COUNT; q++)
        ct_json_ns(o, ct_quantile_name[q], d->quantile[q], NS_PER_MS);
    ct_json_ns(o, "max", d->max, NS_PER_MS);
    put_withheld(o, d, ~0u);
    ct_json_close(o, '}');
}

/* The generator's own: the few that show whether it kept time. */
static void put_dist_us(struct ct_json_out *o, const char *key, const struct ct_dist *d)
{
    static const enum ct_quantile few[] = {CT_P50, CT_P90, CT_P99, CT_P999};
    unsigned given = 0;
    ct_json_open(o, key, '{');
    for (size_t i = 0; i < sizeof(few) / sizeof(few[0]); i++) {
        ct_json_ns(o, ct_quantile_name[few[i]], d->quantile[few[i]], NS_PER_US);
        given |= 1u << few[i];
    }
    ct_json_ns(o, "max", d->max, NS_PER_US);
    put_withheld(o, d, given);
    ct_json_close(o, '}');
}

static void put_interval(struct ct_json_out *o, const char *key, struct ct_interval i)
{
    if (!(i.high > 0)) {
        ct_json_null(o, key);
        return;
    }
    ct_json_open(o, key, '[');
    ct_json_ns(o, NULL, i.low, NS_PER_MS);
    ct_json_ns(o, NULL, i.high, NS_PER_MS);
    ct_json_close(o, ']');
}

static void put_intervals(struct ct_json_out *o, const struct ct_intervals *i)
{
    if (!(i->mean.high > 0)) {
        ct_json_null(o, "interval_95");
        return;
    }
    ct_json_open(o, "interval_95", '{');
    put_interval(o, "mean", i->mean);
    put_interval(o, "p50", i->p50);
    put_interval(o, "p90", i->p90);
    put_interval(o, "p99", i->p99);
    ct_json_close(o, '}');
}

static void put_latencies(struct ct_json_out *o, const struct ct_summary *s)
{
    put_dist_ms(o, "response_ms", &s->response);
    put_intervals(o, &s->interval_95);
    put_dist_ms(o, "response_ok_ms", &s->response_ok);
    put_dist_ms(o, "setup_ms", &s->setup);
    put_dist_ms(o, "service_ms", &s->service);
    if (s->server_processing.count > 0)
        put_dist_ms(o, "server_processing_ms", &s->server_processing);
    else
        ct_json_null(o, "server_processing_ms");
    put_dist_us(o, "lateness_us", &s->lateness);
    put_dist_us(o, "receive_lag_us", &s->receive_lag);
}

static void put_servers(struct ct_json_out *o, const struct ct_summary *s)
{
    ct_json_open(o, "servers", '[');
    for (size_t i = 0; i < s->n_servers; i++) {
        const struct ct_server_summary *v = &s->servers[i];
        ct_json_open(o, NULL, '{');
        ct_json_text(o, "host", v->host);
        ct_json_number(o, "cpu_percent_mean", round(v->cpu_percent_mean * 1e3) / 1e3);
        ct_json_number(o, "cpu_usr_mean", round(v->cpu_usr_mean * 1e3) / 1e3);
        ct_json_number(o, "memory_used_kib_mean", round(v->memory_used_kib_mean));
        ct_json_number(o, "ping_ms_mean", round(v->ping_ms_mean * 1e6) / 1e6);
        ct_json_count(o, "samples", v->samples);
        ct_json_count(o, "missed", v->missed);
        ct_json_bool(o, "this_machine", v->this_machine);
        ct_json_close(o, '}');
    }
    ct_json_close(o, ']');
}

static void put_thresholds(struct ct_json_out *o, const struct ct_summary *s)
{
    static const struct {
        const char *name;
        double per; /* of these are one of ours */
    } units[] = {[CT_MEASURE_TIME] = {"ms", 1e-6},
                 [CT_MEASURE_SHARE] = {"%", 100},
                 [CT_MEASURE_RATE] = {"/s", 1},
                 [CT_MEASURE_BYTES] = {"bytes", 1}};
    ct_json_open(o, "thresholds", '[');
    for (size_t i = 0; i < s->n_thresholds; i++) {
        const struct ct_threshold_result *r = &s->thresholds[i];
        ct_json_open(o, NULL, '{');
        ct_json_text(o, "expression", r->threshold.text);
        ct_json_number(o, "value", round(r->value * units[r->threshold.measure].per * 1e6) / 1e6);
        ct_json_text(o, "unit", units[r->threshold.measure].name);
        ct_json_bool(o, "ok", r->kept == CT_KEPT);
        if (r->windowed && !isnan(r->value))
            ct_json_count(o, "from_s", r->from_s);
        else
            ct_json_null(o, "from_s");
        ct_json_known(o, "text", r->why);
        ct_json_close(o, '}');
    }
    ct_json_close(o, ']');
}

static void put_evidence(struct ct_json_out *o, const struct ct_conclusion *c)
{
    ct_json_open(o, "evidence", '[');
    for (size_t i = 0; i < c->n_evidence; i++) {
        const struct ct_evidence *e = &c->evidence[i];
        ct_json_open(o, NULL, '{');
        ct_json_known(o, "host", e->host);
        ct_json_text(o, "metric", e->metric);
        ct_json_number(o, "from", round(e->from * 1e6) / 1e6);
        ct_json_number(o, "to", round(e->to * 1e6) / 1e6);
        ct_json_number(o, "at_s", e->at_s);
        ct_json_number(o, "at_rps", round(e->at_rps * 1e3) / 1e3);
        ct_json_close(o, '}');
    }
    ct_json_close(o, ']');
}

static void put_conclusion(struct ct_json_out *o, const struct ct_conclusion *c)
{
    if (c == NULL) {
        ct_json_null(o, "conclusion");
        return;
    }
    ct_json_open(o, "conclusion", '{');
    ct_json_text(o, "text", c->text);
    ct_json_open(o, "limits", '[');
    for (size_t i = 0; i < c->n_limits; i++) {
        ct_json_open(o, NULL, '{');
        ct_json_text(o, "limit", ct_limit_name(c->limits[i].what));
        ct_json_known(o, "host", c->limits[i].host);
        ct_json_close(o, '}');
    }
    ct_json_close(o, ']');
    put_evidence(o, c);
    ct_json_close(o, '}');
}

static void put_rest(struct ct_json_out *o, const struct ct_summary *s)
{
    ct_json_open(o, "bytes", '{');
    ct_json_count(o, "sent", s->bytes_sent);
    ct_json_count(o, "received", s->bytes_received);
    ct_json_close(o, '}');
    ct_json_open(o, "status_codes", '{');
    for (int i = 0; i < CT_STATUS_MAX; i++) {
        char code[16];
        (void)snprintf(code, sizeof(code), "%d", i);
        if (s->status[i] > 0)
            ct_json_count(o, code, s->status[i]);
    }
    ct_json_close(o, '}');
    ct_json_open(o, "generator", '{');
    ct_json_number(o, "cpu_percent", round(s->generator_cpu_percent * 100) / 100);
    ct_json_count(o, "rss_bytes_max", s->generator_rss_bytes_max);
    ct_json_number(o, "loop_busy_percent", round(s->generator_loop_busy_percent * 100) / 100);
    ct_json_number(o, "cpu_wait_percent", round(s->generator_cpu_wait_percent * 1e3) / 1e3);
    ct_json_number(o, "steal_percent", round(s->generator_steal_percent * 1e3) / 1e3);
    ct_json_number(o, "throttled_s", round(s->generator_throttled_s * 1e6) / 1e6);
    ct_json_close(o, '}');
    put_servers(o, s);
    put_thresholds(o, s);
    put_conclusion(o, s->conclusion);
}

void ct_summary_json(const struct ct_summary *s, const char *command, const char *result_file,
                     struct ct_buf *out)
{
    struct ct_json_out o;
    ct_json_init(&o, out, -1);
    ct_json_open(&o, NULL, '{');
    ct_json_text(&o, "schema", "ct/summary/1");
    ct_json_text(&o, "command", command);
    ct_json_text(&o, "result_file", result_file[0] != '\0' ? result_file : NULL);
    put_verdict(&o, s);
    put_plan(&o, s);
    put_accounting(&o, s);
    ct_json_text(&o, "model", s->plan.closed ? "closed" : "open");
    ct_json_text(&o, "limited_by", s->limited_by_generator ? "generator" : NULL);
    ct_json_bool(&o, "colocated", s->colocated);
    ct_json_number(&o, "sent_rps", round(s->sent_rps * 1e6) / 1e6);
    ct_json_number(&o, "achieved_rps", round(s->achieved_rps * 1e6) / 1e6);
    ct_json_number(&o, "completed_rps", round(s->completed_rps * 1e6) / 1e6);
    put_latencies(&o, s);
    put_rest(&o, s);
    ct_json_close(&o, '}');
    (void)ct_json_finish(&o);
}
