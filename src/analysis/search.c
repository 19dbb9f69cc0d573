#include "analysis/search.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

enum { LOAD_STEPS_MAX = 100, INVALID_MAX = 2 };
#define RATE_MAX UINT64_C(10000000)

/*
 * load -> double -> bisect -> (next load: double) ... -> confirm -> last rest -> done
 *
 * ct_search_tell records the trial and calls the function of the phase, which sets the next run or
 * the next phase. A rest goes before every run.
 */
struct ct_search {
    struct ct_search_opts o;
    enum ct_search_phase phase;
    bool rested, done, last_rest;

    uint32_t load; /* of the next run */
    uint64_t rate;
    unsigned invalid; /* times that this (load, rate) was invalid in a row */

    bool load_open;                /* the load search did not end at the server's limit, but: */
    enum ct_limited_by load_limit; /* at this */
    uint32_t lowest;               /* last load to find a rate for */
    uint64_t passed_rate;          /* of this load: highest that passed while doubling; 0 none */
    uint64_t lower, upper;         /* bisection: lower passed (0: not yet), upper + 1 failed */
    enum ct_limited_by limited_by; /* why the lowest failing trial failed */
    size_t confirming;             /* point under confirmation */

    struct ct_search_trial *trials;
    size_t n_trials;
    struct ct_search_point points[CT_SEARCH_LOADS_MAX];
    size_t n_points;
};

const char *ct_search_phase_name(enum ct_search_phase p)
{
    static const char *const names[] = {"load", "double", "bisect", "confirm"};
    return names[p];
}

const char *ct_limited_by_name(enum ct_limited_by l)
{
    static const char *const names[] = {
        "max_response_time", "threshold", "errors", "skipped", "server", "generator", "load_max"};
    return names[l];
}

static void begin_rates(struct ct_search *s, uint32_t load, uint64_t start_rate)
{
    s->phase = CT_PHASE_DOUBLE;
    s->load = load;
    s->rate = start_rate;
    s->passed_rate = s->lower = 0;
}

static void begin_highest(struct ct_search *s, uint32_t load)
{
    uint32_t below = s->o.has_load ? s->o.n_loads - 1 : 0;
    s->lowest = load > below ? load - below : 1;
    begin_rates(s, load, s->o.rate_min);
}

struct ct_search *ct_search_new(const struct ct_search_opts *opts)
{
    assert(opts->rate_min >= 1 && opts->n_loads >= 1 && opts->n_loads <= CT_SEARCH_LOADS_MAX);
    struct ct_search *s = ct_xcalloc(1, sizeof(*s));
    s->o = *opts;
    s->load = opts->load_min;
    s->rate = opts->rate_min;
    s->phase = CT_PHASE_LOAD;
    if (!opts->has_load)
        begin_highest(s, opts->load_min);
    else if (opts->load_fixed != 0)
        begin_highest(s, opts->load_fixed);
    return s;
}

void ct_search_free(struct ct_search *s)
{
    free(s->trials);
    free(s);
}

void ct_search_next(struct ct_search *s, struct ct_search_action *out)
{
    *out = (struct ct_search_action){.phase = s->phase, .load = s->load, .rate = s->rate};
    if (s->done) {
        out->kind = CT_SEARCH_DONE;
    } else if (!s->rested) {
        out->kind = CT_SEARCH_REST;
        s->rested = true;
        s->done = s->last_rest;
    } else {
        out->kind = CT_SEARCH_RUN;
        out->monitored = s->phase == CT_PHASE_CONFIRM;
    }
}

bool ct_search_passes(const struct ct_search_opts *o, const struct ct_search_outcome *outcome,
                      enum ct_limited_by *why)
{
    if (!outcome->valid)
        *why = CT_LIMITED_GENERATOR;
    else if (outcome->failed > 0 || outcome->ok == 0)
        *why = CT_LIMITED_ERRORS;
    else if (outcome->skipped > 0)
        *why = CT_LIMITED_SKIPPED;
    else if (!(outcome->mean_s <= o->limit_s))
        *why = CT_LIMITED_MAX_RESPONSE_TIME;
    else
        return true;
    return false;
}

/* --- the phases: what follows a run that passed or failed --- */

static void begin_confirming(struct ct_search *s)
{
    s->phase = CT_PHASE_CONFIRM;
    while (s->confirming < s->n_points && s->points[s->confirming].rate == 0)
        s->confirming++;
    if (s->confirming == s->n_points) {
        s->last_rest = true;
        return;
    }
    s->load = s->points[s->confirming].load;
    s->rate = s->points[s->confirming].rate;
}

