#include "analysis/posterior.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

static const double slopes[CT_POSTERIOR_SLOPES] = {0.5, 1,  1.6, 2.5, 4,   6,   9,
                                                   14,  22, 35,  60,  120, 300, 1000};
static const double slope_middle[] = {15, 4, 1}; /* by kind: SHARE, MEAN */
static const double slope_spread[] = {1.1, 1.3, 1};
static const double phi_prior[] = {30, 0.02, 1}; /* what is believed before a visit */
static const double phi_floor[] = {1, 1e-6, 1};
static const double phi_weight = 2; /* worth so many visits */
/* A mean is a power of the rate near its limit only: beyond a factor of e^0.6 it only says on which
 * side the limit is. */
static const double mean_reach = 0.6;

void ct_posterior_init(struct ct_posterior *p, enum ct_posterior_kind kind, double target)
{
    *p = (struct ct_posterior){.kind = kind, .target = target, .phi = phi_prior[kind], .slope = 15};
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
    p->data[p->count] = *d;
    if (p->kind == CT_POSTERIOR_MEAN)
        p->data[p->count].k = fmax(fmin(d->k, mean_reach), -mean_reach);
    p->count++;
}

/* Expected share, or ln(mean / limit), or growth, at a distance ln(rate / C). */
static double expected(const struct ct_posterior *p, double distance, double b)
{
    if (p->kind == CT_POSTERIOR_MEAN)
        return fmax(fmin(b * distance, mean_reach), -mean_reach);
    if (p->kind == CT_POSTERIOR_GROWTH)
        return distance > 0 ? 1 - exp(-distance) : 0;
    double odds = p->target / (1 - p->target) * exp(fmin(b * distance, 40));
    return odds / (1 + odds);
}

/* Log-likelihood, not yet divided by phi. */
static double fit_of(const struct ct_posterior *p, const struct ct_posterior_datum *d, double mean)
{
    if (p->kind == CT_POSTERIOR_SHARE) {
        double k = d->k > 0 ? d->k * log(mean + 1e-300) : 0;
        return k - d->n * mean;
    }
    double between = p->kind == CT_POSTERIOR_MEAN ? p->phi : 0;
    return -(d->k - mean) * (d->k - mean) / 2 / (d->square + between);
}

