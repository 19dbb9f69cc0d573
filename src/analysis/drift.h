/*
 * Did the capacity move while it was measured? Pure.
 *
 * The curve of analysis/posterior.h is fitted once with a capacity that stands still, and once with
 * one that moves: evenly, or fast at first and then less and less (a target that warms up), with
 * three time constants. What is compared is twice the difference of the log-quasi-likelihoods over
 * phi, a squared t value of the one more parameter. It has to be 14 for an even movement and 20 for
 * the others, of which there are three to choose from (docs/search.md: how often that is wrong).
 *
 * Far overloads count here, which the posterior leaves out: one at a rate that is kept later is
 * what a warming target shows first.
 */
#ifndef CT_ANALYSIS_DRIFT_H
#define CT_ANALYSIS_DRIFT_H

#include "analysis/posterior.h"

struct ct_drift {
    double gain;   /* beyond 1 it is no accident; 0: nothing moves, or too few visits to say */
    double change; /* of ln C from the first visit to the last */
    double span;   /* between them, in 100 s of load */
};

void ct_drift_find(const struct ct_posterior *p, struct ct_drift *out);

#endif
