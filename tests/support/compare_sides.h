/*
 * Sides of a comparison made by hand: everything is alike but what a test sets.
 */
#ifndef CT_TEST_COMPARE_SIDES_H
#define CT_TEST_COMPARE_SIDES_H

#include <stddef.h>

#include "model/comparison.h"

/* A point with runs of these service p50s (ms); min_effect 5 %. Runs have 1,000 requests, 100/s, no
 * failure, and 40 us of lateness. Release c first when it holds something. */
void sides_make(struct ct_comparison *c, const double *a, size_t n, const double *b, size_t m);

/* The value of a metric in all runs of a side, in its own unit; then the requests. */
void side_set(struct ct_compare_side *s, enum ct_compare_metric m, double value);
void side_requests(struct ct_compare_side *s, double requests);

#endif
