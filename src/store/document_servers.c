#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "store/document.h"

/* Snapshots in Cluster Tester's form: a list of them, or one object of means. */

enum { CPU_FIELDS = 10, MEMORY_FIELDS = 6 };

static const char *const cpu_names[CPU_FIELDS] = {"usr",  "nice",  "sys",   "iowait", "irq",
                                                  "soft", "steal", "guest", "gnice",  "idle"};
static const char *const memory_names[MEMORY_FIELDS] = {"total",  "used",       "free",
                                                        "shared", "buff/cache", "available"};

static void cpu_values(const struct ct_cpu_percent *c, double v[CPU_FIELDS])
{
    const double all[CPU_FIELDS] = {c->usr,  c->nice,  c->sys,   c->iowait, c->irq,
                                    c->soft, c->steal, c->guest, c->gnice,  c->idle};
    memcpy(v, all, sizeof(all));
}

static void memory_values(const struct ct_memory_kib *m, double v[MEMORY_FIELDS])
{
    const double all[MEMORY_FIELDS] = {m->total,  m->used,       m->free,
                                       m->shared, m->buff_cache, m->available};
    memcpy(v, all, sizeof(all));
}

static void put_memory(struct ct_json_out *o, const double v[MEMORY_FIELDS])
{
    ct_json_open(o, "memory", '{');
    for (int i = 0; i < MEMORY_FIELDS; i++)
        ct_json_number(o, memory_names[i], v[i]);
    ct_json_close(o, '}');
}

static void put_cpu(struct ct_json_out *o, const double v[CPU_FIELDS])
{
    ct_json_open(o, "stats", '{');
    ct_json_text(o, "cpu", "all");
    for (int i = 0; i < CPU_FIELDS; i++)
        ct_json_number(o, cpu_names[i], round(v[i] * 1e4) / 1e4);
    ct_json_close(o, '}');
}

static void put_ping(struct ct_json_out *o, double transmitted, double received, const double ms[4],
                     const char *method)
{
    ct_json_open(o, "ping", '{');
    ct_json_number(o, "transmitted", transmitted);
    ct_json_number(o, "received", received);
    static const char *const names[] = {"min", "avg", "max", "mdev"};
    for (int i = 0; i < 4; i++)
        ct_json_number(o, names[i], received > 0 ? round(ms[i] * 1e6) / 1e6 : NAN);
    if (method != NULL)
        ct_json_text(o, "method", method);
    ct_json_close(o, '}');
}

/* Groups of what is there; a group without a member is left out. */
static void put_vitals(struct ct_json_out *o, const struct ct_vitals *m)
{
    const char *open = NULL;
    for (int i = 0; i < CT_VITAL_COUNT; i++) {
        const struct ct_vital_row *row = &ct_vital_rows[i];
        double v;
        if (!ct_vital_get(m, (enum ct_vital)i, &v))
            continue;
        if (open != NULL && strcmp(open, row->group) != 0)
            ct_json_close(o, '}');
        if (open == NULL || strcmp(open, row->group) != 0)
            ct_json_open(o, row->group, '{');
        open = row->group;
        ct_json_number(o, row->key, round(v * 1e4) / 1e4);
    }
    if (open != NULL)
        ct_json_close(o, '}');
}

/* NAN is written as null. */
static double rounded(bool has, double v)
{
    return has ? round(v * 1e4) / 1e4 : NAN;
}

static void put_watched(struct ct_json_out *o, const struct ct_server_sample *s)
{
    if (s->n_watched == 0)
        return;
    ct_json_open(o, "watched", '{');
    for (size_t i = 0; i < s->n_watched; i++) {
        const struct ct_watched *w = &s->watched[i];
        ct_json_open(o, w->name, '{');
        ct_json_count(o, "processes", w->processes);
        ct_json_number(o, "cpu_percent", rounded(w->has_cpu, w->cpu_percent));
        ct_json_number(o, "rss_kib", w->has_rss ? w->rss_kib : NAN);
        ct_json_close(o, '}');
    }
    ct_json_close(o, '}');
}

