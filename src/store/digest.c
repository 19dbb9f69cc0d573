#include "store/digest.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "store/digest_tables.h"

/* --- facts --- */

const char *ct_facts_find(const struct ct_facts *f, const char *name)
{
    for (size_t i = 0; i < f->count; i++)
        if (strcmp(f->items[i].name, name) == 0)
            return f->items[i].value;
    return NULL;
}

static void release_facts(struct ct_facts *f)
{
    for (size_t i = 0; i < f->count; i++) {
        free(f->items[i].name);
        free(f->items[i].value);
    }
    free(f->items);
    *f = (struct ct_facts){0};
}

void ct_digest_release(struct ct_digest *e)
{
    release_facts(&e->plan);
    release_facts(&e->environment);
    *e = (struct ct_digest){0};
}

/* name is the caller's to lose. */
static int add_fact(struct ct_facts *f, char *name, const struct ct_json_event *e,
                    struct ct_err *err)
{
    enum { FACTS_MAX = 512, VALUE_MAX = 200 };
    if (f->count == FACTS_MAX) {
        free(name);
        return ct_fail(err, CT_EUSAGE, "more than %d values", FACTS_MAX);
    }
    f->items = ct_xrealloc(f->items, f->count + 1, sizeof(*f->items));
    f->items[f->count++] =
        (struct ct_fact){name, ct_xstrndup(e->text, e->len < VALUE_MAX ? e->len : VALUE_MAX)};
    return 0;
}

static struct ct_digest_reading *reading_of(struct ct_json_reader *r)
{
    return r->ctx;
}

static int take_environment(struct ct_json_reader *r, const struct ct_json_key *key, void *base,
                            const struct ct_json_event *e, struct ct_err *err)
{
    (void)base;
    return add_fact(&reading_of(r)->e.environment, ct_xstrdup(key->name), e, err);
}

#define FACT .accepts = CT_JSON_EVENT_NUMBER | CT_JSON_EVENT_STRING, .take = take_environment

static const struct ct_json_key environment_keys[] = {
    {.name = "ct_version", FACT}, {.name = "hostname", FACT}, {.name = "kernel", FACT},
    {.name = "cpu_model", FACT},  {.name = "cpus", FACT},     {.name = "memory_kib", FACT},
    {.name = "method", FACT},     {.name = "path", FACT},     {.name = "base_url", FACT},
    {.name = "request", FACT},
};
static const struct ct_json_table environment = {CT_READ_KEYS(environment_keys)};

/* --- the plan: every key, so that no difference is overlooked --- */

static int take_plan(struct ct_json_reader *r, void *base, const char *name,
                     const struct ct_json_event *e, struct ct_err *err)
{
    (void)base;
    struct ct_digest *x = &reading_of(r)->e;
    if (e->type == CT_JSON_EVENT_NUMBER && strcmp(name, "duration_s") == 0)
        x->duration_s = e->number;
    if (e->type == CT_JSON_EVENT_NUMBER && strcmp(name, "warm_up_s") == 0)
        x->warm_up_s = e->number;
    return add_fact(&x->plan, ct_xstrdup(name), e, err);
}

/* Of an object in an array of the plan: frames are plan, array, object. */
static int take_stage(struct ct_json_reader *r, void *base, const char *name,
                      const struct ct_json_event *e, struct ct_err *err)
{
    (void)base;
    const struct ct_json_frame *array = &r->frames[r->open - 2];
    const struct ct_json_frame *plan = &r->frames[r->open - 3];
    return add_fact(&reading_of(r)->e.plan, ct_xprintf("%s[%u].%s", plan->name, array->index, name),
                    e, err);
}

enum { SCALAR = CT_JSON_EVENT_NUMBER | CT_JSON_EVENT_STRING | CT_JSON_EVENT_BOOL };

static const struct ct_json_key stage_key = {.accepts = SCALAR};
static const struct ct_json_table stage = {.any = &stage_key, .take_any = take_stage};
static const struct ct_json_key plan_key = {
    .accepts = SCALAR | CT_JSON_EVENT_ARRAY, .elements = CT_JSON_EVENT_OBJECT, .inside = &stage};
