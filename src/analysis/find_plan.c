#include <math.h>

#include "analysis/find_state.h"

enum { DRAIN_MAX_S = 30, STEEP = 120, VERY_STEEP = 500 }; /* phi: the knee is near the end */

static double whole(double rate)
{
    return rate < CT_FIND_WHOLE_BELOW ? fmax(floor(rate + 0.5), 1) : rate;
}

double ct_find_shortest(const struct ct_find_opts *o)
{
    double s = INFINITY;
    for (size_t i = 0; i < o->n_limits; i++)
        if (o->limits[i].limit_s > 0)
            s = fmin(s, o->limits[i].limit_s);
    return isfinite(s) ? s : 1;
}

static void set_place(const struct ct_find *f, struct ct_find_action *a, double at)
{
    a->axis = f->opts.axis;
    if (a->axis == CT_FIND_RATE)
        a->rate = whole(at);
    else if (a->axis == CT_FIND_LOAD)
        a->load = (uint64_t)at;
    else
        a->connections = (uint32_t)at;
    if (a->axis == CT_FIND_LOAD)
        a->rate = f->opts.fixed_rate;
}

double ct_find_place(const struct ct_find_action *a)
{
    if (a->axis == CT_FIND_CONNECTIONS)
        return a->connections;
    return a->axis == CT_FIND_LOAD ? (double)a->load : a->rate;
}

/* So many over a limit overload each of them; with such a backlog nothing more is to be learnt. */
static void end_early(const struct ct_find *f, struct ct_find_action *a, bool near)
{
    double limit = ct_find_shortest(&f->opts) * a->rate, share = 0.3;
    for (size_t i = 0; i < f->opts.n_limits; i++)
        if (f->opts.limits[i].kind == CT_FIND_SHARE)
            share = fmax(share, ct_visit_overload_share(f->opts.limits[i].share));
    a->hopeless_share = near ? INFINITY : share;
    a->hopeless_backlog = near ? 3 * limit : fmax(limit / 2, 10);
}

static void plan_base(const struct ct_find *f, struct ct_find_action *a)
{
    a->phase = CT_FIND_CALIBRATE;
    a->axis = CT_FIND_CONNECTIONS;
    a->connections = 1;
    a->seconds = 2;
    a->answers = 20;
    a->patience_s = f->opts.budget_s;
}

/* Of a probe; not far beyond the budget. */
static double ladder_seconds(const struct ct_find *f, double shortest)
{
    double left = ceil(f->opts.budget_s - f->spent_s);
    return fmin(ct_ladder_seconds(&f->ladder, shortest), fmax(left, shortest));
}

static void plan_ladder(const struct ct_find *f, struct ct_find_action *a)
{
    const struct ct_ladder *l = &f->ladder;
    static const enum ct_find_phase phases[] = {CT_FIND_BRACKET, CT_FIND_LOCALISE, CT_FIND_UPPER};
    a->phase = phases[l->stage];
    set_place(f, a, (double)l->rung);
    if (a->axis == CT_FIND_CONNECTIONS) {
        a->seconds = ladder_seconds(f, 10);
        a->drop_s = 2;
        return;
    }
    a->seconds = ladder_seconds(f, a->rate < 2 ? 6 : 3);
    a->drop_s = a->rate < 5 ? 0 : 1;
    if (a->axis == CT_FIND_LOAD)
        end_early(f, a, false);
}

static void plan_bracket(const struct ct_find *f, struct ct_find_action *a)
{
    bool localise = f->bracket.stage == CT_BRACKET_SQUEEZE;
    a->phase = localise ? CT_FIND_LOCALISE : CT_FIND_BRACKET;
    set_place(f, a, f->bracket.rate);
    a->seconds = localise ? 4 : 3;
    a->drop_s = 1;
    end_early(f, a, false);
}

