#include "analysis/find.h"

#include <math.h>
#include <stdlib.h>

#include "analysis/find_state.h"
#include "base/mem.h"

enum { LADDER_BELOW = 24, ATTEMPTS = 3, INVALID_MAX = 30 }; /* invalid ones: in a row */

void ct_find_opts_init(struct ct_find_opts *opts)
{
    *opts = (struct ct_find_opts){.axis = CT_FIND_RATE,
                                  .precision = 0.05,
                                  .confidence = 0.95,
                                  .budget_s = 300,
                                  .confirm_s = 30,
                                  .lowest = 1,
                                  .highest = 1e7,
                                  .calibrate = true};
}

/* It keeps a twentieth of a connection busy. At a low rate a probe takes long to see enough: so it
 * is no lower than 20/s unless that is more than half of what one connection brings. */
double ct_find_first_rate(double mean_s)
{
    double one = 1 / fmax(mean_s, 1e-6);
    return isnan(mean_s) ? NAN : fmax(0.05 * one, fmin(CT_FIND_WHOLE_BELOW, 0.5 * one));
}

/* A ladder for numbers that are whole, a bracket for rates. */
static void begin(struct ct_find *f, double first)
{
    const struct ct_find_opts *o = &f->opts;
    if (o->axis == CT_FIND_RATE && first >= CT_FIND_WHOLE_BELOW) {
        ct_bracket_init(&f->bracket, first, o->lowest, o->highest);
        f->stage = CT_FIND_AT_BRACKET;
        return;
    }
    ct_ladder_init(&f->ladder, (uint64_t)fmax(first, 1), (uint64_t)fmax(o->lowest, 1),
                   (uint64_t)fmax(o->highest, 1));
    f->ladder.steps = o->axis == CT_FIND_CONNECTIONS;
    f->ladder.stride = o->axis == CT_FIND_LOAD ? 1 : 0;
    f->stage = CT_FIND_AT_LADDER;
}

struct ct_find *ct_find_new(const struct ct_find_opts *opts)
{
    struct ct_find *f = ct_xcalloc(1, sizeof(*f));
    f->opts = *opts;
    f->base_s = NAN;
    f->low = f->middle = f->high = NAN;
    ct_capacity_init(&f->capacity, &f->opts);
    if (opts->calibrate)
        f->stage = CT_FIND_AT_BASE;
    else
        begin(f, fmax(opts->first, opts->lowest));
    return f;
}

void ct_find_free(struct ct_find *f)
{
    if (!f)
        return;
    ct_capacity_release(&f->capacity);
    free(f->trials);
    free(f);
}

static void believe(struct ct_find *f, const struct ct_visit *v)
{
    bool above = v->at > CT_CAPACITY_FAR * ct_capacity_quantile(&f->capacity, 0.5);
    ct_capacity_add(&f->capacity, v, above && ct_visit_overload(v, &f->opts));
    f->visits++;
}

/* It cannot be tried again. */
static void believe_doubt(struct ct_find *f)
{
    if (!f->doubted)
        return;
    f->doubted = false;
    believe(f, &f->doubt);
    ct_capacity_update(&f->capacity);
}

static void end_with(struct ct_find *f, enum ct_find_ending ending)
{
    believe_doubt(f);
    f->ending = ending;
    ct_find_interval(f, &f->low, &f->middle, &f->high);
    bool found = f->low > 0 && ending != CT_FIND_UNREACHABLE && ending != CT_FIND_NO_RECOVERY;
    if (ending == CT_FIND_BUDGET)
        f->generator = isnan(f->high) && ct_find_spoilt_above(f, f->low);
    f->stage = found && f->opts.confirm_s > 0 ? CT_FIND_AT_CONFIRM : CT_FIND_AT_END;
}