const struct ct_json_table ct_digest_plan = {.any = &plan_key, .take_any = take_plan};

/* --- an execution; the outermost object is one too, or holds them --- */

static int take_case_name(struct ct_json_reader *r, const struct ct_json_key *key, void *base,
                          const struct ct_json_event *e, struct ct_err *err)
{
    (void)key;
    (void)base;
    (void)err;
    struct ct_digest *x = &reading_of(r)->e;
    ct_read_cut(e, x->test_case, sizeof(x->test_case));
    return 0;
}

static void *begin_execution(struct ct_json_reader *r, void *parent, struct ct_err *err)
{
    struct ct_digest_reading *d = parent;
    if (r->open > 2) {
        (void)ct_fail(err, CT_EUSAGE, "an execution stands inside another");
        return NULL;
    }
    ct_digest_release(&d->e);
    d->e.warm_up_s = d->e.duration_s = NAN;
    for (int m = 0; m < CT_COMPARE_METRICS; m++)
        d->e.run.value[m] = d->e.run.variance[m] = d->e.run.df[m] = NAN;
    d->e.run.requests = d->e.run.lateness_p50_ns = d->e.run.steal_percent = NAN;
    ct_read_verdict_init(&d->verdict);
    return d;
}

static int end_execution(struct ct_json_reader *r, void *base, struct ct_err *err)
{
    struct ct_digest_reading *d = base;
    if (r->open == 1 && ct_json_given(r, "test_executions"))
        return 0;
    if (!d->verdict.given || d->e.plan.count == 0)
        return ct_json_table_fail(r, err,
                                  "no 'summary' with a verdict and a plan stands in it: only "
                                  "result files of ct can be compared");
    if (d->handler->execution == NULL)
        return 0;
    d->handler->execution(d->handler->ctx, &d->e);
    d->e.plan = d->e.environment = (struct ct_facts){0};
    return 0;
}

/* One request's load stands for all. */
static const struct ct_json_key result_keys[] = {
    {.name = "load", CT_READ_NUMBER(struct ct_digest_reading, e.load)},
};
static const struct ct_json_table result = {CT_READ_KEYS(result_keys)};

static const struct ct_json_key test_case_keys[] = {
    {.name = "name", .accepts = CT_JSON_EVENT_STRING, .take = take_case_name},
};
static const struct ct_json_table test_case = {CT_READ_KEYS(test_case_keys)};

static const struct ct_json_table execution;

static const struct ct_json_key execution_keys[] = {
    {.name = "test_case", CT_READ_CASE(test_case, take_case_name)},
    {.name = "load", CT_READ_NUMBER(struct ct_digest_reading, e.load)},
    {.name = "summary", CT_READ_OBJECT(ct_digest_summary)},
    {.name = "environment", CT_READ_OBJECT(environment)},
    {.name = "seconds", CT_READ_LIST(ct_digest_second)},
    {.name = "results", CT_READ_LIST(result)},
    {.name = "test_executions", CT_READ_LIST(execution)},
};
static const struct ct_json_table execution = {CT_READ_KEYS(execution_keys),
                                               .begin = begin_execution, .end = end_execution};

/* text NULL: the file at path. */
static int read_document(const char *text, size_t len, const char *path,
                         const struct ct_digest_handler *handler, struct ct_err *err)
{
    struct ct_digest_reading *d = ct_xcalloc(1, sizeof(*d));
    d->handler = handler;
    struct ct_json_reader r = {
        .path = path, .ctx = d, .root = &execution, .base = d, .lenient = true};
    int rc = ct_read_document(&r, text, len, err);
    ct_digest_release(&d->e);
    free(d);
    return rc;
}

int ct_digest_read(const char *path, const struct ct_digest_handler *handler, struct ct_err *err)
{
    return read_document(NULL, 0, path, handler, err);
}

int ct_digest_parse(const char *text, size_t len, const char *path,
                    const struct ct_digest_handler *handler, struct ct_err *err)
{
    return read_document(text, len, path, handler, err);
}
