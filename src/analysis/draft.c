#include "analysis/draft.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/units.h"

enum { DETAILED_MAX = 2 };

/* --- writing --- */

void ct_draft_say(struct ct_draft *d, const char *fmt, ...)
{
    va_list ap;
    size_t room = sizeof(d->out->text) - d->used;
    va_start(ap, fmt);
    int n = vsnprintf(d->out->text + d->used, room, fmt, ap);
    va_end(ap);
    d->used += n > 0 && (size_t)n < room ? (size_t)n : room - 1;
}

/* What stands between this clause and the one before. */
const char *ct_draft_joint(const struct ct_draft *d)
{
    return d->used > 0 ? "; " : "";
}

static double second_of(const struct ct_draft *d, size_t part)
{
    return (double)(d->trace->first_s + part * d->trace->length_s);
}

void ct_draft_prove(struct ct_draft *d, const char *host, const char *metric, double from,
                    double to, size_t part)
{
    if (d->out->n_evidence == CT_EVIDENCE_MAX)
        return;
    struct ct_evidence *e = &d->out->evidence[d->out->n_evidence++];
    (void)snprintf(e->host, sizeof(e->host), "%s", host);
    e->metric = metric;
    e->from = from;
    e->to = to;
    bool placed = part < CT_TRACE_PARTS;
    e->at_s = placed ? second_of(d, part) : NAN;
    e->at_rps = placed ? ct_findings_rate(d->trace, &d->summary->plan, part) : NAN;
}

void ct_draft_prove_span(struct ct_draft *d, const char *host, const char *metric,
                         const struct ct_span *span)
{
    ct_draft_prove(d, host, metric, span->from, span->to, span->first);
}

/* The rate was never so high before: only then it stands for the instant. */
static bool rose_to(const struct ct_draft *d, size_t part)
{
    const struct ct_run_plan *plan = &d->summary->plan;
    if (plan->closed || (plan->n_stages == 0 && plan->arrivals != CT_ARRIVALS_REPLAY))
        return false;
    double rate = ct_findings_rate(d->trace, plan, part);
    for (size_t i = 0; i < part; i++)
        if (ct_findings_rate(d->trace, plan, i) * 1.02 > rate)
            return false;
    return part > 0;
}

const char *ct_draft_when(const struct ct_draft *d, const struct ct_span *span,
                          char text[CT_DRAFT_WHEN])
{
    char rate[CT_UNIT_TEXT];
    const struct ct_run_plan *plan = &d->summary->plan;
    if (span->last + 2 < d->trace->used)
        (void)snprintf(text, CT_DRAFT_WHEN, " from second %.0f to %.0f", second_of(d, span->first),
                       second_of(d, span->last + 1));
    else if (span->first <= 1)
        (void)snprintf(text, CT_DRAFT_WHEN, " throughout");
    else if (rose_to(d, span->first))
        (void)snprintf(text, CT_DRAFT_WHEN, " from %s on",
                       ct_rate_format(round(ct_findings_rate(d->trace, plan, span->first)), rate));
    else
        (void)snprintf(text, CT_DRAFT_WHEN, " from second %.0f on", second_of(d, span->first));
    return text;
}

/* --- what was seen --- */

static bool notable(const struct ct_server_findings *f)
{
    struct ct_span span;
    return ct_findings_used_up(f, &span) != CT_LIMIT_COUNT || f->steal.found || f->missed > 0 ||
           f->unseen || f->memory.kind == CT_DRIFT_UP || f->ping.kind == CT_DRIFT_UP ||
           ct_draft_has_waits(f);
}

static const char *leading_field(const struct ct_server_findings *f)
{
    double all = f->user + f->system + f->stolen;
    if (f->user >= 0.6 * all)
        return "user";
    if (f->system >= 0.6 * all)
        return "system";
    if (f->stolen >= 0.6 * all)
        return "steal";
    if (f->stolen >= fmin(f->user, f->system))
        return f->user >= f->system ? "user and steal" : "system and steal";
    return "user and system";
}