/* Sum over the visits at one (ln C, b); speed is the drift of ln C in 100 s around middle. */
static double fit_all(const struct ct_posterior *p, double ln_c, double b, double speed,
                      double middle)
{
    double sum = 0;
    for (size_t i = 0; i < p->count; i++) {
        const struct ct_posterior_datum *d = &p->data[i];
        double at = ln_c + speed * (d->when - middle);
        sum += fit_of(p, d, expected(p, d->ln_rate - at, b));
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

/* Pearson's chi-squared over the visits that say something of the spread; and of their blocks. */
struct spread {
    double visits, blocks, pairs;
    size_t n_visits, n_blocks, n_pairs, n_near; /* n_near: visits that the blocks are of */
};

static void add_spread(const struct ct_posterior *p, const struct ct_posterior_datum *d,
                       double mean, struct spread *s)
{
    if (p->kind == CT_POSTERIOR_MEAN) {
        double left = (d->k - mean) * (d->k - mean) - d->square;
        s->visits += fmax(left, 0);
        s->n_visits++;
        return;
    }
    double expect = d->n * mean, left = d->k - expect;
    if (expect > 0.1 * p->target * d->n) {
        s->visits += left * left / expect / (1 - mean + 1e-12);
        s->n_visits++;
    }
    if (mean >= 0.2 * p->target && d->blocks > 0) {
        double squares = d->square - 2 * mean * d->k + mean * mean * d->n;
        double twos = d->pairs - 2 * mean * d->k + mean * mean * d->n;
        s->blocks += squares / mean / (1 - mean + 1e-12);
        s->pairs += twos / mean / (1 - mean + 1e-12);
        s->n_pairs += (d->blocks + 1) / 2;
        s->n_near++;
        s->n_blocks += d->blocks;
    }
}

/* Over-dispersion of a whole visit, from that of its blocks: they follow each other with the
 * autocorrelation that pairs of them show, geometric (Law, Simulation Modeling and Analysis, 4.4).
 */
static double from_blocks(const struct spread *s)
{
    double one = s->blocks / (double)s->n_blocks, two = s->pairs / (double)s->n_pairs;
    double r = fmin(fmax(two / one - 1, 0), 0.5), length = (double)s->n_blocks / (double)s->n_near;
    double sum = 1, power = 1;
    for (int k = 1; k < length; k++) {
        power *= r;
        sum += 2 * (1 - k / length) * power;
    }
    return one * sum;
}

static double pooled(const struct ct_posterior *p, const struct spread *s)
{
    double free_ones = s->n_visits > 0 ? (double)s->n_visits - 1 : 0;
    double phi = (phi_weight * phi_prior[p->kind] + s->visits) / (phi_weight + free_ones);
    if (s->n_blocks >= 8)
        phi = fmax(phi, from_blocks(s));
    return fmax(phi, phi_floor[p->kind]);
}

static void estimate(struct ct_posterior *p, double ln_c, double b)
{
    struct spread s = {0};
    p->best = ln_c;
    p->slope = b;
    if (p->kind == CT_POSTERIOR_GROWTH)
        return;
    for (size_t i = 0; i < p->count; i++)
        add_spread(p, &p->data[i], expected(p, p->data[i].ln_rate - ln_c, b), &s);
    p->phi = pooled(p, &s);
    p->evidence = 0;
    for (size_t i = 0; i < p->count; i++) {
        const struct ct_posterior_datum *d = &p->data[i];
        bool graded = p->kind == CT_POSTERIOR_MEAN || d->k <= 8 * p->target * d->n;
        if (graded && fabs(d->ln_rate - ln_c) < 0.15)
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
            fits[x][b] = fit_all(p, ln_low + step * (double)x, slopes[b], 0, 0);
            double all = fits[x][b] / divisor(p) + prior_of(p, slopes[b]);
            if (all > top) {
                top = all;
                best_x = x;
                best_b = b;
            }
        }
    estimate(p, ln_low + step * (double)best_x, slopes[best_b]);
    double most = fits[best_x][best_b], free_ones = phi_weight + (double)p->count;
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
    double value = expected(p, ln_rate - p->best, p->slope);
    return p->kind == CT_POSTERIOR_MEAN ? exp(value) : value;
}

/* Best fit over ln C and b near the best point, with a given speed. */
static double fit_moving(const struct ct_posterior *p, double speed, double middle, double *at,
                         double *slope)
{
    double top = -INFINITY;
    *at = p->best;
    *slope = p->slope;
    for (int x = -30; x <= 30; x++)
        for (size_t b = 0; b < CT_POSTERIOR_SLOPES; b++) {
            double ln_c = p->best + 0.01 * x;
            double fit = fit_all(p, ln_c, slopes[b], speed, middle);
            if (fit > top) {
                top = fit;
                *at = ln_c;
                *slope = slopes[b];
            }
        }
    return top;
}

static double noise_moving(const struct ct_posterior *p, double ln_c, double b, double speed,
                           double middle)
{
    struct spread s = {0};
    for (size_t i = 0; i < p->count; i++) {
        const struct ct_posterior_datum *d = &p->data[i];
        double at = ln_c + speed * (d->when - middle);
        add_spread(p, d, expected(p, d->ln_rate - at, b), &s);
    }
    return p->kind == CT_POSTERIOR_SHARE ? pooled(p, &s) : 1;
}

double ct_posterior_drift(const struct ct_posterior *p, double *gain)
{
    *gain = 0;
    if (p->count < 6 || p->kind == CT_POSTERIOR_GROWTH)
        return 0;
    double middle = (p->data[0].when + p->data[p->count - 1].when) / 2;
    double still = 0, most = -INFINITY, speed = 0, ln_c = 0, b = 0;
    for (int v = -15; v <= 15; v++) {
        double at, slope, fit = fit_moving(p, 0.02 * v, middle, &at, &slope);
        if (v == 0)
            still = fit;
        if (fit > most) {
            most = fit;
            speed = 0.02 * v;
            ln_c = at;
            b = slope;
        }
    }
    *gain = 2 * (most - still) / noise_moving(p, ln_c, b, speed, middle);
    return speed;
}
