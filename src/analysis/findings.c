#include "analysis/findings.h"

#include <math.h>
#include <string.h>

#include "base/clock.h"

/* --- load --- */

/* How long a part of the plan is: the last may be cut. */
static double seconds_of(const struct ct_trace *t, const struct ct_run_plan *plan, size_t part)
{
    double from = (double)(t->first_s + part * t->length_s);
    double to = from + (double)t->length_s, end = (double)plan->duration_ns / 1e9;
    return fmin(to, end) - from;
}

double ct_findings_rate(const struct ct_trace *t, const struct ct_run_plan *plan, size_t part)
{
    double seconds = seconds_of(t, plan, part);
    const struct ct_trace_load *l = &t->load[part];
    return seconds > 0 ? (double)(plan->closed ? l->ok : l->started) / seconds : NAN;
}

void ct_findings_load(const struct ct_trace *t, const struct ct_run_plan *plan,
                      struct ct_load_findings *out)
{
    struct ct_trend response, failing;
    memset(out, 0, sizeof(*out));
    ct_trend_init(&response, t);
    ct_trend_init(&failing, t);
    for (size_t i = 0; i < t->used; i++) {
        const struct ct_trace_load *l = &t->load[i];
        uint64_t ended = l->ok + l->not_ok;
        if (l->ok >= CT_LOAD_REQUESTS)
            response.value[i] = l->response_ns / (double)l->ok;
        if (ended > 0)
            failing.value[i] = (double)l->not_ok / (double)ended;
        response.samples[i] = failing.samples[i] =
            ended > UINT32_MAX ? UINT32_MAX : (uint32_t)ended;
    }
    double base = ct_trend_usual(&response);
    out->known = !isnan(base);
    out->pressing = plan->closed && plan->think_ns == 0;
    if (out->known)
        out->slower = ct_trend_span(&response, fmax(CT_SLOWER_FACTOR * base, base + CT_SLOWER_NS));
    if (out->slower.found)
        out->slower.from = base;
    out->failing = ct_trend_span(&failing, CT_FAILING_SHARE);
}

/* --- servers --- */

static void find_memory(const struct ct_trend *used, double total_kib,
                        struct ct_server_findings *out)
{
    out->memory = ct_trend_drift(used, CT_MEMORY_FLAT_SHARE * total_kib);
    out->memory_total_kib = total_kib;
    out->memory_full = ct_trend_end(used) >= CT_MEMORY_FULL_SHARE * total_kib;
}

/* What moves by less than memory that is called flat is housekeeping. */
static struct ct_span find_swap(const struct ct_trend *used, double total_kib)
{
    struct ct_span none = {.from = NAN, .to = NAN};
    double slack = CT_MEMORY_FLAT_SHARE * total_kib;
    struct ct_drift_found d = ct_trend_drift(used, slack);
    if (d.kind != CT_DRIFT_UP)
        return none;
    struct ct_span span = ct_trend_span(used, d.from + slack);
    span.from = d.from;
    return span;
}

/* A single late echo moves no median: what varies without a trend is as it was. */
static struct ct_drift_found find_ping(const struct ct_trend *ping)
{
    struct ct_drift_found d = ct_trend_drift(ping, CT_PING_LONGER_MS);
    if (d.kind == CT_DRIFT_UNKNOWN)
        return d;
    if (d.kind == CT_DRIFT_UP && d.to >= CT_SLOWER_FACTOR * d.from)
        return d;
    if (d.kind == CT_DRIFT_DOWN && d.from >= CT_SLOWER_FACTOR * d.to)
        return d;
    d.kind = CT_DRIFT_FLAT;
    return d;
}

/* Mean over the samples of a span; NAN without any. */
static double mean_over(const struct ct_trace_server *v, const struct ct_span *span,
                        enum ct_trace_value which)
{
    double sum = 0;
    uint64_t n = 0;
    for (size_t i = span->first; span->found && i <= span->last; i++) {
        sum += v->parts[i].sum[which];
        n += v->parts[i].n[which];
    }
    return n > 0 ? sum / (double)n : NAN;
}

static double total_of(const struct ct_trace *t, const struct ct_trace_server *v)
{
    struct ct_span all = {.found = t->used > 0, .last = t->used - 1};
    return mean_over(v, &all, CT_TRACE_MEMORY_TOTAL);
}

static void find_highest(const struct ct_trend *busy, struct ct_server_findings *out)
{
    out->cpu_first = out->cpu_max = NAN;
    for (size_t i = 0; i < busy->count; i++) {
        if (isnan(busy->value[i]))
            continue;
        if (isnan(out->cpu_first))
            out->cpu_first = busy->value[i];
        if (!(busy->value[i] <= out->cpu_max)) {
            out->cpu_max = busy->value[i];
            out->cpu_max_part = i;
        }
    }
}

