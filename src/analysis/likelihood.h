/*
 * How likely what visits saw is, under a curve of one limit over the rate: what the posterior
 * (analysis/posterior.h, where the model is described) and the look for a drift (analysis/drift.h)
 * share. Pure.
 */
#ifndef CT_ANALYSIS_LIKELIHOOD_H
#define CT_ANALYSIS_LIKELIHOOD_H

#include "analysis/posterior.h"

enum { CT_LIKELIHOOD_BELIEF = 2 }; /* what is believed of phi is worth so many visits */

double ct_likelihood_first_phi(enum ct_posterior_kind kind); /* before a visit */

/* Share, or ln(mean / limit), or growth, expected at a rate; distance is ln(rate / C). */
double ct_likelihood_expected(const struct ct_posterior *p, double distance, double b);

/* Log-likelihood; of a share not yet divided by phi. */
double ct_likelihood_of(const struct ct_posterior *p, const struct ct_posterior_datum *d,
                        double expected);

/* Pearson's chi-squared over the visits that say something of the spread, and over their blocks.
 * Begins as zeros. */
struct ct_likelihood_spread {
    double visits, blocks, pairs;
    size_t n_visits, n_blocks, n_pairs, n_near; /* n_near: visits that the blocks are of */
};
void ct_likelihood_add_spread(const struct ct_posterior *p, const struct ct_posterior_datum *d,
                              double expected, struct ct_likelihood_spread *s);

/* SHARE: over-dispersion. MEAN: variance between visits. */
double ct_likelihood_phi(const struct ct_posterior *p, const struct ct_likelihood_spread *s);

#endif
