#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "store/document.h"

/* "seconds": blocks of all threads merged by second, with what the servers were like in that
 * second. */

enum { OPEN_SECONDS = 4 }; /* threads may be this far apart */

/* Sums over one server's samples in one second. */
struct server_second {
    uint64_t second;
    const char *host;
    double cpu, memory, ping;
    unsigned n_cpu, n_memory, n_ping;
};

struct rows {
    const struct ct_document *d;
    struct ct_block open[OPEN_SECONDS]; /* second k in open[k % OPEN_SECONDS] */
    bool used[OPEN_SECONDS];
    uint64_t next; /* second of the next row */
    uint64_t last; /* largest second seen, + 1 */
    struct server_second *servers;
    size_t n_servers, at; /* at: first that may belong to the next row */
    char **hosts;         /* owned names */
    size_t n_hosts;
};

/* --- servers --- */

static const char *keep_host(struct rows *r, const char *host)
{
    for (size_t i = 0; i < r->n_hosts; i++)
        if (strcmp(r->hosts[i], host) == 0)
            return r->hosts[i];
    r->hosts = ct_xrealloc(r->hosts, r->n_hosts + 1, sizeof(*r->hosts));
    r->hosts[r->n_hosts] = ct_xstrdup(host);
    return r->hosts[r->n_hosts++];
}

/* The sums of this host and second: among the last ones, since snapshots come in order. */
static struct server_second *sums_of(struct rows *r, uint64_t second, const char *host)
{
    for (size_t i = r->n_servers; i > 0 && r->servers[i - 1].second == second; i--)
        if (strcmp(r->servers[i - 1].host, host) == 0)
            return &r->servers[i - 1];
    if ((r->n_servers & (r->n_servers - 1)) == 0)
        r->servers = ct_xrealloc(r->servers, r->n_servers * 2 + 1, sizeof(*r->servers));
    struct server_second *s = &r->servers[r->n_servers++];
    *s = (struct server_second){.second = second, .host = keep_host(r, host)};
    return s;
}

static int on_snapshot(void *ctx, const struct ct_snapshot *snapshot)
{
    struct rows *r = ctx;
    /* a sample taken at the end of a second tells of that second */
    uint64_t second = snapshot->at_ns > 0 ? (snapshot->at_ns - 1) / CT_NS_PER_S : 0;
    for (size_t i = 0; i < snapshot->n_servers; i++) {
        const struct ct_server_sample *v = &snapshot->servers[i];
        struct server_second *s = sums_of(r, second, v->host);
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
    return 0;
}

static void put_mean(struct ct_json_out *o, const char *key, double sum, unsigned n)
{
    ct_json_number(o, key, n > 0 ? round(sum / n * 1e3) / 1e3 : NAN);
}

static void put_servers(struct rows *r, uint64_t second)
{
    struct ct_json_out *o = r->d->o;
    ct_json_open(o, "servers", '{');
    while (r->at < r->n_servers && r->servers[r->at].second < second)
        r->at++;
    for (; r->at < r->n_servers && r->servers[r->at].second == second; r->at++) {
        const struct server_second *s = &r->servers[r->at];
        ct_json_open(o, s->host, '{');
        put_mean(o, "cpu_percent", s->cpu, s->n_cpu);
        put_mean(o, "memory_used_kib", s->memory, s->n_memory);
        put_mean(o, "ping_ms", s->ping, s->n_ping);
        ct_json_close(o, '}');
    }
    ct_json_close(o, '}');
}

/* --- rows --- */

static double quantile_ns(const struct ct_histogram *h, double q)
{
    uint64_t ns;
    return ct_histogram_quantile(h, q, h->count, &ns) == 0 ? (double)ns : NAN;
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

static void put_row(struct rows *r, const struct ct_block *b)
{
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
    ct_json_ns(o, "p50_ms", quantile_ns(response, 0.5), 1e6);
    ct_json_ns(o, "p99_ms", quantile_ns(response, 0.99), 1e6);
    ct_json_ns(o, "max_ms", response->count > 0 ? (double)response->max_ns : NAN, 1e6);
    ct_json_ns(o, "lateness_p99_us", quantile_ns(&b->series[CT_SERIES_LATENESS], 0.99), 1e3);
    ct_document_hdr(o, "response", response);
    put_servers(r, b->second);
    ct_json_close(o, '}');
}

/* Write all rows before the given second, empty ones for seconds without a block. */
static void put_rows_before(struct rows *r, uint64_t second)
{
    for (; r->next < second; r->next++) {
        struct ct_block *b = &r->open[r->next % OPEN_SECONDS];
        if (!r->used[r->next % OPEN_SECONDS] || b->second != r->next)
            ct_block_clear(b, r->next);
        put_row(r, b);
        r->used[r->next % OPEN_SECONDS] = false;
    }
}

static int on_block(void *ctx, unsigned thread, const struct ct_block *block)
{
    struct rows *r = ctx;
    (void)thread;
    uint64_t second = block->second;
    if (second >= OPEN_SECONDS)
        put_rows_before(r, second - OPEN_SECONDS + 1);
    if (second < r->next)
        second = r->next; /* a thread that is further behind counts in the first open row */
    struct ct_block *b = &r->open[second % OPEN_SECONDS];
    if (!r->used[second % OPEN_SECONDS])
        ct_block_clear(b, second);
    r->used[second % OPEN_SECONDS] = true;
    ct_block_merge(b, block);
    if (second + 1 > r->last)
        r->last = second + 1;
    return 0;
}

int ct_document_seconds(const struct ct_document *d)
{
    struct rows *r = ct_xcalloc(1, sizeof(*r));
    struct ct_journal_reader servers = {.snapshot = on_snapshot, .ctx = r};
    struct ct_journal_reader blocks = {.block = on_block, .ctx = r};
    const struct ct_result_execution *e = d->e;
    int rc = 0;
    r->d = d;
    ct_json_open(d->o, "seconds", '[');
    if (e->to > e->from)
        rc = ct_journal_read(d->journal_path, e->from, e->to, &servers, NULL, NULL, NULL, d->err);
    if (rc == 0 && e->to > e->from)
        rc = ct_journal_read(d->journal_path, e->from, e->to, &blocks, NULL, NULL, NULL, d->err);
    put_rows_before(r, r->last);
    ct_json_close(d->o, ']');
    for (size_t i = 0; i < r->n_hosts; i++)
        free(r->hosts[i]);
    free(r->hosts);
    free(r->servers);
    free(r);
    return rc;
}
