#include <math.h>
#include <stdio.h>
#include <string.h>

#include "store/digest_tables.h"
#include "store/hdr.h"

/* Counts of a second or a summary beyond this are no measurement; sums of them stay exact. */
#define COUNT_MAX 1e11

static struct ct_digest_reading *reading_of(struct ct_json_reader *r)
{
    return r->ctx;
}

static double *member(const struct ct_json_key *key, void *base)
{
    return (double *)(void *)((char *)base + key->member);
}

static int take_us(struct ct_json_reader *r, const struct ct_json_key *key, void *base,
                   const struct ct_json_event *e, struct ct_err *err)
{
    (void)r;
    (void)err;
    *member(key, base) = e->number * 1e3;
    return 0;
}

static int check_count(const struct ct_json_event *e, struct ct_err *err)
{
    if (e->number >= 0 && e->number <= COUNT_MAX)
        return 0;
    return ct_fail(err, CT_EUSAGE, "expected a count, found %.*s", (int)(e->len < 40 ? e->len : 40),
                   e->text);
}

static int take_count(struct ct_json_reader *r, const struct ct_json_key *key, void *base,
                      const struct ct_json_event *e, struct ct_err *err)
{
    (void)r;
    if (check_count(e, err) != 0)
        return CT_EUSAGE;
    *(uint64_t *)(void *)((char *)base + key->member) = (uint64_t)e->number;
    return 0;
}

static int take_failed(struct ct_json_reader *r, void *base, const char *name,
                       const struct ct_json_event *e, struct ct_err *err)
{
    (void)base;
    (void)name;
    if (check_count(e, err) != 0)
        return CT_EUSAGE;
    reading_of(r)->failed += (uint64_t)e->number;
    return 0;
}

static const struct ct_json_key any_count = {.accepts = CT_JSON_EVENT_NUMBER};
static const struct ct_json_table failed = {.any = &any_count, .take_any = take_failed};

#define NUMBER(m) CT_READ_NUMBER(struct ct_digest_reading, m)
#define COUNT(m)                                                                                   \
    .accepts = CT_JSON_EVENT_NUMBER, CT_READ_AT(struct ct_digest_reading, m, take_count)
#define MS(metric) CT_READ_MS(struct ct_digest_reading, e.run.value[metric])

/* --- the verdict --- */

static void *begin_verdict(struct ct_json_reader *r, void *parent, struct ct_err *err)
{
    (void)parent;
    (void)err;
    return &reading_of(r)->verdict;
}

static const struct ct_json_table verdict = {CT_READ_KEYS(ct_read_verdict_keys),
                                             .begin = begin_verdict, .end = ct_read_verdict_end};

/* --- the summary --- */

static int end_accounting(struct ct_json_reader *r, void *base, struct ct_err *err)
{
    (void)r;
    (void)err;
    struct ct_digest_reading *d = base;
    d->e.run.requests = d->started;
    if (d->started > 0)
        d->e.run.value[CT_COMPARE_ERRORS] = (double)d->failed / d->started;
    return 0;
}

static const struct ct_json_key accounting_keys[] = {
    {.name = "started", NUMBER(started)},
    {.name = "failed", CT_READ_OBJECT(failed)},
};
static const struct ct_json_table accounting = {CT_READ_KEYS(accounting_keys),
                                                .end = end_accounting};

static int take_beyond(struct ct_json_reader *r, const struct ct_json_key *key, void *base,
                       const struct ct_json_event *e, struct ct_err *err)
{
    (void)r;
    (void)err;
    *(bool *)((char *)base + key->member) = ct_read_is(e, ct_withheld_name(CT_WITHHELD_FAILED)) ||
                                            ct_read_is(e, ct_withheld_name(CT_WITHHELD_SKIPPED));
    return 0;
}

#define BEYOND(metric)                                                                             \
    .accepts = CT_JSON_EVENT_STRING,                                                               \
    CT_READ_AT(struct ct_digest_reading, e.run.beyond[metric], take_beyond)