static void find_cpu(const struct ct_trace *t, size_t server, struct ct_server_findings *out)
{
    struct ct_trend s;
    const struct ct_trace_server *v = out->server;
    ct_trend_of(&s, t, server, CT_TRACE_BUSY);
    find_highest(&s, out);
    out->cpu = ct_trend_span(&s, CT_CPU_FULL_PERCENT);
    out->user = mean_over(v, &out->cpu, CT_TRACE_USER);
    out->system = mean_over(v, &out->cpu, CT_TRACE_SYSTEM);
    out->stolen = mean_over(v, &out->cpu, CT_TRACE_STEAL);
    out->waited_cpu = mean_over(v, &out->cpu, CT_TRACE_PRESSURE_CPU);
    ct_trend_of(&s, t, server, CT_TRACE_CORE);
    if (!out->cpu.found)
        out->core = ct_trend_span(&s, CT_CORE_FULL_PERCENT);
    ct_trend_of(&s, t, server, CT_TRACE_THROTTLED);
    out->throttled = ct_trend_span(&s, CT_THROTTLED_PERCENT);
    ct_trend_of(&s, t, server, CT_TRACE_IOWAIT);
    out->iowait = ct_trend_span(&s, CT_IOWAIT_FULL_PERCENT);
    ct_trend_of(&s, t, server, CT_TRACE_STEAL);
    out->steal = ct_trend_span(&s, CT_STEAL_FULL_PERCENT);
}

/* More waiting for a CPU than work of the CPUs; where there is no PSI, a long run queue. */
static void find_waits_for_cpu(const struct ct_trace *t, size_t server,
                               struct ct_server_findings *out)
{
    struct ct_trend busy, waits, excess;
    ct_trend_of(&busy, t, server, CT_TRACE_BUSY);
    ct_trend_of(&waits, t, server, CT_TRACE_PRESSURE_CPU);
    excess = waits;
    for (size_t i = 0; i < excess.count; i++)
        excess.value[i] -= busy.value[i];
    out->wait_cpu = ct_trend_span(&excess, CT_PRESSURE_CPU_EXCESS);
    if (out->wait_cpu.found)
        ct_span_retell(&out->wait_cpu, &waits);
    if (ct_trend_known(&waits))
        return;
    ct_trend_of(&waits, t, server, CT_TRACE_RUNNING);
    out->run_queue = ct_trend_rise(&waits, CT_RUN_QUEUE_LONG);
}

static void find_waits(const struct ct_trace *t, size_t server, struct ct_server_findings *out)
{
    struct ct_trend s;
    find_waits_for_cpu(t, server, out);
    ct_trend_of(&s, t, server, CT_TRACE_PRESSURE_MEMORY);
    out->wait_memory = ct_trend_span(&s, CT_PRESSURE_MEMORY_PERCENT);
    ct_trend_of(&s, t, server, CT_TRACE_PRESSURE_IO);
    out->wait_io = ct_trend_rise(&s, CT_PRESSURE_IO_PERCENT);
}

static void find_network(const struct ct_trace *t, size_t server, struct ct_server_findings *out)
{
    struct ct_trend s;
    ct_trend_of(&s, t, server, CT_TRACE_NETWORK_ERRORS);
    out->network_errors = ct_trend_span(&s, CT_NETWORK_ERRORS);
    ct_trend_of(&s, t, server, CT_TRACE_NETWORK_DROPS);
    out->network_drops = ct_trend_rise(&s, CT_NETWORK_DROPS);
    ct_trend_of(&s, t, server, CT_TRACE_PING);
    out->ping = find_ping(&s);
}

static void count_samples(const struct ct_trace *t, struct ct_server_findings *out)
{
    uint64_t n_cpu = 0;
    for (size_t i = 0; i < t->used; i++) {
        const struct ct_trace_part *p = &out->server->parts[i];
        out->samples += p->samples;
        out->missed += p->missed;
        n_cpu += p->n[CT_TRACE_BUSY];
    }
    out->unseen = n_cpu < CT_FINDING_SAMPLES || out->missed > out->samples;
}

void ct_findings_server(const struct ct_trace *t, size_t server, struct ct_server_findings *out)
{
    struct ct_trend s;
    memset(out, 0, sizeof(*out));
    out->server = &t->servers[server];
    count_samples(t, out);
    find_cpu(t, server, out);
    find_waits(t, server, out);
    double total_kib = total_of(t, out->server);
    ct_trend_of(&s, t, server, CT_TRACE_MEMORY_USED);
    find_memory(&s, total_kib, out);
    ct_trend_of(&s, t, server, CT_TRACE_SWAP_USED);
    out->swap = find_swap(&s, total_kib);
    find_network(t, server, out);
}

/* Memory is looked for first: a kernel that looks for memory keeps disks and CPUs busy, these in
 * its own name. */
static bool wants_memory(const struct ct_server_findings *f)
{
    bool kernel_busy = !f->cpu.found || f->system > f->user;
    return f->wait_memory.found && kernel_busy;
}

enum ct_limit ct_findings_used_up(const struct ct_server_findings *f, struct ct_span *out)
{
    *out = wants_memory(f) ? f->wait_memory : f->cpu;
    if (wants_memory(f))
        return CT_LIMIT_MEMORY;
    if (f->cpu.found)
        return ct_spans_meet(&f->cpu, &f->steal) ? CT_LIMIT_STEAL : CT_LIMIT_CPU;
    *out = f->iowait;
    if (f->iowait.found)
        return ct_spans_meet(out, &f->swap) ? CT_LIMIT_MEMORY : CT_LIMIT_DISK;
    return f->memory_full ? CT_LIMIT_MEMORY : CT_LIMIT_COUNT;
}
