#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "store/past_tables.h"

#define KEYS(rows) .keys = (rows), .count = sizeof(rows) / sizeof((rows)[0])
#define OBJECT(table) .accepts = CT_JSON_EVENT_OBJECT, .inside = &(table)
#define MEMBER(m) .member = offsetof(struct ct_past_reading, m)
#define NUMBER(m) .accepts = CT_JSON_EVENT_NUMBER, .take = ct_past_number, MEMBER(m)
#define MS(figure) .accepts = CT_JSON_EVENT_NUMBER, .take = ct_past_ms, MEMBER(run.figures[figure])

static struct ct_past_reading *reading_of(struct ct_json_reader *r)
{
    return r->ctx;
}

static double *member(const struct ct_json_key *key, void *base)
{
    return (double *)(void *)((char *)base + key->member);
}

int ct_past_number(struct ct_json_reader *r, const struct ct_json_key *key, void *base,
                   const struct ct_json_event *e, struct ct_err *err)
{
    (void)r;
    (void)err;
    *member(key, base) = e->number;
    return 0;
}

int ct_past_ms(struct ct_json_reader *r, const struct ct_json_key *key, void *base,
               const struct ct_json_event *e, struct ct_err *err)
{
    (void)r;
    (void)err;
    *member(key, base) = e->number * 1e6;
    return 0;
}

/* --- the verdict --- */

static int take_status(struct ct_json_reader *r, const struct ct_json_key *key, void *base,
                       const struct ct_json_event *e, struct ct_err *err)
{
    (void)key;
    (void)base;
    struct ct_past_reading *d = reading_of(r);
    for (int v = CT_VERDICT_VALID; v <= CT_VERDICT_NO_DATA; v++) {
        const char *name = ct_verdict_name((enum ct_verdict)v);
        if (strlen(name) != e->len || memcmp(name, e->text, e->len) != 0)
            continue;
        d->run.verdict = (enum ct_verdict)v;
        d->has_verdict = true;
        return 0;
    }
    return ct_fail(err, CT_EUSAGE, "expected \"valid\", \"invalid\" or \"no_data\"");
}

/* The first says it. */
static int take_reason(struct ct_json_reader *r, const struct ct_json_key *key, void *base,
                       const struct ct_json_event *e, struct ct_err *err)
{
    struct ct_past_reading *d = reading_of(r);
    if (d->run.reason[0] != '\0')
        return 0;
    return ct_json_take_string(r, key, base, e, err);
}

static const struct ct_json_key reason_keys[] = {
    {.name = "text", .accepts = CT_JSON_EVENT_STRING, .take = take_reason, MEMBER(run.reason)},
};
static const struct ct_json_table reason = {KEYS(reason_keys)};
static const struct ct_json_key verdict_keys[] = {
    {.name = "status", .accepts = CT_JSON_EVENT_STRING, .take = take_status},
    {.name = "reasons",
     .accepts = CT_JSON_EVENT_ARRAY,
     .elements = CT_JSON_EVENT_OBJECT,
     .inside = &reason},
};
static const struct ct_json_table verdict = {KEYS(verdict_keys)};

/* --- the plan --- */

static void *begin_stage(struct ct_json_reader *r, void *parent, struct ct_err *err)
{
    struct ct_past_reading *d = reading_of(r);
    (void)parent;
    if (d->plan.n_stages == CT_PAST_STAGES_MAX) {
        (void)ct_fail(err, CT_EUSAGE, "more than %d stages", CT_PAST_STAGES_MAX);
        return NULL;
    }
    return &d->plan.stages[d->plan.n_stages++];
}

#define STAGE(m)                                                                                   \
    .accepts = CT_JSON_EVENT_NUMBER, .take = ct_past_number,                                       \
    .member = offsetof(struct ct_past_plan, stages[0].m) - offsetof(struct ct_past_plan, stages)

static const struct ct_json_key stage_keys[] = {
    {.name = "from_rps", STAGE(from_rps)},
    {.name = "to_rps", STAGE(to_rps)},
    {.name = "duration_s", STAGE(duration_s)},
};
static const struct ct_json_table stage = {KEYS(stage_keys), .begin = begin_stage};

#define WORD(m) .accepts = CT_JSON_EVENT_STRING, .take = take_word, MEMBER(m)

/* The short texts of a plan: what does not fit is no plan of ours. */
static int take_word(struct ct_json_reader *r, const struct ct_json_key *key, void *base,
                     const struct ct_json_event *e, struct ct_err *err)
{
    enum { WORD_MAX = 7 };
    (void)r;
    if (e->len > WORD_MAX || memchr(e->text, '\0', e->len) != NULL)
        return ct_fail(err, CT_EUSAGE, "expected a word of at most %d letters", WORD_MAX);
    char *out = (char *)base + key->member;
    memcpy(out, e->text, e->len);
    out[e->len] = '\0';
    return 0;
}

static int take_keep_alive(struct ct_json_reader *r, const struct ct_json_key *key, void *base,
                           const struct ct_json_event *e, struct ct_err *err)
{
    (void)key;
    (void)base;
    (void)err;
    reading_of(r)->plan.no_keep_alive = !e->boolean;
    return 0;
}

