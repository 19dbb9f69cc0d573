#include "services/compare_live.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/compare.h"
#include "base/log.h"
#include "base/mem.h"
#include "store/result.h"

enum { ATTEMPTS = 3 };

/* One side on its way. */
struct side {
    const struct ct_duel_side *is;
    char letter;
    struct ct_session session;
    struct ct_test_result *results;
    size_t count, segments; /* results; segments that were measured, valid or not */
};

struct duel {
    const struct ct_duel_opts *opts;
    struct side a, b;
};

/* --- the numbers of a run --- */

static double add(double sum, double v)
{
    return isnan(sum) ? v : isnan(v) ? sum : sum + v;
}

/* A quantile of the responses; among requests that failed or were not sent it is beyond all. */
static void take_response(const struct ct_summary *s, enum ct_quantile q, enum ct_compare_metric m,
                          struct ct_compare_run *r)
{
    enum ct_withheld why = s->response.withheld[q];
    r->value[m] = s->response.quantile[q];
    r->beyond[m] = why == CT_WITHHELD_FAILED || why == CT_WITHHELD_SKIPPED;
}

static struct ct_compare_run run_of(const struct ct_summary *s)
{
    struct ct_compare_run r = {.verdict = s->started > 0 ? s->verdict : CT_VERDICT_INVALID,
                               .requests = (double)s->started,
                               .lateness_p50_ns = s->lateness.quantile[CT_P50],
                               .steal_percent = s->generator_steal_percent};
    double cpu = NAN, failed = 0;
    for (int m = 0; m < CT_COMPARE_METRICS; m++)
        r.value[m] = r.variance[m] = r.df[m] = NAN;
    for (int f = 0; f < CT_FAILURE_COUNT; f++)
        failed += (double)s->failed[f];
    for (size_t i = 0; i < s->n_servers; i++) {
        cpu = add(cpu, s->servers[i].cpu_percent_mean);
        r.value[CT_COMPARE_MEMORY] =
            add(r.value[CT_COMPARE_MEMORY], s->servers[i].memory_used_kib_mean);
    }
    r.value[CT_COMPARE_SERVICE_P50] = s->service.quantile[CT_P50];
    r.value[CT_COMPARE_SERVICE_P90] = s->service.quantile[CT_P90];
    r.value[CT_COMPARE_SERVICE_P99] = s->service.quantile[CT_P99];
    take_response(s, CT_P50, CT_COMPARE_RESPONSE_P50, &r);
    take_response(s, CT_P90, CT_COMPARE_RESPONSE_P90, &r);
    take_response(s, CT_P99, CT_COMPARE_RESPONSE_P99, &r);
    r.value[CT_COMPARE_RESPONSE_MEAN] = s->response.mean;
    r.value[CT_COMPARE_SETUP_P50] = s->setup.quantile[CT_P50];
    r.value[CT_COMPARE_SERVER_P50] = s->server_processing.quantile[CT_P50];
    r.value[CT_COMPARE_ACHIEVED] = s->achieved_rps;
    if (s->started > 0)
        r.value[CT_COMPARE_ERRORS] = failed / (double)s->started;
    if (s->completed_rps > 0)
        r.value[CT_COMPARE_CPU] = cpu / 100 / s->completed_rps * 1e9;
    if (s->n_reasons > 0)
        (void)snprintf(r.why, sizeof(r.why), "%s", s->reasons[0].text);
    return r;
}

static struct ct_compare_side side_of(const struct side *s)
{
    struct ct_compare_side out = {ct_xcalloc(s->count + 1, sizeof(*out.runs)), s->count};
    for (size_t i = 0; i < s->count; i++)
        out.runs[i] = run_of(&s->results[i].summary);
    return out;
}

static void conclude(const struct duel *d, struct ct_duel *out)
{
    struct ct_comparison *c = &out->comparison;
    c->min_effect = d->opts->min_effect;
    c->name_a = ct_xstrdup(d->a.is->shown);
    c->name_b = ct_xstrdup(d->b.is->shown);
    if (out->outcome.signum != 0) {
        (void)snprintf(c->sentence, sizeof(c->sentence), "No comparison: it was interrupted.");
        c->verdict = CT_COMPARISON_INVALID;
        return;
    }
    c->points = ct_xcalloc(1, sizeof(*c->points));
    c->n_points = 1;
    struct ct_compare_point *p = &c->points[0];
    (void)snprintf(p->test_case, sizeof(p->test_case), "%s", d->a.is->testcase->file_name);
    p->rps = ct_run_plan_rps(&d->opts->plan);
    p->a = side_of(&d->a);
    p->b = side_of(&d->b);
    ct_compare(c);
}

/* --- measuring --- */

static int signum_of(const struct duel *d)
{
    return d->a.session.signum != 0 ? d->a.session.signum : d->b.session.signum;
}