static const struct ct_json_key withheld_keys[] = {CT_READ_QUANTILES(BEYOND, CT_COMPARE_RESPONSE)};
static const struct ct_json_table withheld = {CT_READ_KEYS(withheld_keys)};

static const struct ct_json_key response_keys[] = {
    {.name = "mean", MS(CT_COMPARE_RESPONSE_MEAN)},
    CT_READ_QUANTILES(MS, CT_COMPARE_RESPONSE),
    {.name = "withheld", CT_READ_OBJECT(withheld)},
};
static const struct ct_json_table response = {CT_READ_KEYS(response_keys)};

static const struct ct_json_key service_keys[] = {CT_READ_QUANTILES(MS, CT_COMPARE_SERVICE)};
static const struct ct_json_table service = {CT_READ_KEYS(service_keys)};

static const struct ct_json_key setup_keys[] = {{.name = "p50", MS(CT_COMPARE_SETUP_P50)}};
static const struct ct_json_table setup = {CT_READ_KEYS(setup_keys)};

static const struct ct_json_key processing_keys[] = {{.name = "p50", MS(CT_COMPARE_SERVER_P50)}};
static const struct ct_json_table processing = {CT_READ_KEYS(processing_keys)};

static const struct ct_json_key lateness_keys[] = {
    {.name = "p50",
     .accepts = CT_JSON_EVENT_NUMBER,
     CT_READ_AT(struct ct_digest_reading, e.run.lateness_p50_ns, take_us)},
};
static const struct ct_json_table lateness = {CT_READ_KEYS(lateness_keys)};

static const struct ct_json_key generator_keys[] = {
    {.name = "steal_percent", NUMBER(e.run.steal_percent)},
};
static const struct ct_json_table generator = {CT_READ_KEYS(generator_keys)};

static void *begin_server(struct ct_json_reader *r, void *parent, struct ct_err *err)
{
    (void)r;
    (void)err;
    struct ct_digest_reading *d = parent;
    d->server_cpu = d->server_memory = NAN;
    return d;
}

/* a + b, where NAN is nothing yet. */
static double plus(double a, double b)
{
    return isnan(a) ? b : isnan(b) ? a : a + b;
}

static int end_server(struct ct_json_reader *r, void *base, struct ct_err *err)
{
    (void)r;
    (void)err;
    struct ct_digest_reading *d = base;
    double *memory = &d->e.run.value[CT_COMPARE_MEMORY];
    d->cpu_percent = plus(d->cpu_percent, d->server_cpu);
    *memory = plus(*memory, d->server_memory);
    return 0;
}

static const struct ct_json_key server_keys[] = {
    {.name = "cpu_percent_mean", NUMBER(server_cpu)},
    {.name = "memory_used_kib_mean", NUMBER(server_memory)},
};
static const struct ct_json_table server = {CT_READ_KEYS(server_keys), .begin = begin_server,
                                            .end = end_server};

static void *begin_summary(struct ct_json_reader *r, void *parent, struct ct_err *err)
{
    (void)r;
    (void)err;
    struct ct_digest_reading *d = parent;
    d->failed = 0;
    d->started = d->completed_rps = d->cpu_percent = NAN;
    return d;
}

static int end_summary(struct ct_json_reader *r, void *base, struct ct_err *err)
{
    (void)r;
    (void)err;
    struct ct_digest_reading *d = base;
    d->e.run.verdict = d->verdict.verdict;
    memcpy(d->e.run.why, d->verdict.why, sizeof(d->e.run.why));
    if (d->started <= 0) {
        d->e.run.verdict = CT_VERDICT_INVALID;
        if (d->e.run.why[0] == '\0')
            (void)snprintf(d->e.run.why, sizeof(d->e.run.why), "no request was started");
    }
    if (d->completed_rps > 0)
        d->e.run.value[CT_COMPARE_CPU] = d->cpu_percent / 100 / d->completed_rps * 1e9;
    return 0;
}

