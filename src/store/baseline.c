#include "store/baseline.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "store/new_file.h"
#include "store/past_json.h"
#include "store/read.h"

#define SCHEMA "ct/baseline/1"
enum { OUT_MAX = 64 << 20, RUNS_MAX = 10000 };

/* --- out --- */

static void put(struct ct_json_out *o, const struct ct_baseline *b)
{
    const struct ct_past *p = &b->runs;
    ct_json_open(o, NULL, '{');
    ct_json_text(o, "schema", SCHEMA);
    ct_json_break(o);
    ct_json_text(o, "plan", p->count > 0 ? p->runs[0].plan : "");
    ct_json_break(o);
    ct_json_text(o, "outliers", b->drop_outliers ? "drop" : "keep");
    ct_json_break(o);
    ct_json_open(o, "runs", '[');
    for (size_t i = 0; i < p->count; i++)
        ct_past_put(o, &p->runs[i], 0);
    ct_json_close(o, ']');
    ct_json_close(o, '}');
}

int ct_baseline_write(const char *path, const struct ct_baseline *b, bool replace,
                      struct ct_err *err)
{
    struct ct_new_file file;
    struct ct_buf buf;
    struct ct_json_out o;
    int rc = ct_new_file_open(&file, path, err);
    if (rc < 0)
        return rc;
    ct_buf_init(&buf, OUT_MAX);
    ct_json_init(&o, &buf, file.fd);
    put(&o, b);
    (void)ct_buf_puts(&buf, "\n");
    if (ct_json_finish(&o) != 0) {
        errno = o.write_errno;
        rc = ct_fail_errno(err, CT_EFAIL, "writing '%s'", path);
    }
    ct_buf_release(&buf);
    int closed = ct_new_file_close(&file, rc == 0, replace, err);
    return rc < 0 ? rc : closed;
}

/* --- in --- */

#define KEYS(rows) .keys = (rows), .count = sizeof(rows) / sizeof((rows)[0])

struct reading {
    struct ct_past runs;
    struct ct_past_run run;
    char *plan;
    int outliers;
};

static struct reading *reading_of(struct ct_json_reader *r)
{
    return r->ctx;
}

static int take_schema(struct ct_json_reader *r, const struct ct_json_key *key, void *base,
                       const struct ct_json_event *e, struct ct_err *err)
{
    (void)r;
    (void)key;
    (void)base;
    if (e->len == strlen(SCHEMA) && memcmp(e->text, SCHEMA, e->len) == 0)
        return 0;
    return ct_fail(err, CT_EUSAGE,
                   "expected \"" SCHEMA "\", found \"%.*s\": a file of another "
                   "version, or no baseline",
                   (int)(e->len < 40 ? e->len : 40), e->text);
}

static int take_started(struct ct_json_reader *r, const struct ct_json_key *key, void *base,
                        const struct ct_json_event *e, struct ct_err *err)
{
    (void)key;
    (void)base;
    if (ct_time_parse(e->text, e->len, &reading_of(r)->run.started_ns) == 0)
        return 0;
    return ct_fail(err, CT_EUSAGE, "expected a time such as \"2026-11-21T02:19:35.335221+00:00\"");
}

static int take_requests(struct ct_json_reader *r, const struct ct_json_key *key, void *base,
                         const struct ct_json_event *e, struct ct_err *err)
{
    (void)base;
    int rc = ct_json_check_whole(key, e, err);
    if (rc == 0)
        reading_of(r)->run.requests = (uint64_t)e->number;
    return rc;
}

static int take_position(struct ct_json_reader *r, const struct ct_json_key *key, void *base,
                         const struct ct_json_event *e, struct ct_err *err)
{
    (void)base;
    int rc = ct_json_check_whole(key, e, err);
    if (rc == 0)
        reading_of(r)->run.position = (uint32_t)e->number;
    return rc;
}

static int take_figure(struct ct_json_reader *r, void *base, const char *name,
                       const struct ct_json_event *e, struct ct_err *err)
{
    (void)base;
    if (e->number < 0 || e->number > 1e15)
        return ct_fail(err, CT_EUSAGE, "expected a figure that is not negative");
    for (int f = 0; f < CT_FIGURE_COUNT; f++)
        if (strcmp(name, ct_figures[f].key) == 0)
            reading_of(r)->run.figures[f] = e->number * ct_figures[f].per_unit;
    return 0;
}

