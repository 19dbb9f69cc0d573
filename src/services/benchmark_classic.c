#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "services/benchmark_case.h"
#include "services/benchmark_json.h"

/* One test case on its way. */
struct course {
    struct ct_session *session;
    const struct ct_testcase *testcase;
    const struct ct_benchmark_opts *opts;
    struct ct_search *search;
    struct ct_test_result *kept; /* confirming runs, in the order of the points */
    size_t n_kept;
    uint64_t ok, valid_runs, runs;
};

static struct ct_search_outcome outcome_of(const struct ct_summary *s)
{
    struct ct_search_outcome o = {.valid = s->verdict != CT_VERDICT_INVALID, .ok = s->ok};
    o.failed = s->cancelled;
    for (int i = 0; i < CT_FAILURE_COUNT; i++)
        o.failed += s->failed[i];
    for (int i = 0; i < CT_SKIP_COUNT; i++)
        o.skipped += s->skipped[i];
    o.mean_s = s->response_ok.count > 0 ? s->response_ok.mean / 1e9 : NAN;
    return o;
}

static void remember_trial(struct course *c)
{
    size_t n;
    const struct ct_search_trial *trials = ct_search_trials(c->search, &n);
    struct ct_buf json;
    ct_buf_init(&json, 4096);
    ct_benchmark_trial_json(&trials[n - 1], &json);
    ct_journal_trial(c->session->journal, json.data);
    ct_buf_release(&json);
}

static void title_of(const struct course *c, const struct ct_search_action *a, char *title,
                     size_t size)
{
    char rate[CT_UNIT_TEXT];
    char load[32] = "";
    if (c->testcase->has_load)
        (void)snprintf(load, sizeof(load), ", load %u", (unsigned)a->load);
    (void)snprintf(title, size, "%s%s at %s (%s)", c->testcase->name, load,
                   ct_rate_format((double)a->rate, rate), ct_search_phase_name(a->phase));
}

/* Keep a confirming run; one that was invalid gives its place to its repetition. */
static void keep(struct course *c, const struct ct_test_result *r)
{
    struct ct_test_result *last = c->n_kept > 0 ? &c->kept[c->n_kept - 1] : NULL;
    if (last != NULL && last->summary.verdict == CT_VERDICT_INVALID &&
        last->subject.load == r->subject.load) {
        ct_test_result_release(last);
        *last = *r;
        return;
    }
    c->kept = ct_xrealloc(c->kept, c->n_kept + 1, sizeof(*c->kept));
    c->kept[c->n_kept++] = *r;
}

/* Run what the search asked for and tell it. Negative: nothing could be sent. */
static int run_trial(struct course *c, const struct ct_search_action *a,
                     struct ct_benchmark_case *out, struct ct_err *err)
{
    char title[160];
    title_of(c, a, title, sizeof(title));
    struct ct_test test = {
        .testcase = c->testcase,
        .load = a->load,
        .plan = c->opts->plan,
        .monitored = a->monitored,
        .kept = a->monitored,
        .results = c->opts->results,
        .title = title,
    };
    test.plan.rate = ct_rate_per_s(a->rate);
    struct ct_test_result r;
    int rc = ct_test_run(c->session, &test, &r, err);
    if (rc < 0)
        return rc;
    const struct ct_summary *s = &r.summary;
    c->runs++;
    c->ok += s->ok;
    c->valid_runs += s->verdict != CT_VERDICT_INVALID;
    out->outcome.broken |= !s->identity_ok;
    memcpy(out->reasons, s->reasons, sizeof(out->reasons));
    out->n_reasons = s->n_reasons;
    if (c->session->signum == 0) {
        struct ct_search_outcome o = outcome_of(s);
        ct_search_tell(c->search, &o);
        remember_trial(c);
    }
    if (!a->monitored) {
        ct_test_result_release(&r);
        return 0;
    }
    keep(c, &r);
    return 0;
}

static int search(struct course *c, struct ct_benchmark_case *out, struct ct_err *err)
{
    struct ct_search_action a;
    for (;;) {
        ct_search_next(c->search, &a);
        if (a.kind == CT_SEARCH_DONE)
            return 0;
        int rc = 0;
        if (a.kind == CT_SEARCH_RUN)
            rc = run_trial(c, &a, out, err);
        else
            (void)ct_session_rest(c->session, c->opts->rest_ns);
        if (rc < 0 || c->session->signum != 0)
            return rc;
    }
}

/* --- what came of it --- */

static void fill_case(const struct course *c, struct ct_benchmark_case *out)
{
    size_t n;
    const struct ct_search_point *found = ct_search_points(c->search, &n);
    (void)ct_search_trials(c->search, &out->n_trials);
    out->points = ct_xcalloc(n + 1, sizeof(*out->points));
    out->n_points = n;
    size_t kept = 0;
    for (size_t i = 0; i < n; i++) {
        struct ct_benchmark_point *p = &out->points[i];
        ct_benchmark_point_init(p);
        p->load = found[i].load;
        p->rate = (double)found[i].rate;
        p->at_least = found[i].at_least;
        p->rate_at_least = p->at_least && found[i].limited_by != CT_LIMITED_LOAD_MAX;
        p->limited_by = ct_limited_by_name(found[i].limited_by);
        p->confirmed = found[i].confirmed;
        if (found[i].rate != 0 && kept < c->n_kept)
            ct_benchmark_point_measured(p, &c->kept[kept++]);
    }
    ct_benchmark_judge(out, c->ok, c->valid_runs, c->runs);
}

static void finish(struct course *c, struct ct_benchmark_case *out)
{
    const struct ct_test_result **kept = ct_xcalloc(c->n_kept + 1, sizeof(*kept));
    struct ct_buf search_json;
    fill_case(c, out);
    for (size_t i = 0; i < c->n_kept; i++)
        kept[i] = &c->kept[i];
    ct_buf_init(&search_json, 16 << 20);
    ct_benchmark_search_json(c->opts, out, c->search, &search_json);
    ct_benchmark_finish(c->session, c->opts, out, kept, c->n_kept, search_json.data);
    ct_buf_release(&search_json);
    free((void *)kept);
    for (size_t i = 0; i < c->n_kept; i++)
        ct_test_result_release(&c->kept[i]);
    free(c->kept);
    ct_search_free(c->search);
}

int ct_benchmark_classic(struct ct_session *session, const struct ct_benchmark_opts *opts,
                         struct ct_benchmark_case *out, struct ct_err *err)
{
    struct ct_search_opts so = opts->search;
    so.load_min = out->testcase->load_min;
    so.load_max = out->testcase->load_max;
    so.has_load = out->testcase->has_load;
    struct course c = {.session = session, .testcase = out->testcase, .opts = opts};
    c.search = ct_search_new(&so);

    enum ct_failure failure;
    int rc = ct_session_preflight(session, &failure, err);
    if (rc < 0)
        ct_benchmark_note_failure(out, failure, err->msg);
    else
        rc = search(&c, out, err);
    finish(&c, out);
    return rc;
}