static const struct ct_json_key plan_keys[] = {
    {.name = "arrivals", WORD(plan.arrivals)},
    {.name = "offered_rps", NUMBER(plan.offered_rps)},
    {.name = "duration_s", NUMBER(plan.duration_s)},
    {.name = "warm_up_s", NUMBER(plan.warm_up_s)},
    {.name = "stages",
     .accepts = CT_JSON_EVENT_ARRAY,
     .elements = CT_JSON_EVENT_OBJECT,
     .inside = &stage},
    {.name = "connections", NUMBER(plan.connections)},
    {.name = "think_s", NUMBER(plan.think_s)},
    {.name = "timeout_s", NUMBER(plan.timeout_s)},
    {.name = "keep_alive", .accepts = CT_JSON_EVENT_BOOL, .take = take_keep_alive},
    {.name = "http", WORD(plan.http)},
    {.name = "streams", NUMBER(plan.streams)},
    {.name = "connection_lifetime_s", NUMBER(plan.lifetime_s)},
    {.name = "connection_requests", NUMBER(plan.connection_requests)},
    {.name = "new_connections_rps", NUMBER(plan.new_connections_rps)},
};
static const struct ct_json_table plan = {KEYS(plan_keys)};

/* --- the figures --- */

static int take_failed(struct ct_json_reader *r, void *base, const char *name,
                       const struct ct_json_event *e, struct ct_err *err)
{
    (void)base;
    (void)name;
    (void)err;
    reading_of(r)->failed += e->number;
    return 0;
}

static const struct ct_json_key any_count = {.accepts = CT_JSON_EVENT_NUMBER};
static const struct ct_json_table failed = {.any = &any_count, .take_any = take_failed};
static const struct ct_json_key accounting_keys[] = {
    {.name = "started", NUMBER(started)},
    {.name = "failed", OBJECT(failed)},
};
static const struct ct_json_table accounting = {KEYS(accounting_keys)};

static const struct ct_json_key response_keys[] = {
    {.name = "mean", MS(CT_FIGURE_RESPONSE_MEAN)},
    {.name = "p50", MS(CT_FIGURE_RESPONSE_P50)},
    {.name = "p90", MS(CT_FIGURE_RESPONSE_P90)},
    {.name = "p99", MS(CT_FIGURE_RESPONSE_P99)},
};
static const struct ct_json_table response = {KEYS(response_keys)};
static const struct ct_json_key service_keys[] = {{.name = "p50", MS(CT_FIGURE_SERVICE_P50)}};
static const struct ct_json_table service = {KEYS(service_keys)};

static const struct ct_json_key generator_keys[] = {
    {.name = "steal_percent", NUMBER(run.steal_percent)},
};
static const struct ct_json_table generator = {KEYS(generator_keys)};

static int end_server(struct ct_json_reader *r, void *base, struct ct_err *err)
{
    (void)base;
    (void)err;
    struct ct_past_reading *d = reading_of(r);
    if (!isnan(d->server_cpu))
        d->cpu_percent = isnan(d->cpu_percent) ? d->server_cpu : d->cpu_percent + d->server_cpu;
    d->server_cpu = NAN;
    return 0;
}

static const struct ct_json_key server_keys[] = {{.name = "cpu_percent_mean", NUMBER(server_cpu)}};
static const struct ct_json_table server = {KEYS(server_keys), .end = end_server};

static int end_summary(struct ct_json_reader *r, void *base, struct ct_err *err)
{
    (void)r;
    (void)err;
    struct ct_past_reading *d = base;
    double *figures = d->run.figures;
    if (d->started > 0 && d->started < 9e15) {
        d->run.requests = (uint64_t)d->started;
        figures[CT_FIGURE_ERRORS] = d->failed / d->started;
    }
    if (d->completed_rps > 0)
        figures[CT_FIGURE_CPU] = d->cpu_percent / 100 / d->completed_rps * 1e9;
    return 0;
}

static const struct ct_json_key summary_keys[] = {
    {.name = "command",
     .accepts = CT_JSON_EVENT_STRING,
     .take = ct_json_take_string,
     MEMBER(run.command)},
    {.name = "verdict", OBJECT(verdict)},
    {.name = "plan", OBJECT(plan)},
    {.name = "accounting", OBJECT(accounting)},
    {.name = "model", WORD(plan.model)},
    {.name = "achieved_rps", NUMBER(run.figures[CT_FIGURE_ACHIEVED])},
    {.name = "completed_rps", NUMBER(completed_rps)},
    {.name = "response_ms", OBJECT(response)},
    {.name = "service_ms", OBJECT(service)},
    {.name = "generator", OBJECT(generator)},
    {.name = "servers",
     .accepts = CT_JSON_EVENT_ARRAY,
     .elements = CT_JSON_EVENT_OBJECT,
     .inside = &server},
};
const struct ct_json_table ct_past_summary = {KEYS(summary_keys), .end = end_summary};