static int measure(struct duel *d, struct side *s, unsigned attempt, struct ct_err *err)
{
    char title[300];
    (void)snprintf(title, sizeof(title), "%c %zu of %u%s: %.200s", s->letter, s->segments + 1,
                   d->opts->segments, attempt > 0 ? " again" : "", s->is->shown);
    struct ct_test test = {
        .testcase = s->is->testcase,
        .load = s->is->testcase->load_min,
        .mix = s->is->mix,
        .plan = d->opts->plan,
        .monitored = true,
        .kept = true,
        .results = d->opts->results,
        .title = title,
    };
    s->results = ct_xrealloc(s->results, s->count + 1, sizeof(*s->results));
    int rc = ct_test_run(&s->session, &test, &s->results[s->count], err);
    if (rc == 0)
        s->count++;
    return rc;
}

/* One segment; what this machine spoilt is measured again. */
static int segment(struct duel *d, struct side *s, struct ct_err *err)
{
    int rc = 0;
    for (unsigned attempt = 0; rc == 0 && attempt < ATTEMPTS && signum_of(d) == 0; attempt++) {
        rc = measure(d, s, attempt, err);
        if (rc == 0 && s->results[s->count - 1].summary.verdict != CT_VERDICT_INVALID)
            break;
    }
    s->segments++;
    return rc;
}

static int alternate(struct duel *d, struct ct_err *err)
{
    int rc = 0;
    for (unsigned k = 0; rc == 0 && k < 2 * d->opts->segments && signum_of(d) == 0; k++)
        rc = segment(d, k % 4 == 0 || k % 4 == 3 ? &d->a : &d->b, err);
    return rc;
}

/* --- sessions and files --- */

static int open_side(struct duel *d, struct side *s, const struct ct_duel_side *is, char letter,
                     struct ct_err *err)
{
    struct ct_session_opts so = d->opts->session;
    char name[] = "SegmentsX";
    enum ct_failure failure;
    s->is = is;
    s->letter = letter;
    so.url = is->url;
    name[strlen(name) - 1] = letter;
    int rc = ct_session_open(&s->session, &so, err);
    if (rc < 0)
        return rc;
    if ((rc = ct_session_preflight(&s->session, &failure, err)) < 0 ||
        (rc = ct_session_begin(&s->session, CT_JOURNAL_BENCHMARK, name, err)) < 0)
        ct_session_close(&s->session);
    return rc;
}

static int write_document(const struct duel *d, const struct side *s, struct ct_err *err)
{
    struct ct_result_execution *views = ct_xcalloc(s->count + 1, sizeof(*views));
    for (size_t i = 0; i < s->count; i++)
        views[i] = ct_test_result_view(&s->results[i], &s->session.environment);
    struct ct_result_benchmark document = {
        .executions = views,
        .count = s->count,
        .test_case_name = s->is->testcase->file_name,
        .search_json = "{\"kind\": \"segments\", \"trials\": [], \"points\": []}",
        .summary_json = "null",
        .command = d->opts->command,
    };
    int rc = ct_journal_flush(s->session.journal, err);
    if (rc == 0)
        rc = ct_result_write_benchmark(s->session.journal_path, &document, s->session.result_path,
                                       err);
    free(views);
    return rc;
}

static void finish_side(struct duel *d, struct side *s, struct ct_outcome *o, char **out_path)
{
    if (o->not_durable) /* the other side's */
        ct_warn("%s", o->durable_err.msg);
    int written = write_document(d, s, &o->durable_err);
    *out_path = ct_xstrdup(s->session.result_path);
    if (ct_session_end(&s->session, written, &o->durable_err) < 0)
        o->not_durable = true;
    for (size_t i = 0; i < s->count; i++)
        o->broken = o->broken || !s->results[i].summary.identity_ok;
}

/* It ends with an error, and has measured something. */
static void give_up(struct ct_duel *out)
{
    if (out->outcome.not_durable)
        ct_warn("%s", out->outcome.durable_err.msg);
    else if (out->path_a != NULL)
        ct_note("segments until then: %s %s", out->path_a, out->path_b != NULL ? out->path_b : "");
    ct_duel_release(out);
}

static void close_side(struct side *s)
{
    for (size_t i = 0; i < s->count; i++)
        ct_test_result_release(&s->results[i]);
    free(s->results);
    ct_session_close(&s->session);
}

int ct_compare_live(const struct ct_duel_opts *opts, struct ct_duel *out, struct ct_err *err)
{
    struct duel d = {.opts = opts};
    memset(out, 0, sizeof(*out));
    if (open_side(&d, &d.a, &opts->a, 'A', err) < 0)
        return ct_fail_while(err, "A");
    if (open_side(&d, &d.b, &opts->b, 'B', err) < 0) {
        close_side(&d.a);
        return ct_fail_while(err, "B");
    }
    int rc = alternate(&d, err);
    if (rc == 0) {
        out->outcome.signum = signum_of(&d);
        conclude(&d, out);
    }
    /* finished segments stay, also when a later one could not be begun */
    if (rc == 0 || d.a.count > 0)
        finish_side(&d, &d.a, &out->outcome, &out->path_a);
    if (rc == 0 || d.b.count > 0)
        finish_side(&d, &d.b, &out->outcome, &out->path_b);
    if (rc < 0)
        give_up(out);
    close_side(&d.a);
    close_side(&d.b);
    return rc;
}

void ct_duel_release(struct ct_duel *l)
{
    ct_comparison_release(&l->comparison);
    free(l->path_a);
    free(l->path_b);
    memset(l, 0, sizeof(*l));
}
