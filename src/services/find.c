#include "services/find.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "analysis/threshold.h"
#include "analysis/verdict.h"
#include "base/log.h"
#include "base/mem.h"
#include "services/find_course.h"

/* --- behind it --- */

static void judge_soak(struct ct_finding *f, const struct ct_summary *s)
{
    f->soaked = true;
    f->soak_valid = s->verdict != CT_VERDICT_INVALID;
    f->soak_kept = ct_summary_kept(s);
    for (size_t i = 0; i < s->n_thresholds && f->soak_broke[0] == '\0'; i++) {
        const struct ct_threshold_result *t = &s->thresholds[i];
        if (t->kept == CT_KEPT)
            continue;
        (void)snprintf(f->soak_broke, sizeof(f->soak_broke), "%s", t->threshold.text);
        if (t->kept == CT_KEPT_UNKNOWN)
            (void)snprintf(f->soak_unknown, sizeof(f->soak_unknown), "%s", t->why);
    }
}

/* A long run at the sustained rate: does something rarer break a limit? */
static int soak(struct ct_find_course *c, struct ct_err *err)
{
    struct ct_find_answer answer;
    ct_find_answer(c->out->find, &answer);
    double at = answer.recommended;
    if (c->opts->soak_ns == 0 || c->session->signum != 0 || !(at > 0))
        return 0;
    struct ct_find_action a = {.phase = CT_FIND_CONFIRM,
                               .axis = c->opts->find.axis,
                               .rate = at,
                               .connections = (uint32_t)fmin(at, UINT32_MAX),
                               .drop_s = 2};
    struct ct_test test = *c->test;
    ct_find_visit_plan(&c->opts->plan, &a, c->runs, &test.plan);
    test.plan.duration_ns = c->opts->soak_ns + test.plan.warm_up_ns;
    test.criteria = &c->opts->criteria;
    test.monitored = test.kept = true;
    test.results = c->opts->results;
    test.title = "soak at the answer";
    struct ct_test_result r;
    int rc = ct_test_run(c->session, &test, &r, err);
    if (rc < 0)
        return rc;
    if (c->session->signum == 0)
        judge_soak(c->out, &r.summary);
    c->out->outcome.broken |= !r.summary.identity_ok;
    c->out->longest_s = fmax(c->out->longest_s, (double)c->opts->soak_ns / 1e9);
    ct_find_course_keep(c, &r);
    return 0;
}

static void find_nearest(struct ct_finding *f)
{
    size_t n;
    const struct ct_find_trial *trials = ct_find_trials(f->find, &n);
    double best = INFINITY;
    f->nearest = (struct ct_finding_trial){.cpu_percent = NAN};
    for (size_t i = 0; i < n && i < f->n_trials; i++) {
        double away = fabs(log(trials[i].at / f->answer.capacity));
        if (trials[i].phase == CT_FIND_CALIBRATE || isnan(f->trials[i].cpu_percent) ||
            !(away < best))
            continue;
        best = away;
        f->nearest = f->trials[i];
    }
}

void ct_finding_fill(struct ct_finding *f)
{
    ct_find_answer(f->find, &f->answer);
    find_nearest(f);
}

static void fill(struct ct_find_course *c)
{
    struct ct_finding *f = c->out;
    ct_finding_fill(f);
    bool spoilt = f->answer.ending == CT_FIND_AT_LEAST && isnan(f->answer.capacity);
    f->verdict = ct_verdict_of_runs(c->ok, c->valid_runs, c->runs, spoilt);
    if (f->verdict == CT_VERDICT_VALID)
        f->n_reasons = 0;
}

static int write_document(const struct ct_find_course *c, struct ct_err *err)
{
    const struct ct_session *s = c->session;
    const struct ct_finding *f = c->out;
    struct ct_result_execution views[CT_FINDING_KEPT_MAX];
    for (size_t i = 0; i < f->n_kept; i++)
        views[i] = ct_test_result_view(&f->kept[i], &s->environment);
    struct ct_buf search_json, summary_json;
    ct_buf_init(&search_json, 16 << 20);
    ct_buf_init(&summary_json, 1 << 20);
    ct_finding_search_json(f, c->opts, &search_json);
    ct_finding_json(f, c->opts, s->result_path, &summary_json);
    struct ct_result_benchmark document = {
        .executions = views,
        .count = f->n_kept,
        .test_case_name = c->test->testcase->file_name,
        .search_json = search_json.data,
        .summary_json = summary_json.data,
        .command = c->opts->command,
        .schema = "ct/find/1",
    };
    int rc = ct_journal_flush(s->journal, err);
    if (rc == 0)
        rc = ct_result_write_benchmark(s->journal_path, &document, s->result_path, err);
    ct_buf_release(&search_json);
    ct_buf_release(&summary_json);
    return rc;
}