static void describe_cpu(struct ct_draft *d, const struct ct_server_findings *f)
{
    const char *host = f->server->host;
    char where[CT_DRAFT_WHEN];
    if (isnan(f->cpu_max))
        return;
    if (f->cpu.found) {
        ct_draft_say(d, "%s%.*s's CPU reached %.0f %% (%s)%s", ct_draft_joint(d), CT_DRAFT_NAME,
                     host, f->cpu.to, leading_field(f), ct_draft_when(d, &f->cpu, where));
        ct_draft_prove(d, host, "cpu_percent", isnan(f->cpu.from) ? f->cpu_first : f->cpu.from,
                       f->cpu.to, f->cpu.first);
        ct_draft_prove(d, host, "cpu_user_percent", NAN, f->user, CT_TRACE_PARTS);
        ct_draft_prove(d, host, "cpu_system_percent", NAN, f->system, CT_TRACE_PARTS);
        if (!isnan(f->waited_cpu))
            ct_draft_prove(d, host, "pressure_cpu_percent", NAN, f->waited_cpu, CT_TRACE_PARTS);
    } else {
        bool peak = f->cpu_max >= CT_CPU_FULL_PERCENT;
        ct_draft_say(d, "%s%.*s's CPU %s %.0f %%%s", ct_draft_joint(d), CT_DRAFT_NAME, host,
                     peak ? "peaked at" : "at most", f->cpu_max,
                     peak ? ", not long enough to tell" : "");
        ct_draft_prove(d, host, "cpu_percent", f->cpu_first, f->cpu_max, f->cpu_max_part);
    }
    if (f->iowait.found) {
        ct_draft_say(d, "%sit waited for its disks for %.0f %% of the time (iowait)%s",
                     ct_draft_joint(d), f->iowait.to, ct_draft_when(d, &f->iowait, where));
        ct_draft_prove_span(d, host, "cpu_iowait_percent", &f->iowait);
    }
    if (f->steal.found) {
        ct_draft_say(d, "%sits hypervisor withheld %.0f %% (steal)%s", ct_draft_joint(d),
                     f->steal.to, ct_draft_when(d, &f->steal, where));
        ct_draft_prove_span(d, host, "cpu_steal_percent", &f->steal);
    }
}

static void describe_memory(struct ct_draft *d, const struct ct_server_findings *f)
{
    const struct ct_drift_found *m = &f->memory;
    char from[CT_UNIT_TEXT], to[CT_UNIT_TEXT], total[CT_UNIT_TEXT];
    if (m->kind == CT_DRIFT_UNKNOWN)
        return;
    bool varied = m->kind == CT_DRIFT_VARIED;
    (void)ct_bytes_format((uint64_t)((varied ? m->low : m->from) * 1024), from);
    (void)ct_bytes_format((uint64_t)((varied ? m->high : m->to) * 1024), to);
    if (f->memory_full)
        ct_draft_say(d, "%smemory used up to %.0f %% of %s", ct_draft_joint(d),
                     100 * m->high / f->memory_total_kib,
                     ct_bytes_format((uint64_t)(f->memory_total_kib * 1024), total));
    else if (m->kind == CT_DRIFT_FLAT)
        ct_draft_say(d, "%smemory flat", ct_draft_joint(d));
    else if (varied)
        ct_draft_say(d, "%smemory between %s and %s", ct_draft_joint(d), from, to);
    else
        ct_draft_say(d, "%smemory %s from %s to %s", ct_draft_joint(d),
                     m->kind == CT_DRIFT_UP ? "grew" : "fell", from, to);
    ct_draft_prove(d, f->server->host, "memory_used_kib", m->from, m->to, CT_TRACE_PARTS);
}

static void describe_ping(struct ct_draft *d, const struct ct_server_findings *f)
{
    const struct ct_drift_found *p = &f->ping;
    char from[CT_UNIT_TEXT], to[CT_UNIT_TEXT];
    if (p->kind == CT_DRIFT_UNKNOWN)
        return;
    if (p->kind == CT_DRIFT_FLAT)
        ct_draft_say(d, "%sping unchanged", ct_draft_joint(d));
    else
        ct_draft_say(d, "%sping %s from %s to %s", ct_draft_joint(d),
                     p->kind == CT_DRIFT_UP ? "rose" : "fell",
                     ct_duration_format((uint64_t)(p->from * 1e6), from),
                     ct_duration_format((uint64_t)(p->to * 1e6), to));
    ct_draft_prove(d, f->server->host, "ping_ms", p->from, p->to, CT_TRACE_PARTS);
}

