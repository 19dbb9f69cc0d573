/* Searches against a synthetic server: the search itself, and a bisection with trials of a fixed
 * length to compare it with. */
#ifndef CT_TESTS_SIM_SEARCH_H
#define CT_TESTS_SIM_SEARCH_H

#include "sim_server.h"

struct sim_result {
    struct ct_find_answer answer;
    double search_s;  /* load until the confirmation */
    unsigned actions; /* told outcomes */
};

/* Does what the action says. */
void sim_search_do(struct sim_server *s, const struct ct_find_action *a,
                   struct ct_find_outcome *out, struct ct_find_block *blocks);

/* A whole search; f is owned by the caller. */
void sim_search(struct sim_server *s, struct ct_find *f, struct sim_result *out);

/* Doubling, then bisection until high / low - 1 <= width; a trial passes when its share is at most
 * the limit's. Into answer: low, high, capacity (the geometric middle). */
void sim_bisection(struct sim_server *s, double trial_s, double width, struct sim_result *out);

#endif
