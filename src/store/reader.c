#include "store/reader.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "store/reader_tables.h"

/* --- scalars --- */

static int take_ms(struct ct_json_reader *r, const struct ct_json_key *key, void *base,
                   const struct ct_json_event *e, struct ct_err *err)
{
    (void)r;
    (void)err;
    *(double *)(void *)((char *)base + key->member) = e->number / 1e3;
    return 0;
}

static int take_case_name(struct ct_json_reader *r, const struct ct_json_key *key, void *base,
                          const struct ct_json_event *e, struct ct_err *err)
{
    (void)r;
    (void)key;
    (void)err;
    struct ct_result_head *head = &((struct ct_reading *)base)->head;
    ct_read_cut(e, head->test_case_name, sizeof(head->test_case_name));
    return 0;
}

/* --- results[] --- */

static int end_request_span(struct ct_json_reader *r, void *base, struct ct_err *err)
{
    const struct ct_result_row *row = &((struct ct_reading *)base)->row;
    if (row->request_end_ns >= row->request_start_ns)
        return 0;
    return ct_json_table_fail(r, err, "it ends before it starts");
}

static const struct ct_json_key request_span_keys[] = {
    {.name = "start", .required = true, CT_READ_TIME(struct ct_reading, row.request_start_ns)},
    {.name = "end", .required = true, CT_READ_TIME(struct ct_reading, row.request_end_ns)},
};
static const struct ct_json_table request_span = {CT_READ_KEYS(request_span_keys),
                                                  .end = end_request_span};

static int end_server_span(struct ct_json_reader *r, void *base, struct ct_err *err)
{
    struct ct_result_row *row = &((struct ct_reading *)base)->row;
    row->has_server = true;
    if (row->server_end_ns >= row->server_start_ns)
        return 0;
    return ct_json_table_fail(r, err, "it ends before it starts");
}

static const struct ct_json_key server_span_keys[] = {
    {.name = "start", .required = true, CT_READ_TIME(struct ct_reading, row.server_start_ns)},
    {.name = "end", .required = true, CT_READ_TIME(struct ct_reading, row.server_end_ns)},
};
static const struct ct_json_table server_span = {CT_READ_KEYS(server_span_keys),
                                                 .end = end_server_span};

static void *begin_result(struct ct_json_reader *r, void *parent, struct ct_err *err)
{
    (void)r;
    (void)err;
    struct ct_reading *d = parent;
    d->row = (struct ct_result_row){0};
    return d;
}

static int end_result(struct ct_json_reader *r, void *base, struct ct_err *err)
{
    (void)err;
    struct ct_reading *d = base;
    d->head.rows++;
    if (ct_json_given(r, "load"))
        d->head.load = d->row.load;
    if (d->handler->row != NULL)
        d->handler->row(d->handler->ctx, &d->row);
    return 0;
}

static const struct ct_json_key result_keys[] = {
    {.name = "test_case_name", .accepts = CT_JSON_EVENT_STRING, .take = take_case_name},
    {.name = "load", CT_READ_NUMBER(struct ct_reading, row.load)},
    {.name = "request_span", .required = true, CT_READ_OBJECT(request_span)},
    {.name = "server_processing_span", CT_READ_OBJECT(server_span)},
};
static const struct ct_json_table result = {CT_READ_KEYS(result_keys), .begin = begin_result,
                                            .end = end_result};

/* --- the summary: what stands for rows that were left out --- */

static int take_failed(struct ct_json_reader *r, void *base, const char *name,
                       const struct ct_json_event *e, struct ct_err *err)
{
    (void)name;
    static const struct ct_json_key count = {.member = 0};
    uint64_t n = 0;
    if (ct_read_count(r, &count, &n, e, err) != 0)
        return CT_EUSAGE;
    ((struct ct_reading *)base)->failed += n;
    return 0;
}

static const struct ct_json_key any_count = {.accepts = CT_JSON_EVENT_NUMBER};
static const struct ct_json_table failed = {.any = &any_count, .take_any = take_failed};

static int end_accounting(struct ct_json_reader *r, void *base, struct ct_err *err)
{
    (void)err;
    struct ct_reading *d = base;
    d->has_ok = ct_json_given(r, "ok");
    d->has_failed = ct_json_given(r, "failed");
    return 0;
}

static const struct ct_json_key accounting_keys[] = {
    {.name = "ok",
     .accepts = CT_JSON_EVENT_NUMBER,
     CT_READ_AT(struct ct_reading, ok, ct_read_count)},
    {.name = "failed", CT_READ_OBJECT(failed)},
};
static const struct ct_json_table accounting = {CT_READ_KEYS(accounting_keys),
                                                .end = end_accounting};

#define MS(m) .accepts = CT_JSON_EVENT_NUMBER, CT_READ_AT(struct ct_reading, head.m, take_ms)

static const struct ct_json_key response_keys[] = {
    {.name = "min", MS(response.min_s)},
    {.name = "mean", MS(response.mean_s)},
    {.name = "max", MS(response.max_s)},
};
static const struct ct_json_table response = {CT_READ_KEYS(response_keys)};

