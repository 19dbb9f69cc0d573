#include "store/document.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <zlib.h>

#include "base/base64.h"
#include "base/clock.h"
#include "store/samples.h"

static uint64_t wall_of(const struct ct_document *d, uint64_t from_t0_ns)
{
    return d->e->times->t0.wall_ns + from_t0_ns;
}

void ct_document_span(const struct ct_document *d, const char *key, uint64_t end_ns)
{
    char text[CT_TIME_TEXT];
    ct_json_open(d->o, key, '{');
    ct_json_text(d->o, "start", ct_time_local(wall_of(d, 0), text));
    ct_json_text(d->o, "end", ct_time_local(wall_of(d, end_ns), text));
    ct_json_close(d->o, '}');
}

void ct_document_whole(struct ct_json_out *o, const char *key, double v)
{
    ct_json_number(o, key, fabs(v - round(v)) < 1e-9 ? round(v) : v);
}

/* --- requests --- */

static void put_time(struct ct_json_out *o, const char *key, uint64_t ns)
{
    if (ns == CT_NEVER)
        ct_json_null(o, key);
    else
        ct_json_count(o, key, ns);
}

static void put_utc_span(struct ct_json_out *o, const char *key, uint64_t start_ns, uint64_t end_ns)
{
    char text[CT_TIME_TEXT];
    ct_json_open(o, key, '{');
    ct_json_text(o, "start", ct_time_utc(start_ns, text));
    ct_json_text(o, "end", ct_time_utc(end_ns, text));
    ct_json_close(o, '}');
}

static void put_times(const struct ct_document *d, const struct ct_sample *s)
{
    ct_json_count(d->o, "i", s->i);
    ct_json_count(d->o, "due_ns", s->due_ns);
    put_time(d->o, "begun_ns", s->begun_ns);
    put_time(d->o, "sent_ns", s->sent_ns);
    put_time(d->o, "done_ns", s->done_ns);
}

static void put_result(const struct ct_document *d, const struct ct_sample *s)
{
    struct ct_json_out *o = d->o;
    ct_json_break(o);
    ct_json_open(o, NULL, '{');
    ct_json_text(o, "test_case_name", d->e->subject->case_file_name);
    ct_json_count(o, "load", d->e->subject->load);
    put_utc_span(o, "request_span", wall_of(d, s->due_ns), wall_of(d, s->done_ns));
    if (s->server_end_ns != 0)
        put_utc_span(o, "server_processing_span", s->server_start_ns, s->server_end_ns);
    else
        ct_json_null(o, "server_processing_span");
    put_times(d, s);
    ct_json_count(o, "status", s->status);
    ct_json_count(o, "bytes", s->bytes);
    ct_json_bool(o, "new_connection", s->new_connection);
    ct_json_close(o, '}');
}

static void put_failure(const struct ct_document *d, const struct ct_sample *s)
{
    struct ct_json_out *o = d->o;
    ct_json_break(o);
    ct_json_open(o, NULL, '{');
    put_times(d, s);
    ct_json_text(o, "class",
                 s->cancelled ? "cancelled" : ct_failure_name((enum ct_failure)s->failure));
    ct_json_text(o, "detail", s->detail);
    ct_json_number(o, "status", s->status != 0 ? (double)s->status : NAN);
    ct_json_close(o, '}');
}

static bool is_ok(const struct ct_sample *s)
{
    return s->failure == CT_FAILURE_NONE && !s->cancelled;
}

static void on_result(void *ctx, const struct ct_sample *s)
{
    if (is_ok(s))
        put_result(ctx, s);
}

static void on_failure(void *ctx, const struct ct_sample *s)
{
    if (!is_ok(s))
        put_failure(ctx, s);
}

/* "class: detail"; a status that was not taken is its own detail. */
static void on_error(void *ctx, const struct ct_sample *s)
{
    const struct ct_document *d = ctx;
    char text[256];
    const char *name = ct_failure_name((enum ct_failure)s->failure);
    if (is_ok(s) || s->cancelled)
        return;
    if (s->detail != NULL)
        (void)snprintf(text, sizeof(text), "%s: %.200s", name, s->detail);
    else if (s->status != 0)
        (void)snprintf(text, sizeof(text), "%s: %u", name, (unsigned)s->status);
    else
        (void)snprintf(text, sizeof(text), "%s", name);
    ct_json_text(d->o, NULL, text);
}

static int each_sample(const struct ct_document *d, const char *key, ct_samples_fn *fn)
{
    const struct ct_result_execution *e = d->e;
    int rc = 0;
    ct_json_open(d->o, key, '[');
    if (e->has_samples && e->to > e->from)
        rc = ct_samples_read(d->journal_path, e->from, e->to, e->summary->plan.threads, fn,
                             (void *)(uintptr_t)d, d->err);
    ct_json_close(d->o, ']');
    return rc;
}

int ct_document_results(const struct ct_document *d)
{
    return each_sample(d, "results", on_result);
}

int ct_document_failures(const struct ct_document *d)
{
    return each_sample(d, "failures", on_failure);
}

int ct_document_errors(const struct ct_document *d)
{
    if (d->e->has_samples)
        return each_sample(d, "errors", on_error);
    ct_json_open(d->o, "errors", '[');
    for (int f = 1; f < CT_FAILURE_COUNT; f++) {
        char text[128];
        if (d->e->total->failed[f] == 0)
            continue;
        (void)snprintf(text, sizeof(text), "%s: %llu requests", ct_failure_name((enum ct_failure)f),
                       (unsigned long long)d->e->total->failed[f]);
        ct_json_text(d->o, NULL, text);
    }
    ct_json_close(d->o, ']');
    return 0;
}

