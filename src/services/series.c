#include "services/series.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "store/past.h"

/* A series on its way. */
struct course {
    struct ct_session *session;
    const struct ct_test *test;
    const struct ct_series_opts *opts;
    struct ct_run_series *out;
    uint64_t begun_ns; /* of the first run that counts */
};

static bool is_over(const struct ct_run_series *s)
{
    return s->outcome.signum != 0 || s->outcome.not_durable || s->outcome.broken;
}

/* One run. Its file says what it was, when it counts and is valid. */
static int run_one(struct course *c, const char *what, bool counts, struct ct_err *err)
{
    char title[560];
    (void)snprintf(title, sizeof(title), "%s: %.480s", what, c->test->title);
    struct ct_test test = *c->test;
    test.title = title;
    struct ct_execution e;
    int rc = ct_execution_run(c->session, &test, c->opts->command, &e, err);
    if (rc < 0)
        return rc;
    c->out->outcome = e.outcome;
    c->out->verdict = e.test.summary.verdict;
    if (!is_over(c->out) && c->out->verdict == CT_VERDICT_VALID && counts) {
        c->out->broke += !ct_summary_kept(&e.test.summary);
        rc = ct_past_read(e.result_path, &c->out->runs, err);
    }
    if (c->out->verdict == CT_VERDICT_INVALID)
        ct_note("%s: invalid: %s", what,
                e.test.summary.n_reasons > 0 ? e.test.summary.reasons[0].text : "");
    ct_execution_release(&e);
    return rc;
}

/* Until the run with that index is due. False when a signal came. */
static bool wait_for(struct course *c, size_t i)
{
    const struct ct_series_opts *o = c->opts;
    if (i == 0)
        c->begun_ns = ct_clock_ns();
    uint64_t gap_ns = o->runs > 1 ? o->spread_ns / (o->runs - 1) : 0;
    uint64_t due_ns = c->begun_ns + gap_ns * i, now_ns = ct_clock_ns();
    return ct_session_rest(c->session, due_ns > now_ns ? due_ns - now_ns : 0);
}

int ct_series_run(struct ct_session *session, const struct ct_test *test,
                  const struct ct_series_opts *opts, struct ct_run_series *out, struct ct_err *err)
{
    enum { MORE_INVALID = 2 };
    struct course c = {.session = session, .test = test, .opts = opts, .out = out};
    char what[80];
    *out = (struct ct_run_series){.verdict = CT_VERDICT_VALID};
    for (unsigned i = 0; i < opts->warm_ups; i++) {
        (void)snprintf(what, sizeof(what), "warm-up %u of %u", i + 1, opts->warm_ups);
        int rc = run_one(&c, what, false, err);
        if (rc < 0 || is_over(out) || out->verdict == CT_VERDICT_NO_DATA)
            return rc;
    }
    while (out->runs.count < opts->runs && out->invalid < opts->runs + MORE_INVALID) {
        if (!wait_for(&c, out->runs.count)) {
            out->outcome.signum = session->signum;
            return 0;
        }
        (void)snprintf(what, sizeof(what), "run %zu of %u", out->runs.count + 1, opts->runs);
        int rc = run_one(&c, what, true, err);
        if (rc < 0 || is_over(out) || out->verdict == CT_VERDICT_NO_DATA)
            return rc;
        out->invalid += out->verdict == CT_VERDICT_INVALID;
    }
    if (out->runs.count == opts->runs)
        out->verdict = CT_VERDICT_VALID;
    return 0;
}

void ct_series_release(struct ct_run_series *s)
{
    ct_past_release(&s->runs);
}
