#include "analysis/findings.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"

/* One value for each part: NAN where there is none. A part that was missed ends a span, one without
 * a sample (the interval is longer than a part) does not. */
struct series {
    double value[CT_TRACE_PARTS];
    uint32_t samples[CT_TRACE_PARTS];
    bool missed[CT_TRACE_PARTS];
    size_t count;
    uint64_t length_s;
};

static void series_init(struct series *s, const struct ct_trace *t)
{
    memset(s, 0, sizeof(*s));
    s->count = t->used;
    s->length_s = t->length_s;
    for (size_t i = 0; i < CT_TRACE_PARTS; i++)
        s->value[i] = NAN;
}

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

static double median(double *values, size_t count)
{
    if (count == 0)
        return NAN;
    qsort(values, count, sizeof(*values), by_size);
    return count % 2 == 1 ? values[count / 2] : (values[count / 2 - 1] + values[count / 2]) / 2;
}

/* The values that there are, in their order; their number. */
static size_t known_values(const struct series *s, size_t from, size_t to, double *out)
{
    size_t n = 0;
    for (size_t i = from; i < to; i++)
        if (!isnan(s->value[i]))
            out[n++] = s->value[i];
    return n;
}

/* --- spans --- */

static bool long_enough(const struct series *s, size_t first, size_t last)
{
    uint64_t samples = 0;
    for (size_t i = first; i <= last; i++)
        samples += s->samples[i];
    return (last - first + 1) * s->length_s >= CT_FINDING_SECONDS && samples >= CT_FINDING_SAMPLES;
}

static void describe_span(const struct series *s, struct ct_span *span)
{
    double before[CT_TRACE_PARTS] = {0};
    span->from = median(before, known_values(s, 0, span->first, before));
    span->to = s->value[span->first];
    for (size_t i = span->first; i <= span->last; i++)
        if (s->value[i] > span->to)
            span->to = s->value[i];
}

/* The longest stretch at or above the limit. */
static struct ct_span find_span(const struct series *s, double limit)
{
    struct ct_span best = {.from = NAN, .to = NAN};
    bool open = false;
    size_t first = 0;
    for (size_t i = 0; i < s->count; i++) {
        if (s->missed[i] || s->value[i] < limit) {
            open = false;
            continue;
        }
        if (isnan(s->value[i]))
            continue;
        if (!open)
            first = i;
        open = true;
        if (long_enough(s, first, i) && (!best.found || i - first > best.last - best.first)) {
            best.found = true;
            best.first = first;
            best.last = i;
        }
    }
    if (best.found)
        describe_span(s, &best);
    return best;
}

bool ct_spans_meet(const struct ct_span *a, const struct ct_span *b)
{
    return a->found && b->found && a->first <= b->last + 1 && b->first <= a->last + 1;
}

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

/* What is usual: the median of the first third, at least two parts. NAN: there are too few. */
static double usual(const struct series *s)
{
    double all[CT_TRACE_PARTS] = {0};
    size_t n = known_values(s, 0, s->count, all);
    if (n < CT_FINDING_SAMPLES)
        return NAN;
    return median(all, n / 3 > 2 ? n / 3 : 2);
}

void ct_findings_load(const struct ct_trace *t, const struct ct_run_plan *plan,
                      struct ct_load_findings *out)
{
    struct series response, failing;
    memset(out, 0, sizeof(*out));
    series_init(&response, t);
    series_init(&failing, t);
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
    double base = usual(&response);
    out->known = !isnan(base);
    out->pressing = plan->closed && plan->think_ns == 0;
    if (out->known)
        out->slower = find_span(&response, fmax(CT_SLOWER_FACTOR * base, base + CT_SLOWER_NS));
    if (out->slower.found)
        out->slower.from = base;
    out->failing = find_span(&failing, CT_FAILING_SHARE);
}

/* --- servers --- */

/* Medians of thirds; they go one way when the middle lies between the others. slack: less is no
 * move. */
static struct ct_drift_found find_drift(const struct series *s, double slack)
{
    struct ct_drift_found d = {CT_DRIFT_UNKNOWN, NAN, NAN, NAN, NAN};
    double all[CT_TRACE_PARTS] = {0};
    size_t n = known_values(s, 0, s->count, all);
    if (n < CT_DRIFT_SAMPLES)
        return d;
    d.low = d.high = all[0];
    for (size_t i = 1; i < n; i++) {
        d.low = fmin(d.low, all[i]);
        d.high = fmax(d.high, all[i]);
    }
    size_t third = n / 3;
    double middle = median(all + third, n - 2 * third);
    d.from = median(all, third);
    d.to = median(all + n - third, third);
    if (d.to - d.from >= slack && middle > d.from - slack / 2 && middle < d.to + slack / 2)
        d.kind = CT_DRIFT_UP;
    else if (d.from - d.to >= slack && middle < d.from + slack / 2 && middle > d.to - slack / 2)
        d.kind = CT_DRIFT_DOWN;
    else
        d.kind = d.high - d.low < 2 * slack ? CT_DRIFT_FLAT : CT_DRIFT_VARIED;
    return d;
}

