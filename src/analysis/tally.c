#include "analysis/tally.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/batches.h"
#include "analysis/causes.h"
#include "analysis/conclusion.h"
#include "analysis/dist.h"
#include "analysis/referee.h"
#include "analysis/trace.h"
#include "analysis/verdict.h"
#include "base/mem.h"

/* Sums over the samples of one server. */
struct server_sums {
    char host[256];
    double cpu, usr, memory, ping;
    uint64_t n_cpu, n_memory, n_ping, samples, missed;
};

struct ct_tally {
    struct ct_run_plan plan;
    struct ct_criteria criteria;
    struct ct_block total;     /* of everything */
    struct ct_block *measured; /* behind the warm-up; total itself when there is none */
    struct ct_block *warm_up;  /* NULL: there is none */
    struct ct_batches batches;
    struct ct_referee *referee; /* NULL: no thresholds */
    struct ct_judge judge;
    struct ct_trace trace;
    struct server_sums *servers;
    size_t n_servers;
};

struct ct_tally *ct_tally_new(const struct ct_run_plan *plan, const struct ct_criteria *criteria)
{
    struct ct_tally *t = ct_xcalloc(1, sizeof(*t));
    t->plan = *plan;
    if (criteria != NULL)
        t->criteria = *criteria;
    t->measured = &t->total;
    if (plan->warm_up_ns > 0) {
        t->measured = ct_xcalloc(1, sizeof(*t->measured));
        t->warm_up = ct_xcalloc(1, sizeof(*t->warm_up));
    }
    if (t->criteria.count > 0)
        t->referee = ct_referee_new(&t->criteria, &t->plan);
    ct_batches_init(&t->batches, plan);
    ct_judge_init(&t->judge, plan);
    ct_trace_init(&t->trace, plan);
    return t;
}

void ct_tally_free(struct ct_tally *t)
{
    if (t->measured != &t->total)
        free(t->measured);
    free(t->warm_up);
    ct_batches_release(&t->batches);
    ct_referee_free(t->referee);
    ct_trace_release(&t->trace);
    free(t->servers);
    free(t);
}

static void merge(struct ct_block *into, const struct ct_block *block)
{
    uint64_t most = into->in_flight_max;
    if (block->second > into->second) { /* a new second's state replaces the one before */
        into->in_flight = 0;
        into->second = block->second;
    }
    ct_block_merge(into, block);
    into->in_flight_max = block->in_flight_max > most ? block->in_flight_max : most;
}

void ct_tally_block(struct ct_tally *t, const struct ct_block *block)
{
    merge(&t->total, block);
    if (block->warm_up && t->warm_up != NULL) {
        merge(t->warm_up, block);
        return;
    }
    if (t->measured != &t->total)
        merge(t->measured, block);
    ct_batches_block(&t->batches, block);
    ct_trace_block(&t->trace, block);
    ct_judge_block(&t->judge, block);
    if (t->referee != NULL)
        ct_referee_block(t->referee, block);
}

const struct ct_block *ct_tally_total(const struct ct_tally *t)
{
    return &t->total;
}

const struct ct_block *ct_tally_measured(const struct ct_tally *t)
{
    return t->measured;
}

/* --- servers --- */

static struct server_sums *sums_of(struct ct_tally *t, const char *host)
{
    for (size_t i = 0; i < t->n_servers; i++)
        if (strcmp(t->servers[i].host, host) == 0)
            return &t->servers[i];
    t->servers = ct_xrealloc(t->servers, t->n_servers + 1, sizeof(*t->servers));
    struct server_sums *s = &t->servers[t->n_servers++];
    memset(s, 0, sizeof(*s));
    (void)snprintf(s->host, sizeof(s->host), "%s", host);
    return s;
}

void ct_tally_snapshot(struct ct_tally *t, const struct ct_snapshot *snapshot)
{
    if (t->referee != NULL)
        ct_referee_snapshot(t->referee, snapshot);
    if (snapshot->at_ns < t->plan.warm_up_ns)
        return;
    ct_trace_snapshot(&t->trace, snapshot);
    for (size_t i = 0; i < snapshot->n_servers; i++) {
        const struct ct_server_sample *v = &snapshot->servers[i];
        struct server_sums *s = sums_of(t, v->host);
        if (v->gap[0] != '\0')
            s->missed++;
        else
            s->samples++;
        if (v->has_cpu) {
            s->cpu += ct_cpu_busy_percent(&v->cpu);
            s->usr += v->cpu.usr;
            s->n_cpu++;
        }
        if (v->has_memory) {
            s->memory += v->memory.used;
            s->n_memory++;
        }
        if (v->has_ping && v->ping.received > 0) {
            s->ping += v->ping.avg_ms;
            s->n_ping++;
        }
    }
}

static double mean(double sum, uint64_t n)
{
    return n > 0 ? sum / (double)n : NAN;
}

/* host is one of the lines. */
static bool is_line_of(const char *host, const char *lines)
{
    size_t len = strlen(host);
    for (const char *at = lines; at != NULL && *at != '\0';) {
        size_t n = strcspn(at, "\n");
        if (n == len && memcmp(at, host, len) == 0)
            return true;
        at += n + (at[n] == '\n');
    }
    return false;
}

