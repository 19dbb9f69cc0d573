/* The records that repeat texts: samples and snapshots. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "store/journal_format.h"

/* --- texts --- */

const char *ct_intern(struct ct_intern *in, const char *text, size_t len)
{
    enum { TEXTS_MAX = 4096 };
    for (size_t i = 0; i < in->count; i++)
        if (strlen(in->texts[i]) == len && memcmp(in->texts[i], text, len) == 0)
            return in->texts[i];
    if (in->count == TEXTS_MAX)
        return "";
    in->texts = ct_xrealloc(in->texts, in->count + 1, sizeof(*in->texts));
    in->texts[in->count] = ct_xstrndup(text, len);
    return in->texts[in->count++];
}

void ct_intern_release(struct ct_intern *in)
{
    for (size_t i = 0; i < in->count; i++)
        free(in->texts[i]);
    free(in->texts);
    memset(in, 0, sizeof(*in));
}

static const char *get_interned(struct ct_cursor *c, struct ct_intern *in)
{
    size_t len;
    const char *text = ct_get_bytes(c, &len);
    return ct_intern(in, text, len);
}

/* --- samples --- */

/* Bits of a sample, in the order of the record. */
enum { CANCELLED = 1, NEW_CONNECTION = 2, BEGUN = 4, SENT = 8, DONE = 16 };

static uint64_t flags_of(const struct ct_sample *s)
{
    return (s->cancelled ? CANCELLED : 0u) | (s->new_connection ? NEW_CONNECTION : 0u) |
           (s->begun_ns != CT_NEVER ? BEGUN : 0u) | (s->sent_ns != CT_NEVER ? SENT : 0u) |
           (s->done_ns != CT_NEVER ? DONE : 0u);
}

/* A time that was reached, as its distance from due: small. */
static void put_time(struct ct_buf *b, uint64_t time_ns, uint64_t due_ns)
{
    if (time_ns != CT_NEVER)
        ct_put_u64(b, time_ns - due_ns);
}

static uint64_t get_time(struct ct_cursor *c, uint64_t reached, uint64_t due_ns)
{
    return reached != 0 ? due_ns + ct_get_u64(c) : CT_NEVER;
}

void ct_record_put_samples(struct ct_buf *b, unsigned thread, const struct ct_sample *samples,
                           size_t count)
{
    ct_put_u64(b, thread);
    ct_put_u64(b, count);
    for (size_t k = 0; k < count; k++) {
        const struct ct_sample *s = &samples[k];
        ct_put_u64(b, flags_of(s));
        ct_put_u64(b, s->i);
        ct_put_u64(b, s->due_ns);
        put_time(b, s->begun_ns, s->due_ns);
        put_time(b, s->sent_ns, s->due_ns);
        put_time(b, s->done_ns, s->due_ns);
        ct_put_u64(b, s->bytes);
        ct_put_u64(b, s->server_start_ns);
        ct_put_u64(b, s->server_end_ns - s->server_start_ns);
        ct_put_u64(b, s->status);
        ct_put_u64(b, s->failure);
        ct_put_text(b, s->detail);
    }
}

size_t ct_record_get_samples(struct ct_cursor *c, struct ct_intern *in, unsigned *thread,
                             struct ct_sample samples[CT_JOURNAL_BATCH_MAX])
{
    *thread = (unsigned)ct_get_u64(c);
    uint64_t count = ct_get_u64(c);
    if (count > CT_JOURNAL_BATCH_MAX) {
        c->failed = true;
        return 0;
    }
    for (uint64_t k = 0; k < count && !c->failed; k++) {
        struct ct_sample *s = &samples[k];
        uint64_t flags = ct_get_u64(c);
        s->cancelled = (flags & CANCELLED) != 0;
        s->new_connection = (flags & NEW_CONNECTION) != 0;
        s->i = ct_get_u64(c);
        s->due_ns = ct_get_u64(c);
        s->begun_ns = get_time(c, flags & BEGUN, s->due_ns);
        s->sent_ns = get_time(c, flags & SENT, s->due_ns);
        s->done_ns = get_time(c, flags & DONE, s->due_ns);
        s->bytes = ct_get_u64(c);
        s->server_start_ns = ct_get_u64(c);
        s->server_end_ns = s->server_start_ns + ct_get_u64(c);
        s->status = (uint16_t)ct_get_u64(c);
        uint64_t failure = ct_get_u64(c);
        c->failed = c->failed || failure >= CT_FAILURE_COUNT;
        s->failure = (uint8_t)failure;
        const char *detail = get_interned(c, in);
        s->detail = detail[0] != '\0' ? detail : NULL;
    }
    return c->failed ? 0 : (size_t)count;
}