static void told_base(struct ct_find *f, const struct ct_visit *v)
{
    const struct ct_find_opts *o = &f->opts;
    f->base_s = v->mean_s;
    bool slow = v->n <= 0;
    for (size_t i = 0; i < o->n_limits && !slow; i++)
        slow = o->limits[i].kind == CT_FIND_MEAN ? v->mean[i] > o->limits[i].limit_s
                                                 : v->k[i] > fmax(0.5, o->limits[i].share) * v->n;
    if (slow) {
        f->ending = CT_FIND_UNREACHABLE;
        f->stage = CT_FIND_AT_END;
        return;
    }
    double first = o->axis == CT_FIND_RATE ? ct_find_first_rate(v->mean_s) : o->lowest;
    begin(f, o->first > 0 ? o->first : first);
}

static double worst_ratio(const struct ct_find *f, const struct ct_visit *v)
{
    double most = 0;
    for (size_t i = 0; i < f->opts.n_limits; i++)
        most = fmax(most, ct_visit_ratio(v, &f->opts, i)); /* fmax leaves NAN out */
    return most;
}

static void start_visits(struct ct_find *f)
{
    ct_capacity_between(&f->capacity, f->bracket.low / 1.25, f->bracket.high * 1.25);
    f->visits_from_s = f->spent_s;
    f->stage = CT_FIND_AT_VISITS;
}

/* From rates in steps to rates in whole numbers. */
static void step_down(struct ct_find *f)
{
    double low = f->bracket.low, high = f->bracket.high;
    begin(f, fmax(floor(low), 1));
    f->ladder.broken = (uint64_t)fmin(ceil(high), f->opts.highest);
}

/* When it has come to an end. */
static void leave_bracket(struct ct_find *f)
{
    if (f->bracket.stage == CT_BRACKET_TOP)
        end_with(f, CT_FIND_AT_LEAST);
    else if (f->bracket.stage == CT_BRACKET_BOTTOM)
        end_with(f, CT_FIND_UNREACHABLE);
    else if (f->bracket.low > 0 && f->bracket.high > 0 && f->bracket.high < LADDER_BELOW)
        step_down(f);
    else if (f->spent_s >= f->opts.budget_s && f->bracket.low > 0)
        end_with(f, CT_FIND_BUDGET);
    else if (f->bracket.stage == CT_BRACKET_DONE)
        start_visits(f);
}

static void told_bracket(struct ct_find *f, const struct ct_visit *v)
{
    struct ct_bracket_probe p = {.ratio = worst_ratio(f, v)};
    p.overload = ct_visit_overload(v, &f->opts) || v->grew;
    p.idle = p.ratio <= 0 && !(v->at * f->base_s >= 0.15);
    for (size_t i = 0; i < f->opts.n_limits; i++) /* a mean is never 0 */
        if (f->opts.limits[i].kind == CT_FIND_MEAN)
            p.idle = p.ratio < 0.3 && v->at * f->base_s < 0.15;
    ct_capacity_add(&f->capacity, v, p.overload);
    ct_bracket_tell(&f->bracket, &p);
    leave_bracket(f);
}

static void step_up(struct ct_find *f)
{
    const struct ct_ladder *l = &f->ladder;
    ct_bracket_init(&f->bracket, 2 * (double)l->kept, f->opts.lowest, f->opts.highest);
    f->bracket.low = (double)l->kept;
    f->stage = CT_FIND_AT_BRACKET;
}

/* How far above a load that kept the limits the next one may be: should the work of a request grow
 * fourfold with each load (a slow sort of 2^load items), none asks for more than twice what is
 * allowed. */
static uint64_t reach_of(const struct ct_find *f, const struct ct_visit *v)
{
    double used = fmax(worst_ratio(f, v), v->mean_s / ct_find_shortest(&f->opts));
    return used > 0 ? (uint64_t)fmax(floor(log2(2 / used) / 2), 1) : 1;
}

