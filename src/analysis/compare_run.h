/*
 * What a run shows of its own noise, from its seconds. Seconds are gathered into pieces (1 s; when
 * there would be more than 128, neighbours are merged in pairs, so memory does not depend on the
 * length), pieces into at least six batches of at least 10 s and five decorrelation times, whose
 * values' variance over their number is that of the run's value (batch means: Law, Simulation
 * Modeling and Analysis, 9.5.3).
 *
 * The decorrelation time is that of a first-order autoregression of the pieces' log medians: -1/ln
 * r, r the first autocorrelation without its bias (Kendall, Biometrika 41, 1954). What correlation
 * is left between batches of that length widens the variance by the exact factor of such a series,
 * g(all) / g(batch) with g(n) = 1 + 2 sum (1 - k/n) r^k. Where a run is too short for six such
 * batches it is cut into six, and that factor is all the larger.
 *
 * Pure.
 */
#ifndef CT_ANALYSIS_COMPARE_RUN_H
#define CT_ANALYSIS_COMPARE_RUN_H

#include "model/comparison.h"

struct ct_compare_batches;

struct ct_compare_batches *ct_compare_batches_new(void);
void ct_compare_batches_free(struct ct_compare_batches *b); /* accepts NULL */

/* In their order, only those that count: neither of the warm-up nor after the plan's end. */
void ct_compare_batches_second(struct ct_compare_batches *b,
                               const struct ct_compare_second *second);

/* Fills variance and df of the run; NAN where six batches do not have a value each. Empties b. */
void ct_compare_batches_end(struct ct_compare_batches *b, struct ct_compare_run *run);

#endif
