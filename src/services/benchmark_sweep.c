#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "services/benchmark_case.h"
#include "services/benchmark_json.h"
#include "services/find_course.h"

/* A test case on its way: one search behind the other. */
struct leg_course {
    struct ct_test test;
    struct ct_find_course course;
    bool told; /* to the sweep */
};

struct course {
    struct ct_session *session;
    const struct ct_benchmark_opts *opts;
    struct ct_benchmark_case *out; /* its legs */
    struct ct_sweep sweep;
    struct leg_course *legs; /* beside those of out */
};

/* --- the searches --- */

static void leg_trial_json(const struct ct_find_course *c, size_t i, struct ct_buf *out)
{
    ct_benchmark_leg_trial_json(c->out, c->opts, c->test->load, i, out);
}

static void name_leg(const struct course *c, struct ct_benchmark_leg *l)
{
    const struct ct_testcase *t = c->out->testcase;
    if (t->has_load && l->opts.find.axis == CT_FIND_RATE)
        (void)snprintf(l->what, sizeof(l->what), "%.90s, load %u", t->name, (unsigned)l->load);
    else
        (void)snprintf(l->what, sizeof(l->what), "%.120s", t->name);
    l->opts.what = l->what;
}

static void open_leg(struct course *c, const struct ct_sweep_leg *next)
{
    const struct ct_sweep *s = &c->sweep;
    struct ct_benchmark_leg *l = &c->out->legs[c->out->n_legs];
    struct leg_course *mine = &c->legs[c->out->n_legs];
    const struct ct_find_course *before =
        c->out->n_legs > 0 ? &c->legs[c->out->n_legs - 1].course : NULL;
    c->out->n_legs++;
    assert(c->legs != NULL);
    l->load = next->load;
    l->opts = (struct ct_finding_opts){.find = next->find,
                                       .criteria = c->opts->criteria,
                                       .plan = c->opts->plan,
                                       .results = c->opts->results,
                                       .command = c->opts->command};
    name_leg(c, l);
    l->found.find = ct_find_new(&l->opts.find);
    mine->test = (struct ct_test){.testcase = c->out->testcase, .load = next->load};
    mine->course = (struct ct_find_course){
        .session = c->session,
        .test = &mine->test,
        .opts = &l->opts,
        .out = &l->found,
        .pacing = before != NULL ? before->pacing : c->opts->plan.pacing,
        .later_s = fmax(s->opts.find.budget_s - s->spent_s - next->find.budget_s, 0),
        .reruns_s = (ct_sweep_rates(s) - (s->loads ? 0.0 : 1.0)) * s->opts.find.confirm_s,
        .rest_ns = c->opts->rest_ns,
        .earlier = before != NULL ? before->earlier + before->runs : 0,
        .trial_json = leg_trial_json,
        .left_behind = before != NULL ? before->left_behind : 0,
        .drain_first = true,
    };
}

/* The search whose run is next; NULL: only confirmations are left. */
static struct ct_find_course *current(void *ctx)
{
    struct course *c = ctx;
    for (;;) {
        struct leg_course *last = c->out->n_legs > 0 ? &c->legs[c->out->n_legs - 1] : NULL;
        if (last != NULL && ct_find_course_is_searching(&last->course))
            return &last->course;
        if (last != NULL && !last->told)
            ct_sweep_tell(&c->sweep, last->course.out->find);
        if (last != NULL)
            last->told = true;
        struct ct_sweep_leg next;
        if (!ct_sweep_next(&c->sweep, &next))
            return NULL;
        open_leg(c, &next);
    }
}

static int search(struct course *c, struct ct_err *err)
{
    struct ct_find_course *search;
    while ((search = current(c)) != NULL) {
        int rc = ct_find_course_go(search, false, err);
        if (rc < 0 || c->session->signum != 0)
            return rc;
    }
    return 0;
}

/* Each answer once more, watched for longer. */
static int confirm(struct course *c, struct ct_err *err)
{
    const struct ct_find_course *before = &c->legs[c->out->n_legs - 1].course;
    uint64_t runs = before->earlier + before->runs, left_behind = before->left_behind;
    int rc = 0;
    for (size_t i = 0; i < c->out->n_legs && rc == 0 && c->session->signum == 0; i++) {
        struct ct_find_course *f = &c->legs[i].course;
        double others = (double)(c->out->n_legs - i - 1);
        f->earlier = runs - f->runs; /* runs of a search count on from its own */
        f->left_behind = left_behind;
        f->drain_first = true;
        f->reruns_s = others * f->opts->find.confirm_s;
        rc = ct_find_course_go(f, true, err);
        runs = f->earlier + f->runs;
        left_behind = f->left_behind;
    }
    return rc;
}