static const struct ct_json_key summary_keys[] = {
    {.name = "verdict", CT_READ_OBJECT(verdict)},
    {.name = "plan", CT_READ_OBJECT(ct_digest_plan)},
    {.name = "accounting", CT_READ_OBJECT(accounting)},
    {.name = "achieved_rps", NUMBER(e.run.value[CT_COMPARE_ACHIEVED])},
    {.name = "completed_rps", NUMBER(completed_rps)},
    {.name = "response_ms", CT_READ_OBJECT(response)},
    {.name = "service_ms", CT_READ_OBJECT(service)},
    {.name = "setup_ms", CT_READ_OBJECT(setup)},
    {.name = "server_processing_ms", CT_READ_OBJECT(processing)},
    {.name = "lateness_us", CT_READ_OBJECT(lateness)},
    {.name = "generator", CT_READ_OBJECT(generator)},
    {.name = "servers", CT_READ_LIST(server)},
};
const struct ct_json_table ct_digest_summary = {CT_READ_KEYS(summary_keys), .begin = begin_summary,
                                                .end = end_summary};

/* --- seconds --- */

static int take_histogram(const struct ct_json_event *e, struct ct_histogram *h, struct ct_err *err)
{
    if (ct_hdr_parse(e->text, e->len, h, err) != 0)
        return CT_EUSAGE;
    if ((double)h->count > COUNT_MAX)
        return ct_fail(err, CT_EUSAGE, "so many requests were not in one second");
    return 0;
}

static int take_response(struct ct_json_reader *r, const struct ct_json_key *key, void *base,
                         const struct ct_json_event *e, struct ct_err *err)
{
    (void)key;
    (void)base;
    struct ct_digest_reading *d = reading_of(r);
    d->second.response = &d->response;
    return take_histogram(e, &d->response, err);
}

static int take_service(struct ct_json_reader *r, const struct ct_json_key *key, void *base,
                        const struct ct_json_event *e, struct ct_err *err)
{
    (void)key;
    (void)base;
    struct ct_digest_reading *d = reading_of(r);
    d->second.service = &d->service;
    return take_histogram(e, &d->service, err);
}

static int end_second_server(struct ct_json_reader *r, void *base, struct ct_err *err)
{
    (void)r;
    (void)err;
    struct ct_digest_reading *d = base;
    d->second.cpu_percent = plus(d->second.cpu_percent, d->server_cpu);
    return 0;
}

static const struct ct_json_key second_server_keys[] = {
    {.name = "cpu_percent", NUMBER(server_cpu)},
};
static const struct ct_json_table second_server = {CT_READ_KEYS(second_server_keys),
                                                   .begin = begin_server, .end = end_second_server};
static const struct ct_json_key any_server = {CT_READ_OBJECT(second_server)};
static const struct ct_json_table second_servers = {.any = &any_server};

static void *begin_second(struct ct_json_reader *r, void *parent, struct ct_err *err)
{
    (void)r;
    (void)err;
    struct ct_digest_reading *d = parent;
    d->second = (struct ct_compare_second){.cpu_percent = NAN};
    d->failed = 0;
    return d;
}

static int end_second(struct ct_json_reader *r, void *base, struct ct_err *err)
{
    (void)r;
    (void)err;
    struct ct_digest_reading *d = base;
    d->second.failed = d->failed;
    if (d->handler->second != NULL)
        d->handler->second(d->handler->ctx, &d->e, &d->second);
    return 0;
}

static const struct ct_json_key second_keys[] = {
    {.name = "t", .required = true, COUNT(second.second)},
    {.name = "ok", COUNT(second.ok)},
    {.name = "failed", CT_READ_OBJECT(failed)},
    {.name = "response", .accepts = CT_JSON_EVENT_STRING, .take = take_response},
    {.name = "service", .accepts = CT_JSON_EVENT_STRING, .take = take_service},
    {.name = "servers", CT_READ_OBJECT(second_servers)},
};
const struct ct_json_table ct_digest_second = {CT_READ_KEYS(second_keys), .begin = begin_second,
                                               .end = end_second};
