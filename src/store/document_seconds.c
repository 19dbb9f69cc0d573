#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "store/document.h"
#include "store/journal_pass.h"

/* "seconds": blocks of all threads merged by second, with what the servers were like in that
 * second. */

enum { OPEN_SECONDS = 4 }; /* threads may be this far apart */

/* Sums over one server's samples in one second. */
struct server_second {
    const char *host;
    double cpu, memory, ping;
    unsigned n_cpu, n_memory, n_ping;
};

/* The snapshots, in a pass of their own that goes along with the rows. */
struct servers {
    struct ct_pass *pass;
    bool ended;
    bool pending; /* next was read and belongs to a later row */
    uint64_t next_second;
    struct ct_server_sample *next;
    size_t n_next, cap_next;
    struct server_second *sums; /* of the row */
    size_t n_sums, cap_sums;
};

struct rows {
    const struct ct_document *d;
    struct ct_block open[OPEN_SECONDS]; /* second k in open[k % n_open] */
    bool used[OPEN_SECONDS];
    uint64_t n_open; /* one thread's seconds come in order: 1 */
    uint64_t next;   /* second of the next row */
    uint64_t last;   /* largest second seen, + 1 */
    struct servers servers;
};

/* --- servers --- */

static struct server_second *sums_of(struct servers *v, const char *host)
{
    for (size_t i = 0; i < v->n_sums; i++)
        if (strcmp(v->sums[i].host, host) == 0)
            return &v->sums[i];
    if (v->n_sums == v->cap_sums) {
        v->cap_sums = v->cap_sums * 2 + 4;
        v->sums = ct_xrealloc(v->sums, v->cap_sums, sizeof(*v->sums));
    }
    v->sums[v->n_sums] = (struct server_second){.host = host};
    return &v->sums[v->n_sums++];
}

