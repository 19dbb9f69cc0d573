#include "analysis/capacity.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

enum {
    STABILITY = CT_FIND_LIMITS_MAX,
    WIDENINGS = 6,
    LONG_BLOCKS = 10,
    LONGEST_BLOCKS = 26,
    MANY = 10,
    CLUSTERED = 3
};

static const double spreads[] = {0.01, 0.02, 0.04, 0.08}; /* of the sides, in ln(rate) */
static const double counts = 0.6; /* of a side: the shares of the same visits say some of it too */

void ct_capacity_init(struct ct_capacity *c, const struct ct_find_opts *opts)
{
    *c = (struct ct_capacity){.opts = opts};
    for (size_t i = 0; i < opts->n_limits; i++) {
        bool mean = opts->limits[i].kind == CT_FIND_MEAN;
        ct_posterior_init(&c->limits[i], mean ? CT_POSTERIOR_MEAN : CT_POSTERIOR_SHARE,
                          opts->limits[i].share);
    }
    ct_posterior_init(&c->limits[STABILITY], CT_POSTERIOR_GROWTH, 0);
}

void ct_capacity_release(struct ct_capacity *c)
{
    for (size_t i = 0; i < CT_CAPACITY_LIMITS; i++)
        ct_posterior_release(&c->limits[i]);
    free(c->far);
    free(c->sides);
    c->far = NULL;
    c->sides = NULL;
}

static void note_far(struct ct_capacity *c, double rate)
{
    if (c->n_far == c->far_room) {
        c->far_room = c->far_room ? 2 * c->far_room : 16;
        c->far = ct_xrealloc(c->far, c->far_room, sizeof(*c->far));
    }
    c->far[c->n_far++] = rate;
}

static void note_side(struct ct_capacity *c, const struct ct_visit *v, bool over)
{
    if (c->n_sides == c->sides_room) {
        c->sides_room = c->sides_room ? 2 * c->sides_room : 16;
        c->sides = ct_xrealloc(c->sides, c->sides_room, sizeof(*c->sides));
    }
    c->sides[c->n_sides++] = (struct ct_capacity_side){log(v->at), over};
    c->side_requests = fmax(c->side_requests, v->n);
}

static struct ct_posterior_datum datum(const struct ct_visit *v, const struct ct_find_limit *l,
                                       size_t i)
{
    struct ct_posterior_datum d = {
        .ln_rate = log(v->at), .n = v->n, .blocks = v->blocks, .when = v->when_s / 100};
    if (l->kind == CT_FIND_MEAN) {
        d.k = log(fmax(v->mean[i], 1e-12) / l->limit_s);
        d.square = v->relative[i] * v->relative[i];
    } else {
        d.k = v->k[i];
        d.square = v->square[i];
        d.pairs = v->pairs[i];
    }
    return d;
}

static void note_growth(struct ct_capacity *c, const struct ct_visit *v, bool kept)
{
    struct ct_posterior_datum d = {
        .ln_rate = log(v->at), .k = v->growth, .square = v->growth_sd * v->growth_sd};
    ct_posterior_add(&c->limits[STABILITY], &d);
    c->active[STABILITY] |= v->grew && kept;
}

/* One that is long and clean is above, an overload below the capacity: of targets that are quick
 * enough for both. Overloads alone, where no visit has enough requests to be clean, are one-sided.
 */
static void take_side(struct ct_capacity *c, const struct ct_visit *v)
{
    double enough = MANY * ct_visit_enough(c->opts);
    if (v->n > 0 && v->at * LONGEST_BLOCKS >= enough && ct_visit_overload(v, c->opts))
        note_side(c, v, true);
    else if (v->blocks >= LONG_BLOCKS && v->n >= enough && ct_visit_clean(v, c->opts))
        note_side(c, v, false);
}

void ct_capacity_add(struct ct_capacity *c, const struct ct_visit *v, bool far)
{
    bool kept = v->n > 0;
    for (size_t i = 0; i < c->opts->n_limits; i++) {
        double ratio = ct_visit_ratio(v, c->opts, i);
        bool mean = c->opts->limits[i].kind == CT_FIND_MEAN;
        kept &= ratio <= 1;
        c->active[i] |= ratio > (mean ? 0.8 : 0.5);
    }
    note_growth(c, v, kept);
    if (ct_visit_broke(v, c->opts) != CT_FIND_NOTHING)
        c->broken = c->broken > 0 ? fmin(c->broken, v->at) : v->at;
    if (!far)
        take_side(c, v);
    if (far || v->n <= 0)
        note_far(c, v->at);
    else if (ct_visit_clean(v, c->opts))
        c->clean = fmax(c->clean, v->at);
    for (size_t i = 0; i < c->opts->n_limits && v->n > 0; i++) {
        struct ct_posterior_datum d = datum(v, &c->opts->limits[i], i);
        d.far = far;
        ct_posterior_add(&c->limits[i], &d);
    }
}

/* Lowest overload above what was clean and still far above what is known by now, in ln: a probe of
 * three seconds near the knee may be overload by accident. */
static double upper_bound(const struct ct_capacity *c)
{
    double bound = INFINITY;
    for (size_t i = 0; i < c->n_far; i++)
        if (c->far[i] > c->clean && c->far[i] > CT_CAPACITY_FAR * c->middle)
            bound = fmin(bound, c->far[i]);
    return log(bound);
}

/* So far (ln) on the right side of a bound; negative: hardly. */
static double within(double by)
{
    return by > 0 ? 1 : fmax(1e-5, exp(by * 400));
}

/* A single cluster of violations is more than what three visits may have: their shares say hardly
 * more than on which side of the limit they lie. */
