/* What was tried, and what it tells without a curve. */
#include <math.h>

#include "analysis/find_state.h"
#include "base/mem.h"

void ct_find_note(struct ct_find *f, const struct ct_find_action *a, const struct ct_visit *v,
                  const struct ct_find_outcome *o)
{
    if (f->n_trials == f->trials_room) {
        f->trials_room = f->trials_room ? 2 * f->trials_room : 32;
        f->trials = ct_xrealloc(f->trials, f->trials_room, sizeof(*f->trials));
    }
    struct ct_find_trial *t = &f->trials[f->n_trials++];
    *t = (struct ct_find_trial){.phase = a->phase,
                                .attempt = a->attempt,
                                .at = v->at,
                                .seconds = a->seconds,
                                .spent_s = o->spent_s,
                                .valid = o->valid,
                                .stopped = o->stopped,
                                .broke = CT_FIND_NOTHING,
                                .mean_s = NAN};
    if (!o->valid)
        return;
    t->overload = ct_visit_overload(v, &f->opts);
    t->broke = ct_visit_broke(v, &f->opts);
    t->kept = t->broke == CT_FIND_NOTHING;
    t->n = (uint64_t)v->n;
    for (size_t i = 0; i < f->opts.n_limits; i++)
        t->over[i] = (uint64_t)v->k[i];
    t->mean_s = v->mean_s;
    t->growth = v->growth;
}

const struct ct_find_trial *ct_find_trials(const struct ct_find *f, size_t *count)
{
    *count = f->n_trials;
    return f->trials;
}

bool ct_find_of_the_curve(const struct ct_find_trial *t)
{
    return t->valid && !t->hiccup && t->phase >= CT_FIND_BRACKET && t->phase <= CT_FIND_VISIT;
}

bool ct_find_was_well_at(const struct ct_find *f, double at)
{
    double enough = ct_visit_enough(&f->opts);
    for (size_t i = 0; i < f->n_trials; i++) {
        const struct ct_find_trial *t = &f->trials[i];
        if (t->phase != CT_FIND_CALIBRATE && t->kept && t->at >= at && (double)t->n >= enough)
            return true;
    }
    return false;
}

double ct_find_kept_below(const struct ct_find *f, double at)
{
    double low = 0;
    for (size_t i = 0; i < f->n_trials; i++) {
        const struct ct_find_trial *t = &f->trials[i];
        if (t->phase != CT_FIND_CALIBRATE && t->kept && t->at < at)
            low = fmax(low, t->at);
    }
    return low;
}

double ct_find_lowest_broken(const struct ct_find *f, double above)
{
    double at = NAN;
    for (size_t i = 0; i < f->n_trials; i++) {
        const struct ct_find_trial *t = &f->trials[i];
        if (ct_find_of_the_curve(t) && !t->kept && t->at > above)
            at = fmin(at, t->at); /* fmin leaves NAN out */
    }
    return at;
}

bool ct_find_spoilt_above(const struct ct_find *f, double at)
{
    for (size_t i = 0; i < f->n_trials; i++)
        if (!f->trials[i].valid && f->trials[i].at > at)
            return true;
    return false;
}
