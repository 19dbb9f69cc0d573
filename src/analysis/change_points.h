/*
 * Where a series changed its level: E-divisive with means (Matteson and James, "A Nonparametric
 * Approach for Multiple Change Point Analysis of Multivariate Data", JASA 109, 2014, equations 5-7,
 * alpha = 1; as used on performance series by Daly et al., ICPE 2020). The split of a stretch is
 * where the energy distance between its two sides, times mn/(m+n), is largest; a permutation test
 * (Good 2005, with the identity counted: p = (1 + beyond) / (1 + R)) says whether shuffled values
 * do as well; both sides are then looked at in turn, each at the same level.
 *
 * Pure, and the same for the same seed.
 */
#ifndef CT_ANALYSIS_CHANGE_POINTS_H
#define CT_ANALYSIS_CHANGE_POINTS_H

#include <stddef.h>
#include <stdint.h>

struct ct_change_opts {
    size_t side_min;       /* values on each side of a change, >= 2 */
    unsigned permutations; /* R; the smallest p is 1 / (1 + R) */
    double level;          /* a change has p <= level */
    uint64_t seed;
};
extern const struct ct_change_opts ct_change_defaults; /* 4, 999, 0.01, 1 */

struct ct_change_point {
    size_t at; /* index of the first value of the new level */
    double p;
};

/* Finite values; at most max points are kept, in order of their place; returns how many. */
size_t ct_change_points(const double *values, size_t count, const struct ct_change_opts *opts,
                        struct ct_change_point *out, size_t max);

/* The statistic of a split of values[0..count) before index at; 2 <= at <= count - 2. For tests and
 * the curious. */
double ct_change_energy(const double *values, size_t count, size_t at);

#endif