void ct_draft_server(struct ct_draft *d, const struct ct_server_findings *f)
{
    const struct ct_trace_server *v = f->server;
    char missed[CT_UNIT_TEXT], all[CT_UNIT_TEXT];
    describe_cpu(d, f);
    ct_draft_waits(d, f);
    describe_memory(d, f);
    describe_ping(d, f);
    if (f->missed == 0)
        return;
    ct_draft_say(d, "%s%s of %s samples of %.*s missing%s%s%s", ct_draft_joint(d),
                 ct_count_format(f->missed, missed), ct_count_format(f->missed + f->samples, all),
                 CT_DRAFT_NAME, v->host, v->gap[0] != '\0' ? " (" : "", v->gap,
                 v->gap[0] != '\0' ? ")" : "");
    ct_draft_prove(d, v->host, "missed_samples", NAN, (double)f->missed, CT_TRACE_PARTS);
}

/* Servers that have nothing of their own to tell. */
static void describe_rest(struct ct_draft *d, const bool *told, size_t n_told)
{
    const struct ct_server_findings *busiest = NULL;
    size_t rest = d->n_servers - n_told;
    for (size_t i = 0; i < d->n_servers; i++) {
        const struct ct_server_findings *f = &d->servers[i];
        if (!told[i] && !isnan(f->cpu_max) && (busiest == NULL || f->cpu_max > busiest->cpu_max))
            busiest = f;
    }
    if (busiest == NULL)
        return;
    if (rest == 1)
        ct_draft_say(d, "%s%.*s's CPU at most %.0f %%", ct_draft_joint(d), CT_DRAFT_NAME,
                     busiest->server->host, busiest->cpu_max);
    else
        ct_draft_say(d, "%sCPU of the %s%zu servers at most %.0f %% (%.*s)", ct_draft_joint(d),
                     n_told > 0 ? "other " : "", rest, busiest->cpu_max, CT_DRAFT_NAME,
                     busiest->server->host);
    ct_draft_prove(d, busiest->server->host, "cpu_percent", busiest->cpu_first, busiest->cpu_max,
                   busiest->cpu_max_part);
}

void ct_draft_servers(struct ct_draft *d)
{
    bool *told = ct_xcalloc(d->n_servers, sizeof(*told));
    size_t n_told = 0;
    struct ct_span span;
    for (int used = 1; used >= 0; used--) /* those that are used up come first */
        for (size_t i = 0; i < d->n_servers && n_told < DETAILED_MAX; i++) {
            const struct ct_server_findings *f = &d->servers[i];
            bool now = (ct_findings_used_up(f, &span) != CT_LIMIT_COUNT) == (used == 1);
            if (told[i] || !now || !(notable(f) || d->n_servers == 1))
                continue;
            ct_draft_server(d, f);
            told[i] = true;
            n_told++;
        }
    if (n_told < d->n_servers)
        describe_rest(d, told, n_told);
    free(told);
}

/* --- the load --- */

void ct_draft_prove_load(struct ct_draft *d)
{
    const struct ct_load_findings *l = &d->load;
    if (l->slower.found)
        ct_draft_prove(d, "", "response_ms", l->slower.from / 1e6, l->slower.to / 1e6,
                       l->slower.first);
    if (l->failing.found)
        ct_draft_prove(d, "", "not_ok_percent", 100 * l->failing.from, 100 * l->failing.to,
                       l->failing.first);
}

void ct_draft_load(struct ct_draft *d)
{
    const struct ct_load_findings *l = &d->load;
    char from[CT_UNIT_TEXT], to[CT_UNIT_TEXT], where[CT_DRAFT_WHEN];
    if (l->slower.found)
        ct_draft_say(d, "%sresponses slowed from %s to %s%s", ct_draft_joint(d),
                     ct_duration_format((uint64_t)l->slower.from, from),
                     ct_duration_format((uint64_t)l->slower.to, to),
                     ct_draft_when(d, &l->slower, where));
    if (l->failing.found)
        ct_draft_say(d, "%sup to %.3g %% of requests were not ok%s", ct_draft_joint(d),
                     100 * l->failing.to, ct_draft_when(d, &l->failing, where));
}
