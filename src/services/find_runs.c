#include <math.h>
#include <stdio.h>
#include <string.h>

#include "services/find_course.h"

/* --- what is shown while it runs --- */

/* Of all that is to come, this run included. */
static double left_s(const struct ct_find_course *c, const struct ct_find_action *a)
{
    struct ct_find_answer so_far;
    ct_find_answer(c->out->find, &so_far);
    double behind_s = (double)c->opts->soak_ns / 1e9 + c->reruns_s;
    double left = c->opts->find.budget_s - so_far.spent_s;
    if (a->phase == CT_FIND_CONFIRM)
        return a->seconds + behind_s;
    double later_s = fmax(c->later_s + fmin(left, 0), 0); /* what is overspent, others lack */
    if (isfinite(so_far.needs_s))
        left = fmin(left, so_far.needs_s);
    return fmax(left, a->seconds) + later_s + c->opts->find.confirm_s + behind_s;
}

static void title_of(const struct ct_find_course *c, const struct ct_find_action *a, char *title,
                     size_t size)
{
    char rate[CT_UNIT_TEXT], left[CT_UNIT_TEXT], at[64];
    (void)ct_rate_format(a->rate, rate);
    if (a->axis == CT_FIND_CONNECTIONS)
        (void)snprintf(at, sizeof(at), "with %u connection%s", (unsigned)a->connections,
                       a->connections == 1 ? "" : "s");
    else if (a->axis == CT_FIND_LOAD)
        (void)snprintf(at, sizeof(at), "of load %u at %s", (unsigned)a->load, rate);
    else
        (void)snprintf(at, sizeof(at), "at %s", rate);
    const char *what = c->opts->what;
    (void)snprintf(title, size, "%s%s%s %s for %.0f s%s (at most %s left)",
                   what != NULL ? what : "", what != NULL ? ": " : "", ct_find_phase_name(a->phase),
                   at, a->seconds, a->attempt > 0 ? ", again" : "",
                   ct_seconds_format(left_s(c, a), left));
}

/* --- a run --- */

/* Counts of a run that happened, for the verdict of the whole. */
static void count_run(struct ct_find_course *c, const struct ct_summary *s)
{
    c->runs++;
    c->ok += s->ok;
    c->left_behind = s->cancelled + s->failed[CT_FAILURE_TIMEOUT];
    c->out->outcome.broken |= !s->identity_ok;
    memcpy(c->out->reasons, s->reasons, sizeof(c->out->reasons));
    c->out->n_reasons = s->n_reasons;
}

void ct_find_course_keep(struct ct_find_course *c, const struct ct_test_result *r)
{
    struct ct_finding *f = c->out;
    if (f->n_kept == CT_FINDING_KEPT_MAX) { /* the oldest gives its place */
        ct_test_result_release(&f->kept[0]);
        memmove(&f->kept[0], &f->kept[1], (CT_FINDING_KEPT_MAX - 1) * sizeof(f->kept[0]));
        f->n_kept--;
    }
    f->kept[f->n_kept++] = *r;
}

/* Wait for a target that still has what the last run left behind: until it answers one connection
 * within the limit. */
static int drain(struct ct_find_course *c, double max_s, struct ct_err *err)
{
    struct ct_find_onlooker look = {.settled_s = ct_find_course_settled_s(c)};
    struct ct_test test = *c->test;
    ct_find_drain_plan(&c->opts->plan, max_s, &test.plan);
    look.visit = ct_run_count_new(&c->opts->criteria, &test.plan);
    struct ct_test_onlooker on = ct_find_onlooker_of(&look);
    test.onlooker = &on;
    test.title = "waiting for the target to recover";
    struct ct_test_result r;
    int rc = ct_test_run(c->session, &test, &r, err);
    if (rc == 0) {
        count_run(c, &r.summary);
        ct_find_course_drained(c, &r.times, look.settled);
        ct_test_result_release(&r);
    }
    ct_run_count_free(look.visit);
    return rc;
}

/* Send what the search asked for and tell it. Negative: nothing could be sent. */
static int send_action(struct ct_find_course *c, const struct ct_find_action *a, struct ct_err *err)
{
    char title[300];
    title_of(c, a, title, sizeof(title));
    struct ct_test test = *c->test;
    ct_find_visit_plan(&c->opts->plan, a, c->earlier + c->runs, &test.plan);
    test.plan.pacing = c->pacing;
    if (a->axis == CT_FIND_LOAD)
        test.load = (uint32_t)a->load;
    struct ct_find_onlooker look = {.action = a,
                                    .visit = ct_run_count_new(&c->opts->criteria, &test.plan)};
    struct ct_test_onlooker on = ct_find_onlooker_of(&look);
    test.onlooker = &on;
    test.criteria = &c->opts->criteria;
    test.monitored = true;
    test.kept = a->phase == CT_FIND_CONFIRM;
    test.results = c->opts->results;
    test.title = title;
    struct ct_test_result r;
    int rc = ct_test_run(c->session, &test, &r, err);
    if (rc == 0) {
        count_run(c, &r.summary);
        if (!test.plan.closed)
            c->pacing = r.plan.pacing; /* what auto chose holds for all */
        if (c->session->signum == 0)
            ct_find_course_tell(c, a, look.visit, &r.summary, &r.times, look.hopeless);
        if (test.kept)
            ct_find_course_keep(c, &r);
        else
            ct_test_result_release(&r);
    }
    ct_run_count_free(look.visit);
    return rc;
}

static int do_action(struct ct_find_course *c, const struct ct_find_action *a, struct ct_err *err)
{
    int rc = 0;
    if ((a->drain || c->drain_first) && c->left_behind > 0)
        rc = drain(c, a->drain_max_s, err);
    c->drain_first = false;
    if (rc < 0 || !ct_session_rest(c->session, c->rest_ns))
        return rc;
    return send_action(c, a, err);
}

bool ct_find_course_is_searching(struct ct_find_course *c)
{
    struct ct_find_action a;
    ct_find_next(c->out->find, &a);
    return a.kind == CT_FIND_RUN && a.phase != CT_FIND_CONFIRM;
}

int ct_find_course_go(struct ct_find_course *c, bool confirm, struct ct_err *err)
{
    struct ct_find_action a;
    for (;;) {
        ct_find_next(c->out->find, &a);
        if (a.kind == CT_FIND_DONE || (a.phase == CT_FIND_CONFIRM && !confirm))
            return 0;
        int rc = do_action(c, &a, err);
        if (rc < 0 || c->session->signum != 0)
            return rc;
    }
}