static void *begin_run(struct ct_json_reader *r, void *parent, struct ct_err *err)
{
    struct reading *d = reading_of(r);
    (void)parent;
    if (d->runs.count == RUNS_MAX) {
        (void)ct_fail(err, CT_EUSAGE, "more than %d runs", RUNS_MAX);
        return NULL;
    }
    ct_past_run_release(&d->run);
    ct_past_run_init(&d->run);
    d->run.verdict = CT_VERDICT_VALID;
    return d;
}

static int end_run(struct ct_json_reader *r, void *base, struct ct_err *err)
{
    (void)base;
    (void)err;
    struct reading *d = reading_of(r);
    ct_past_add(&d->runs, &d->run);
    return 0;
}

#define TEXT(m)                                                                                    \
    .accepts = CT_JSON_EVENT_STRING, .take = ct_json_take_string,                                  \
    .member = offsetof(struct reading, m)

static const struct ct_json_key any_figure = {.accepts = CT_JSON_EVENT_NUMBER};
static const struct ct_json_table figures = {.any = &any_figure, .take_any = take_figure};
static const struct ct_json_key run_keys[] = {
    {.name = "file", .required = true, TEXT(run.file)},
    {.name = "position", .accepts = CT_JSON_EVENT_NUMBER, .take = take_position, .max = UINT32_MAX},
    {.name = "started", .required = true, .accepts = CT_JSON_EVENT_STRING, .take = take_started},
    {.name = "command", TEXT(run.command)},
    {.name = "commit", TEXT(run.commit)},
    {.name = "hostname", TEXT(run.hostname)},
    {.name = "ct_version", TEXT(run.ct_version)},
    {.name = "requests", .accepts = CT_JSON_EVENT_NUMBER, .take = take_requests, .max = 9e15},
    {.name = "steal_percent", CT_READ_NUMBER(struct reading, run.steal_percent)},
    {.name = "figures", .required = true, .accepts = CT_JSON_EVENT_OBJECT, .inside = &figures},
};
static const struct ct_json_table run_table = {KEYS(run_keys), .begin = begin_run, .end = end_run};

static const char *const outlier_choices[] = {"keep", "drop", NULL};
static const struct ct_json_key document_keys[] = {
    {.name = "schema",
     .required = true,
     .accepts = CT_JSON_EVENT_STRING,
     .take = take_schema,
     .example = "\"" SCHEMA "\""},
    {.name = "plan", .required = true, TEXT(plan)},
    {.name = "outliers",
     .accepts = CT_JSON_EVENT_STRING,
     .take = ct_json_take_choice,
     .choices = outlier_choices,
     .member = offsetof(struct reading, outliers)},
    {.name = "runs",
     .required = true,
     .accepts = CT_JSON_EVENT_ARRAY,
     .elements = CT_JSON_EVENT_OBJECT,
     .inside = &run_table},
};
static const struct ct_json_table document = {KEYS(document_keys)};

static void give(struct reading *d, struct ct_baseline *out)
{
    for (size_t i = 0; i < d->runs.count; i++) {
        struct ct_past_run *r = &d->runs.runs[i];
        free(r->plan);
        r->plan = ct_xstrdup(d->plan);
        ct_plan_key_make(r->plan, r->key);
    }
    ct_past_sort(&d->runs);
    *out = (struct ct_baseline){.runs = d->runs, .drop_outliers = d->outliers == 1};
    d->runs = (struct ct_past){0};
}

/* text NULL: the file at path. */
static int read_document(const char *text, size_t len, const char *path, struct ct_baseline *out,
                         struct ct_err *err)
{
    struct reading d = {0};
    struct ct_json_reader r = {
        .path = path, .ctx = &d, .root = &document, .base = &d, .lenient = true};
    int rc = ct_read_document(&r, text, len, err);
    if (rc == 0 && d.runs.count == 0)
        rc = ct_fail(err, CT_EUSAGE, "%s: no runs stand in it", path);
    if (rc == 0)
        give(&d, out);
    ct_past_release(&d.runs);
    ct_past_run_release(&d.run);
    free(d.plan);
    return rc;
}

int ct_baseline_read(const char *path, struct ct_baseline *out, struct ct_err *err)
{
    if (access(path, F_OK) != 0)
        return ct_fail(err, CT_EUSAGE, "there is no baseline '%s': 'ct baseline record' makes one",
                       path);
    return read_document(NULL, 0, path, out, err);
}

int ct_baseline_parse(const char *text, size_t len, const char *path, struct ct_baseline *out,
                      struct ct_err *err)
{
    return read_document(text, len, path, out, err);
}
