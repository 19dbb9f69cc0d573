#include "store/result.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "store/document.h"
#include "store/new_file.h"

enum { OUT_MAX = 256 << 20, SUMMARY_MAX = 4 << 20 };

/* --- documents --- */

static double mean_s(const struct ct_dist *d)
{
    return d->count > 0 ? d->mean / 1e9 : NAN;
}

static void put_summary(const struct ct_document *d, const char *command, const char *path)
{
    struct ct_buf json;
    ct_buf_init(&json, SUMMARY_MAX);
    ct_summary_json(d->e->summary, command, path, &json);
    ct_json_raw(d->o, "summary", json.data);
    ct_buf_release(&json);
}

static void put_rates(const struct ct_document *d)
{
    const struct ct_run_plan *p = &d->e->summary->plan;
    ct_document_whole(d->o, "request_per_second", ct_rate_rps(p->rate));
    ct_document_whole(d->o, "seconds_making_requests", (double)p->duration_ns / 1e9);
}

static void put_test_case(const struct ct_document *d)
{
    const struct ct_run_subject *s = d->e->subject;
    ct_json_open(d->o, "test_case", '{');
    ct_json_text(d->o, "name", s->case_file_name);
    ct_json_text(d->o, "description", s->case_description);
    ct_json_text(d->o, "application_base_url", s->base_url);
    ct_json_count(d->o, "min_recommended_load", s->load_min);
    ct_json_close(d->o, '}');
}

/* The keys that are new in both forms. */
static int put_new_keys(const struct ct_document *d, const char *command, const char *path)
{
    int rc;
    ct_json_text(d->o, "schema", "ct/execution/1");
    ct_json_break(d->o);
    put_summary(d, command, path);
    ct_json_break(d->o);
    ct_document_rest(d);
    ct_json_break(d->o);
    ct_document_histograms(d);
    ct_json_break(d->o);
    if ((rc = ct_document_seconds(d)) < 0)
        return rc;
    ct_json_break(d->o);
    return ct_document_failures(d);
}

/* Cluster Tester's eight keys, then ours. */
static int put_full_form(const struct ct_document *d, const char *command, const char *path)
{
    int rc;
    ct_json_open(d->o, NULL, '{');
    ct_document_span(d, "total_span", d->e->times->end_ns);
    ct_document_span(d, "span_making_requests", d->e->times->sending_end_ns);
    put_test_case(d);
    if ((rc = ct_document_results(d)) < 0)
        return rc;
    put_rates(d);
    if ((rc = ct_document_errors(d)) < 0 || (rc = ct_document_snapshots(d, "cluster_stats")) < 0 ||
        (rc = put_new_keys(d, command, path)) < 0)
        return rc;
    ct_json_close(d->o, '}');
    return 0;
}

/* Cluster Tester's ten keys, then ours. */
static int put_short_form(const struct ct_document *d, const char *command, const char *path)
{
    const struct ct_summary *s = d->e->summary;
    struct ct_json_out *o = d->o;
    int rc;
    ct_json_open(o, NULL, '{');
    ct_json_text(o, "test_case", d->e->subject->case_file_name);
    ct_json_count(o, "load", d->e->subject->load);
    ct_json_ns(o, "avg_response_time", mean_s(&s->response_ok) * 1e9, 1e9);
    ct_json_ns(o, "avg_server_processing_time", mean_s(&s->server_processing) * 1e9, 1e9);
    put_rates(d);
    ct_document_span(d, "span_making_requests", d->e->times->sending_end_ns);
    ct_document_span(d, "total_span", d->e->times->end_ns);
    if ((rc = ct_document_errors(d)) < 0 || (rc = ct_document_mean_snapshot(d)) < 0)
        return rc;
    ct_json_break(o);
    if ((rc = put_new_keys(d, command, path)) < 0)
        return rc;
    ct_json_break(o);
    if ((rc = ct_document_snapshots(d, "cluster_samples")) < 0)
        return rc;
    ct_json_break(o);
    if ((rc = ct_document_results(d)) < 0)
        return rc;
    ct_json_close(o, '}');
    return 0;
}

void ct_result_head(const struct ct_result_execution *e, const char *command, struct ct_buf *out)
{
    struct ct_json_out o;
    const struct ct_document d = {.e = e, .o = &o};
    ct_json_init(&o, out, -1);
    ct_json_open(&o, NULL, '{');
    ct_json_text(&o, "test_case", e->subject->case_file_name);
    ct_json_count(&o, "load", e->subject->load);
    ct_document_span(&d, "total_span", e->times->end_ns);
    put_summary(&d, command, "");
    ct_document_rest(&d);
    ct_json_close(&o, '}');
    (void)ct_json_finish(&o);
}

/* Begin a document in a new file; end it with doc_close. */
struct doc {
    struct ct_new_file file;
    struct ct_buf buf;
    struct ct_json_out out;
};

static int doc_open(struct doc *x, const char *path, struct ct_err *err)
{
    int rc = ct_new_file_open(&x->file, path, err);
    if (rc < 0)
        return rc;
    ct_buf_init(&x->buf, OUT_MAX);
    ct_json_init(&x->out, &x->buf, x->file.fd);
    return 0;
}

static int doc_close(struct doc *x, int rc, struct ct_err *err)
{
    if (rc == 0)
        (void)ct_buf_puts(&x->buf, "\n");
    if (rc == 0 && ct_json_finish(&x->out) != 0) {
        errno = x->out.write_errno;
        rc = ct_fail_errno(err, CT_EFAIL, "writing '%s'", x->file.path);
    }
    ct_buf_release(&x->buf);
    int closed = ct_new_file_close(&x->file, rc == 0, false, err);
    return rc < 0 ? rc : closed;
}

int ct_result_write_execution(const char *journal_path, const struct ct_result_execution *e,
                              const char *command, const char *path, struct ct_err *err)
{
    struct doc x;
    int rc = doc_open(&x, path, err);
    if (rc < 0)
        return rc;
    struct ct_document d = {.journal_path = journal_path, .e = e, .o = &x.out, .err = err};
    return doc_close(&x, put_short_form(&d, command, path), err);
}

int ct_result_write_benchmark(const char *journal_path, const struct ct_result_benchmark *b,
                              const char *path, struct ct_err *err)
{
    struct doc x;
    int rc = doc_open(&x, path, err);
    if (rc < 0)
        return rc;
    struct ct_json_out *o = &x.out;
    ct_json_open(o, NULL, '{');
    ct_json_open(o, "test_executions", '[');
    for (size_t i = 0; i < b->count && rc == 0; i++) {
        struct ct_document d = {
            .journal_path = journal_path, .e = &b->executions[i], .o = o, .err = err};
        ct_json_break(o);
        rc = put_full_form(&d, b->command, path);
    }
    if (rc < 0)
        return doc_close(&x, rc, err);
    ct_json_close(o, ']');
    ct_json_text(o, "test_case_name", b->test_case_name);
    ct_json_text(o, "schema", b->schema != NULL ? b->schema : "ct/benchmark/1");
    ct_json_break(o);
    ct_json_raw(o, "search", b->search_json);
    ct_json_break(o);
    ct_json_raw(o, "summary", b->summary_json);
    ct_json_close(o, '}');
    return doc_close(&x, 0, err);
}
