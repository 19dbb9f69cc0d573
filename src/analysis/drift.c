#include "analysis/drift.h"

#include <math.h>

#include "analysis/likelihood.h"

enum { DATA_MIN = 6, LOOKS_MAX = 600 };

static const double most_change = 1.5, flattest = 0.5, sharpest = 1000;

/* How it may move: time constant in 100 s of load (INFINITY: evenly), the gain that is enough. */
static const struct {
    double constant, enough;
} courses[] = {{INFINITY, 14}, {0.3, 20}, {0.6, 20}, {1.2, 20}};

/* ln C(t) = ln_c + change (course(t) - centre), course from 0 to 1 between begin and end. */
struct path {
    double ln_c, ln_b, change;
    double constant, begin, end, centre;
};

static double course(const struct path *c, double when)
{
    double span = c->end - c->begin, t = when - c->begin;
    if (isinf(c->constant))
        return t / span;
    return expm1(-t / c->constant) / expm1(-span / c->constant);
}

static double expected(const struct ct_posterior *p, const struct path *c,
                       const struct ct_posterior_datum *d)
{
    double ln_c = c->ln_c;
    if (c->change < 0 || c->change > 0)
        ln_c += c->change * (course(c, d->when) - c->centre);
    return ct_likelihood_expected(p, d->ln_rate - ln_c, exp(c->ln_b));
}

static double fit(const struct ct_posterior *p, const struct path *c)
{
    double sum = 0;
    for (size_t i = 0; i < p->count; i++)
        sum += ct_likelihood_of(p, &p->data[i], expected(p, c, &p->data[i]));
    return sum;
}

/* One step of a pattern search along one parameter; true: it was uphill. */
static bool step(const struct ct_posterior *p, struct path *c, unsigned which, double by,
                 double *top)
{
    struct path next = *c;
    if (which == 0)
        next.ln_c += by;
    else if (which == 1)
        next.ln_b = fmin(fmax(next.ln_b + 8 * by, log(flattest)), log(sharpest));
    else
        next.change = fmin(fmax(next.change + 2 * by, -most_change), most_change);
    double there = fit(p, &next);
    if (there <= *top)
        return false;
    *top = there;
    *c = next;
    return true;
}

/* The top of the hill that c stands on (pattern search: Hooke and Jeeves 1961). */
static double climb(const struct ct_posterior *p, struct path *c, unsigned parameters)
{
    double top = fit(p, c);
    int looks = 0;
    for (double by = 0.06; by > 0.0004 && looks < LOOKS_MAX;) {
        bool uphill = false;
        for (unsigned which = 0; which < parameters; which++, looks += 2)
            uphill |= step(p, c, which, by, &top) || step(p, c, which, -by, &top);
        if (!uphill)
            by /= 2;
    }
    return top;
}

/* From several places, for hills are several. */
static double best_of(const struct ct_posterior *p, const struct path *from, unsigned parameters,
                      struct path *out)
{
    static const double changes[] = {0, 0.3, -0.3, 0.9, -0.9};
    const double ln_b[] = {from->ln_b, log(15), log(60)};
    size_t n = parameters > 2 ? sizeof(changes) / sizeof(*changes) : 1;
    double most = -INFINITY;
    *out = *from;
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < sizeof(ln_b) / sizeof(*ln_b); j++) {
            struct path c = *from;
            c.change += changes[i];
            c.ln_b = ln_b[j];
            double top = climb(p, &c, parameters);
            if (top > most) {
                most = top;
                *out = c;
            }
        }
    return most;
}

static double noise(const struct ct_posterior *p, const struct path *c)
{
    struct ct_likelihood_spread s = {0};
    if (p->kind != CT_POSTERIOR_SHARE)
        return 1;
    for (size_t i = 0; i < p->count; i++)
        ct_likelihood_add_spread(p, &p->data[i], expected(p, c, &p->data[i]), &s);
    return ct_likelihood_phi(p, &s);
}

static double mean_course(const struct ct_posterior *p, const struct path *c)
{
    double sum = 0;
    for (size_t i = 0; i < p->count; i++)
        sum += course(c, p->data[i].when);
    return sum / (double)p->count;
}

static size_t judged(const struct ct_posterior *p)
{
    return p->kind == CT_POSTERIOR_GROWTH ? 0 : p->count - p->n_far;
}

void ct_drift_find(const struct ct_posterior *p, struct ct_drift *out)
{
    *out = (struct ct_drift){0};
    if (judged(p) < DATA_MIN)
        return;
    struct path still, start = {.ln_c = p->best, .ln_b = log(p->slope)};
    start.begin = p->data[0].when;
    start.end = p->data[p->count - 1].when;
    out->span = start.end - start.begin;
    if (out->span <= 0)
        return;
    double top = best_of(p, &start, 2, &still);
    for (size_t i = 0; i < sizeof(courses) / sizeof(*courses); i++) {
        struct path moving, from = still;
        from.constant = courses[i].constant;
        from.centre = mean_course(p, &from);
        double fits = best_of(p, &from, 3, &moving);
        double gain = 2 * (fits - top) / noise(p, &moving) / courses[i].enough;
        if (gain > out->gain) {
            out->gain = gain;
            out->change = moving.change;
        }
    }
}
