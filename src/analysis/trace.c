#include "analysis/trace.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"

void ct_trace_init(struct ct_trace *t, const struct ct_run_plan *plan)
{
    memset(t, 0, sizeof(*t));
    t->first_s = (plan->warm_up_ns + CT_NS_PER_S - 1) / CT_NS_PER_S;
    t->end_s = (plan->duration_ns + CT_NS_PER_S - 1) / CT_NS_PER_S;
    t->length_s = 1;
}

void ct_trace_release(struct ct_trace *t)
{
    free(t->servers);
    t->servers = NULL;
    t->n_servers = 0;
}

/* --- parts --- */

static void add_load(struct ct_trace_load *into, const struct ct_trace_load *from)
{
    into->started += from->started;
    into->ok += from->ok;
    into->not_ok += from->not_ok;
    into->response_ns += from->response_ns;
}

static void add_part(struct ct_trace_part *into, const struct ct_trace_part *from)
{
    into->samples += from->samples;
    into->missed += from->missed;
    for (int i = 0; i < CT_TRACE_VALUES; i++) {
        into->n[i] += from->n[i];
        into->sum[i] += from->sum[i];
    }
}

/* Parts of twice the length. */
static void halve(struct ct_trace *t)
{
    for (size_t i = 0; i < CT_TRACE_PARTS; i++) {
        struct ct_trace_load one = t->load[i];
        memset(&t->load[i], 0, sizeof(t->load[i]));
        add_load(&t->load[i / 2], &one);
    }
    for (size_t k = 0; k < t->n_servers; k++)
        for (size_t i = 0; i < CT_TRACE_PARTS; i++) {
            struct ct_trace_part one = t->servers[k].parts[i];
            memset(&t->servers[k].parts[i], 0, sizeof(one));
            add_part(&t->servers[k].parts[i / 2], &one);
        }
    t->length_s *= 2;
    t->used = (t->used + 1) / 2;
}

/* The part of a second, or CT_TRACE_PARTS: it is not looked at. */
static size_t part_of(struct ct_trace *t, uint64_t second)
{
    if (second < t->first_s || second >= t->end_s)
        return CT_TRACE_PARTS;
    while ((second - t->first_s) / t->length_s >= CT_TRACE_PARTS)
        halve(t);
    size_t part = (size_t)((second - t->first_s) / t->length_s);
    if (part >= t->used)
        t->used = part + 1;
    return part;
}

/* --- what comes in --- */

void ct_trace_block(struct ct_trace *t, const struct ct_block *b)
{
    size_t part = b->warm_up ? CT_TRACE_PARTS : part_of(t, b->second);
    if (part == CT_TRACE_PARTS)
        return;
    struct ct_trace_load one = {
        .started = b->started,
        .ok = b->ok,
        .not_ok = ct_block_failed(b) + b->cancelled + b->skipped[CT_SKIP_IN_FLIGHT],
        .response_ns = b->series[CT_SERIES_RESPONSE].sum_ns,
    };
    add_load(&t->load[part], &one);
}

static struct ct_trace_server *server_of(struct ct_trace *t, const char *host)
{
    for (size_t i = 0; i < t->n_servers; i++)
        if (strcmp(t->servers[i].host, host) == 0)
            return &t->servers[i];
    t->servers = ct_xrealloc(t->servers, t->n_servers + 1, sizeof(*t->servers));
    struct ct_trace_server *s = &t->servers[t->n_servers++];
    memset(s, 0, sizeof(*s));
    (void)snprintf(s->host, sizeof(s->host), "%s", host);
    return s;
}

static void put(struct ct_trace_part *p, enum ct_trace_value which, double value)
{
    p->n[which] = 1;
    p->sum[which] = value;
}

static void put_vitals(struct ct_trace_part *p, const struct ct_vitals *vitals)
{
    static const struct {
        enum ct_vital vital;
        enum ct_trace_value value;
    } rows[] = {
        {CT_VITAL_SWAP_USED, CT_TRACE_SWAP_USED},
        {CT_VITAL_RUNNING, CT_TRACE_RUNNING},
        {CT_VITAL_NET_ERRORS, CT_TRACE_NETWORK_ERRORS},
        {CT_VITAL_NET_DROPS, CT_TRACE_NETWORK_DROPS},
        {CT_VITAL_PRESSURE_CPU_SOME, CT_TRACE_PRESSURE_CPU},
        {CT_VITAL_PRESSURE_MEMORY_SOME, CT_TRACE_PRESSURE_MEMORY},
        {CT_VITAL_PRESSURE_IO_SOME, CT_TRACE_PRESSURE_IO},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        double value;
        if (ct_vital_get(vitals, rows[i].vital, &value))
            put(p, rows[i].value, value);
    }
}

static const struct ct_cgroup *most_throttled(const struct ct_server_sample *v)
{
    const struct ct_cgroup *most = NULL;
    for (size_t i = 0; i < v->n_cgroups; i++) {
        const struct ct_cgroup *g = &v->cgroups[i];
        if (g->has_throttled && (most == NULL || g->throttled_percent > most->throttled_percent))
            most = g;
    }
    return most;
}

static void note_group(struct ct_trace_server *s, const struct ct_cgroup *g)
{
    if (g == NULL || g->throttled_percent <= s->group_percent)
        return;
    s->group_percent = g->throttled_percent;
    (void)snprintf(s->group, sizeof(s->group), "%s", g->name);
}

static struct ct_trace_part part_from(const struct ct_server_sample *v)
{
    struct ct_trace_part one = {0};
    size_t core;
    double percent;
    one.missed = v->gap[0] != '\0';
    one.samples = !one.missed;
    if (v->has_cpu) {
        const struct ct_cpu_percent *c = &v->cpu;
        put(&one, CT_TRACE_BUSY, ct_cpu_busy_percent(c));
        put(&one, CT_TRACE_USER, ct_cpu_user_percent(c));
        put(&one, CT_TRACE_SYSTEM, c->sys + c->irq + c->soft);
        put(&one, CT_TRACE_IOWAIT, c->iowait);
        put(&one, CT_TRACE_STEAL, c->steal);
    }
    if (v->has_memory) {
        put(&one, CT_TRACE_MEMORY_USED, v->memory.used);
        put(&one, CT_TRACE_MEMORY_TOTAL, v->memory.total);
    }
    if (v->has_ping && v->ping.received > 0)
        put(&one, CT_TRACE_PING, v->ping.avg_ms);
    put_vitals(&one, &v->vitals);
    if (ct_cores_busiest(v, &core, &percent))
        put(&one, CT_TRACE_CORE, percent);
    const struct ct_cgroup *g = most_throttled(v);
    if (g != NULL)
        put(&one, CT_TRACE_THROTTLED, g->throttled_percent);
    return one;
}

void ct_trace_snapshot(struct ct_trace *t, const struct ct_snapshot *snapshot)
{
    uint64_t second = snapshot->at_ns > 0 ? (snapshot->at_ns - 1) / CT_NS_PER_S : 0;
    size_t part = part_of(t, second);
    for (size_t i = 0; i < snapshot->n_servers && part != CT_TRACE_PARTS; i++) {
        const struct ct_server_sample *v = &snapshot->servers[i];
        struct ct_trace_server *s = server_of(t, v->host);
        struct ct_trace_part one = part_from(v);
        add_part(&s->parts[part], &one);
        note_group(s, most_throttled(v));
        if (v->gap[0] != '\0')
            (void)snprintf(s->gap, sizeof(s->gap), "%.*s", CT_TRACE_GAP - 1, v->gap);
    }
}
