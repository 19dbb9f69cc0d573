/* The capacity of a synthetic server, computed: Pollaczek and Khinchine's transform of the response
 * time of M/G/1, inverted numerically (Abate and Whitt, ORSA J. Computing 7, 1995: Euler). */
#ifndef CT_TESTS_SIM_TRUTH_H
#define CT_TESTS_SIM_TRUTH_H

#include "sim_server.h"

/* Share of responses beyond limit_s at a rate. Not for CLIFF and the servers without a truth. */
double sim_truth_share(enum sim_kind kind, double rate, double limit_s);

/* Rate at which the first of the limits is reached; NAN: this server has none. */
double sim_truth_capacity(enum sim_kind kind, const struct ct_find_limit *limit);

#endif