static void told_ladder(struct ct_find *f, const struct ct_visit *v)
{
    struct ct_ladder *l = &f->ladder;
    bool kept = ct_visit_broke(v, &f->opts) == CT_FIND_NOTHING;
    if (f->opts.axis == CT_FIND_RATE)
        ct_capacity_add(&f->capacity, v, ct_visit_overload(v, &f->opts));
    if (f->opts.axis == CT_FIND_LOAD)
        l->reach = reach_of(f, v);
    bool spent = f->spent_s >= f->opts.budget_s; /* then nothing is repeated for certainty */
    bool plain = spent || ct_visit_overload(v, &f->opts) || ct_visit_sure(v, &f->opts);
    ct_ladder_tell(l, kept, plain);
    bool rates = f->opts.axis == CT_FIND_RATE && l->broken == 0 && l->kept >= CT_FIND_WHOLE_BELOW;
    if (l->stage == CT_LADDER_TOP)
        end_with(f, CT_FIND_AT_LEAST);
    else if (l->stage == CT_LADDER_DONE)
        end_with(f, l->kept > 0 ? CT_FIND_WHOLE : CT_FIND_UNREACHABLE);
    else if (rates)
        step_up(f);
    else if (spent && l->kept > 0)
        end_with(f, CT_FIND_BUDGET);
}

/* An overload where the target was well before, at this rate or beyond, is tried again. If it does
 * not come again the target stood still for once: a hiccup, and no datum, for with the spread that
 * one has all clean visits would say nothing. If it does, both are believed. */
static bool is_doubtful(struct ct_find *f, const struct ct_visit *v)
{
    bool overload = ct_visit_overload(v, &f->opts);
    if (f->doubted && overload) {
        believe_doubt(f);
        return false;
    }
    if (f->doubted) {
        f->doubted = false;
        f->trials[f->doubt_trial].hiccup = true;
        f->hiccups++;
    }
    if (!overload || f->spent_s >= f->opts.budget_s || !ct_find_was_well_at(f, v->at))
        return false;
    f->doubt = *v;
    f->doubt_trial = f->n_trials - 1;
    f->doubted = true;
    return true;
}

static void told_visit(struct ct_find *f, const struct ct_visit *v)
{
    double low, high;
    if (is_doubtful(f, v))
        return;
    believe(f, v);
    f->turn++;
    ct_capacity_update(&f->capacity);
    if (ct_find_is_precise(f))
        end_with(f, CT_FIND_PRECISE);
    else if (ct_find_cliff(f, &low, &high))
        end_with(f, CT_FIND_CLIFF);
    else if (f->spent_s >= f->opts.budget_s)
        end_with(f, ct_capacity_quantile(&f->capacity, 0.5) < f->opts.lowest ? CT_FIND_UNREACHABLE
                                                                             : CT_FIND_BUDGET);
}

/* What was counted rather than estimated; low 0: nothing is known to be kept. */
static void not_confirmed(struct ct_find *f, double at)
{
    f->low = ct_find_kept_below(f, at);
    f->high = fmin(f->high, at); /* fmin leaves NAN out */
    f->middle = f->low;
    f->generator = false;
}

static void told_confirm(struct ct_find *f, const struct ct_visit *v)
{
    double low, middle, high;
    f->stage = CT_FIND_AT_END;
    f->confirmed = ct_visit_broke(v, &f->opts) == CT_FIND_NOTHING;
    f->not_confirmed = !f->confirmed;
    if (f->confirmed)
        return;
    if (f->visits == 0) {
        not_confirmed(f, v->at);
        return;
    }
    ct_capacity_add(&f->capacity, v, false);
    ct_capacity_update(&f->capacity);
    ct_find_interval(f, &low, &middle, &high);
    f->low = fmin(f->low, low);
    if (f->low >= v->at) /* a cliff is where it was seen */
        f->low = ct_find_kept_below(f, v->at);
}

static bool has_time(const struct ct_find *f)
{
    return f->spent_s < f->opts.budget_s && f->invalid < INVALID_MAX;
}

/* The time is up, and there is something to say. */
static bool time_is_up(const struct ct_find *f)
{
    bool known = f->stage == CT_FIND_AT_LADDER    ? f->ladder.kept > 0 || f->bracket.low >= 1
                 : f->stage == CT_FIND_AT_BRACKET ? f->bracket.low > 0
                                                  : f->stage == CT_FIND_AT_VISITS;
    return known && !has_time(f);
}