static void add_server(struct server_second *s, const struct ct_server_sample *v)
{
    if (v->has_cpu) {
        s->cpu += ct_cpu_busy_percent(&v->cpu);
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

static int on_snapshot(void *ctx, const struct ct_snapshot *snapshot)
{
    struct servers *v = ctx;
    if (snapshot->n_servers > v->cap_next) {
        v->cap_next = snapshot->n_servers;
        v->next = ct_xrealloc(v->next, v->cap_next, sizeof(*v->next));
    }
    if (snapshot->n_servers > 0)
        memcpy(v->next, snapshot->servers, snapshot->n_servers * sizeof(*v->next));
    v->n_next = snapshot->n_servers;
    /* a sample taken at the end of a second tells of that second */
    v->next_second = snapshot->at_ns > 0 ? (snapshot->at_ns - 1) / CT_NS_PER_S : 0;
    v->pending = true;
    return 0;
}

/* Read the snapshots up to and with those of the second; their sums. */
static int gather(struct servers *v, uint64_t second, struct ct_err *err)
{
    const struct ct_journal_reader reader = {.snapshot = on_snapshot, .ctx = v};
    int rc = 0;
    v->n_sums = 0;
    while (rc == 0 && !v->ended) {
        bool more = true;
        while (rc == 0 && more && !v->pending)
            rc = ct_pass_step(v->pass, &reader, &more, err);
        v->ended = !v->pending;
        if (!v->pending || v->next_second > second)
            break;
        for (size_t i = 0; i < v->n_next; i++)
            add_server(sums_of(v, v->next[i].host), &v->next[i]);
        v->pending = false;
    }
    return rc;
}

static void put_mean(struct ct_json_out *o, const char *key, double sum, unsigned n)
{
    ct_json_number(o, key, n > 0 ? round(sum / n * 1e3) / 1e3 : NAN);
}

static void put_servers(struct ct_json_out *o, const struct servers *v)
{
    ct_json_open(o, "servers", '{');
    for (size_t i = 0; i < v->n_sums; i++) {
        const struct server_second *s = &v->sums[i];
        ct_json_open(o, s->host, '{');
        put_mean(o, "cpu_percent", s->cpu, s->n_cpu);
        put_mean(o, "memory_used_kib", s->memory, s->n_memory);
        put_mean(o, "ping_ms", s->ping, s->n_ping);
        ct_json_close(o, '}');
    }
    ct_json_close(o, '}');
}

/* --- rows --- */

/* Never from too few samples, neither in one second. */
static double quantile_ns(const struct ct_histogram *h, enum ct_quantile q)
{
    uint64_t ns;
    bool given = h->count >= ct_quantile_needs[q] &&
                 ct_histogram_quantile(h, ct_quantile_value[q], h->count, &ns) == 0;
    return given ? (double)ns : NAN;
}

static void put_counts(struct ct_json_out *o, const struct ct_block *b)
{
    ct_json_open(o, "failed", '{');
    for (int f = 0; f < CT_FAILURE_COUNT; f++)
        if (b->failed[f] > 0)
            ct_json_count(o, ct_failure_name((enum ct_failure)f), b->failed[f]);
    ct_json_close(o, '}');
    ct_json_open(o, "skipped", '{');
    for (int s = 0; s < CT_SKIP_COUNT; s++)
        if (b->skipped[s] > 0)
            ct_json_count(o, ct_skip_name((enum ct_skip)s), b->skipped[s]);
    ct_json_close(o, '}');
}

static int put_row(struct rows *r, const struct ct_block *b)
{
    int rc = gather(&r->servers, b->second, r->d->err);
    if (rc < 0)
        return rc;
    struct ct_json_out *o = r->d->o;
    const struct ct_histogram *response = &b->series[CT_SERIES_RESPONSE];
    ct_json_break(o);
    ct_json_open(o, NULL, '{');
    ct_json_count(o, "t", b->second);
    ct_json_count(o, "due", b->due);
    ct_json_count(o, "sent", b->started);
    ct_json_count(o, "ok", b->ok);
    put_counts(o, b);
    ct_json_count(o, "cancelled", b->cancelled);
    ct_json_count(o, "in_flight", b->in_flight);
    ct_json_ns(o, "p50_ms", quantile_ns(response, CT_P50), 1e6);
    ct_json_ns(o, "p99_ms", quantile_ns(response, CT_P99), 1e6);
    ct_json_ns(o, "max_ms", response->count > 0 ? (double)response->max_ns : NAN, 1e6);
    ct_json_ns(o, "lateness_p99_us", quantile_ns(&b->series[CT_SERIES_LATENESS], CT_P99), 1e3);
    ct_document_hdr(o, "response", response);
    ct_document_hdr(o, "service", &b->series[CT_SERIES_SERVICE]);
    put_servers(o, &r->servers);
    ct_json_close(o, '}');
    return 0;
}

/* Write all rows before the given second, empty ones for seconds without a block. */
static int put_rows_before(struct rows *r, uint64_t second)
{
    for (int rc; r->next < second; r->next++) {
        struct ct_block *b = &r->open[r->next % r->n_open];
        if (!r->used[r->next % r->n_open] || b->second != r->next)
            ct_block_clear(b, r->next);
        if ((rc = put_row(r, b)) < 0)
            return rc;
        r->used[r->next % r->n_open] = false;
    }
    return 0;
}

static int on_block(void *ctx, unsigned thread, const struct ct_block *block)
{
    struct rows *r = ctx;
    int rc = 0;
    (void)thread;
    uint64_t second = block->second;
    if (second >= r->n_open)
        rc = put_rows_before(r, second - r->n_open + 1);
    if (second < r->next)
        second = r->next; /* a thread that is further behind counts in the first open row */
    struct ct_block *b = &r->open[second % r->n_open];
    if (!r->used[second % r->n_open])
        ct_block_clear(b, second);
    r->used[second % r->n_open] = true;
    ct_block_merge(b, block);
    if (second + 1 > r->last)
        r->last = second + 1;
    return rc;
}

static int read_rows(struct rows *r)
{
    const struct ct_result_execution *e = r->d->e;
    const struct ct_journal_reader blocks = {.block = on_block, .ctx = r};
    int rc;
    if ((rc = ct_pass_open(r->d->journal_path, e->from, e->to, NULL, &r->servers.pass, r->d->err)) <
            0 ||
        (rc = ct_journal_read(r->d->journal_path, e->from, e->to, &blocks, NULL, NULL, NULL,
                              r->d->err)) < 0)
        return rc;
    return put_rows_before(r, r->last);
}

int ct_document_seconds(const struct ct_document *d)
{
    struct rows *r = ct_xcalloc(1, sizeof(*r));
    int rc = 0;
    r->d = d;
    r->n_open = d->e->summary->plan.threads > 1 ? OPEN_SECONDS : 1;
    ct_json_open(d->o, "seconds", '[');
    if (d->e->to > d->e->from)
        rc = read_rows(r);
    ct_json_close(d->o, ']');
    ct_pass_close(r->servers.pass);
    free(r->servers.next);
    free(r->servers.sums);
    free(r);
    return rc;
}