/* The highest rate_min x 2^k that is not above rate. */
static uint64_t power_below(const struct ct_search *s, uint64_t rate)
{
    uint64_t power = s->o.rate_min;
    while (power * 2 <= rate)
        power *= 2;
    return power;
}

/* The rate of this load is found (0: none): keep it, go to the load below or confirm. */
static void end_load(struct ct_search *s, uint64_t rate)
{
    assert(s->n_points < CT_SEARCH_LOADS_MAX);
    struct ct_search_point *p = &s->points[s->n_points++];
    *p = (struct ct_search_point){.load = s->load, .rate = rate, .limited_by = s->limited_by};
    p->at_least = rate != 0 && s->limited_by == CT_LIMITED_GENERATOR;
    if (s->n_points == 1 && s->load_open && !p->at_least && rate != 0) {
        p->at_least = true;
        p->limited_by = s->load_limit;
    }
    if (s->load > s->lowest)
        begin_rates(s, s->load - 1, power_below(s, rate));
    else
        begin_confirming(s);
}

static void after_load(struct ct_search *s, bool passed, enum ct_limited_by why)
{
    uint32_t steps = s->load - s->o.load_min + 1;
    if (passed && s->load < s->o.load_max && steps < LOAD_STEPS_MAX) {
        s->load++;
    } else if (passed) {
        s->load_open = true;
        s->load_limit = CT_LIMITED_LOAD_MAX;
        begin_highest(s, s->load);
    } else if (steps > 1) {
        s->load_open = why == CT_LIMITED_GENERATOR;
        s->load_limit = why;
        begin_highest(s, s->load - 1);
    } else {
        s->last_rest = true; /* not even the lowest load at the lowest rate */
    }
}

static void after_double(struct ct_search *s, bool passed)
{
    if (passed) {
        s->passed_rate = s->rate;
        s->limited_by = CT_LIMITED_GENERATOR; /* unless a higher rate fails */
        if (s->rate <= RATE_MAX / 2)
            s->rate *= 2;
        else
            end_load(s, s->rate);
    } else if (s->limited_by == CT_LIMITED_GENERATOR) {
        end_load(s, s->passed_rate);
    } else {
        s->phase = CT_PHASE_BISECT;
        s->upper = s->rate; /* becomes rate - 1 with the first step */
        s->rate = s->o.rate_min;
    }
}

static void after_bisect(struct ct_search *s, bool passed, enum ct_limited_by why)
{
    bool first = s->lower == 0;
    if (!passed && why == CT_LIMITED_GENERATOR && s->rate <= s->passed_rate)
        passed = true; /* it did while doubling; this machine's bad moment does not undo that */
    if (passed)
        s->lower = s->rate;
    else if (!first)
        s->upper = s->rate - 1;
    if (!passed)
        s->limited_by = why;
    if ((first && !passed) || s->lower >= s->upper)
        end_load(s, s->lower);
    else
        s->rate = (s->lower + s->upper + 1) / 2;
}

static void after_confirm(struct ct_search *s, bool passed)
{
    s->points[s->confirming].confirmed = passed;
    s->confirming++;
    begin_confirming(s);
}

static void remember(struct ct_search *s, const struct ct_search_outcome *outcome, bool passed)
{
    s->trials = ct_xrealloc(s->trials, s->n_trials + 1, sizeof(*s->trials));
    s->trials[s->n_trials++] = (struct ct_search_trial){
        .phase = s->phase, .load = s->load, .rate = s->rate, .outcome = *outcome, .passed = passed};
}

void ct_search_tell(struct ct_search *s, const struct ct_search_outcome *outcome)
{
    assert(s->rested && !s->done);
    enum ct_limited_by why = s->limited_by;
    bool passed = ct_search_passes(&s->o, outcome, &why);
    remember(s, outcome, passed);
    s->rested = false;
    if (!outcome->valid && ++s->invalid < INVALID_MAX)
        return; /* once more */
    s->invalid = 0;
    switch (s->phase) {
    case CT_PHASE_LOAD:
        after_load(s, passed, why);
        break;
    case CT_PHASE_DOUBLE:
        s->limited_by = why;
        after_double(s, passed);
        break;
    case CT_PHASE_BISECT:
        after_bisect(s, passed, why);
        break;
    case CT_PHASE_CONFIRM:
        after_confirm(s, passed);
        break;
    }
}

const struct ct_search_trial *ct_search_trials(const struct ct_search *s, size_t *count)
{
    *count = s->n_trials;
    return s->trials;
}

const struct ct_search_point *ct_search_points(const struct ct_search *s, size_t *count)
{
    *count = s->n_points;
    return s->points;
}
