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
    struct ct_find_course *c;
    char *limits; /* of the command line, as text */
    struct ct_run_plan plan;
    struct ct_tally *tally;
    struct ct_find_action action;
    struct ct_find_onlooker look;
    struct ct_run_times times;
    struct ct_journal_end end;
    bool drain, ended, told;
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
    r->ended = false;
}

static bool same_request(const struct replay *r, const struct ct_run_subject *subject)
{
    const struct ct_test *test = r->c->test;
    struct ct_request request = {0};
    bool same = test->testcase->build(test->testcase, test->load, &request, NULL) == 0 &&
                strcmp(request.path, subject->path) == 0 &&
                strcmp(request.method, subject->method) == 0;
    ct_request_release(&request);
    return same && (r->c->session->embedded.url[0] != '\0' ||
                    strcmp(r->c->session->base_url, subject->base_url) == 0);
}

/* Would this search have done the same? */
static int check(const struct replay *r, const struct ct_journal_begin *b)
{
    struct ct_run_plan mine;
    ct_find_visit_plan(&r->c->opts->plan, &r->action, 0, &mine);
    if (strcmp(b->thresholds, r->limits) != 0)
        return ct_fail(r->err, CT_EUSAGE, "--resume: that search kept %.160s, this one %.160s",
                       b->thresholds, r->limits);
    if (!same_request(r, &b->subject))
        return ct_fail(r->err, CT_EUSAGE, "--resume: that search asked %.200s%.200s",
                       b->subject.base_url, b->subject.path);
    if (mine.closed != b->plan.closed || mine.arrivals != b->plan.arrivals ||
        (mine.closed
             ? mine.connections != b->plan.connections
             : mine.rate.num != b->plan.rate.num || mine.rate.den_ns != b->plan.rate.den_ns))
        return ct_fail(r->err, CT_EUSAGE,
                       "--resume: that search went another way at its run %zu: give the options "
                       "that it was begun with (--budget and --precision may differ)",
                       r->c->out->n_trials + 1);
    return 0;
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
    r->c->runs++;
    r->plan = b->plan;
    r->colocated = b->subject.colocated;
    r->drain = b->thresholds[0] == '\0';
    ct_find_next(r->c->out->find, &r->action);
    if (r->action.kind == CT_FIND_DONE || r->action.phase == CT_FIND_CONFIRM)
        return ENOUGH;
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
    bool stopped = r->end.stopped && r->action.phase != CT_FIND_CALIBRATE;
    summarise(r, &summary);
    r->c->ok += summary.ok;
    r->c->valid_runs += summary.verdict != CT_VERDICT_INVALID;
    r->c->left_behind = summary.cancelled + summary.failed[CT_FAILURE_TIMEOUT];
    ct_find_course_tell(r->c, &r->action, r->look.visit, &summary, &r->end.times, stopped);
    ct_summary_release(&summary);
    piece_release(r);
    r->told = true;
    return 0;
}

static int finish(struct replay *r, const char *path, const struct ct_journal_head *head,
                  struct ct_err *err)
{
    if (head->kind != CT_JOURNAL_FIND)
        return ct_fail(err, CT_EUSAGE, "--resume: '%s' is not the journal of a search", path);
    if (r->c->out->n_trials == 0)
        return ct_fail(err, CT_EUSAGE, "--resume: '%s' holds no finished run of a search", path);
    return ct_journal_take_over(r->c->session->journal, path, r->to, err);
}

int ct_find_course_resume(struct ct_find_course *c, const char *path, struct ct_err *err)
{
    if (ct_journal_held(path))
        return ct_fail(err, CT_EFAIL, "--resume: '%s' belongs to a ct that is still running", path);
    struct replay r = {.c = c, .err = err, .limits = ct_threshold_join(&c->opts->criteria)};
    struct ct_journal_reader reader = {.begin = read_begin,
                                       .block = read_block,
                                       .snapshot = read_snapshot,
                                       .end = read_end,
                                       .trial = read_trial,
                                       .ctx = &r};
    struct ct_journal_head head;
    uint64_t end;
    c->replaying = true;
    int rc = ct_journal_read(path, 0, UINT64_MAX, &reader, &head, NULL, &end, err);
    c->replaying = false;
    if (rc >= 0) {
        if (r.told)
            r.to = end;
        rc = finish(&r, path, &head, err);
    }
    c->drained_s = 0; /* what was not told is done again */
    c->stuck = false;
    piece_release(&r);
    free(r.limits);
    return rc;
}
