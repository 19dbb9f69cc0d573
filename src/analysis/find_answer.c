#include <math.h>

#include "analysis/drift.h"
#include "analysis/find_state.h"

enum { VISITS_MIN = 8, EVIDENCE_MIN = 8 };

static const double drift_least = 0.05; /* of the capacity, over the time of the search */

const char *ct_find_phase_name(enum ct_find_phase p)
{
    static const char *const names[] = {"calibrate", "bracket", "localise",
                                        "visit",     "upper",   "confirm"};
    return names[p];
}

const char *ct_find_ending_name(enum ct_find_ending e)
{
    static const char *const names[] = {"going_on", "precise",  "cliff",       "budget",
                                        "whole",    "at_least", "unreachable", "no_recovery"};
    return names[e];
}

bool ct_find_is_precise(const struct ct_find *f)
{
    double low, middle, high;
    const struct ct_capacity *c = &f->capacity;
    struct ct_find_edges e;
    ct_find_interval(f, &low, &middle, &high);
    if (ct_find_edge(f, &e)) /* perhaps a cliff: there no curve can be fitted */
        return false;
    return f->visits >= VISITS_MIN && c->limits[c->leading].evidence >= EVIDENCE_MIN &&
           high / low - 1 <= f->opts.precision;
}

/* A quarter of every limit at most. */
static bool is_clean(const struct ct_find *f, const struct ct_find_trial *t)
{
    for (size_t i = 0; i < f->opts.n_limits; i++)
        if (f->opts.limits[i].kind == CT_FIND_SHARE &&
            (double)t->over[i] >= f->opts.limits[i].share / 4 * (double)t->n)
            return false;
    return t->kept;
}

static bool is_visit(const struct ct_find_trial *t)
{
    return ct_find_of_the_curve(t) && t->phase == CT_FIND_VISIT;
}

/* Highest clean visit, lowest overloaded one above it. */
static void find_edges(const struct ct_find *f, struct ct_find_edges *e)
{
    *e = (struct ct_find_edges){.high = INFINITY};
    for (size_t i = 0; i < f->n_trials; i++)
        if (is_visit(&f->trials[i]) && is_clean(f, &f->trials[i]))
            e->low = fmax(e->low, f->trials[i].at);
    for (size_t i = 0; i < f->n_trials; i++)
        if (is_visit(&f->trials[i]) && f->trials[i].overload && f->trials[i].at > e->low)
            e->high = fmin(e->high, f->trials[i].at);
}

bool ct_find_edge(const struct ct_find *f, struct ct_find_edges *e)
{
    find_edges(f, e);
    if (e->low <= 0 || e->high / e->low - 1 > f->opts.precision)
        return false;
    for (size_t i = 0; i < f->n_trials; i++) {
        const struct ct_find_trial *t = &f->trials[i];
        bool clean = is_clean(f, t), near = t->at > 0.94 * e->low && t->at < 1.06 * e->high;
        if (!is_visit(t) || !near)
            continue;
        if ((!clean && !t->overload) || (t->at <= e->low && !clean))
            return false; /* something between: a slope, not a cliff */
        e->below += clean && t->at >= 0.98 * e->low;
        e->above += t->overload && t->at <= 1.02 * e->high;
    }
    return true;
}

bool ct_find_cliff(const struct ct_find *f, double *low, double *high)
{
    struct ct_find_edges e;
    if (!ct_find_edge(f, &e) || e.below < CT_FIND_CLIFF_CLEAN || e.above < CT_FIND_CLIFF_OVER)
        return false;
    *low = e.low;
    *high = e.high;
    return true;
}

static void round_whole(double *low, double *middle, double *high)
{
    if (*middle >= CT_FIND_WHOLE_BELOW)
        return;
    *low = fmax(floor(*low + 1e-9), 1);
    *middle = fmax(floor(*middle + 1e-9), 1);
    *high = ceil(*high - 1e-9);
}

/* Counted: the highest that kept the limits and the lowest that broke them. Probes of a bracket are
 * sure of no more than its own, wider ends. */
