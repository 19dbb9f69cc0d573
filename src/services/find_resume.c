#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/tally.h"
#include "analysis/threshold.h"
#include "base/mem.h"
#include "services/find_course.h"
#include "store/journal.h"

enum { ENOUGH = 1 };

/* The execution that is being read. */
struct replay {
    const struct ct_find_replay *how;
    struct ct_find_course *c; /* of the run; NULL: of none that is told */
    struct ct_run_plan plan;
    struct ct_tally *tally;
    struct ct_find_action action;
    struct ct_find_onlooker look;
    struct ct_run_times times;
    struct ct_journal_end end;
    bool drain, ended, told;
    bool enough; /* the onlooker had seen enough: it is not asked again */
    size_t n_told;
    bool colocated;
    uint64_t to; /* records before this are told */
    struct ct_err *err;
};

static void piece_release(struct replay *r)
{
    if (r->tally != NULL)
        ct_tally_free(r->tally);
    ct_run_count_free(r->look.visit);
    r->tally = NULL;
    r->look = (struct ct_find_onlooker){0};
    r->ended = r->enough = false;
}

static bool same_request(const struct replay *r, const struct ct_run_subject *subject)
{
    const struct ct_test *test = r->c->test;
    struct ct_request request = {0};
    uint32_t load = r->action.axis == CT_FIND_LOAD ? (uint32_t)r->action.load : test->load;
    bool same = test->testcase->build(test->testcase, load, &request, NULL) == 0 &&
                strcmp(request.path, subject->path) == 0 &&
                strcmp(request.method, subject->method) == 0;
    ct_request_release(&request);
    const struct ct_session *s = r->how->session;
    return same && (s->embedded.url[0] != '\0' || strcmp(s->base_url, subject->base_url) == 0);
}

static int check_limits(const struct replay *r, const char *thresholds)
{
    char *mine = ct_threshold_join(&r->c->opts->criteria);
    int rc = 0;
    if (strcmp(thresholds, mine) != 0)
        rc = ct_fail(r->err, CT_EUSAGE, "--resume: that search kept %.160s, this one %.160s",
                     thresholds, mine);
    free(mine);
    return rc;
}

/* Would this search have done the same? */
static int check(const struct replay *r, const struct ct_journal_begin *b)
{
    struct ct_run_plan mine;
    int rc = check_limits(r, b->thresholds);
    if (rc < 0)
        return rc;
    ct_find_visit_plan(&r->c->opts->plan, &r->action, 0, &mine);
    if (!same_request(r, &b->subject))
        return ct_fail(r->err, CT_EUSAGE, "--resume: that search asked %.200s%.200s",
                       b->subject.base_url, b->subject.path);
    if (mine.closed != b->plan.closed || mine.arrivals != b->plan.arrivals ||
        (mine.closed
             ? mine.connections != b->plan.connections
             : mine.rate.num != b->plan.rate.num || mine.rate.den_ns != b->plan.rate.den_ns))
        return ct_fail(r->err, CT_EUSAGE,
                       "--resume: that search went another way at its run %zu: give the options "
                       "that it was begun with%s",
                       r->n_told + 1,
                       r->how->kind == CT_JOURNAL_FIND ? " (--budget may differ)" : "");
    return 0;
}

/* A search alone goes on after too many invalid runs. In a benchmark the next search followed, and
 * its runs come next: there each ends where it ended. */
static void tell_seen_before(const struct replay *r, struct ct_find_course *c, bool before)
{
    if (r->how->kind == CT_JOURNAL_FIND)
        ct_find_seen_before(c->out->find, before);
}

/* The run that begins is of another search, or of none. */
static void change_to(struct replay *r, struct ct_find_course *next)
{
    if (r->c != NULL && r->c != next) { /* what was not told is done again */
        r->c->drained_s = 0;
        r->c->stuck = false;
        r->c->replaying = false;
        tell_seen_before(r, r->c, false);
    }
    r->c = next;
    if (next == NULL)
        return;
    next->replaying = true;
    tell_seen_before(r, next, true);
}

static int read_begin(void *ctx, uint64_t offset, const struct ct_journal_begin *b)
{
    struct replay *r = ctx;
    if (r->told)
        r->to = offset;
    r->told = false;
    if (b->kept)
        return ENOUGH; /* the answer is confirmed anew */
    piece_release(r);
    change_to(r, r->how->current(r->how->ctx));
    if (r->c == NULL)
        return ENOUGH;
    r->c->runs++;
    r->plan = b->plan;
    r->colocated = b->subject.colocated;
    r->drain = b->thresholds[0] == '\0';
    ct_find_next(r->c->out->find, &r->action);
    int rc = r->drain ? 0 : check(r, b);
    r->tally = ct_tally_new(&r->plan, r->drain ? NULL : &r->c->opts->criteria);
    r->look = (struct ct_find_onlooker){.action = r->drain ? NULL : &r->action,
                                        .settled_s = ct_find_course_settled_s(r->c),
                                        .visit = ct_run_count_new(&r->c->opts->criteria, &r->plan)};
    return rc;
}

