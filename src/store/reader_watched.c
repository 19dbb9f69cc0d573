/* What a server's sample has because its configuration asked for it: processes and control groups
 * by name, CPU of each core. base of these tables is the sample, or the entry. */
#include <math.h>
#include <stdio.h>

#include "store/reader_tables.h"

/* --- watched: {NAME: {processes, cpu_percent, rss_kib}} --- */

static void *begin_watched(struct ct_json_reader *r, void *parent, struct ct_err *err)
{
    struct ct_server_sample *s = parent;
    if (s->n_watched == CT_WATCHED_MAX) {
        (void)ct_fail(err, CT_EUSAGE, "more than %d names", CT_WATCHED_MAX);
        return NULL;
    }
    struct ct_watched *w = &s->watched[s->n_watched++];
    *w = (struct ct_watched){0};
    (void)snprintf(w->name, sizeof(w->name), "%.*s", CT_WATCHED_NAME - 1,
                   r->frames[r->open - 1].name);
    return w;
}

static int end_watched(struct ct_json_reader *r, void *base, struct ct_err *err)
{
    struct ct_watched *w = base;
    (void)err;
    w->has_cpu = ct_json_given(r, "cpu_percent");
    w->has_rss = ct_json_given(r, "rss_kib");
    return 0;
}

static const struct ct_json_key watched_keys[] = {
    {.name = "processes",
     .accepts = CT_JSON_EVENT_NUMBER,
     .take = ct_read_count,
     .member = offsetof(struct ct_watched, processes)},
    {.name = "cpu_percent", CT_READ_NUMBER(struct ct_watched, cpu_percent)},
    {.name = "rss_kib", CT_READ_NUMBER(struct ct_watched, rss_kib)},
};
static const struct ct_json_table watched = {CT_READ_KEYS(watched_keys), .begin = begin_watched,
                                             .end = end_watched};
static const struct ct_json_key any_watched = {.accepts = CT_JSON_EVENT_OBJECT, .inside = &watched};
const struct ct_json_table ct_read_watched = {.any = &any_watched};

/* --- cgroups: [{name, cpu_percent, throttled_percent, memory_kib}] --- */

static void *begin_cgroup(struct ct_json_reader *r, void *parent, struct ct_err *err)
{
    struct ct_server_sample *s = parent;
    (void)r;
    if (s->n_cgroups == CT_WATCHED_MAX) {
        (void)ct_fail(err, CT_EUSAGE, "more than %d control groups", CT_WATCHED_MAX);
        return NULL;
    }
    struct ct_cgroup *g = &s->cgroups[s->n_cgroups++];
    *g = (struct ct_cgroup){.name = ""};
    return g;
}

static int end_cgroup(struct ct_json_reader *r, void *base, struct ct_err *err)
{
    struct ct_cgroup *g = base;
    (void)err;
    g->has_cpu = ct_json_given(r, "cpu_percent");
    g->has_throttled = ct_json_given(r, "throttled_percent");
    g->has_memory = ct_json_given(r, "memory_kib");
    return 0;
}

static int take_name(struct ct_json_reader *r, const struct ct_json_key *key, void *base,
                     const struct ct_json_event *e, struct ct_err *err)
{
    (void)key;
    const char *name = ct_read_keep_name(r->ctx, e, err);
    if (name == NULL)
        return CT_EUSAGE;
    ((struct ct_cgroup *)base)->name = name;
    return 0;
}

static const struct ct_json_key cgroup_keys[] = {
    {.name = "name", .required = true, .accepts = CT_JSON_EVENT_STRING, .take = take_name},
    {.name = "cpu_percent", CT_READ_NUMBER(struct ct_cgroup, cpu_percent)},
    {.name = "throttled_percent", CT_READ_NUMBER(struct ct_cgroup, throttled_percent)},
    {.name = "memory_kib", CT_READ_NUMBER(struct ct_cgroup, memory_kib)},
};
const struct ct_json_table ct_read_cgroup = {CT_READ_KEYS(cgroup_keys), .begin = begin_cgroup,
                                             .end = end_cgroup};

/* --- cores: [percent, null ...] --- */

int ct_read_core(struct ct_json_reader *r, const struct ct_json_key *key, void *base,
                 const struct ct_json_event *e, struct ct_err *err)
{
    struct ct_server_sample *s = base;
    unsigned core = r->frames[r->open - 1].index;
    (void)key;
    (void)err;
    if (core >= CT_CORES_MAX || s->n_cores > core)
        return 0;
    while (s->n_cores < core)
        s->core_percent[s->n_cores++] = NAN;
    s->core_percent[s->n_cores++] = (float)e->number;
    return 0;
}
