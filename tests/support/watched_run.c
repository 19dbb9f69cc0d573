#include "watched_run.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"

struct ct_trace trace;
struct ct_summary summary;
struct ct_conclusion *c;
static struct ct_block block;

void begin(void)
{
    summary = (struct ct_summary){.verdict = CT_VERDICT_VALID};
    summary.plan = (struct ct_run_plan){
        .rate = {100, CT_NS_PER_S}, .duration_ns = SECONDS * CT_NS_PER_S, .threads = 1};
    ct_trace_init(&trace, &summary.plan);
}

void ramp(void)
{
    begin();
    summary.plan.n_stages = 1;
    summary.plan.stages[0].duration_ns = SECONDS * CT_NS_PER_S;
}

void load(uint64_t second, unsigned rate, double response_ms, unsigned failed)
{
    ct_block_init(&block, second);
    block.started = rate;
    block.ok = rate - failed;
    block.failed[CT_FAILURE_TIMEOUT] = failed;
    block.series[CT_SERIES_RESPONSE].sum_ns = response_ms * 1e6 * (rate - failed);
    ct_trace_block(&trace, &block);
}

static void set_vitals(struct ct_vitals *v, const struct state *s)
{
    if (!s->vitals)
        return;
    ct_vital_set(v, CT_VITAL_SWAP_USED, s->swap_mib * MIB);
    ct_vital_set(v, CT_VITAL_RUNNING, s->running);
    ct_vital_set(v, CT_VITAL_NET_ERRORS, s->errors);
    ct_vital_set(v, CT_VITAL_NET_DROPS, s->drops);
    if (s->old_kernel)
        return;
    ct_vital_set(v, CT_VITAL_PRESSURE_CPU_SOME, s->waits_cpu);
    ct_vital_set(v, CT_VITAL_PRESSURE_MEMORY_SOME, s->waits_memory);
    ct_vital_set(v, CT_VITAL_PRESSURE_IO_SOME, s->waits_io);
}

static void set_bounds(struct ct_server_sample *v, const struct state *s, uint64_t second)
{
    if (s->core > 0) {
        v->n_cores = 4;
        for (size_t i = 0; i < v->n_cores; i++)
            v->core_percent[i] = (float)(i == second % 4 ? s->core : s->idle_core);
    }
    if (s->throttled > 0) {
        v->n_cgroups = 3;
        v->cgroups[0] = (struct ct_cgroup){.name = "db", .has_throttled = true};
        v->cgroups[1] = (struct ct_cgroup){
            .name = "nginx", .has_throttled = true, .throttled_percent = s->throttled};
        v->cgroups[2] = (struct ct_cgroup){.name = "free", .throttled_percent = 100};
    }
}

void see(uint64_t second, const struct state *s)
{
    struct ct_server_sample v = {.host = s->host != NULL ? s->host : "web-1"};
    if (s->gap != NULL) {
        (void)snprintf(v.gap, sizeof(v.gap), "%s", s->gap);
    } else {
        v.has_cpu = !s->no_cpu;
        v.cpu.usr = s->user;
        v.cpu.sys = s->system;
        v.cpu.iowait = s->iowait;
        v.cpu.steal = s->steal;
        v.cpu.idle = 100 - s->user - s->system - s->iowait - s->steal;
        v.has_memory = v.has_ping = !s->bare;
        v.memory.total = 1000 * MIB;
        v.memory.used = (s->used_mib > 0 ? s->used_mib : 400) * MIB;
        v.ping.received = 1;
        v.ping.avg_ms = s->ping_ms > 0 ? s->ping_ms : 0.2;
        set_vitals(&v.vitals, s);
        set_bounds(&v, s, second);
    }
    struct ct_snapshot snapshot = {
        .at_ns = (second + 1) * CT_NS_PER_S, .n_servers = 1, .servers = &v};
    ct_trace_snapshot(&trace, &snapshot);
}

const char *text(void)
{
    c = ct_conclusion_draw(&trace, &summary);
    ct_trace_release(&trace);
    cr_assert(ne(ptr, c, NULL));
    return c->text;
}

void expect(const char *sentence)
{
    cr_expect(eq(str, (char *)text(), (char *)sentence));
}

void ends(const char *with)
{
    const char *t = text();
    size_t n = strlen(t), m = strlen(with);
    cr_expect(n >= m && strcmp(t + n - m, with) == 0, "does not end with \"%s\": %s", with, t);
}

void holds(const char *what)
{
    const char *t = text();
    cr_expect(strstr(t, what) != NULL, "does not hold \"%s\": %s", what, t);
}

const struct ct_evidence *evidence(const char *host, const char *metric)
{
    for (size_t i = 0; i < c->n_evidence; i++)
        if (strcmp(c->evidence[i].host, host) == 0 && strcmp(c->evidence[i].metric, metric) == 0)
            return &c->evidence[i];
    cr_assert(eq(int, 0, 1), "no evidence: %s of %s", metric, host);
    return NULL;
}

void limits(size_t count, enum ct_limit what, const char *host)
{
    cr_expect(eq(sz, c->n_limits, count));
    if (count > 0) {
        cr_expect(eq(int, c->limits[0].what, what));
        cr_expect(eq(str, c->limits[0].host, (char *)host));
    }
}

/* Slow from a second on. */
void trouble(uint64_t second, uint64_t from)
{
    load(second, 100, second < from ? 5 : 80, 0);
}

bool proves(const char *metric)
{
    for (size_t i = 0; i < c->n_evidence; i++)
        if (strcmp(c->evidence[i].metric, metric) == 0)
            return true;
    return false;
}