static void between_probes(const struct ct_find *f, double *low, double *high)
{
    *low = f->bracket.low;
    *high = ct_find_lowest_broken(f, *low);
    if (isnan(*high))
        *low = ct_find_kept_below(f, INFINITY);
}

static void on_ladder(const struct ct_find *f, double *low, double *high)
{
    *low = f->ladder.kept > 0 ? (double)f->ladder.kept : floor(f->bracket.low);
    *high = f->ladder.broken > 0 ? (double)f->ladder.broken : NAN;
}

void ct_find_interval(const struct ct_find *f, double *low, double *middle, double *high)
{
    double beside = (1 - f->opts.confidence) / 2;
    bool ladder = f->stage == CT_FIND_AT_LADDER;
    *low = *middle = *high = NAN;
    if (f->visits == 0) {
        if (ladder && (f->ladder.kept > 0 || f->bracket.low >= 1))
            on_ladder(f, low, high);
        else if (!ladder && f->bracket.low > 0)
            between_probes(f, low, high);
        *middle = *low;
    } else if (ct_find_cliff(f, low, high)) {
        *middle = sqrt(*low * *high);
        round_whole(low, middle, high);
    } else {
        *low = ct_capacity_quantile(&f->capacity, beside);
        *middle = ct_capacity_quantile(&f->capacity, 0.5);
        *high = ct_capacity_quantile(&f->capacity, 1 - beside);
        round_whole(low, middle, high);
    }
}

/* What the lowest run above the answer that broke, broke most; of visits the limit that leads. */
static int gave_way(const struct ct_find *f, const struct ct_find_answer *a)
{
    int broke = CT_FIND_NOTHING;
    double at = INFINITY;
    if (f->generator)
        return CT_FIND_GENERATOR;
    if (a->at_least)
        return CT_FIND_NOTHING;
    if (f->visits > 0)
        return f->capacity.leading < CT_FIND_LIMITS_MAX ? (int)f->capacity.leading
                                                        : CT_FIND_STABILITY;
    for (size_t i = 0; i < f->n_trials; i++) {
        const struct ct_find_trial *t = &f->trials[i];
        bool counts = t->phase == CT_FIND_CALIBRATE ? f->ending == CT_FIND_UNREACHABLE
                                                    : isnan(a->low) || t->at > a->low;
        if (t->valid && t->broke != CT_FIND_NOTHING && counts && t->at <= at) {
            at = t->at;
            broke = t->broke;
        }
    }
    return broke;
}

static void look_for_drift(const struct ct_find *f, struct ct_find_answer *a)
{
    struct ct_drift d;
    ct_drift_find(&f->capacity.limits[f->capacity.leading], &d);
    if (d.gain > 1 && fabs(d.change) > drift_least) {
        a->warnings |= CT_FIND_DRIFTS;
        a->drift = d.change / d.span;
    }
}

/* Kept well at a rate above one at which limits were broken twice. */
static bool not_monotone(const struct ct_find *f)
{
    unsigned broken_below = 0;
    double clean = 0;
    for (size_t i = 0; i < f->n_trials; i++)
        if (ct_find_of_the_curve(&f->trials[i]) && is_clean(f, &f->trials[i]))
            clean = fmax(clean, f->trials[i].at);
    for (size_t i = 0; i < f->n_trials; i++) {
        const struct ct_find_trial *t = &f->trials[i];
        broken_below += ct_find_of_the_curve(t) && t->overload && t->at < clean / 1.25;
    }
    return f->bracket.dip || broken_below >= 2;
}

static double still_needed(const struct ct_find *f, const struct ct_find_answer *a)
{
    double width = a->high / a->low - 1, so_far = f->spent_s - f->visits_from_s;
    if (f->visits < 3 || !(width > f->opts.precision))
        return NAN;
    double times = width / f->opts.precision;
    return so_far * (times * times - 1);
}