/* --- what came of it --- */

static const char *limited_by(const struct ct_benchmark_leg *l)
{
    int which = l->found.answer.gave_way;
    if (which == CT_FIND_GENERATOR)
        return ct_limited_by_name(CT_LIMITED_GENERATOR);
    if (which == CT_FIND_STABILITY)
        return "stability";
    if (which == CT_FIND_NOTHING)
        return l->found.answer.ending == CT_FIND_AT_LEAST   ? "rate_max"
               : l->found.answer.ending == CT_FIND_GOING_ON ? "stopped"
                                                            : "budget";
    const struct ct_threshold *t = &l->opts.criteria.list[which];
    if (t->metric == CT_METRIC_AVG)
        return ct_limited_by_name(CT_LIMITED_MAX_RESPONSE_TIME);
    if (t->metric == CT_METRIC_ERROR_RATE)
        return ct_limited_by_name(CT_LIMITED_ERRORS);
    bool server =
        t->metric == CT_METRIC_CPU || t->metric == CT_METRIC_MEMORY || t->metric == CT_METRIC_PING;
    return ct_limited_by_name(server ? CT_LIMITED_SERVER : CT_LIMITED_THRESHOLD);
}

/* The rate of the monitored run; without one that which it would have had. */
static double rate_of(const struct ct_benchmark_leg *l)
{
    size_t n;
    const struct ct_find_trial *trials = ct_find_trials(l->found.find, &n);
    if (n > 0 && trials[n - 1].phase == CT_FIND_CONFIRM)
        return trials[n - 1].at;
    return l->found.answer.low > 0 ? floor(l->found.answer.low) : 0;
}

static void fill_point(const struct ct_benchmark_leg *l, struct ct_benchmark_point *p)
{
    const struct ct_find_answer *a = &l->found.answer;
    ct_benchmark_point_init(p);
    p->load = l->load;
    p->rate = rate_of(l);
    p->low = a->low;
    p->median = a->capacity;
    p->high = a->high;
    p->ending = a->ending;
    p->visits = a->visits;
    p->warnings = a->warnings;
    p->at_least = p->rate_at_least = a->at_least;
    p->limited_by = limited_by(l);
    p->confirmed = a->confirmed;
    if (l->found.n_kept > 0)
        ct_benchmark_point_measured(p, &l->found.kept[l->found.n_kept - 1]);
}

/* Why no load above the highest is known; NULL: one broke a limit. */
static const char *ended_loads(const struct ct_benchmark_leg *loads)
{
    const struct ct_find_answer *a = &loads->found.answer;
    if (!a->at_least)
        return NULL;
    return a->ending == CT_FIND_AT_LEAST && a->gave_way != CT_FIND_GENERATOR
               ? ct_limited_by_name(CT_LIMITED_LOAD_MAX)
               : limited_by(loads);
}

/* No search for a rate followed that for a load: not even the lowest was kept, or it did not come
 * to its end. */
static void fill_without_rate(const struct ct_benchmark_leg *loads, struct ct_benchmark_point *p)
{
    enum ct_find_ending ending = loads->found.answer.ending;
    fill_point(loads, p);
    p->rate = 0;
    p->low = p->median = p->high = NAN;
    p->at_least = p->rate_at_least = false;
    if (ending == CT_FIND_GOING_ON)
        p->limited_by = "stopped";
    if (ending == CT_FIND_NO_RECOVERY)
        p->limited_by = "stability";
}

static void fill_points(struct ct_benchmark_case *out)
{
    const struct ct_benchmark_leg *loads = NULL;
    out->points = ct_xcalloc(out->n_legs + 1, sizeof(*out->points));
    for (size_t i = 0; i < out->n_legs; i++) {
        struct ct_benchmark_leg *l = &out->legs[i];
        ct_finding_fill(&l->found);
        out->n_trials += l->found.n_trials;
        out->spent_s += l->found.answer.spent_s;
        out->outcome.broken |= l->found.outcome.broken;
        if (l->opts.find.axis == CT_FIND_LOAD)
            loads = l;
        else
            fill_point(l, &out->points[out->n_points++]);
    }
    if (loads != NULL && out->n_points > 0 && ended_loads(loads) != NULL)
        ct_benchmark_point_of_last_load(&out->points[0], ended_loads(loads));
    if (loads != NULL && out->n_points == 0)
        fill_without_rate(loads, &out->points[out->n_points++]);
}