/* --- snapshot --- */

enum { CPU_FIELDS = 10, MEMORY_FIELDS = 6 };
_Static_assert(sizeof(struct ct_cpu_percent) == CPU_FIELDS * sizeof(double), "only doubles");
_Static_assert(sizeof(struct ct_memory_kib) == MEMORY_FIELDS * sizeof(double), "only doubles");

static void put_doubles(struct ct_buf *b, const void *doubles, int count)
{
    for (int i = 0; i < count; i++)
        ct_put_f64(b, ((const double *)doubles)[i]);
}

static void get_doubles(struct ct_cursor *c, void *doubles, int count)
{
    for (int i = 0; i < count; i++)
        ((double *)doubles)[i] = ct_get_f64(c);
}

static void put_vitals(struct ct_buf *b, const struct ct_vitals *m)
{
    ct_put_u64(b, m->has);
    for (int i = 0; i < CT_VITAL_COUNT; i++)
        if ((m->has >> i & 1) != 0)
            ct_put_f64(b, m->value[i]);
}

static void get_vitals(struct ct_cursor *c, struct ct_vitals *m)
{
    uint64_t has = ct_get_u64(c);
    c->failed = c->failed || has >> CT_VITAL_COUNT != 0;
    for (int i = 0; i < CT_VITAL_COUNT && !c->failed; i++)
        if ((has >> i & 1) != 0)
            ct_vital_set(m, (enum ct_vital)i, ct_get_f64(c));
}

static void put_watched(struct ct_buf *b, const struct ct_server_sample *s)
{
    ct_put_u64(b, s->n_watched);
    for (size_t i = 0; i < s->n_watched; i++) {
        const struct ct_watched *w = &s->watched[i];
        ct_put_text(b, w->name);
        ct_put_u64(b, w->processes);
        ct_put_u64(b, (uint64_t)w->has_cpu | (uint64_t)w->has_rss << 1);
        ct_put_f64(b, w->cpu_percent);
        ct_put_f64(b, w->rss_kib);
    }
}

static void get_watched(struct ct_cursor *c, struct ct_server_sample *s)
{
    uint64_t count = ct_get_u64(c);
    c->failed = c->failed || count > CT_WATCHED_MAX;
    for (; s->n_watched < count && !c->failed; s->n_watched++) {
        struct ct_watched *w = &s->watched[s->n_watched];
        ct_get_text_into(c, w->name, sizeof(w->name));
        w->processes = ct_get_u64(c);
        uint64_t has = ct_get_u64(c);
        w->has_cpu = has & 1;
        w->has_rss = has >> 1 & 1;
        w->cpu_percent = ct_get_f64(c);
        w->rss_kib = ct_get_f64(c);
    }
}

static void put_cgroups(struct ct_buf *b, const struct ct_server_sample *s)
{
    ct_put_u64(b, s->n_cgroups);
    for (size_t i = 0; i < s->n_cgroups; i++) {
        const struct ct_cgroup *g = &s->cgroups[i];
        ct_put_text(b, g->name);
        ct_put_u64(b, (uint64_t)g->has_cpu | (uint64_t)g->has_throttled << 1 |
                          (uint64_t)g->has_memory << 2);
        ct_put_f64(b, g->cpu_percent);
        ct_put_f64(b, g->throttled_percent);
        ct_put_f64(b, g->memory_kib);
    }
}

static void get_cgroups(struct ct_cursor *c, struct ct_intern *in, struct ct_server_sample *s)
{
    uint64_t count = ct_get_u64(c);
    c->failed = c->failed || count > CT_WATCHED_MAX;
    for (; s->n_cgroups < count && !c->failed; s->n_cgroups++) {
        struct ct_cgroup *g = &s->cgroups[s->n_cgroups];
        g->name = get_interned(c, in);
        uint64_t has = ct_get_u64(c);
        g->has_cpu = has & 1;
        g->has_throttled = has >> 1 & 1;
        g->has_memory = has >> 2 & 1;
        g->cpu_percent = ct_get_f64(c);
        g->throttled_percent = ct_get_f64(c);
        g->memory_kib = ct_get_f64(c);
    }
}