void ct_find_answer(const struct ct_find *f, struct ct_find_answer *out)
{
    const struct ct_posterior *p = &f->capacity.limits[f->capacity.leading];
    *out = (struct ct_find_answer){.ending = f->ending,
                                   .confirmed = f->confirmed,
                                   .spent_s = f->spent_s,
                                   .needs_s = NAN,
                                   .base_s = f->base_s,
                                   .visits = f->visits,
                                   .phi = p->phi,
                                   .slope = p->slope};
    out->low = f->low;
    out->high = f->high;
    out->capacity = f->middle;
    if (f->ending == CT_FIND_GOING_ON)
        ct_find_interval(f, &out->low, &out->capacity, &out->high);
    if (f->ending == CT_FIND_UNREACHABLE || f->ending == CT_FIND_NO_RECOVERY)
        out->low = out->high = out->capacity = NAN;
    if (f->opts.axis == CT_FIND_RATE && f->visits > 0 && out->low >= f->opts.highest) {
        out->ending = CT_FIND_AT_LEAST; /* a curve goes on where nothing was tried */
        out->low = out->capacity = f->opts.highest;
        out->high = NAN;
    }
    out->at_least = !isnan(out->capacity) && isnan(out->high);
    out->gave_way = gave_way(f, out);
    out->recommended = out->low;
    if (f->opts.axis == CT_FIND_CONNECTIONS && out->capacity > 0)
        out->recommended = fmax(floor(0.8 * out->capacity), 1);
    if (f->ending == CT_FIND_GOING_ON || f->ending == CT_FIND_BUDGET)
        out->needs_s = still_needed(f, out);
    if (f->not_confirmed)
        out->warnings |= CT_FIND_NOT_CONFIRMED;
    if (f->unconfirmed)
        out->warnings |= CT_FIND_UNCONFIRMED;
    if (f->hiccups > 0)
        out->warnings |= CT_FIND_HICCUPS;
    if (f->ending != CT_FIND_GOING_ON && f->visits > 0)
        look_for_drift(f, out);
    if (!(out->warnings & CT_FIND_DRIFTS) && not_monotone(f))
        out->warnings |= CT_FIND_NOT_MONOTONE;
    if (f->ending == CT_FIND_BUDGET && (f->visits > 0 || f->bracket.low > 0) &&
        (f->visits < VISITS_MIN || p->evidence < EVIDENCE_MIN))
        out->warnings |= CT_FIND_FEW_VISITS;
}

size_t ct_find_posterior(const struct ct_find *f, struct ct_find_density *out, size_t room)
{
    const struct ct_capacity *c = &f->capacity;
    size_t n = room < CT_POSTERIOR_POINTS ? room : CT_POSTERIOR_POINTS;
    if (f->visits == 0)
        return 0;
    double step = (c->high - c->low) / (CT_POSTERIOR_POINTS - 1);
    for (size_t i = 0; i < n; i++)
        out[i] = (struct ct_find_density){exp(c->low + step * (double)i), c->weights[i]};
    return n;
}

/* The curve moves with the capacity: its band is that of the interval. */
size_t ct_find_fit(const struct ct_find *f, struct ct_find_curve *out, size_t room)
{
    const struct ct_posterior *p = &f->capacity.limits[f->capacity.leading];
    bool of_a_limit = f->capacity.leading < CT_FIND_LIMITS_MAX;
    if (f->visits == 0 || room < 2 || !(f->high > 0) || !of_a_limit)
        return 0;
    double from = log(f->middle / 2), step = (log(f->middle * 1.3) - from) / (double)(room - 1);
    double scale = p->kind == CT_POSTERIOR_MEAN ? f->opts.limits[f->capacity.leading].limit_s : 1;
    for (size_t i = 0; i < room; i++) {
        double at = from + step * (double)i;
        out[i].at = exp(at);
        out[i].value = scale * ct_posterior_expected(p, at + p->best - log(f->middle));
        out[i].low = scale * ct_posterior_expected(p, at + p->best - log(f->high));
        out[i].high = scale * ct_posterior_expected(p, at + p->best - log(f->low));
    }
    return room;
}
