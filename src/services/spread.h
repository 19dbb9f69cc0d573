/*
 * The distribution of a stream of times, in flat memory: exact count, mean, deviation, minimum and
 * maximum; and, when asked for, a sample of the values and the median. The sample holds every value
 * up to its size, then a uniform choice of them (Vitter 1985, algorithm R); the median is exact
 * while the sample holds all, then has the three digits of base/histogram.h.
 */
#ifndef CT_SERVICES_SPREAD_H
#define CT_SERVICES_SPREAD_H

#include <stddef.h>
#include <stdint.h>

#include "base/histogram.h"
#include "base/rng.h"

struct ct_spread {
    uint64_t count;
    double mean_s, squares; /* Welford's; seconds, seconds^2 */
    double min_s, max_s;    /* undefined while count is 0 */
    double *sample_s;       /* owned; in no order */
    size_t sampled, sample_max;
    struct ct_histogram *histogram; /* owned; NULL without a sample */
    struct ct_rng rng;
};

/* sample_max 0: moments only. The choice of the sample is always the same for the same stream. */
void ct_spread_init(struct ct_spread *s, size_t sample_max);
void ct_spread_release(struct ct_spread *s); /* accepts a zeroed struct */
void ct_spread_add(struct ct_spread *s, uint64_t value_ns);

double ct_spread_stddev_s(const struct ct_spread *s); /* of the population; NAN while empty */

/* NAN while empty or without a sample. Sorts the sample. */
double ct_spread_median_s(struct ct_spread *s);

#endif