static void fill_servers(const struct ct_tally *t, const struct ct_tally_facts *facts,
                         struct ct_summary *out)
{
    out->n_servers = t->n_servers;
    out->servers = ct_xcalloc(t->n_servers, sizeof(*out->servers));
    for (size_t i = 0; i < t->n_servers; i++) {
        const struct server_sums *s = &t->servers[i];
        struct ct_server_summary *o = &out->servers[i];
        memcpy(o->host, s->host, sizeof(o->host));
        o->cpu_percent_mean = mean(s->cpu, s->n_cpu);
        o->cpu_usr_mean = mean(s->usr, s->n_cpu);
        o->memory_used_kib_mean = mean(s->memory, s->n_memory);
        o->ping_ms_mean = mean(s->ping, s->n_ping);
        o->samples = s->samples;
        o->missed = s->missed;
        o->this_machine = is_line_of(s->host, facts->own_servers);
    }
}

/* --- the identity of law 2 --- */

static uint64_t sum(const uint64_t *values, size_t count)
{
    uint64_t total = 0;
    for (size_t i = 0; i < count; i++)
        total += values[i];
    return total;
}

static void check(struct ct_summary *s, const char *what, uint64_t left, uint64_t right)
{
    if (left == right || !s->identity_ok)
        return;
    s->identity_ok = false;
    (void)snprintf(s->identity_text, sizeof(s->identity_text), "%s: %llu is not %llu", what,
                   (unsigned long long)left, (unsigned long long)right);
}

static void check_identity(const struct ct_tally *t, struct ct_summary *s)
{
    const struct ct_block *b = &t->total;
    uint64_t failed = sum(s->failed, CT_FAILURE_COUNT);
    s->identity_ok = true;
    check(s, "planned = started + skipped", s->planned,
          s->started + sum(s->skipped, CT_SKIP_COUNT));
    if (!s->truncated) {
        if (t->plan.planned != 0)
            check(s, "planned = count of the plan", s->planned, t->plan.planned);
        if (s->skipped[CT_SKIP_STOPPED] == 0 || b->due > s->planned)
            check(s, "planned = due", s->planned, b->due);
        check(s, "started = ok + failed + cancelled", s->started, s->ok + failed + s->cancelled);
    }
    check(s, "ok = responses in the histogram", s->ok, b->series[CT_SERIES_RESPONSE].count);
    check(s, "started = latenesses in the histogram", s->started,
          b->series[CT_SERIES_LATENESS].count);
    if (s->wire_attempts > s->started)
        check(s, "requests on the wire beyond those started", s->wire_attempts, s->started);
}

/* --- the summary --- */

static void fill_warm_up(const struct ct_tally *t, struct ct_summary *s)
{
    const struct ct_block *b = t->warm_up;
    if (b == NULL)
        return;
    s->warm_up = (struct ct_warm_up){.planned = b->started + ct_block_skipped(b),
                                     .started = b->started,
                                     .ok = b->ok,
                                     .failed = ct_block_failed(b),
                                     .cancelled = b->cancelled,
                                     .skipped = ct_block_skipped(b)};
}

static void fill_accounting(const struct ct_tally *t, const struct ct_tally_facts *facts,
                            struct ct_summary *s)
{
    const struct ct_block *b = &t->total;
    s->planned = facts->truncated ? b->due : facts->planned;
    s->started = b->started;
    s->ok = b->ok;
    s->cancelled = b->cancelled;
    s->wire_attempts = b->wire_attempts;
    memcpy(s->failed, b->failed, sizeof(s->failed));
    memcpy(s->skipped, b->skipped, sizeof(s->skipped));
    memcpy(s->status, b->status, sizeof(s->status));
    s->bytes_sent = b->bytes_sent;
    s->bytes_received = b->bytes_received;
    s->connections_opened = b->connections_opened;
    fill_warm_up(t, s);
    check_identity(t, s);
}

uint64_t ct_tally_window_ns(const struct ct_run_plan *plan, const struct ct_run_times *times,
                            bool stopped)
{
    if (stopped)
        return times->sending_end_ns;
    return plan->closed && plan->most != 0 ? times->end_ns : plan->duration_ns;
}

static uint64_t offered(const struct ct_tally *t, const struct ct_tally_facts *facts)
{
    return facts->window_ns != 0 ? facts->window_ns : t->plan.duration_ns;
}