static void put_cgroups(struct ct_json_out *o, const struct ct_server_sample *s)
{
    if (s->n_cgroups == 0)
        return;
    ct_json_open(o, "cgroups", '[');
    for (size_t i = 0; i < s->n_cgroups; i++) {
        const struct ct_cgroup *g = &s->cgroups[i];
        ct_json_open(o, NULL, '{');
        ct_json_text(o, "name", g->name);
        ct_json_number(o, "cpu_percent", rounded(g->has_cpu, g->cpu_percent));
        ct_json_number(o, "throttled_percent", rounded(g->has_throttled, g->throttled_percent));
        ct_json_number(o, "memory_kib", g->has_memory ? g->memory_kib : NAN);
        ct_json_close(o, '}');
    }
    ct_json_close(o, ']');
}

static void put_cores(struct ct_json_out *o, const struct ct_server_sample *s)
{
    if (s->n_cores == 0)
        return;
    ct_json_open(o, "cores", '[');
    for (size_t i = 0; i < s->n_cores; i++)
        ct_json_number(o, NULL, round((double)s->core_percent[i] * 100) / 100);
    ct_json_close(o, ']');
}

void ct_document_sample(struct ct_json_out *o, const struct ct_server_sample *s)
{
    double v[CPU_FIELDS];
    char text[CT_TIME_TEXT];
    if (s->has_memory) {
        memory_values(&s->memory, v);
        put_memory(o, v);
    }
    if (s->has_cpu) {
        cpu_values(&s->cpu, v);
        put_cpu(o, v);
    }
    ct_json_text(o, "host", s->host);
    ct_json_text(o, "timestamp", ct_time_local(s->wall_ns, text));
    if (s->has_ping) {
        const struct ct_ping *p = &s->ping;
        const double ms[4] = {p->min_ms, p->avg_ms, p->max_ms, p->mdev_ms};
        put_ping(o, (double)p->transmitted, (double)p->received, ms, p->method);
    }
    put_vitals(o, &s->vitals);
    put_watched(o, s);
    put_cgroups(o, s);
    put_cores(o, s);
    if (s->rebooted)
        ct_json_bool(o, "rebooted", true);
}

static void put_server(struct ct_json_out *o, const struct ct_server_sample *s)
{
    ct_json_open(o, NULL, '{');
    ct_document_sample(o, s);
    ct_json_close(o, '}');
}

/* Who reads "servers" finds all numbers there: what was read in part stands apart, and so does why
 * nothing could be read. */
enum reading { WHOLE, PART, NOTHING };

static enum reading reading_of(const struct ct_server_sample *s)
{
    if (s->gap[0] != '\0')
        return NOTHING;
    return s->has_cpu && s->has_memory ? WHOLE : PART;
}

static void put_servers(struct ct_json_out *o, const char *key, const struct ct_snapshot *s,
                        enum reading which)
{
    ct_json_open(o, key, '[');
    for (size_t i = 0; i < s->n_servers; i++)
        if (reading_of(&s->servers[i]) == which)
            put_server(o, &s->servers[i]);
    ct_json_close(o, ']');
}

/* An array that is there only when it has an entry. */
struct list {
    struct ct_json_out *o;
    const char *key;
    bool open;
};

static int on_snapshot(void *ctx, const struct ct_snapshot *s)
{
    struct list *l = ctx;
    struct ct_json_out *o = l->o;
    char text[CT_TIME_TEXT];
    if (!l->open)
        ct_json_open(o, l->key, '[');
    l->open = true;
    ct_json_break(o);
    ct_json_open(o, NULL, '{');
    put_servers(o, "servers", s, WHOLE);
    ct_json_text(o, "timestamp", ct_time_local(s->wall_ns, text));
    ct_json_ns(o, "t", (double)s->at_ns, 1e9);
    put_servers(o, "partial", s, PART);
    ct_json_open(o, "gaps", '{');
    for (size_t i = 0; i < s->n_servers; i++)
        if (reading_of(&s->servers[i]) == NOTHING)
            ct_json_text(o, s->servers[i].host, s->servers[i].gap);
    ct_json_close(o, '}');
    ct_json_close(o, '}');
    return 0;
}

static int each_snapshot(const struct ct_document *d, int (*fn)(void *, const struct ct_snapshot *),
                         void *ctx)
{
    struct ct_journal_reader reader = {.snapshot = fn, .ctx = ctx};
    if (d->e->from >= d->e->to)
        return 0;
    return ct_journal_read(d->journal_path, d->e->from, d->e->to, &reader, NULL, NULL, NULL,
                           d->err);
}

int ct_document_snapshots(const struct ct_document *d, const char *key)
{
    struct list l = {.o = d->o, .key = key};
    int rc = each_snapshot(d, on_snapshot, &l);
    if (l.open)
        ct_json_close(d->o, ']');
    else
        ct_json_null(d->o, key);
    return rc;
}