static void find_memory(const struct series *used, double total_kib, struct ct_server_findings *out)
{
    double all[CT_TRACE_PARTS] = {0};
    out->memory = find_drift(used, CT_MEMORY_FLAT_SHARE * total_kib);
    out->memory_total_kib = total_kib;
    size_t n = known_values(used, 0, used->count, all);
    if (n >= CT_FINDING_SAMPLES)
        out->memory_full = median(all + n - CT_FINDING_SAMPLES, CT_FINDING_SAMPLES) >=
                           CT_MEMORY_FULL_SHARE * total_kib;
}

/* A single late echo moves no median: what varies without a trend is as it was. */
static struct ct_drift_found find_ping(const struct series *ping)
{
    struct ct_drift_found d = find_drift(ping, CT_PING_LONGER_MS);
    if (d.kind == CT_DRIFT_UNKNOWN)
        return d;
    if (d.kind == CT_DRIFT_UP && d.to >= CT_SLOWER_FACTOR * d.from)
        return d;
    if (d.kind == CT_DRIFT_DOWN && d.from >= CT_SLOWER_FACTOR * d.to)
        return d;
    d.kind = CT_DRIFT_FLAT;
    return d;
}

/* The fields that make up the CPU time of the span. */
static void find_fields(struct ct_server_findings *f)
{
    double user = 0, system = 0, stolen = 0, n = 0;
    f->user = f->system = f->stolen = NAN;
    for (size_t i = f->cpu.first; f->cpu.found && i <= f->cpu.last; i++) {
        const struct ct_trace_part *p = &f->server->parts[i];
        user += p->user;
        system += p->system;
        stolen += p->steal;
        n += p->n_cpu;
    }
    if (n > 0) {
        f->user = user / n;
        f->system = system / n;
        f->stolen = stolen / n;
    }
}

static void find_highest(const struct series *busy, struct ct_server_findings *out)
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

enum value { BUSY, IOWAIT, STEAL, USED, PING };

static double value_of(const struct ct_trace_part *p, enum value what, uint32_t *samples)
{
    const double sums[] = {[BUSY] = p->busy,
                           [IOWAIT] = p->iowait,
                           [STEAL] = p->steal,
                           [USED] = p->used_kib,
                           [PING] = p->ping_ms};
    *samples = what == USED ? p->n_memory : what == PING ? p->n_ping : p->n_cpu;
    return *samples > 0 ? sums[what] / *samples : NAN;
}

static void fill(struct series *s, const struct ct_trace *t, size_t server, enum value what)
{
    series_init(s, t);
    for (size_t i = 0; i < t->used; i++) {
        const struct ct_trace_part *p = &t->servers[server].parts[i];
        s->value[i] = value_of(p, what, &s->samples[i]);
        s->missed[i] = p->samples == 0 && p->missed > 0;
    }
}

static double total_of(const struct ct_trace_server *v)
{
    double sum = 0, n = 0;
    for (size_t i = 0; i < CT_TRACE_PARTS; i++) {
        sum += v->parts[i].total_kib;
        n += v->parts[i].n_memory;
    }
    return n > 0 ? sum / n : NAN;
}

void ct_findings_server(const struct ct_trace *t, size_t server, struct ct_server_findings *out)
{
    struct series s;
    uint64_t n_cpu = 0;
    memset(out, 0, sizeof(*out));
    out->server = &t->servers[server];
    for (size_t i = 0; i < t->used; i++) {
        const struct ct_trace_part *p = &out->server->parts[i];
        out->samples += p->samples;
        out->missed += p->missed;
        n_cpu += p->n_cpu;
    }
    out->unseen = n_cpu < CT_FINDING_SAMPLES || out->missed > out->samples;
    fill(&s, t, server, IOWAIT);
    out->iowait = find_span(&s, CT_IOWAIT_FULL_PERCENT);
    fill(&s, t, server, STEAL);
    out->steal = find_span(&s, CT_STEAL_FULL_PERCENT);
    fill(&s, t, server, USED);
    find_memory(&s, total_of(out->server), out);
    fill(&s, t, server, PING);
    out->ping = find_ping(&s);
    fill(&s, t, server, BUSY);
    find_highest(&s, out);
    out->cpu = find_span(&s, CT_CPU_FULL_PERCENT);
    find_fields(out);
}

enum ct_limit ct_findings_used_up(const struct ct_server_findings *f, struct ct_span *out)
{
    *out = f->cpu.found ? f->cpu : f->iowait;
    if (f->cpu.found)
        return ct_spans_meet(&f->cpu, &f->steal) ? CT_LIMIT_STEAL : CT_LIMIT_CPU;
    if (f->iowait.found)
        return CT_LIMIT_DISK;
    return f->memory_full ? CT_LIMIT_MEMORY : CT_LIMIT_COUNT;
}
