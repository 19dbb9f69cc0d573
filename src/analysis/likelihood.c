#include "analysis/likelihood.h"

#include <math.h>

static const double phi_prior[] = {30, 0.02, 1}; /* by kind: what is believed before a visit */
static const double phi_floor[] = {1, 1e-6, 1};
/* A mean is a power of the rate near its limit only: beyond a factor of e^0.6 it only says on which
 * side the limit is. */
static const double mean_reach = 0.6;

double ct_likelihood_first_phi(enum ct_posterior_kind kind)
{
    return phi_prior[kind];
}

static double within_reach(double ln_ratio)
{
    return fmax(fmin(ln_ratio, mean_reach), -mean_reach);
}

double ct_likelihood_expected(const struct ct_posterior *p, double distance, double b)
{
    if (p->kind == CT_POSTERIOR_MEAN)
        return within_reach(b * distance);
    if (p->kind == CT_POSTERIOR_GROWTH)
        return distance > 0 ? 1 - exp(-distance) : 0;
    double odds = p->target / (1 - p->target) * exp(fmin(b * distance, 40));
    return odds / (1 + odds);
}

static double seen(const struct ct_posterior *p, const struct ct_posterior_datum *d)
{
    return p->kind == CT_POSTERIOR_MEAN ? within_reach(d->k) : d->k;
}

double ct_likelihood_of(const struct ct_posterior *p, const struct ct_posterior_datum *d,
                        double expected)
{
    if (p->kind == CT_POSTERIOR_SHARE) {
        double k = d->k > 0 ? d->k * log(expected + 1e-300) : 0;
        return k - d->n * expected;
    }
    double between = p->kind == CT_POSTERIOR_MEAN ? p->phi : 0, left = seen(p, d) - expected;
    return -left * left / 2 / (d->square + between);
}

void ct_likelihood_add_spread(const struct ct_posterior *p, const struct ct_posterior_datum *d,
                              double expected, struct ct_likelihood_spread *s)
{
    if (p->kind == CT_POSTERIOR_MEAN) {
        double left = seen(p, d) - expected;
        s->visits += fmax(left * left - d->square, 0);
        s->n_visits++;
        return;
    }
    double one = expected * (1 - expected + 1e-12), left = d->k - d->n * expected;
    if (expected > 0.1 * p->target) {
        s->visits += left * left / d->n / one;
        s->n_visits++;
    }
    if (expected >= 0.2 * p->target && d->blocks > 0) {
        double rest = expected * expected * d->n - 2 * expected * d->k;
        s->blocks += (d->square + rest) / one;
        s->pairs += (d->pairs + rest) / one;
        s->n_pairs += (d->blocks + 1) / 2;
        s->n_near++;
        s->n_blocks += d->blocks;
    }
}

/* Over-dispersion of a whole visit, from that of its blocks: they follow each other with the
 * autocorrelation that pairs of them show, geometric (Law, Simulation Modeling and Analysis, 4.4).
 */
static double from_blocks(const struct ct_likelihood_spread *s)
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

double ct_likelihood_phi(const struct ct_posterior *p, const struct ct_likelihood_spread *s)
{
    double free_ones = s->n_visits > 0 ? (double)s->n_visits - 1 : 0, believed = phi_prior[p->kind];
    double phi = (CT_LIKELIHOOD_BELIEF * believed + s->visits) / (CT_LIKELIHOOD_BELIEF + free_ones);
    if (s->n_blocks >= 8)
        phi = fmax(phi, from_blocks(s));
    return fmax(phi, phi_floor[p->kind]);
}