/* --- means, for the short form --- */

struct server_mean {
    char *host;
    double cpu[CPU_FIELDS], memory[MEMORY_FIELDS], ping_ms[4];
    double transmitted, received;
    unsigned n_cpu, n_memory, n_ping, n_answered;
    uint64_t wall_ns; /* of the latest sample */
};

struct means {
    struct server_mean *servers;
    size_t count;
    uint64_t n_snapshots;
    uint64_t wall_ns; /* of the first snapshot */
};

static struct server_mean *mean_of(struct means *m, const char *host)
{
    for (size_t i = 0; i < m->count; i++)
        if (strcmp(m->servers[i].host, host) == 0)
            return &m->servers[i];
    m->servers = ct_xrealloc(m->servers, m->count + 1, sizeof(*m->servers));
    struct server_mean *s = &m->servers[m->count++];
    memset(s, 0, sizeof(*s));
    s->host = ct_xstrdup(host);
    return s;
}

static void add_all(double *sums, const double *values, int count)
{
    for (int i = 0; i < count; i++)
        sums[i] += values[i];
}

static void add_sample(struct server_mean *s, const struct ct_server_sample *v)
{
    double values[CPU_FIELDS];
    if (v->has_cpu) {
        cpu_values(&v->cpu, values);
        add_all(s->cpu, values, CPU_FIELDS);
        s->n_cpu++;
    }
    if (v->has_memory) {
        memory_values(&v->memory, values);
        add_all(s->memory, values, MEMORY_FIELDS);
        s->n_memory++;
    }
    if (v->has_ping) {
        s->transmitted += (double)v->ping.transmitted;
        s->received += (double)v->ping.received;
        s->n_ping++;
    }
    if (v->has_ping && v->ping.received > 0) {
        const double ms[4] = {v->ping.min_ms, v->ping.avg_ms, v->ping.max_ms, v->ping.mdev_ms};
        add_all(s->ping_ms, ms, 4);
        s->n_answered++;
    }
    if (v->gap[0] == '\0')
        s->wall_ns = v->wall_ns;
}

static int on_mean(void *ctx, const struct ct_snapshot *snapshot)
{
    struct means *m = ctx;
    if (m->n_snapshots++ == 0)
        m->wall_ns = snapshot->wall_ns;
    for (size_t i = 0; i < snapshot->n_servers; i++)
        add_sample(mean_of(m, snapshot->servers[i].host), &snapshot->servers[i]);
    return 0;
}

static void divide(double *sums, int count, unsigned by)
{
    for (int i = 0; i < count; i++)
        sums[i] /= by;
}

static void put_mean(struct ct_json_out *o, struct server_mean *s)
{
    char text[CT_TIME_TEXT];
    ct_json_open(o, NULL, '{');
    divide(s->memory, MEMORY_FIELDS, s->n_memory);
    put_memory(o, s->memory);
    divide(s->cpu, CPU_FIELDS, s->n_cpu);
    put_cpu(o, s->cpu);
    ct_json_text(o, "host", s->host);
    ct_json_text(o, "timestamp", ct_time_local(s->wall_ns, text));
    if (s->n_ping > 0) {
        divide(s->ping_ms, 4, s->n_answered > 0 ? s->n_answered : 1);
        put_ping(o, s->transmitted / s->n_ping, s->received / s->n_ping, s->ping_ms, NULL);
    }
    ct_json_close(o, '}');
}

static void put_means(struct ct_json_out *o, struct means *m)
{
    char text[CT_TIME_TEXT];
    ct_json_open(o, "cluster_stats", '{');
    ct_json_open(o, "servers", '[');
    for (size_t i = 0; i < m->count; i++)
        if (m->servers[i].n_cpu > 0 && m->servers[i].n_memory > 0)
            put_mean(o, &m->servers[i]);
    ct_json_close(o, ']');
    ct_json_text(o, "timestamp", ct_time_local(m->wall_ns, text));
    ct_json_close(o, '}');
}

int ct_document_mean_snapshot(const struct ct_document *d)
{
    struct means m = {0};
    int rc = each_snapshot(d, on_mean, &m);
    if (m.n_snapshots > 0)
        put_means(d->o, &m);
    else
        ct_json_null(d->o, "cluster_stats");
    for (size_t i = 0; i < m.count; i++)
        free(m.servers[i].host);
    free(m.servers);
    return rc;
}
