#include "services/find_course.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#define START_S 0.1 /* from the begin of a run to its t0 */

double ct_find_course_settled_s(const struct ct_find_course *c)
{
    double largest = 0;
    for (size_t i = 0; i < c->opts->criteria.count; i++)
        if (c->opts->criteria.list[i].measure == CT_MEASURE_TIME)
            largest = fmax(largest, c->opts->find.limits[i].limit_s);
    return largest > 0 ? largest : INFINITY;
}

static double spent_s(const struct ct_run_times *times)
{
    return (double)times->end_ns / 1e9 + START_S;
}

void ct_find_course_drained(struct ct_find_course *c, const struct ct_run_times *times,
                            bool settled)
{
    c->drained_s += spent_s(times);
    c->stuck = !settled;
    c->left_behind = 0;
}

static void describe(const struct ct_summary *s, struct ct_finding_trial *t)
{
    *t = (struct ct_finding_trial){.cpu_percent = NAN,
                                   .steal_percent = s->generator_steal_percent,
                                   .ok = s->ok,
                                   .failed = s->cancelled};
    (void)snprintf(t->reason, sizeof(t->reason), "%s", ct_find_visit_fault(s));
    for (int i = 0; i < CT_FAILURE_COUNT; i++)
        t->failed += s->failed[i];
    for (int i = 0; i < CT_SKIP_COUNT; i++)
        t->skipped += s->skipped[i];
    t->ok_mean_s = s->response_ok.count > 0 ? s->response_ok.mean / 1e9 : NAN;
    for (size_t i = 0; i < CT_FIND_LIMITS_MAX; i++)
        t->values[i] = i < s->n_thresholds ? s->thresholds[i].value : NAN;
    for (size_t i = 0; i < s->n_servers; i++) {
        if (isnan(s->servers[i].cpu_percent_mean) ||
            (!isnan(t->cpu_percent) && s->servers[i].cpu_percent_mean <= t->cpu_percent))
            continue;
        t->cpu_percent = s->servers[i].cpu_percent_mean;
        (void)snprintf(t->host, sizeof(t->host), "%s", s->servers[i].host);
    }
}

static void journal_trial(const struct ct_find_course *c)
{
    size_t n;
    const struct ct_find_trial *trials = ct_find_trials(c->out->find, &n);
    struct ct_buf json;
    ct_buf_init(&json, 1 << 16);
    if (c->trial_json != NULL)
        c->trial_json(c, n - 1, &json);
    else
        ct_finding_trial_json(&trials[n - 1], &c->out->trials[n - 1], c->opts, &json);
    ct_journal_trial(c->session->journal, json.data);
    (void)ct_journal_flush(c->session->journal, NULL); /* its first error is kept until it closes */
    ct_buf_release(&json);
}

/* What no sample was taken of cannot be judged: such a run says nothing, like one that was not sent
 * on time. A calibration is held against no such limit. */
static bool is_sampled(struct ct_finding *f, const struct ct_find_action *a,
                       const struct ct_run_count *visit, const struct ct_criteria *criteria)
{
    int which = a->phase == CT_FIND_CALIBRATE ? -1 : ct_run_count_unsampled(visit);
    const char *text = which < 0 ? "" : criteria->list[which].text;
    if (a->phase != CT_FIND_CONFIRM)
        (void)snprintf(f->unsampled, sizeof(f->unsampled), "%s", text);
    if (which < 0)
        return true;
    struct ct_reason *r = &f->reasons[0];
    f->n_reasons = 1;
    (void)snprintf(r->code, sizeof(r->code), CT_FINDING_UNSAMPLED);
    (void)snprintf(r->text, sizeof(r->text), "no sample of its server: %.100s cannot be judged",
                   text);
    return false;
}

void ct_find_course_tell(struct ct_find_course *c, const struct ct_find_action *a,
                         struct ct_run_count *visit, const struct ct_summary *s,
                         const struct ct_run_times *times, bool hopeless)
{
    struct ct_finding *f = c->out;
    bool sampled = is_sampled(f, a, visit, &c->opts->criteria);
    struct ct_find_outcome o = {
        .valid = ct_find_visit_counts(a, visit, s) && sampled,
        .at_limit = ct_find_visit_at_limit(s) || !sampled,
        .stopped = hopeless,
        .stuck = c->stuck,
        .spent_s = spent_s(times) + c->drained_s,
    };
    ct_run_count_outcome(visit, &o);
    f->trials = ct_xrealloc(f->trials, f->n_trials + 1, sizeof(*f->trials));
    describe(s, &f->trials[f->n_trials]);
    if (!sampled)
        (void)snprintf(f->trials[f->n_trials].reason, sizeof(f->trials->reason),
                       CT_FINDING_UNSAMPLED);
    f->colocated = s->colocated;
    f->n_trials++;
    ct_find_tell(f->find, &o);
    if (a->phase != CT_FIND_CALIBRATE && o.valid)
        f->longest_s = fmax(f->longest_s, o.counted_s);
    c->valid_runs += o.valid;
    c->drained_s = 0;
    c->stuck = false;
    if (!c->replaying)
        journal_trial(c);
}
