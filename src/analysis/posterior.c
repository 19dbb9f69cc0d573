#include "analysis/posterior.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/likelihood.h"
#include "base/mem.h"

static const double slopes[CT_POSTERIOR_SLOPES] = {0.5, 1,  1.6, 2.5, 4,   6,   9,
                                                   14,  22, 35,  60,  120, 300, 1000};
static const double slope_middle[] = {15, 4, 1}; /* by kind: SHARE, MEAN */
static const double slope_spread[] = {1.1, 1.3, 1};

void ct_posterior_init(struct ct_posterior *p, enum ct_posterior_kind kind, double target)
{
    *p = (struct ct_posterior){
        .kind = kind, .target = target, .phi = ct_likelihood_first_phi(kind), .slope = 15};
}

void ct_posterior_release(struct ct_posterior *p)
{
    free(p->data);
    p->data = NULL;
}

void ct_posterior_add(struct ct_posterior *p, const struct ct_posterior_datum *d)
{
    if (p->count == p->room) {
        p->room = p->room ? 2 * p->room : 32;
        p->data = ct_xrealloc(p->data, p->room, sizeof(*p->data));
    }
    p->data[p->count++] = *d;
    p->n_far += d->far;
}

/* Sum over the visits at one (ln C, b). */
static double fit_all(const struct ct_posterior *p, double ln_c, double b)
{
    double sum = 0;
    for (size_t i = 0; i < p->count; i++) {
        const struct ct_posterior_datum *d = &p->data[i];
        if (!d->far)
            sum += ct_likelihood_of(p, d, ct_likelihood_expected(p, d->ln_rate - ln_c, b));
    }
    return sum;
}

static double prior_of(const struct ct_posterior *p, double b)
{
    if (p->kind == CT_POSTERIOR_GROWTH)
        return 0;
    double z = log(b / slope_middle[p->kind]) / slope_spread[p->kind];
    return -z * z / 2;
}

static double divisor(const struct ct_posterior *p)
{
    return p->kind == CT_POSTERIOR_SHARE ? p->phi : 1;
}

static void estimate(struct ct_posterior *p, double ln_c, double b)
{
    struct ct_likelihood_spread s = {0};
    p->best = ln_c;
    p->slope = b;
    if (p->kind == CT_POSTERIOR_GROWTH)
        return;
    for (size_t i = 0; i < p->count; i++) {
        const struct ct_posterior_datum *d = &p->data[i];
        if (!d->far)
            ct_likelihood_add_spread(p, d, ct_likelihood_expected(p, d->ln_rate - ln_c, b), &s);
    }
    p->phi = ct_likelihood_phi(p, &s);
    p->evidence = 0;
    for (size_t i = 0; i < p->count; i++) {
        const struct ct_posterior_datum *d = &p->data[i];
        bool graded = p->kind == CT_POSTERIOR_MEAN || d->k <= 8 * p->target * d->n;
        if (!d->far && graded && fabs(d->ln_rate - ln_c) < 0.15)
            p->evidence += p->kind == CT_POSTERIOR_SHARE ? d->k / p->phi : 1;
    }
}

/* A normal whose variance is known to so many visits only: Student's t. */
static double tail(double below, double free_ones)
{
    return -(free_ones + 1) / 2 * log1p(2 * below / free_ones);
}

static size_t n_slopes(const struct ct_posterior *p)
{
    return p->kind == CT_POSTERIOR_GROWTH ? 1 : CT_POSTERIOR_SLOPES;
}

void ct_posterior_weigh(struct ct_posterior *p, double ln_low, double ln_high, double *weights)
{
    double fits[CT_POSTERIOR_POINTS][CT_POSTERIOR_SLOPES];
    double step = (ln_high - ln_low) / (CT_POSTERIOR_POINTS - 1), top = -INFINITY;
    size_t best_x = 0, best_b = 0;
    for (size_t x = 0; x < CT_POSTERIOR_POINTS; x++)
        for (size_t b = 0; b < n_slopes(p); b++) {
            fits[x][b] = fit_all(p, ln_low + step * (double)x, slopes[b]);
            double all = fits[x][b] / divisor(p) + prior_of(p, slopes[b]);
            if (all > top) {
                top = all;
                best_x = x;
                best_b = b;
            }
        }
    estimate(p, ln_low + step * (double)best_x, slopes[best_b]);
    double most = fits[best_x][best_b],
           free_ones = CT_LIKELIHOOD_BELIEF + (double)(p->count - p->n_far);
    double largest = 0;
    for (size_t x = 0; x < CT_POSTERIOR_POINTS; x++) {
        weights[x] = 0;
        for (size_t b = 0; b < n_slopes(p); b++) {
            double below = (most - fits[x][b]) / divisor(p);
            double log_weight = below > 0 ? tail(below, free_ones) : -below;
            weights[x] += exp(log_weight + prior_of(p, slopes[b]));
        }
        largest = fmax(largest, weights[x]);
    }
    for (size_t x = 0; x < CT_POSTERIOR_POINTS; x++)
        weights[x] /= largest;
}

double ct_posterior_expected(const struct ct_posterior *p, double ln_rate)
{
    double value = ct_likelihood_expected(p, ln_rate - p->best, p->slope);
    return p->kind == CT_POSTERIOR_MEAN ? exp(value) : value;
}