static const struct ct_json_key processing_keys[] = {
    {.name = "min", MS(server.min_s)},
    {.name = "mean", MS(server.mean_s)},
    {.name = "max", MS(server.max_s)},
};
static const struct ct_json_table processing = {CT_READ_KEYS(processing_keys)};

static const struct ct_json_key summary_keys[] = {
    {.name = "accounting", CT_READ_OBJECT(accounting)},
    {.name = "response_ok_ms", CT_READ_OBJECT(response)},
    {.name = "server_processing_ms", CT_READ_OBJECT(processing)},
};
static const struct ct_json_table summary = {CT_READ_KEYS(summary_keys)};

/* --- an execution; the outermost object is one too, or holds them --- */

static int take_error(struct ct_json_reader *r, const struct ct_json_key *key, void *base,
                      const struct ct_json_event *e, struct ct_err *err)
{
    (void)r;
    (void)key;
    (void)e;
    (void)err;
    ((struct ct_reading *)base)->head.errors++;
    return 0;
}

static void *begin_execution(struct ct_json_reader *r, void *parent, struct ct_err *err)
{
    if (r->open > 2) {
        (void)ct_fail(err, CT_EUSAGE, "an execution stands inside another");
        return NULL;
    }
    static const struct ct_result_span none = {NAN, NAN, NAN};
    struct ct_reading *d = parent;
    d->head = (struct ct_result_head){
        .rate = NAN,
        .seconds = NAN,
        .avg_response_s = NAN,
        .avg_server_processing_s = NAN,
        .response = none,
        .server = none,
    };
    d->has_mean = d->has_list = d->has_ok = d->has_failed = false;
    d->ok = d->failed = 0;
    return d;
}

static int end_execution(struct ct_json_reader *r, void *base, struct ct_err *err)
{
    struct ct_reading *d = base;
    if (r->open == 1 && ct_json_given(r, "test_executions"))
        return 0;
    if (!ct_json_given(r, "test_case") && !ct_json_given(r, "results") &&
        !ct_json_given(r, "request_per_second"))
        return ct_json_table_fail(r, err,
                                  "this is no result of a benchmark or test-execution: neither "
                                  "'test_executions' nor 'test_case' stands in it");
    if (d->has_mean && !d->has_list)
        ct_read_give_snapshot(d, &d->mean);
    d->head.ok = d->has_ok ? d->ok : d->head.rows;
    if (d->has_failed)
        d->head.errors = d->failed;
    if (d->handler->execution != NULL)
        d->handler->execution(d->handler->ctx, &d->head);
    return 0;
}

static const struct ct_json_key test_case_keys[] = {
    {.name = "name", .accepts = CT_JSON_EVENT_STRING, .take = take_case_name},
};
static const struct ct_json_table test_case = {CT_READ_KEYS(test_case_keys)};

static const struct ct_json_table execution;

static const struct ct_json_key execution_keys[] = {
    {.name = "test_case", CT_READ_CASE(test_case, take_case_name)},
    {.name = "load", CT_READ_NUMBER(struct ct_reading, head.load)},
    {.name = "request_per_second", CT_READ_NUMBER(struct ct_reading, head.rate)},
    {.name = "seconds_making_requests", CT_READ_NUMBER(struct ct_reading, head.seconds)},
    {.name = "avg_response_time", CT_READ_NUMBER(struct ct_reading, head.avg_response_s)},
    {.name = "avg_server_processing_time",
     CT_READ_NUMBER(struct ct_reading, head.avg_server_processing_s)},
    {.name = "errors",
     .accepts = CT_JSON_EVENT_ARRAY,
     .elements = CT_JSON_EVENT_STRING | CT_JSON_EVENT_NUMBER | CT_JSON_EVENT_BOOL,
     .take = take_error},
    {.name = "results", CT_READ_LIST(result)},
    {.name = "cluster_stats",
     .accepts = CT_JSON_EVENT_ARRAY | CT_JSON_EVENT_OBJECT,
     .elements = CT_JSON_EVENT_OBJECT,
     .inside = &ct_read_snapshot},
    {.name = "cluster_samples", CT_READ_LIST(ct_read_snapshot)},
    {.name = "summary", CT_READ_OBJECT(summary)},
    {.name = "test_executions", CT_READ_LIST(execution)},
};
static const struct ct_json_table execution = {CT_READ_KEYS(execution_keys),
                                               .begin = begin_execution, .end = end_execution};

/* text NULL: the file at path. */
static int read_document(const char *text, size_t len, const char *path,
                         const struct ct_result_handler *handler, struct ct_err *err)
{
    struct ct_reading *d = ct_xcalloc(1, sizeof(*d));
    d->handler = handler;
    struct ct_json_reader r = {
        .path = path, .ctx = d, .root = &execution, .base = d, .lenient = true};
    int rc = ct_read_document(&r, text, len, err);
    ct_read_release_snapshots(d);
    free(d);
    return rc;
}

int ct_result_read(const char *path, const struct ct_result_handler *handler, struct ct_err *err)
{
    return read_document(NULL, 0, path, handler, err);
}

int ct_result_parse(const char *text, size_t len, const char *path,
                    const struct ct_result_handler *handler, struct ct_err *err)
{
    return read_document(text, len, path, handler, err);
}
