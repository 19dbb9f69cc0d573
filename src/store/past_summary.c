#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "store/past_tables.h"

#define NUMBER(m) CT_READ_NUMBER(struct ct_past_reading, m)
#define MS(figure) CT_READ_MS(struct ct_past_reading, run.figures[figure])
#define TEXT(m, take) .accepts = CT_JSON_EVENT_STRING, CT_READ_AT(struct ct_past_reading, m, take)

static struct ct_past_reading *reading_of(struct ct_json_reader *r)
{
    return r->ctx;
}

/* --- the verdict --- */

static void *begin_verdict(struct ct_json_reader *r, void *parent, struct ct_err *err)
{
    (void)parent;
    (void)err;
    return &reading_of(r)->verdict;
}

static const struct ct_json_table verdict = {CT_READ_KEYS(ct_read_verdict_keys),
                                             .begin = begin_verdict, .end = ct_read_verdict_end};

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
    .accepts = CT_JSON_EVENT_NUMBER, .take = ct_read_number,                                       \
    .member = offsetof(struct ct_past_plan, stages[0].m) - offsetof(struct ct_past_plan, stages)

static const struct ct_json_key stage_keys[] = {
    {.name = "from_rps", STAGE(from_rps)},
    {.name = "to_rps", STAGE(to_rps)},
    {.name = "duration_s", STAGE(duration_s)},
};
static const struct ct_json_table stage = {CT_READ_KEYS(stage_keys), .begin = begin_stage};

#define WORD(m) TEXT(m, take_word)

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

static int take_instants(struct ct_json_reader *r, const struct ct_json_key *key, void *base,
                         const struct ct_json_event *e, struct ct_err *err)
{
    (void)key;
    (void)base;
    (void)err;
    ct_read_cut(e, reading_of(r)->plan.instants, sizeof(reading_of(r)->plan.instants));
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
    {.name = "instants", TEXT(plan.instants, take_instants)},
    {.name = "offered_rps", NUMBER(plan.offered_rps)},
    {.name = "duration_s", NUMBER(plan.duration_s)},
    {.name = "warm_up_s", NUMBER(plan.warm_up_s)},
    {.name = "stages", CT_READ_LIST(stage)},
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
static const struct ct_json_table plan = {CT_READ_KEYS(plan_keys)};

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
    {.name = "failed", CT_READ_OBJECT(failed)},
};
static const struct ct_json_table accounting = {CT_READ_KEYS(accounting_keys)};

static const struct ct_json_key response_keys[] = {
    {.name = "mean", MS(CT_FIGURE_RESPONSE_MEAN)},
    CT_READ_QUANTILES(MS, CT_FIGURE_RESPONSE),
};
static const struct ct_json_table response = {CT_READ_KEYS(response_keys)};
static const struct ct_json_key service_keys[] = {{.name = "p50", MS(CT_FIGURE_SERVICE_P50)}};
static const struct ct_json_table service = {CT_READ_KEYS(service_keys)};

static const struct ct_json_key generator_keys[] = {
    {.name = "steal_percent", NUMBER(run.steal_percent)},
};
static const struct ct_json_table generator = {CT_READ_KEYS(generator_keys)};

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
static const struct ct_json_table server = {CT_READ_KEYS(server_keys), .end = end_server};

static int end_summary(struct ct_json_reader *r, void *base, struct ct_err *err)
{
    (void)r;
    (void)err;
    struct ct_past_reading *d = base;
    double *figures = d->run.figures;
    d->run.verdict = d->verdict.verdict;
    free(d->run.reason);
    d->run.reason = ct_xstrdup(d->verdict.why);
    if (d->started > 0 && d->started < 9e15) {
        d->run.requests = (uint64_t)d->started;
        figures[CT_FIGURE_ERRORS] = d->failed / d->started;
    }
    if (d->completed_rps > 0)
        figures[CT_FIGURE_CPU] = d->cpu_percent / 100 / d->completed_rps * 1e9;
    return 0;
}

static const struct ct_json_key summary_keys[] = {
    {.name = "command", TEXT(run.command, ct_json_take_string)},
    {.name = "verdict", CT_READ_OBJECT(verdict)},
    {.name = "plan", CT_READ_OBJECT(plan)},
    {.name = "accounting", CT_READ_OBJECT(accounting)},
    {.name = "model", WORD(plan.model)},
    {.name = "achieved_rps", NUMBER(run.figures[CT_FIGURE_ACHIEVED])},
    {.name = "completed_rps", NUMBER(completed_rps)},
    {.name = "response_ms", CT_READ_OBJECT(response)},
    {.name = "service_ms", CT_READ_OBJECT(service)},
    {.name = "generator", CT_READ_OBJECT(generator)},
    {.name = "servers", CT_READ_LIST(server)},
};
const struct ct_json_table ct_past_summary = {CT_READ_KEYS(summary_keys), .end = end_summary};
