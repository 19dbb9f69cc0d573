#include "analysis/run_count.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/limits.h"
#include "analysis/measure.h"
#include "base/clock.h"
#include "base/mem.h"

#define LATE_SHARE 0.1
#define MEAN_SHARE 0.05

enum { BEHIND_MAX_S = 600, THREADS_MAX = 256 };

/* One second, all threads, by when things happened. */
struct second {
    uint64_t due, ended;
    struct ct_find_block counted;
    double server_sum[CT_FIND_LIMITS_MAX]; /* of the limits that are a server's */
    uint32_t server_n[CT_FIND_LIMITS_MAX];
};

struct ct_run_count {
    struct ct_criteria criteria;
    uint32_t threads;
    uint64_t first_s, last_s; /* counted seconds: [first_s, last_s] */
    double timeout_s;
    struct second *seconds;
    uint64_t n_seconds;         /* room; what comes later counts in the last */
    uint64_t told[THREADS_MAX]; /* seconds that a thread has told of */
    uint64_t complete;          /* that all have */
    bool ticked, closed;
    uint64_t requests;
    uint64_t over[CT_FIND_LIMITS_MAX];               /* requests, of the whole run */
    uint64_t late[CT_FIND_LIMITS_MAX];               /* of these, by lateness alone */
    double sum_s, late_s;                            /* of responses; of that, lateness */
    struct ct_histogram serving, receive_lag;        /* of the whole run */
    struct ct_find_block blocks[CT_FIND_BLOCKS_MAX]; /* what was asked for last */
};

struct ct_run_count *ct_run_count_new(const struct ct_criteria *criteria,
                                      const struct ct_run_plan *plan)
{
    struct ct_run_count *v = ct_xcalloc(1, sizeof(*v));
    v->criteria = *criteria;
    v->threads = plan->threads < 1 ? 1 : plan->threads > THREADS_MAX ? THREADS_MAX : plan->threads;
    v->first_s = (plan->warm_up_ns + CT_NS_PER_S - 1) / CT_NS_PER_S;
    v->last_s = (plan->duration_ns + CT_NS_PER_S - 1) / CT_NS_PER_S;
    v->last_s = v->last_s > v->first_s ? v->last_s - 1 : v->first_s;
    if (v->last_s >= v->first_s + CT_FIND_RUN_MAX_S)
        v->last_s = v->first_s + CT_FIND_RUN_MAX_S - 1;
    v->timeout_s = (double)plan->timeout_ns / 1e9;
    v->n_seconds = v->last_s + BEHIND_MAX_S;
    v->seconds = ct_xcalloc(v->n_seconds, sizeof(*v->seconds));
    return v;
}

void ct_run_count_free(struct ct_run_count *v)
{
    if (v == NULL)
        return;
    free(v->seconds);
    free(v);
}

static struct second *second_at(struct ct_run_count *v, uint64_t at)
{
    return &v->seconds[at < v->n_seconds ? at : v->n_seconds - 1];
}

static uint32_t whole(uint64_t n)
{
    return n < UINT32_MAX ? (uint32_t)n : UINT32_MAX;
}

/* Of those over a limit, how many would not be had their time begun when they were sent. */
static uint64_t by_lateness(const struct ct_threshold *t, const struct ct_block *b)
{
    uint64_t with, without;
    if (t->metric != CT_METRIC_QUANTILE)
        return 0;
    with = ct_measure_beyond(t, &b->series[CT_SERIES_RESPONSE]);
    without = ct_measure_beyond(t, &b->series[CT_SERIES_SERVING]);
    return with > without ? with - without : 0;
}

/* Of the requests that ended in a block, how many are over a limit. */
static uint64_t over(const struct ct_threshold *t, const struct ct_block *b, uint64_t bad)
{
    uint64_t failed = bad - b->skipped[CT_SKIP_IN_FLIGHT];
    if (t->metric == CT_METRIC_QUANTILE)
        return ct_measure_beyond(t, &b->series[CT_SERIES_RESPONSE]) + bad;
    if (t->metric == CT_METRIC_ERROR_RATE)
        return failed;
    return t->metric == CT_METRIC_SENT ? b->skipped[CT_SKIP_IN_FLIGHT] : bad;
}