/* --- histograms --- */

void ct_document_hdr(struct ct_json_out *o, const char *key, const struct ct_histogram *h)
{
    enum { ENCODED_MAX = 1 << 20, COOKIE = 0x1c849314, PREFIX = 8 };
    struct ct_buf plain, packed, text;
    ct_buf_init(&plain, ENCODED_MAX);
    ct_buf_init(&packed, ENCODED_MAX);
    ct_buf_init(&text, 2 * ENCODED_MAX);
    ct_histogram_encode(h, &plain);
    uLong bound = compressBound((uLong)plain.len);
    for (uLong i = 0; i < bound + PREFIX; i += 64) {
        static const char zeros[64] = {0};
        (void)ct_buf_add(&packed, zeros, sizeof(zeros));
    }
    int rc = compress2((Bytef *)packed.data + PREFIX, &bound, (const Bytef *)plain.data,
                       (uLong)plain.len, Z_BEST_SPEED);
    for (int i = 0; i < 4; i++) {
        packed.data[i] = (char)((uint32_t)COOKIE >> (8 * (3 - i)));
        packed.data[4 + i] = (char)(bound >> (8 * (3 - i)));
    }
    (void)ct_base64_encode(&text, packed.data, PREFIX + bound);
    ct_json_text(o, key, rc == Z_OK ? text.data : NULL); /* zlib had no memory */
    ct_buf_release(&plain);
    ct_buf_release(&packed);
    ct_buf_release(&text);
}

void ct_document_histograms(const struct ct_document *d)
{
    struct ct_json_out *o = d->o;
    ct_json_open(o, "histograms", '{');
    for (int i = 0; i < CT_SERIES_COUNT; i++) {
        const struct ct_histogram *h = &d->e->measured->series[i];
        ct_json_break(o);
        ct_json_open(o, ct_series_name((enum ct_series)i), '{');
        ct_json_count(o, "count", h->count);
        ct_json_number(o, "sum_ns", h->sum_ns);
        ct_json_number(o, "sum_of_squares_ns2", h->sum2_ns2);
        ct_json_number(o, "min_ns", h->count > 0 ? (double)h->min_ns : NAN);
        ct_json_number(o, "max_ns", h->count > 0 ? (double)h->max_ns : NAN);
        ct_json_count(o, "clamped", h->clamped);
        ct_document_hdr(o, "hdr", h);
        ct_json_close(o, '}');
    }
    ct_json_close(o, '}');
}

/* --- what stands beside the arrays --- */

/* Every record of the execution can be read. */
static bool is_whole(const struct ct_document *d)
{
    const struct ct_journal_reader nothing = {0};
    uint64_t end = 0;
    return d->e->from >= d->e->to || (ct_journal_read(d->journal_path, d->e->from, d->e->to,
                                                      &nothing, NULL, NULL, &end, NULL) == 0 &&
                                      end == d->e->to);
}

/* null when all requests are in the document, else why not. */
static void put_results_kept(const struct ct_document *d)
{
    char text[160];
    const char *why = NULL;
    if (!d->e->has_samples)
        why = "left out: --results none, or auto with more than 100,000 planned requests";
    else if (!is_whole(d))
        why = "requests are left out: the journal is damaged";
    else if (d->e->samples_dropped > 0) {
        (void)snprintf(text, sizeof(text),
                       "%llu requests are left out: writing could not keep up with sending",
                       (unsigned long long)d->e->samples_dropped);
        why = text;
    }
    ct_json_text(d->o, "results_kept", why);
}

void ct_document_rest(const struct ct_document *d)
{
    const struct ct_environment *v = d->e->environment;
    const struct ct_run_subject *s = d->e->subject;
    struct ct_json_out *o = d->o;
    ct_json_open(o, "environment", '{');
    ct_json_text(o, "ct_version", v->ct_version);
    ct_json_text(o, "command", v->command);
    ct_json_text(o, "hostname", v->hostname);
    ct_json_text(o, "kernel", v->kernel);
    ct_json_text(o, "cpu_model", v->cpu_model);
    ct_json_count(o, "cpus", v->cpus);
    ct_json_count(o, "memory_kib", v->memory_kib);
    ct_json_number(o, "monitoring_interval_s",
                   v->monitoring_interval_s > 0 ? v->monitoring_interval_s : NAN);
    ct_json_text(o, "app_name", s->app_name);
    ct_json_text(o, "base_url", s->base_url);
    ct_json_text(o, "address", s->address);
    ct_json_text(o, "method", s->method);
    ct_json_text(o, "path", s->path);
    ct_json_known(o, "request", s->request);
    ct_json_bool(o, "embedded", s->embedded);
    ct_json_known(o, "commit", v->commit);
    if (s->https)
        ct_json_bool(o, "tls_verified", s->tls_verified);
    ct_json_close(o, '}');
    ct_json_open(o, "connections", '{');
    ct_json_count(o, "opened", d->e->total->connections_opened);
    ct_json_count(o, "closed", d->e->total->connections_closed);
    ct_json_count(o, "in_flight_max", d->e->total->in_flight_max);
    ct_json_close(o, '}');
    put_results_kept(d);
}