/* Thrice invalid at one rate: another one, if there is; else the same. Visits have a limit of the
 * target above them; all else goes on unless the generator can do no more. */
static bool go_elsewhere(struct ct_find *f, bool at_limit)
{
    switch (f->stage) {
    case CT_FIND_AT_BASE:
        return !at_limit && has_time(f);
    case CT_FIND_AT_LADDER:
        return !at_limit && (f->ladder.kept > 0 || f->bracket.low >= 1 || has_time(f));
    case CT_FIND_AT_BRACKET:
        if (f->spent_s < f->opts.budget_s && ct_bracket_lower(&f->bracket))
            return true;
        if (!ct_bracket_without(&f->bracket))
            return !at_limit && (f->bracket.low <= 0 ? has_time(f)
                                                     : f->bracket.low < CT_FIND_WHOLE_BELOW ||
                                                           ct_bracket_other(&f->bracket));
        leave_bracket(f);
        return true;
    case CT_FIND_AT_VISITS:
        believe_doubt(f);
        f->turn++;
        f->elsewhere = !f->elsewhere;
        return true;
    case CT_FIND_AT_CONFIRM:
    case CT_FIND_AT_END:
        break;
    }
    return false;
}

/* What is known stands; while nothing broke, "at least". */
static void give_up(struct ct_find *f, bool at_limit)
{
    double low, middle, high;
    believe_doubt(f);
    ct_find_interval(f, &low, &middle, &high);
    bool limit = isnan(high) && (at_limit || isnan(low));
    end_with(f, limit ? CT_FIND_AT_LEAST : CT_FIND_BUDGET);
    f->generator = f->generator || limit;
}

static void told_invalid(struct ct_find *f, bool at_limit)
{
    bool thrice = ++f->attempt >= ATTEMPTS;
    f->invalid += !f->seen_before;
    if (!thrice && !time_is_up(f))
        return;
    f->attempt = 0;
    if (f->stage == CT_FIND_AT_CONFIRM) {
        f->unconfirmed = true;
        f->stage = CT_FIND_AT_END;
    } else if (time_is_up(f) || !go_elsewhere(f, at_limit)) {
        give_up(f, thrice && at_limit);
    }
}

void ct_find_seen_before(struct ct_find *f, bool before)
{
    f->seen_before = before;
    f->invalid = 0;
}

static void dispatch(struct ct_find *f, const struct ct_visit *v)
{
    switch (f->stage) {
    case CT_FIND_AT_BASE:
        told_base(f, v);
        break;
    case CT_FIND_AT_LADDER:
        told_ladder(f, v);
        break;
    case CT_FIND_AT_BRACKET:
        told_bracket(f, v);
        break;
    case CT_FIND_AT_VISITS:
        told_visit(f, v);
        break;
    case CT_FIND_AT_CONFIRM:
        told_confirm(f, v);
        break;
    case CT_FIND_AT_END:
        break;
    }
}

void ct_find_tell(struct ct_find *f, const struct ct_find_outcome *o)
{
    struct ct_find_action a;
    struct ct_visit v;
    ct_find_next(f, &a);
    if (a.kind == CT_FIND_DONE)
        return;
    ct_visit_make(&v, &f->opts, ct_find_place(&a), f->spent_s, o);
    v.hopeless = o->stopped && a.axis == CT_FIND_LOAD;
    ct_find_note(f, &a, &v, o);
    f->spent_s += o->spent_s;
    if (o->stuck) {
        end_with(f, CT_FIND_NO_RECOVERY);
        return;
    }
    if (!o->valid) {
        told_invalid(f, o->at_limit);
        return;
    }
    f->attempt = f->invalid = 0;
    f->elsewhere = false;
    f->drain =
        o->stopped || (double)o->backlog_end > ct_find_shortest(&f->opts) / 2 * fmax(a.rate, 1) + 1;
    dispatch(f, &v);
}
