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

#endif