/* In hundredths of a percent: what the document has. 0 is a core that has no value. */
static void put_cores(struct ct_buf *b, const struct ct_server_sample *s)
{
    ct_put_u64(b, s->n_cores);
    for (size_t i = 0; i < s->n_cores; i++) {
        double percent = (double)s->core_percent[i];
        ct_put_u64(b, isnan(percent) ? 0 : 1 + (uint64_t)llround(percent * 100));
    }
}

static void get_cores(struct ct_cursor *c, struct ct_server_sample *s)
{
    enum { FULL = 100 * 100 + 1 };
    uint64_t count = ct_get_u64(c);
    c->failed = c->failed || count > CT_CORES_MAX;
    for (; s->n_cores < count && !c->failed; s->n_cores++) {
        uint64_t percent = ct_get_u64(c);
        c->failed = c->failed || percent > FULL;
        s->core_percent[s->n_cores] = percent == 0 ? NAN : (float)(percent - 1) / 100;
    }
}

static void put_server(struct ct_buf *b, const struct ct_server_sample *s)
{
    ct_put_text(b, s->host);
    ct_put_u64(b, s->at_ns);
    ct_put_u64(b, s->wall_ns);
    ct_put_u64(b, (uint64_t)s->has_cpu | (uint64_t)s->has_memory << 1 | (uint64_t)s->has_ping << 2 |
                      (uint64_t)s->rebooted << 3);
    put_doubles(b, &s->cpu, s->has_cpu ? CPU_FIELDS : 0);
    put_doubles(b, &s->memory, s->has_memory ? MEMORY_FIELDS : 0);
    if (s->has_ping) {
        ct_put_u64(b, s->ping.transmitted);
        ct_put_u64(b, s->ping.received);
        ct_put_f64(b, s->ping.min_ms);
        ct_put_f64(b, s->ping.avg_ms);
        ct_put_f64(b, s->ping.max_ms);
        ct_put_f64(b, s->ping.mdev_ms);
        ct_put_text(b, s->ping.method);
    }
    put_vitals(b, &s->vitals);
    put_watched(b, s);
    put_cgroups(b, s);
    put_cores(b, s);
    ct_put_text(b, s->gap);
}

static void get_server(struct ct_cursor *c, struct ct_intern *in, struct ct_server_sample *s)
{
    memset(s, 0, sizeof(*s));
    s->host = get_interned(c, in);
    s->at_ns = ct_get_u64(c);
    s->wall_ns = ct_get_u64(c);
    uint64_t has = ct_get_u64(c);
    s->has_cpu = has & 1;
    s->has_memory = has >> 1 & 1;
    s->has_ping = has >> 2 & 1;
    s->rebooted = has >> 3 & 1;
    get_doubles(c, &s->cpu, s->has_cpu ? CPU_FIELDS : 0);
    get_doubles(c, &s->memory, s->has_memory ? MEMORY_FIELDS : 0);
    if (s->has_ping) {
        s->ping.transmitted = ct_get_u64(c);
        s->ping.received = ct_get_u64(c);
        s->ping.min_ms = ct_get_f64(c);
        s->ping.avg_ms = ct_get_f64(c);
        s->ping.max_ms = ct_get_f64(c);
        s->ping.mdev_ms = ct_get_f64(c);
        s->ping.method = get_interned(c, in);
    }
    get_vitals(c, &s->vitals);
    get_watched(c, s);
    get_cgroups(c, in, s);
    get_cores(c, s);
    ct_get_text_into(c, s->gap, sizeof(s->gap));
}

void ct_record_put_snapshot(struct ct_buf *b, const struct ct_snapshot *s)
{
    ct_put_u64(b, s->at_ns);
    ct_put_u64(b, s->wall_ns);
    ct_put_u64(b, s->n_servers);
    for (size_t i = 0; i < s->n_servers; i++)
        put_server(b, &s->servers[i]);
}

void ct_record_get_snapshot(struct ct_cursor *c, struct ct_intern *in, struct ct_snapshot *s,
                            struct ct_server_sample servers[CT_JOURNAL_SERVERS_MAX])
{
    s->at_ns = ct_get_u64(c);
    s->wall_ns = ct_get_u64(c);
    uint64_t count = ct_get_u64(c);
    c->failed = c->failed || count > CT_JOURNAL_SERVERS_MAX;
    s->n_servers = c->failed ? 0 : (size_t)count;
    s->servers = servers;
    for (size_t i = 0; i < s->n_servers && !c->failed; i++)
        get_server(c, in, &servers[i]);
}