static void count(struct ct_run_count *v, const struct ct_block *b)
{
    uint64_t at = b->second < v->last_s ? b->second : v->last_s;
    struct ct_find_block *c = &second_at(v, at)->counted;
    uint64_t bad = ct_block_failed(b) + b->skipped[CT_SKIP_IN_FLIGHT];
    c->n += whole(b->ok + bad);
    c->sum_s += b->series[CT_SERIES_RESPONSE].sum_ns / 1e9 + (double)bad * v->timeout_s;
    for (size_t i = 0; i < v->criteria.count; i++) {
        uint64_t n = over(&v->criteria.list[i], b, bad);
        c->over[i] += whole(n);
        v->over[i] += n;
        v->late[i] += by_lateness(&v->criteria.list[i], b);
    }
    v->requests += b->ok + bad;
    v->sum_s += b->series[CT_SERIES_RESPONSE].sum_ns / 1e9;
    ct_histogram_merge(&v->serving, &b->series[CT_SERIES_SERVING]);
    ct_histogram_merge(&v->receive_lag, &b->series[CT_SERIES_RECEIVE_LAG]);
    v->late_s += (b->series[CT_SERIES_RESPONSE].sum_ns - b->series[CT_SERIES_SERVING].sum_ns) / 1e9;
}

/* A thread has told of all seconds before `seconds`. */
static void note_told(struct ct_run_count *v, unsigned thread, uint64_t seconds)
{
    v->told[thread % v->threads] = seconds < v->n_seconds ? seconds : v->n_seconds;
    uint64_t complete = v->told[0];
    for (uint32_t k = 1; k < v->threads; k++)
        complete = v->told[k] < complete ? v->told[k] : complete;
    v->ticked = v->ticked || complete > v->complete;
    v->complete = complete;
}

void ct_run_count_block(struct ct_run_count *v, unsigned thread, const struct ct_block *b)
{
    struct second *s = second_at(v, b->second);
    if (v->closed)
        return;
    s->due += b->due;
    s->ended += b->ok + ct_block_failed(b) + b->cancelled + ct_block_skipped(b) -
                b->skipped[CT_SKIP_STOPPED];
    if (b->warm_up)
        return; /* the block of the rest of that second follows */
    count(v, b);
    note_told(v, thread, b->second + 1);
}

static double server_value(const struct ct_threshold *t, const struct ct_server_sample *s)
{
    if (t->metric == CT_METRIC_CPU)
        return s->has_cpu ? ct_cpu_busy_percent(&s->cpu) / 100 : NAN;
    if (t->metric == CT_METRIC_MEMORY)
        return s->has_memory ? s->memory.used * 1024 : NAN;
    return s->has_ping && s->ping.received > 0 ? s->ping.avg_ms / 1e3 : NAN;
}

static void take_sample(struct ct_run_count *v, struct second *at, const struct ct_server_sample *s)
{
    for (size_t i = 0; i < v->criteria.count; i++) {
        const struct ct_threshold *t = &v->criteria.list[i];
        bool wanted = ct_limits_of_server(t) && strcmp(s->host, t->host) == 0;
        double value = wanted ? server_value(t, s) : NAN;
        if (isnan(value))
            continue;
        at->server_sum[i] += value;
        at->server_n[i]++;
    }
}

void ct_run_count_snapshot(struct ct_run_count *v, const struct ct_snapshot *snapshot)
{
    uint64_t at = snapshot->at_ns / CT_NS_PER_S;
    if (v->closed || at < v->first_s || at > v->last_s)
        return;
    for (size_t i = 0; i < snapshot->n_servers; i++)
        take_sample(v, second_at(v, at), &snapshot->servers[i]);
}

void ct_run_count_close(struct ct_run_count *v)
{
    v->closed = true;
}

bool ct_run_count_ticked(struct ct_run_count *v)
{
    bool ticked = v->ticked;
    v->ticked = false;
    return ticked;
}

int ct_run_count_unsampled(const struct ct_run_count *v)
{
    for (size_t i = 0; i < v->criteria.count; i++) {
        uint64_t n = 0;
        for (uint64_t k = v->first_s; k <= v->last_s; k++)
            n += v->seconds[k].server_n[i];
        if (n == 0 && ct_limits_of_server(&v->criteria.list[i]))
            return (int)i;
    }
    return -1;
}

/* At most so many requests, timed from when they were sent, are over a limit because their answers
 * were read late: whatever the time t, those that are over it by less than t, and those that were
 * read more than t late. The least of that, t from the limit down to a 512th of it. */