static void fill_rates(const struct ct_tally *t, const struct ct_tally_facts *facts,
                       struct ct_summary *s)
{
    uint64_t offered_ns = offered(t, facts), warm_up_ns = t->plan.warm_up_ns;
    s->window_ns = offered_ns > warm_up_ns ? offered_ns - warm_up_ns : 0;
    double seconds = s->window_ns > 0 ? (double)s->window_ns / 1e9 : NAN;
    const struct ct_block *b = t->measured;
    s->sent_rps = (double)b->started / seconds;
    s->achieved_rps = (double)b->ok_due_in_window / seconds;
    s->completed_rps = (double)b->ok_done_in_window / seconds;
    s->generator_cpu_percent = facts->cpu_percent;
    s->generator_rss_bytes_max = facts->rss_bytes_max;
    s->generator_steal_percent = facts->host.steal_percent;
    s->generator_throttled_s = facts->host.throttled_s;
    s->generator_cpu_wait_percent = facts->host.wait_percent;
    uint64_t idle_ns = b->wait_ns + b->spin_ns;
    s->generator_loop_busy_percent =
        b->loop_ns > idle_ns ? 100.0 * (double)(b->loop_ns - idle_ns) / (double)b->loop_ns : 0;
    if (b->loop_ns == 0)
        s->generator_loop_busy_percent = NAN;
}

static void fill_distributions(const struct ct_tally *t, struct ct_summary *s)
{
    const struct ct_block *b = t->measured;
    const struct ct_histogram *h = b->series;
    /* requests that a stop kept from being due are outside the measured window */
    uint64_t skipped = ct_block_skipped(b) - b->skipped[CT_SKIP_STOPPED];
    uint64_t failed = ct_block_failed(b) + b->cancelled;
    ct_dist_make(&h[CT_SERIES_RESPONSE], failed, skipped, &s->response);
    ct_dist_make(&h[CT_SERIES_RESPONSE], 0, 0, &s->response_ok);
    ct_dist_make(&h[CT_SERIES_SETUP], 0, 0, &s->setup);
    ct_dist_make(&h[CT_SERIES_SERVICE], 0, 0, &s->service);
    ct_dist_make(&h[CT_SERIES_SERVER_PROCESSING], 0, 0, &s->server_processing);
    ct_dist_make(&h[CT_SERIES_LATENESS], 0, 0, &s->lateness);
    ct_dist_make(&h[CT_SERIES_RECEIVE_LAG], 0, 0, &s->receive_lag);
    ct_batches_intervals(&t->batches, &s->interval_95);
}

/* What is not given has no interval either. */
static void withhold_intervals(struct ct_summary *s)
{
    struct ct_intervals *i = &s->interval_95;
    struct ct_interval none = {NAN, NAN};
    if (s->response.withheld[CT_P50] != CT_GIVEN)
        i->p50 = none;
    if (s->response.withheld[CT_P90] != CT_GIVEN)
        i->p90 = none;
    if (s->response.withheld[CT_P99] != CT_GIVEN)
        i->p99 = none;
}

/* --- thresholds --- */

static struct ct_referee_whole whole_of(const struct ct_tally *t)
{
    uint64_t warm_up = t->warm_up != NULL ? t->warm_up->due : 0;
    uint64_t planned = t->plan.closed ? 0 : t->plan.planned;
    return (struct ct_referee_whole){.measured = t->measured,
                                     .planned = planned > warm_up ? planned - warm_up : 0,
                                     .window_ns = t->plan.duration_ns - t->plan.warm_up_ns};
}

const char *ct_tally_trouble(const struct ct_tally *t)
{
    return ct_judge_trouble(&t->judge, t->measured, whole_of(t).planned);
}

const struct ct_threshold *ct_tally_broken(const struct ct_tally *t)
{
    struct ct_referee_whole whole = whole_of(t);
    return t->referee != NULL ? ct_referee_broken(t->referee, &whole) : NULL;
}

static void fill_thresholds(struct ct_tally *t, const struct ct_tally_facts *facts,
                            struct ct_summary *s)
{
    struct ct_referee_whole whole = whole_of(t);
    if (t->referee == NULL)
        return;
    s->n_thresholds = t->criteria.count;
    s->thresholds = ct_xcalloc(s->n_thresholds, sizeof(*s->thresholds));
    ct_referee_finish(t->referee, &whole, offered(t, facts), s->thresholds);
    for (size_t i = 0; i < s->n_thresholds; i++) {
        const struct ct_threshold_result *r = &s->thresholds[i];
        if (r->kept == CT_KEPT_NOT)
            ct_verdict_reason(s, "threshold", "%.150s is broken", r->threshold.text);
        else if (r->kept == CT_KEPT_UNKNOWN)
            ct_verdict_reason(s, "threshold", "%.90s could not be judged: %.90s", r->threshold.text,
                              r->why);
    }
}

void ct_tally_summary(struct ct_tally *t, const struct ct_tally_facts *facts,
                      struct ct_summary *out)
{
    memset(out, 0, sizeof(*out));
    out->plan = t->plan;
    out->clock_step_s = facts->host.clock_step_s;
    out->interrupted = facts->interrupted;
    out->aborted = facts->aborted;
    out->truncated = facts->truncated;
    out->colocated = facts->colocated;
    fill_accounting(t, facts, out);
    fill_rates(t, facts, out);
    fill_distributions(t, out);
    fill_servers(t, facts, out);
    ct_judge_finish(&t->judge, t->measured, &t->criteria, out);
    withhold_intervals(out);
    if (out->verdict == CT_VERDICT_INVALID)
        ct_causes_find(&facts->host, out);
    fill_thresholds(t, facts, out);
    out->conclusion = ct_conclusion_draw(&t->trace, out);
}