static bool is_clustered(const struct ct_capacity *c)
{
    const struct ct_posterior *p = &c->limits[c->leading];
    return p->kind == CT_POSTERIOR_SHARE && c->n_sides > 0 &&
           p->phi > CLUSTERED * p->target * c->side_requests;
}

double ct_capacity_floor(const struct ct_capacity *c)
{
    bool broke = is_clustered(c) && c->broken > 0;
    return broke ? c->broken / (CT_CAPACITY_FAR * CT_CAPACITY_FAR) : 0;
}

/* How likely the sides are that visits took, if the capacity is at `at` (ln). */
static double on_its_side(const struct ct_capacity *c, double at)
{
    double sum = 0;
    for (size_t s = 0; s < sizeof(spreads) / sizeof(*spreads); s++) {
        double all = 1;
        for (size_t i = 0; i < c->n_sides; i++) {
            double above = (at - c->sides[i].ln_rate) / spreads[s];
            all /= 1 + exp(c->sides[i].over ? above : -above);
        }
        sum += pow(all, counts);
    }
    return fmax(sum, DBL_MIN);
}

static double step_of(const struct ct_capacity *c)
{
    return (c->high - c->low) / (CT_POSTERIOR_POINTS - 1);
}

/* Chance that limit i is reached beyond each point; with more than one limit, one that does not
 * lead may also be reached beyond the grid. Returns the density in weights, sum 1. */
static void one_limit(struct ct_capacity *c, size_t i, bool alone, double *weights, double *beyond)
{
    ct_posterior_weigh(&c->limits[i], c->low, c->high, weights);
    double rest = 0, sum = 0;
    if (!alone && i != c->leading)
        rest = weights[CT_POSTERIOR_POINTS - 1] * log(2) / step_of(c);
    for (size_t x = 0; x < CT_POSTERIOR_POINTS; x++)
        sum += weights[x];
    sum += rest;
    double left = 1;
    for (size_t x = 0; x < CT_POSTERIOR_POINTS; x++) {
        weights[x] /= sum;
        beyond[x] = fmax(left - weights[x] / 2, 1e-300);
        left -= weights[x];
    }
}

/* The density of the lowest: of each limit its own, times the chance that all others are beyond. */
static void join(struct ct_capacity *c)
{
    double weights[CT_CAPACITY_LIMITS][CT_POSTERIOR_POINTS];
    double beyond[CT_CAPACITY_LIMITS][CT_POSTERIOR_POINTS];
    size_t n = 0, which[CT_CAPACITY_LIMITS];
    for (size_t i = 0; i < CT_CAPACITY_LIMITS; i++)
        if (c->active[i])
            which[n++] = i;
    if (n == 0)
        which[n++] = 0;
    for (size_t i = 0; i < n; i++)
        one_limit(c, which[i], n == 1, weights[i], beyond[i]);
    double highest = upper_bound(c);
    bool sided = is_clustered(c);
    double sum = 0, most = -1, first[CT_CAPACITY_LIMITS] = {0};
    for (size_t x = 0; x < CT_POSTERIOR_POINTS; x++) {
        double at = c->low + step_of(c) * (double)x, all = 1;
        double cut = within(highest - at);
        cut *= sided ? on_its_side(c, at) : 1;
        c->weights[x] = 0;
        for (size_t i = 0; i < n; i++)
            all *= beyond[i][x];
        for (size_t i = 0; i < n; i++) {
            double part = cut * weights[i][x] * all / beyond[i][x];
            c->weights[x] += part;
            first[i] += part;
        }
        sum += c->weights[x];
    }
    for (size_t x = 0; x < CT_POSTERIOR_POINTS; x++)
        c->weights[x] /= sum;
    for (size_t i = 0; i < n; i++)
        if (first[i] > most) {
            most = first[i];
            c->leading = which[i];
        }
}

static void widen(struct ct_capacity *c)
{
    for (int i = 0; i < WIDENINGS; i++) {
        bool below = c->weights[0] > 1e-3, above = c->weights[CT_POSTERIOR_POINTS - 1] > 1e-3;
        if (!below && !above)
            return;
        c->low -= below ? 0.14 : 0;
        c->high += above ? 0.14 : 0;
        join(c);
    }
}

void ct_capacity_between(struct ct_capacity *c, double low, double high)
{
    c->low = log(low);
    c->high = log(high);
    for (size_t i = 0; i < CT_CAPACITY_LIMITS; i++)
        c->limits[i].best = (c->low + c->high) / 2;
    join(c);
}

/* First on a grid that is wide enough, then on one that fits. */
void ct_capacity_update(struct ct_capacity *c)
{
    double low = ct_capacity_quantile(c, 1e-3), high = ct_capacity_quantile(c, 1 - 1e-3);
    double middle = c->middle = ct_capacity_quantile(c, 0.5);
    c->low = log(fmin(low, middle * 0.95) / 1.06);
    c->high = log(fmax(high, middle * 1.05) * 1.06);
    join(c);
    widen(c);
    low = ct_capacity_quantile(c, 1e-4);
    high = ct_capacity_quantile(c, 1 - 1e-4);
    c->low = log(low * 0.99);
    c->high = log(high * 1.01);
    join(c);
}

double ct_capacity_quantile(const struct ct_capacity *c, double p)
{
    double step = step_of(c), sum = 0;
    for (size_t x = 0; x < CT_POSTERIOR_POINTS; x++) {
        double at = c->low + step * (double)x, w = c->weights[x];
        if (sum + w >= p && w > 0)
            return exp(at - step / 2 + step * (p - sum) / w);
        sum += w;
    }
    return exp(c->high);
}
