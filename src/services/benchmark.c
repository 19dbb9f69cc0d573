#include "services/benchmark.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/search.h"
#include "analysis/verdict.h"
#include "base/log.h"
#include "base/mem.h"
#include "services/benchmark_case.h"

enum { SUMMARY_MAX = 1 << 20 };

void ct_benchmark_point_init(struct ct_benchmark_point *p)
{
    *p = (struct ct_benchmark_point){.low = NAN,
                                     .median = NAN,
                                     .high = NAN,
                                     .mean_s = NAN,
                                     .p99_s = NAN,
                                     .cpu_percent_max = NAN,
                                     .limited_by = ""};
}

void ct_benchmark_point_measured(struct ct_benchmark_point *p, const struct ct_test_result *r)
{
    const struct ct_summary *s = &r->summary;
    p->measured = true;
    p->verdict = s->verdict;
    if (s->conclusion != NULL)
        memcpy(p->conclusion, s->conclusion->text, sizeof(p->conclusion));
    p->mean_s = s->response_ok.count > 0 ? s->response_ok.mean / 1e9 : NAN;
    p->p99_s = s->response.withheld[CT_P99] == CT_GIVEN ? s->response.quantile[CT_P99] / 1e9 : NAN;
    for (size_t i = 0; i < s->n_servers; i++) {
        if (isnan(s->servers[i].cpu_percent_mean) ||
            (!isnan(p->cpu_percent_max) && s->servers[i].cpu_percent_mean <= p->cpu_percent_max))
            continue;
        p->cpu_percent_max = s->servers[i].cpu_percent_mean;
        (void)snprintf(p->cpu_host, sizeof(p->cpu_host), "%s", s->servers[i].host);
    }
}

void ct_benchmark_point_of_last_load(struct ct_benchmark_point *p, const char *why)
{
    if (p->rate <= 0) /* then what kept it from one is the news */
        return;
    if (strcmp(p->limited_by, ct_limited_by_name(CT_LIMITED_GENERATOR)) != 0)
        p->limited_by = why;
    p->at_least = true;
}

/* No load has a rate, and at least one of them has none because of this machine. */
static bool is_spoilt(const struct ct_benchmark_case *c)
{
    bool spoilt = false;
    for (size_t i = 0; i < c->n_points; i++) {
        if (c->points[i].rate > 0)
            return false;
        spoilt |= strcmp(c->points[i].limited_by, ct_limited_by_name(CT_LIMITED_GENERATOR)) == 0;
    }
    return spoilt;
}

void ct_benchmark_judge(struct ct_benchmark_case *out, uint64_t ok, uint64_t valid_runs,
                        uint64_t runs)
{
    out->verdict = ct_verdict_of_runs(ok, valid_runs, runs, is_spoilt(out));
    if (out->verdict == CT_VERDICT_VALID)
        out->n_reasons = 0;
}

void ct_benchmark_note_failure(struct ct_benchmark_case *out, enum ct_failure failure,
                               const char *text)
{
    out->n_reasons = 1;
    (void)snprintf(out->reasons[0].code, sizeof(out->reasons[0].code), "%s",
                   failure != CT_FAILURE_NONE ? ct_failure_name(failure) : "servers");
    (void)snprintf(out->reasons[0].text, sizeof(out->reasons[0].text), "%.190s", text);
}

static int write_document(const struct ct_session *s, const struct ct_result_benchmark *document,
                          struct ct_err *err)
{
    int rc = ct_journal_flush(s->journal, err);
    return rc < 0 ? rc : ct_result_write_benchmark(s->journal_path, document, s->result_path, err);
}

void ct_benchmark_finish(struct ct_session *s, const struct ct_benchmark_opts *opts,
                         struct ct_benchmark_case *out, const struct ct_test_result *const *kept,
                         size_t n_kept, const char *search_json)
{
    struct ct_outcome *o = &out->outcome;
    struct ct_buf summary;
    struct ct_result_execution *views = ct_xcalloc(n_kept + 1, sizeof(*views));
    for (size_t i = 0; i < n_kept; i++)
        views[i] = ct_test_result_view(kept[i], &s->environment);
    out->result_path = ct_xstrdup(s->result_path);
    ct_buf_init(&summary, SUMMARY_MAX);
    ct_benchmark_case_json(out, &summary);
    const struct ct_result_benchmark document = {
        .executions = views,
        .count = n_kept,
        .test_case_name = out->testcase->file_name,
        .search_json = search_json,
        .summary_json = summary.data,
        .command = opts->command,
    };
    out->journal_path = s->keep_journal ? ct_xstrdup(s->journal_path) : NULL;
    int written = write_document(s, &document, &o->durable_err);
    o->not_durable = ct_session_end(s, written, &o->durable_err) < 0;
    o->signum = s->signum;
    s->keep_journal = false;
    ct_buf_release(&summary);
    free(views);
}

int ct_benchmark_run(struct ct_session *session, const struct ct_testcase *testcase,
                     const struct ct_benchmark_opts *opts, struct ct_benchmark_case *out,
                     struct ct_err *err)
{
    memset(out, 0, sizeof(*out));
    out->testcase = testcase;
    enum ct_journal_kind kind = opts->classic ? CT_JOURNAL_BENCHMARK : CT_JOURNAL_SWEEP;
    int rc = ct_session_begin(session, kind, testcase->file_name, err);
    if (rc == 0 && opts->classic)
        rc = ct_benchmark_classic(session, opts, out, err);
    else if (rc == 0)
        rc = ct_benchmark_sweep(session, opts, out, err);
    if (rc < 0)
        ct_finding_note_files(&out->outcome, out->result_path, out->journal_path);
    return rc;
}

void ct_benchmark_case_release(struct ct_benchmark_case *c)
{
    for (size_t i = 0; i < c->n_legs; i++)
        ct_finding_release(&c->legs[i].found);
    free(c->legs);
    free(c->result_path);
    free(c->journal_path);
    free(c->points);
    memset(c, 0, sizeof(*c));
}
