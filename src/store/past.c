#include "store/past.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "store/past_tables.h"

#define NUMBER(m) CT_READ_NUMBER(struct ct_past_reading, m)

enum { WHOLE = 1 }; /* all is known: reading ends */

static struct ct_past_reading *reading_of(struct ct_json_reader *r)
{
    return r->ctx;
}

/* --- scalars --- */

#define TAKE_CUT(name, m)                                                                          \
    static int name(struct ct_json_reader *r, const struct ct_json_key *key, void *base,           \
                    const struct ct_json_event *e, struct ct_err *err)                             \
    {                                                                                              \
        (void)key;                                                                                 \
        (void)base;                                                                                \
        (void)err;                                                                                 \
        ct_read_cut(e, reading_of(r)->m, sizeof(reading_of(r)->m));                                \
        return 0;                                                                                  \
    }
TAKE_CUT(take_case, test_case)
TAKE_CUT(take_method, method)
TAKE_CUT(take_base_url, base_url)
TAKE_CUT(take_path, path_text)
TAKE_CUT(take_request, request)

static int take_embedded(struct ct_json_reader *r, const struct ct_json_key *key, void *base,
                         const struct ct_json_event *e, struct ct_err *err)
{
    (void)key;
    (void)base;
    (void)err;
    reading_of(r)->embedded = e->boolean;
    return 0;
}

/* --- an execution; the outermost object is one too, or holds them --- */

static void forget(struct ct_past_reading *d)
{
    ct_past_run_release(&d->run);
    ct_past_run_init(&d->run);
    d->plan = (struct ct_past_plan){
        .offered_rps = NAN,
        .duration_s = NAN,
        .warm_up_s = NAN,
        .connections = NAN,
        .think_s = NAN,
        .timeout_s = NAN,
        .streams = NAN,
        .lifetime_s = NAN,
        .connection_requests = NAN,
        .new_connections_rps = NAN,
    };
    d->test_case[0] = d->method[0] = d->base_url[0] = d->path_text[0] = d->request[0] = '\0';
    d->load = d->failed = 0;
    d->embedded = false;
    ct_read_verdict_init(&d->verdict);
    d->started = d->completed_rps = d->server_cpu = d->cpu_percent = NAN;
}

static void *begin_execution(struct ct_json_reader *r, void *parent, struct ct_err *err)
{
    if (r->open > 2) {
        (void)ct_fail(err, CT_EUSAGE, "an execution stands inside another");
        return NULL;
    }
    forget(reading_of(r));
    return parent;
}

static void add_run(struct ct_past_reading *d)
{
    struct ct_past_run *run = &d->run;
    struct ct_buf text;
    ct_buf_init(&text, 16 * 1024);
    ct_past_plan_text(d, &text);
    free(run->plan);
    run->plan = ct_xstrdup(text.data);
    ct_buf_release(&text);
    ct_plan_key_make(run->plan, run->key);
    free(run->file);
    run->file = ct_xstrdup(d->path);
    run->position = d->position++;
    ct_past_add(d->out, run);
    ct_past_run_init(run);
}

static int end_execution(struct ct_json_reader *r, void *base, struct ct_err *err)
{
    (void)base;
    struct ct_past_reading *d = reading_of(r);
    if (r->open == 1 && ct_json_given(r, "test_executions"))
        return 0;
    if (!d->verdict.given || d->run.started_ns == 0)
        return ct_json_table_fail(r, err,
                                  "no 'summary' with a verdict and no 'total_span' stand in it: "
                                  "this is no result file of ct");
    add_run(d);
    return 0;
}

/* In the file of a single execution nothing that is wanted stands behind this. */
static int end_environment(struct ct_json_reader *r, void *base, struct ct_err *err)
{
    (void)base;
    (void)err;
    struct ct_past_reading *d = reading_of(r);
    if (r->open != 2 || !d->verdict.given || d->run.started_ns == 0)
        return 0;
    add_run(d);
    return WHOLE;
}

#define TEXT(m)                                                                                    \
    .accepts = CT_JSON_EVENT_STRING, CT_READ_AT(struct ct_past_reading, m, ct_json_take_string)

static const struct ct_json_key environment_keys[] = {
    {.name = "ct_version", TEXT(run.ct_version)},
    {.name = "hostname", TEXT(run.hostname)},
    {.name = "commit", TEXT(run.commit)},
    {.name = "embedded", .accepts = CT_JSON_EVENT_BOOL, .take = take_embedded},
    {.name = "request", .accepts = CT_JSON_EVENT_STRING, .take = take_request},
    {.name = "method", .accepts = CT_JSON_EVENT_STRING, .take = take_method},
    {.name = "base_url", .accepts = CT_JSON_EVENT_STRING, .take = take_base_url},
    {.name = "path", .accepts = CT_JSON_EVENT_STRING, .take = take_path},
};
static const struct ct_json_table environment = {CT_READ_KEYS(environment_keys),
                                                 .end = end_environment};

static const struct ct_json_key span_keys[] = {
    {.name = "start", CT_READ_TIME(struct ct_past_reading, run.started_ns)},
};
static const struct ct_json_table span = {CT_READ_KEYS(span_keys)};

/* One request's load stands for all. */
static const struct ct_json_key result_keys[] = {{.name = "load", NUMBER(load)}};
static const struct ct_json_table result = {CT_READ_KEYS(result_keys)};

static const struct ct_json_key test_case_keys[] = {
    {.name = "name", .accepts = CT_JSON_EVENT_STRING, .take = take_case},
};
static const struct ct_json_table test_case = {CT_READ_KEYS(test_case_keys)};

static const struct ct_json_table execution;

static const struct ct_json_key execution_keys[] = {
    {.name = "test_case", CT_READ_CASE(test_case, take_case)},
    {.name = "load", NUMBER(load)},
    {.name = "total_span", CT_READ_OBJECT(span)},
    {.name = "summary", CT_READ_OBJECT(ct_past_summary)},
    {.name = "environment", CT_READ_OBJECT(environment)},
    {.name = "results", CT_READ_LIST(result)},
    {.name = "test_executions", CT_READ_LIST(execution)},
};
static const struct ct_json_table execution = {CT_READ_KEYS(execution_keys),
                                               .begin = begin_execution, .end = end_execution};

/* text NULL: the file at path. */
static int read_document(const char *text, size_t len, const char *path, struct ct_past *out,
                         struct ct_err *err)
{
    struct ct_past_reading *d = ct_xcalloc(1, sizeof(*d));
    d->path = path;
    d->out = out;
    struct ct_json_reader r = {
        .path = path, .ctx = d, .root = &execution, .base = d, .lenient = true};
    int rc = ct_read_document(&r, text, len, err);
    ct_past_run_release(&d->run);
    free(d);
    return rc;
}

int ct_past_read(const char *path, struct ct_past *out, struct ct_err *err)
{
    return read_document(NULL, 0, path, out, err);
}

int ct_past_parse(const char *text, size_t len, const char *path, struct ct_past *out,
                  struct ct_err *err)
{
    return read_document(text, len, path, out, err);
}