/* A search that was stopped, or could not be ended, or whose time was too short, can go on from its
 * journal. */
static bool can_go_on(const struct ct_finding *f, const struct ct_session *s, bool failed)
{
    return f->n_trials > 0 && (s->signum != 0 || failed || f->answer.ending == CT_FIND_BUDGET ||
                               f->answer.ending == CT_FIND_GOING_ON);
}

static void finish(struct ct_find_course *c, bool failed)
{
    struct ct_finding *f = c->out;
    struct ct_session *s = c->session;
    struct ct_outcome *o = &f->outcome;
    o->signum = s->signum;
    fill(c);
    f->result_path = ct_xstrdup(s->result_path);
    s->keep_journal = can_go_on(f, s, failed);
    f->journal_path = s->keep_journal ? ct_xstrdup(s->journal_path) : NULL;
    o->not_durable = ct_session_end(s, write_document(c, &o->durable_err), &o->durable_err) < 0;
    s->keep_journal = false;
    if (!o->not_durable && c->opts->resume != NULL)
        (void)unlink(c->opts->resume); /* all of it stands in the new one */
    o->signum = s->signum;
}

void ct_finding_note_files(const struct ct_outcome *o, const char *result_path,
                           const char *journal_path)
{
    if (result_path != NULL && !o->not_durable)
        ct_note("result: %s", result_path);
    if (journal_path != NULL)
        ct_note("to go on: the same command with --resume %s", journal_path);
}

static void note_failure(struct ct_finding *out, enum ct_failure failure, const char *text)
{
    out->n_reasons = 1;
    (void)snprintf(out->reasons[0].code, sizeof(out->reasons[0].code), "%s",
                   failure != CT_FAILURE_NONE ? ct_failure_name(failure) : "servers");
    (void)snprintf(out->reasons[0].text, sizeof(out->reasons[0].text), "%.190s", text);
}

/* For the replay: the one search there is. */
static struct ct_find_course *still_searching(void *ctx)
{
    return ct_find_course_is_searching(ctx) ? ctx : NULL;
}

int ct_finding_run(struct ct_session *session, const struct ct_test *test,
                   const struct ct_finding_opts *opts, struct ct_finding *out, struct ct_err *err)
{
    memset(out, 0, sizeof(*out));
    out->find = ct_find_new(&opts->find);
    struct ct_find_course c = {
        .session = session, .test = test, .opts = opts, .out = out, .pacing = opts->plan.pacing};
    int rc = ct_session_begin(session, CT_JOURNAL_FIND, test->testcase->file_name, err);
    if (rc < 0)
        return rc;
    enum ct_failure failure = CT_FAILURE_NONE;
    const struct ct_find_replay how = {session, CT_JOURNAL_FIND, still_searching, &c};
    if (opts->resume != NULL && (rc = ct_find_replay(&how, opts->resume, err)) < 0)
        return rc; /* nothing was sent, and the journal closes with the session */
    rc = ct_session_preflight(session, &failure, err);
    if (rc < 0)
        note_failure(out, failure, err->msg);
    else if ((rc = ct_find_course_go(&c, true, err)) == 0)
        rc = soak(&c, err);
    finish(&c, rc < 0);
    if (rc < 0)
        ct_finding_note_files(&out->outcome, out->result_path, out->journal_path);
    return rc;
}

void ct_finding_release(struct ct_finding *f)
{
    if (f->find != NULL)
        ct_find_free(f->find);
    for (size_t i = 0; i < f->n_kept; i++)
        ct_test_result_release(&f->kept[i]);
    free(f->trials);
    free(f->result_path);
    free(f->journal_path);
    memset(f, 0, sizeof(*f));
}
