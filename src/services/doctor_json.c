#include <math.h>

#include "services/doctor.h"
#include "store/json_out.h"

static void put_wakeups(struct ct_json_out *o, const struct ct_checkup *c)
{
    ct_json_open(o, "wakeups", '[');
    for (int i = 0; i < CT_WAKEUPS; i++) {
        const struct ct_wakeups *w = &c->wakeups[i];
        ct_json_open(o, NULL, '{');
        ct_json_number(o, "rate_rps", w->rate_rps);
        ct_json_count(o, "count", w->count);
        ct_json_number(o, "p50_us", w->p50_us);
        ct_json_number(o, "p90_us", w->p90_us);
        ct_json_number(o, "p99_us", w->p99_us);
        ct_json_number(o, "max_us", w->max_us);
        ct_json_close(o, '}');
    }
    ct_json_close(o, ']');
}

static const char *word(const char *text)
{
    return text[0] != '\0' ? text : NULL;
}

static void put_machine(struct ct_json_out *o, const struct ct_checkup *c)
{
    ct_json_open(o, "machine", '{');
    ct_json_count(o, "cpus", c->cpus);
    ct_json_count(o, "cpus_online", c->cpus_online);
    ct_json_number(o, "quota_cpus", c->during.quota_cpus);
    ct_json_text(o, "quota_cgroup", word(c->quota_path));
    ct_json_number(o, "throttled_s", c->during.throttled_s);
    ct_json_number(o, "steal_percent", round(c->during.steal_percent * 1e3) / 1e3);
    ct_json_number(o, "others_cpus", round(c->others_cpus * 1e3) / 1e3);
    ct_json_number(o, "load_average", c->load_minute);
    ct_json_text(o, "governor", word(c->governor));
    ct_json_text(o, "clock_source", word(c->clock_source));
    ct_json_count(o, "timer_slack_ns", c->timer_slack_ns);
    ct_json_count(o, "descriptors", c->descriptors);
    ct_json_count(o, "descriptors_hard", c->descriptors_hard);
    ct_json_count(o, "local_ports", c->ports);
    if (c->tw_reuse >= 0)
        ct_json_count(o, "tcp_tw_reuse", (uint64_t)c->tw_reuse);
    else
        ct_json_null(o, "tcp_tw_reuse");
    ct_json_number(o, "memory_available_bytes", c->memory_available_bytes);
    ct_json_close(o, '}');
}

static void put_sending(struct ct_json_out *o, const struct ct_checkup *c)
{
    ct_json_open(o, "sending", '[');
    for (size_t i = 0; i < c->n_sending; i++) {
        const struct ct_sending *s = &c->sending[i];
        ct_json_open(o, NULL, '{');
        ct_json_number(o, "offered_rps", s->offered_rps);
        ct_json_number(o, "sent_rps", round(s->sent_rps));
        ct_json_number(o, "request_cpu_us", round(s->request_cpu_us * 1e3) / 1e3);
        ct_json_number(o, "loop_busy_percent", round(s->busy_share * 1e4) / 1e2);
        ct_json_number(o, "lateness_p99_us", s->lateness_p99_us);
        ct_json_bool(o, "valid", s->valid);
        ct_json_close(o, '}');
    }
    ct_json_close(o, ']');
}

static void put_forecast(struct ct_json_out *o, const struct ct_checkup *c,
                         const struct ct_forecast *f)
{
    ct_json_open(o, "forecast", '{');
    ct_json_number(o, "one_thread_rps", round(f->one_rps));
    ct_json_count(o, "threads", f->threads);
    ct_json_number(o, "all_threads_rps", round(f->all_rps));
    ct_json_bool(o, "on_time", f->on_time);
    ct_json_number(o, "lateness_p99_us", f->lateness_p99_us);
    ct_json_number(o, "request_cpu_us", round(f->request_cpu_us * 1e3) / 1e3);
    ct_json_count(o, "connections", c->connections);
    ct_json_number(o, "new_connections_rps", floor(f->new_connections_rps));
    ct_json_close(o, '}');
}

static void put_findings(struct ct_json_out *o, const struct ct_diagnosis *d)
{
    ct_json_open(o, "findings", '[');
    for (size_t i = 0; i < d->n_findings; i++) {
        const struct ct_finding *f = &d->findings[i];
        ct_json_open(o, NULL, '{');
        ct_json_text(o, "mark", ct_mark_name(f->mark));
        ct_json_text(o, "topic", f->topic);
        ct_json_text(o, "text", f->text);
        ct_json_text(o, "advice", word(f->advice));
        ct_json_close(o, '}');
    }
    ct_json_close(o, ']');
}

/* --- the proof --- */

static void put_quantiles_ms(struct ct_json_out *o, const char *key,
                             const double ns[CT_PROOF_QUANTILES])
{
    ct_json_open(o, key, '{');
    for (int q = 0; q < CT_PROOF_QUANTILES; q++)
        ct_json_ns(o, ct_proof_quantile_name[q], ns[q], 1e6);
    ct_json_close(o, '}');
}

static void put_run(struct ct_json_out *o, const struct ct_proof_run *r)
{
    ct_json_open(o, NULL, '{');
    ct_json_number(o, "rate_rps", r->rate_rps);
    ct_json_text(o, "delay", r->delay);
    ct_json_bool(o, "held", r->held);
    ct_json_text(o, "why", word(r->why));
    ct_json_text(o, "status", ct_verdict_name(r->verdict));
    ct_json_count(o, "planned", r->planned);
    ct_json_count(o, "arrived", r->arrived);
    ct_json_count(o, "ok", r->ok);
    put_quantiles_ms(o, "client_ms", r->client_ns);
    put_quantiles_ms(o, "server_ms", r->server_ns);
    ct_json_open(o, "arrival_late_us", '{');
    ct_json_ns(o, "p50", r->arrival_p50_ns, 1e3);
    ct_json_ns(o, "p99", r->arrival_p99_ns, 1e3);
    ct_json_close(o, '}');
    ct_json_close(o, '}');
}

static void put_proof(struct ct_json_out *o, const struct ct_proof *p)
{
    if (p == NULL) {
        ct_json_null(o, "proof");
        return;
    }
    ct_json_open(o, "proof", '{');
    ct_json_bool(o, "trusted", p->trusted);
    ct_json_number(o, "rate_rps", p->rate_rps);
    ct_json_ns(o, "p99_floor_ms", p->p99_floor_ns, 1e6);
    ct_json_number(o, "failed_rps", p->why_rps);
    ct_json_text(o, "why", word(p->why));
    ct_json_open(o, "runs", '[');
    for (size_t i = 0; i < p->n_runs; i++)
        put_run(o, &p->runs[i]);
    ct_json_close(o, ']');
    ct_json_close(o, '}');
}

void ct_doctor_json(const struct ct_checkup *c, const struct ct_diagnosis *d,
                    const struct ct_proof *proof, struct ct_buf *out)
{
    struct ct_json_out o;
    ct_json_init(&o, out, -1);
    ct_json_open(&o, NULL, '{');
    ct_json_text(&o, "schema", "ct/doctor/1");
    put_forecast(&o, c, &d->forecast);
    put_wakeups(&o, c);
    put_sending(&o, c);
    put_machine(&o, c);
    put_findings(&o, d);
    put_proof(&o, proof);
    ct_json_close(&o, '}');
    (void)ct_json_finish(&o);
}
