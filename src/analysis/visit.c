#include "analysis/visit.h"

#include <math.h>

enum { CUT = 8, MEAN_CUT = 4, CLEAN_EVENTS = 20 };

static const double growth_floor = 0.01; /* share of requests that no backlog is blamed for */
static const double growth_spread = 6;   /* requests wander by sqrt of so many times their number */
static const double growth_least = 0.05; /* grew: at least so much */
static const double rounding = 1e-9;     /* a mean that was divided may miss its limit by a bit */

static void add_block(struct ct_visit *v, const struct ct_find_block *b, size_t n_limits)
{
    double n = b->n;
    v->n += n;
    v->mean_s += b->sum_s;
    for (size_t i = 0; i < n_limits; i++) {
        v->k[i] += b->over[i];
        v->mean[i] += b->sum[i];
        if (b->n > 0)
            v->square[i] += b->over[i] / n * b->over[i];
    }
    v->blocks += b->n > 0;
}

static void add_pair(struct ct_visit *v, const struct ct_find_outcome *o, size_t j, size_t n_limits)
{
    const struct ct_find_block *a = &o->blocks[j], *b = &o->blocks[j + (j + 1 < o->n_blocks)];
    double n = a->n + (a == b ? 0 : b->n);
    for (size_t i = 0; i < n_limits && n > 0; i++) {
        double k = a->over[i] + (a == b ? 0 : b->over[i]);
        v->pairs[i] += k / n * k;
    }
}

/* Standard error of the ratio sum / n over blocks (Cochran, Sampling Techniques, 2.11), over the
 * mean. Neighbouring blocks go together, so blocks are taken in groups of a fifth of the visit. */
static double mean_error(const struct ct_find_outcome *o, size_t i, double mean)
{
    size_t group = o->n_blocks < 10 ? 1 : o->n_blocks / 5, groups = 0;
    double total = 0, squares = 0;
    for (size_t at = 0; at < o->n_blocks; groups++) {
        double n = 0, sum = 0;
        for (size_t end = at + group; at < end && at < o->n_blocks; at++) {
            n += o->blocks[at].n;
            sum += o->blocks[at].sum[i];
        }
        squares += (sum - mean * n) * (sum - mean * n);
        total += n;
    }
    if (groups < 2 || total <= 0 || mean <= 0)
        return 0;
    double g = (double)groups;
    return sqrt(squares * g / (g - 1)) / total / mean;
}

static void measure_growth(struct ct_visit *v, const struct ct_find_outcome *o)
{
    double more = (double)o->backlog_end - (double)o->backlog_start;
    double n = fmax(v->n + fmax(more, 0), 1); /* those still waiting may not be in the blocks */
    v->growth = more / n;
    v->growth_sd = sqrt(growth_floor * growth_floor + growth_spread / n);
    v->grew = v->growth > fmax(growth_least, 3 * v->growth_sd);
}

void ct_visit_make(struct ct_visit *v, const struct ct_find_opts *opts, double at, double when_s,
                   const struct ct_find_outcome *o)
{
    *v = (struct ct_visit){.at = at, .when_s = when_s, .stopped = o->stopped};
    for (size_t j = 0; j < o->n_blocks; j++)
        add_block(v, &o->blocks[j], opts->n_limits);
    for (size_t j = 0; j < o->n_blocks; j += 2)
        add_pair(v, o, j, opts->n_limits);
    v->mean_s /= v->n; /* NAN of 0 / 0 is meant */
    for (size_t i = 0; i < opts->n_limits; i++) {
        v->mean[i] /= v->n;
        if (opts->limits[i].kind == CT_FIND_MEAN)
            v->relative[i] = mean_error(o, i, v->mean[i]);
    }
    if (opts->axis != CT_FIND_CONNECTIONS)
        measure_growth(v, o);
}

double ct_visit_ratio(const struct ct_visit *v, const struct ct_find_opts *opts, size_t i)
{
    const struct ct_find_limit *l = &opts->limits[i];
    if (v->n <= 0)
        return NAN;
    return l->kind == CT_FIND_MEAN ? v->mean[i] / l->limit_s : v->k[i] / v->n / l->share;
}

int ct_visit_broke(const struct ct_visit *v, const struct ct_find_opts *opts)
{
    int worst = CT_FIND_NOTHING;
    double most = 1 + rounding;
    for (size_t i = 0; i < opts->n_limits; i++) {
        double ratio = ct_visit_ratio(v, opts, i);
        if (ratio > most) {
            most = ratio;
            worst = (int)i;
        }
    }
    if (worst == CT_FIND_NOTHING && (v->grew || v->hopeless || v->n <= 0))
        return CT_FIND_STABILITY;
    return worst;
}

double ct_visit_overload_share(double share)
{
    return fmin(CUT * share, (1 + share) / 2);
}

bool ct_visit_overload(const struct ct_visit *v, const struct ct_find_opts *opts)
{
    if (v->n <= 0 || v->hopeless || (v->stopped && v->grew))
        return true;
    for (size_t i = 0; i < opts->n_limits; i++) {
        const struct ct_find_limit *l = &opts->limits[i];
        if (l->kind == CT_FIND_MEAN ? v->mean[i] > MEAN_CUT * l->limit_s
                                    : v->k[i] > ct_visit_overload_share(l->share) * v->n)
            return true;
    }
    return false;
}

double ct_visit_enough(const struct ct_find_opts *opts)
{
    double most = 1;
    for (size_t i = 0; i < opts->n_limits; i++)
        if (opts->limits[i].kind == CT_FIND_SHARE)
            most = fmax(most, CLEAN_EVENTS / opts->limits[i].share);
    return most;
}

bool ct_visit_clean(const struct ct_visit *v, const struct ct_find_opts *opts)
{
    if (!(v->n >= ct_visit_enough(opts)))
        return false;
    for (size_t i = 0; i < opts->n_limits; i++)
        if (ct_visit_ratio(v, opts, i) >= (opts->limits[i].kind == CT_FIND_MEAN ? 0.75 : 0.25))
            return false;
    return !v->grew;
}

bool ct_visit_sure(const struct ct_visit *v, const struct ct_find_opts *opts)
{
    int broke = ct_visit_broke(v, opts);
    if (broke == CT_FIND_STABILITY)
        return true;
    for (size_t i = 0; i < opts->n_limits; i++) {
        const struct ct_find_limit *l = &opts->limits[i];
        if (l->kind == CT_FIND_SHARE && l->limit_s <= 0 && v->k[i] <= 0)
            continue; /* no error: none is waited for */
        double ratio = ct_visit_ratio(v, opts, i);
        double allowed = l->share * v->n;
        double error = l->kind == CT_FIND_MEAN ? 2 * v->relative[i] * ratio
                                               : 2 * sqrt(fmax(v->k[i], 1) / allowed / allowed);
        bool within = fabs(ratio - 1) < error;
        if (within && (broke == CT_FIND_NOTHING || broke == (int)i))
            return false;
    }
    return true;
}