static int read_block(void *ctx, unsigned thread, const struct ct_block *block)
{
    struct replay *r = ctx;
    if (r->tally == NULL)
        return 0;
    struct ct_test_onlooker on = ct_find_onlooker_of(&r->look);
    ct_tally_block(r->tally, block);
    on.block(on.ctx, thread, block);
    r->enough = r->enough || on.enough(on.ctx, ct_tally_trouble(r->tally));
    return 0;
}

static int read_snapshot(void *ctx, const struct ct_snapshot *snapshot)
{
    struct replay *r = ctx;
    if (r->tally == NULL)
        return 0;
    struct ct_test_onlooker on = ct_find_onlooker_of(&r->look);
    ct_tally_snapshot(r->tally, snapshot);
    on.snapshot(on.ctx, snapshot);
    return 0;
}

static int read_end(void *ctx, const struct ct_journal_end *end)
{
    struct replay *r = ctx;
    if (r->tally == NULL || end->interrupted)
        return 0;
    r->end = *end;
    r->ended = true;
    if (r->drain)
        ct_find_course_drained(r->c, &end->times, r->look.settled);
    return 0;
}

static void summarise(struct replay *r, struct ct_summary *out)
{
    const struct ct_journal_end *e = &r->end;
    struct ct_tally_facts facts = {
        .planned = r->plan.closed ? ct_tally_total(r->tally)->due : r->plan.planned,
        .window_ns = ct_tally_window_ns(&r->plan, &e->times, e->stopped),
        .colocated = r->colocated,
        .cpu_percent = e->cpu_percent,
        .rss_bytes_max = e->rss_bytes_max,
        .host = e->host,
    };
    ct_tally_summary(r->tally, &facts, out);
}

/* The run before was told to the search: so it is again. */
static int read_trial(void *ctx, const char *json, size_t len)
{
    struct replay *r = ctx;
    struct ct_summary summary;
    (void)json;
    (void)len;
    if (!r->ended || r->drain)
        return 0;
    summarise(r, &summary);
    r->c->ok += summary.ok;
    r->c->left_behind = summary.cancelled + summary.failed[CT_FAILURE_TIMEOUT];
    ct_find_course_tell(r->c, &r->action, r->look.visit, &summary, &r->end.times, r->look.hopeless);
    ct_summary_release(&summary);
    piece_release(r);
    r->told = true;
    r->n_told++;
    return 0;
}

/* Is it a journal of what this command does, and does nobody write to it? */
static int check_file(const struct ct_find_replay *how, const char *path, struct ct_err *err)
{
    const struct ct_journal_reader nothing = {0};
    struct ct_journal_head head;
    int rc = ct_journal_read(path, 0, 0, &nothing, &head, NULL, NULL, err);
    if (rc < 0)
        return rc;
    if (head.kind != how->kind)
        return ct_fail(err, CT_EUSAGE, "--resume: '%s' is not the journal of a %s", path,
                       how->kind == CT_JOURNAL_FIND ? "search" : "benchmark that can go on");
    if (ct_journal_held(path))
        return ct_fail(err, CT_EFAIL, "--resume: '%s' belongs to a ct that is still running", path);
    return 0;
}

int ct_find_replay(const struct ct_find_replay *how, const char *path, struct ct_err *err)
{
    struct replay r = {.how = how, .err = err};
    struct ct_journal_reader reader = {.begin = read_begin,
                                       .block = read_block,
                                       .snapshot = read_snapshot,
                                       .end = read_end,
                                       .trial = read_trial,
                                       .ctx = &r};
    uint64_t end = 0;
    int rc = check_file(how, path, err);
    if (rc == 0)
        rc = ct_journal_read(path, 0, UINT64_MAX, &reader, NULL, NULL, &end, err);
    if (rc >= 0 && r.n_told == 0)
        rc = ct_fail(err, CT_EUSAGE, "--resume: '%s' holds no finished run of a search", path);
    else if (rc >= 0)
        rc = ct_journal_take_over(how->session->journal, path, r.told ? end : r.to, err);
    change_to(&r, NULL);
    piece_release(&r);
    return rc;
}