static void fill_case(const struct course *c)
{
    struct ct_benchmark_case *out = c->out;
    uint64_t ok = 0, valid_runs = 0, runs = 0;
    fill_points(out);
    for (size_t i = 0; i < out->n_legs; i++) {
        const struct ct_finding *f = &out->legs[i].found;
        ok += c->legs[i].course.ok;
        valid_runs += c->legs[i].course.valid_runs;
        runs += c->legs[i].course.runs;
        if (f->n_reasons > 0) {
            memcpy(out->reasons, f->reasons, sizeof(out->reasons));
            out->n_reasons = f->n_reasons;
        }
    }
    ct_benchmark_judge(out, ok, valid_runs, runs);
}

static void finish(struct course *c, bool failed)
{
    struct ct_benchmark_case *out = c->out;
    const struct ct_test_result **kept = ct_xcalloc(out->n_legs + 1, sizeof(*kept));
    size_t n_kept = 0;
    struct ct_buf search_json;
    fill_case(c);
    for (size_t i = 0; i < out->n_legs; i++) {
        const struct ct_finding *f = &out->legs[i].found;
        if (f->n_kept > 0) /* the last: what was invalid before it was repeated */
            kept[n_kept++] = &f->kept[f->n_kept - 1];
    }
    ct_buf_init(&search_json, 64 << 20);
    ct_benchmark_sweep_json(c->opts, out, &search_json);
    c->session->keep_journal = (c->session->signum != 0 || failed) && out->n_trials > 0;
    ct_benchmark_finish(c->session, c->opts, out, kept, n_kept, search_json.data);
    if (!out->outcome.not_durable && c->opts->resume != NULL)
        (void)unlink(c->opts->resume); /* all of it stands in the new one */
    ct_buf_release(&search_json);
    free((void *)kept);
}

int ct_benchmark_sweep(struct ct_session *session, const struct ct_benchmark_opts *opts,
                       struct ct_benchmark_case *out, struct ct_err *err)
{
    struct course c = {.session = session, .opts = opts, .out = out};
    struct ct_sweep_opts so = opts->sweep;
    so.load_min = out->testcase->load_min;
    so.load_max = out->testcase->load_max;
    so.has_load = out->testcase->has_load;
    ct_sweep_init(&c.sweep, &so);
    size_t legs = ct_sweep_left(&c.sweep);
    assert(legs > 0);
    out->legs = ct_xcalloc(legs, sizeof(*out->legs));
    c.legs = ct_xcalloc(legs, sizeof(*c.legs));
    const struct ct_find_replay how = {session, CT_JOURNAL_SWEEP, current, &c};
    int rc = opts->resume != NULL ? ct_find_replay(&how, opts->resume, err) : 0;
    if (rc < 0) { /* nothing was sent, and the journal closes with the session */
        free(c.legs);
        return rc;
    }
    enum ct_failure failure = CT_FAILURE_NONE;
    rc = ct_session_preflight(session, &failure, err);
    if (rc < 0)
        ct_benchmark_note_failure(out, failure, err->msg);
    else if ((rc = search(&c, err)) == 0 && session->signum == 0)
        rc = confirm(&c, err);
    finish(&c, rc < 0);
    free(c.legs);
    return rc;
}

/* --- a journal that is there --- */

int ct_benchmark_journal_case(const char *path, char name[128], struct ct_err *err)
{
    struct ct_journal_head head;
    const struct ct_journal_reader nothing = {0};
    int rc = ct_journal_read(path, 0, 0, &nothing, &head, NULL, NULL, err);
    if (rc < 0)
        return ct_fail_while(err, "--resume");
    if (head.kind != CT_JOURNAL_SWEEP)
        return ct_fail(err, CT_EUSAGE, "--resume: '%s' is not the journal of a benchmark%s", path,
                       head.kind == CT_JOURNAL_BENCHMARK ? " that can go on" : "");
    (void)snprintf(name, 128, "%s", head.test_case_name);
    return 0;
}
