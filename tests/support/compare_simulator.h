/*
 * Pairs of sides whose truth is known, for ct compare. A second's log medians are a first-order
 * autoregression around the run's own level, which differs from run to run; each latency metric has
 * a series of its own, so that the family of metrics has all its chances to be wrong.
 */
#ifndef CT_TEST_COMPARE_SIMULATOR_H
#define CT_TEST_COMPARE_SIMULATOR_H

#include <stdbool.h>

#include "base/rng.h"
#include "model/comparison.h"

struct simulation {
    unsigned runs_a, runs_b, seconds; /* of a run */
    bool batches;                     /* runs show their own noise, by their seconds */
    unsigned history;                 /* the noise is taken from so many earlier runs; 0: not */
    double correlation, deviation;    /* of seconds */
    double run_deviation;
};

struct simulated {
    unsigned pairs, worse, better, inconclusive;
};

/* B is slower by the factor (1: the same program). The same seed gives the same answer. */
struct simulated simulate(const struct simulation *s, double factor, unsigned pairs, uint64_t seed);

#endif
