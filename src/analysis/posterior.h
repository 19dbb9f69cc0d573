/*
 * What visits say about the rate at which one limit is reached. Pure.
 *
 * A share (a quantile limit, errors): log-odds of the share over the limit = log-odds(allowed) +
 * b ln(rate / C). The posterior of capacity C and slope b on a grid: C even in ln over the support
 * that the caller gives, ln b ~ N(ln 15, 1.1^2). The log-likelihood is that of Poisson counts
 * divided by phi, their over-dispersion (quasi-likelihood: Wedderburn 1974; McCullagh and Nelder,
 * Generalized Linear Models, 9): requests of a queue violate in clusters, phi of them at a time.
 * phi is pooled over visits (Pearson's chi-squared, shrunk to 30), at least what the one-second
 * blocks near the knee say when neighbours go together as they do, at least 1, and estimated anew
 * with each visit. That phi itself is only estimated makes a Student's t of the normal.
 *
 * A mean: ln(mean) = ln(limit) + b ln(rate / C), with a variance between visits that is pooled the
 * same way and added to that of each visit's batch means.
 *
 * Growth of the backlog as a share of the requests: 1 - C/rate beyond C, 0 below.
 *
 * Simulated before it was built, and since: docs/search.md.
 */
#ifndef CT_ANALYSIS_POSTERIOR_H
#define CT_ANALYSIS_POSTERIOR_H

#include <stdbool.h>
#include <stddef.h>

enum { CT_POSTERIOR_POINTS = 41, CT_POSTERIOR_SLOPES = 14 };

enum ct_posterior_kind { CT_POSTERIOR_SHARE, CT_POSTERIOR_MEAN, CT_POSTERIOR_GROWTH };

struct ct_posterior_datum {
    double ln_rate;
    double n, k;   /* SHARE. MEAN and GROWTH: k is ln(mean / limit), or the growth */
    double square; /* SHARE: sum over blocks of k^2 / n. MEAN, GROWTH: variance of k */
    double pairs;  /* SHARE: the same over pairs of blocks */
    size_t blocks;
    double when; /* in 100 s of load: for the drift */
    bool far;    /* overload far above what is known: no part of the posterior */
};

struct ct_posterior {
    enum ct_posterior_kind kind;
    double target; /* SHARE: the share that is allowed */
    struct ct_posterior_datum *data;
    size_t count, room, n_far; /* n_far: of count */
    double phi;                /* SHARE: over-dispersion. MEAN: variance between visits */
    double slope;              /* of the best point */
    double best;               /* ln C there */
    double evidence; /* independent violations seen near it: sum of k / phi, overloads left out */
};

void ct_posterior_init(struct ct_posterior *p, enum ct_posterior_kind kind, double target);
void ct_posterior_release(struct ct_posterior *p);
void ct_posterior_add(struct ct_posterior *p, const struct ct_posterior_datum *d);

/* Weights (largest 1) of ln C at CT_POSTERIOR_POINTS even points from ln_low to ln_high; sets phi,
 * slope and best. */
void ct_posterior_weigh(struct ct_posterior *p, double ln_low, double ln_high, double *weights);

/* Share (or ratio to the limit, or growth) expected at a rate, at the best point. */
double ct_posterior_expected(const struct ct_posterior *p, double ln_rate);

#endif
