/* The servers of the test bed, each with its limit. */
#ifndef CT_TESTS_SIM_CASE_H
#define CT_TESTS_SIM_CASE_H

#include "sim_search.h"

struct sim_case {
    const char *name;
    enum sim_kind kind;
    struct ct_find_limit limit;
    bool steady;   /* it has a true capacity */
    double widest; /* median width that is promised; 0: printed only */
};

extern const struct sim_case sim_cases[];
extern const size_t sim_n_cases;

const struct sim_case *sim_case_named(const char *name);

/* One search with the usual options. */
void sim_case_run(const struct sim_case *c, uint64_t seed, double budget_s, struct sim_result *out);

#endif