static double by_reading(const struct ct_run_count *v, const struct ct_threshold *t)
{
    double least = INFINITY;
    uint64_t limit_ns = (uint64_t)t->limit;
    uint64_t beyond = ct_histogram_above(&v->serving, limit_ns);
    for (unsigned halved = 0; halved < 10; halved++) {
        uint64_t late_ns = limit_ns >> halved;
        uint64_t far_beyond = ct_histogram_above(&v->serving, limit_ns + late_ns);
        uint64_t most = beyond - far_beyond + ct_histogram_above(&v->receive_lag, late_ns);
        least = fmin(least, (double)most);
    }
    return least;
}

static bool is_moved(const struct ct_run_count *v, size_t limit, bool read_late)
{
    const struct ct_threshold *t = &v->criteria.list[limit];
    double late = (double)v->late[limit], late_s = v->late_s;
    double allowed = (1 - t->quantile) * (double)v->requests;
    if (read_late && t->metric == CT_METRIC_QUANTILE)
        late += by_reading(v, t);
    if (read_late)
        late_s += v->receive_lag.sum_ns / 1e9;
    if (t->metric == CT_METRIC_QUANTILE)
        return late > fmax(1, LATE_SHARE * fmax(allowed, (double)v->over[limit] - late));
    return t->metric == CT_METRIC_AVG && late_s > MEAN_SHARE * (v->sum_s - late_s);
}

bool ct_run_count_moved(const struct ct_run_count *v, bool read_late)
{
    for (size_t i = 0; i < v->criteria.count; i++)
        if (is_moved(v, i, read_late))
            return true;
    return false;
}

/* A server's mean over all samples, for seconds without one. */
static double server_mean(const struct ct_run_count *v, size_t limit, uint64_t to)
{
    double sum = 0;
    uint64_t n = 0;
    for (uint64_t k = v->first_s; k < to; k++) {
        sum += v->seconds[k].server_sum[limit];
        n += v->seconds[k].server_n[limit];
    }
    return n > 0 ? sum / (double)n : 0;
}

static void add_second(const struct ct_run_count *v, const struct second *s, const double *means,
                       struct ct_find_block *into)
{
    const struct ct_find_block *c = &s->counted;
    into->n += c->n;
    into->sum_s += c->sum_s;
    for (size_t i = 0; i < v->criteria.count; i++) {
        into->over[i] += c->over[i];
        if (!ct_limits_of_server(&v->criteria.list[i]))
            into->sum[i] += c->sum_s;
        else
            into->sum[i] +=
                c->n * (s->server_n[i] > 0 ? s->server_sum[i] / s->server_n[i] : means[i]);
    }
}

/* Due and not ended at the end of the second before `at`. */
static uint64_t backlog_at(const struct ct_run_count *v, uint64_t at)
{
    uint64_t due = 0, ended = 0;
    for (uint64_t k = 0; k < at; k++) {
        due += v->seconds[k].due;
        ended += v->seconds[k].ended;
    }
    return due > ended ? due - ended : 0;
}

void ct_run_count_outcome(struct ct_run_count *v, struct ct_find_outcome *out)
{
    uint64_t to = v->complete <= v->last_s ? v->complete : v->last_s + 1;
    uint64_t from = v->first_s < to ? v->first_s : to;
    uint64_t each = (to - from + CT_FIND_BLOCKS_MAX - 1) / CT_FIND_BLOCKS_MAX;
    double means[CT_FIND_LIMITS_MAX] = {0};
    for (size_t i = 0; i < v->criteria.count; i++)
        means[i] = server_mean(v, i, to);
    memset(v->blocks, 0, sizeof(v->blocks));
    for (uint64_t k = from; k < to; k++)
        add_second(v, &v->seconds[k], means, &v->blocks[(k - from) / each]);
    out->blocks = v->blocks;
    out->n_blocks = to > from ? (size_t)((to - from + each - 1) / each) : 0;
    out->counted_s = (double)(to - from);
    out->backlog_start = backlog_at(v, from);
    out->backlog_end = backlog_at(v, to);
}

uint64_t ct_run_count_requests(const struct ct_run_count *v)
{
    return v->requests;
}

double ct_run_count_seconds(const struct ct_run_count *v)
{
    return (double)v->complete;
}
