/* Plain statistics of doubles. Pure. */
#ifndef CT_ANALYSIS_STATS_H
#define CT_ANALYSIS_STATS_H

#include <stddef.h>

struct ct_stats {
    size_t count;
    double mean, stddev, median, min, max; /* stddev of the population; NAN without a value */
};

/* Sorts values in place. The median of an even count is the mean of the middle two. */
void ct_stats_make(double *values, size_t count, struct ct_stats *out);

/* The value that Student's t with df degrees of freedom stays below with probability p, 0.5 <= p <
 * 1 (by bisection of the distribution function, which is the incomplete beta function: continued
 * fraction, Abramowitz and Stegun 26.5.8 and 26.7.1). To nine digits. */
double ct_stats_t_quantile(double p, double df);

/* The probability that Student's t with df degrees of freedom is more than t; t of either sign. */
double ct_stats_t_beyond(double t, double df);

/* The probability that at least k of n independent trials succeed, each with probability p: the
 * incomplete beta function I_p(k, n - k + 1) (Abramowitz and Stegun 26.5.24). k and n need not be
 * whole. */
double ct_stats_binomial_beyond(double k, double n, double p);

#endif