static double visit_seconds(const struct ct_find *f)
{
    const struct ct_posterior *p = &f->capacity.limits[f->capacity.leading];
    if (p->kind != CT_POSTERIOR_SHARE)
        return 15;
    return p->phi < STEEP ? 14 : p->phi < VERY_STEEP ? 20 : 30;
}

/* At the lower and the upper point of the posterior by turns (12 and 88 %; near the end of the
 * target's strength, where an overload teaches little, 20 and 80 %); what looks like a cliff is
 * looked at on both its edges. */
static double visit_at(const struct ct_find *f)
{
    struct ct_find_edges e;
    if (f->doubted)
        return f->doubt.at;
    if (ct_find_edge(f, &e))
        return (e.above < CT_FIND_CLIFF_OVER) != f->elsewhere ? e.high : e.low;
    double beside = f->capacity.limits[f->capacity.leading].phi < STEEP ? 0.12 : 0.2;
    return fmax(ct_capacity_quantile(&f->capacity, f->turn % 2 ? 1 - beside : beside),
                ct_capacity_floor(&f->capacity));
}

static void plan_visit(const struct ct_find *f, struct ct_find_action *a)
{
    a->phase = CT_FIND_VISIT;
    double at = visit_at(f);
    set_place(f, a, fmin(fmax(at, f->opts.lowest), f->opts.highest));
    a->seconds = visit_seconds(f);
    a->drop_s = fmax(2, ceil(a->seconds / 8));
    end_early(f, a, a->rate <= CT_CAPACITY_FAR * ct_capacity_quantile(&f->capacity, 0.5));
}

static void plan_confirm(const struct ct_find *f, struct ct_find_action *a)
{
    a->phase = CT_FIND_CONFIRM;
    a->monitored = true;
    double at = fmin(f->low, f->opts.highest);
    set_place(f, a, f->opts.whole_confirm ? floor(at) : at);
    a->seconds = f->opts.confirm_s;
    a->drop_s = a->rate < 5 ? 0 : fmin(2, floor(a->seconds / 4));
}

void ct_find_next(struct ct_find *f, struct ct_find_action *out)
{
    *out = (struct ct_find_action){.kind = CT_FIND_RUN,
                                   .attempt = f->attempt,
                                   .drain = f->drain,
                                   .drain_max_s = DRAIN_MAX_S,
                                   .hopeless_share = INFINITY,
                                   .hopeless_backlog = INFINITY};
    switch (f->stage) {
    case CT_FIND_AT_BASE:
        plan_base(f, out);
        break;
    case CT_FIND_AT_LADDER:
        plan_ladder(f, out);
        break;
    case CT_FIND_AT_BRACKET:
        plan_bracket(f, out);
        break;
    case CT_FIND_AT_VISITS:
        plan_visit(f, out);
        break;
    case CT_FIND_AT_CONFIRM:
        plan_confirm(f, out);
        break;
    case CT_FIND_AT_END:
        out->kind = CT_FIND_DONE;
        break;
    }
}

bool ct_find_hopeless(const struct ct_find_action *a, const struct ct_find_outcome *so_far)
{
    bool near = isinf(a->hopeless_share);
    double n = 0, over[CT_FIND_LIMITS_MAX] = {0}, most = 0;
    for (size_t j = 0; j < so_far->n_blocks; j++) {
        n += so_far->blocks[j].n;
        for (size_t i = 0; i < CT_FIND_LIMITS_MAX; i++)
            over[i] += so_far->blocks[j].over[i];
    }
    for (size_t i = 0; i < CT_FIND_LIMITS_MAX; i++)
        most = fmax(most, over[i]);
    if (so_far->counted_s < (near ? 3 : 1))
        return false;
    double more = (double)so_far->backlog_end - (double)so_far->backlog_start;
    double due = fmax(n, a->rate * so_far->counted_s);
    bool growing = more > 0.05 * due && (double)so_far->backlog_end > a->hopeless_backlog;
    return growing || (n >= 20 && most > a->hopeless_share * n);
}
