/* Searches against a synthetic server: the search itself, and a bisection with trials of a fixed
 * length to compare it with. */
#ifndef CT_TESTS_SIM_SEARCH_H
#define CT_TESTS_SIM_SEARCH_H

#include "analysis/sweep.h"
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

/* The searches of a benchmark, then their confirmations. */
enum { SIM_SWEEP_MAX = 8 };
struct sim_sweep_result {
    struct ct_find_answer load;                 /* of the search for a load; zeroed without one */
    struct ct_find_answer rates[SIM_SWEEP_MAX]; /* confirmed, from the highest load down */
    uint32_t loads[SIM_SWEEP_MAX];
    size_t n_rates;
    double spent_s;   /* of load, confirmations included */
    double most_work; /* of a request: the highest load that was tried */
};
void sim_sweep(struct sim_server *s, const struct ct_sweep_opts *opts,
               struct sim_sweep_result *out);

/* Doubling from a first rate, then bisection until high / low - 1 <= width; a trial passes when its
 * share is at most the limit's. Into answer: low, high, capacity (the geometric middle). */
void sim_bisection(struct sim_server *s, double first, double trial_s, double width,
                   struct sim_result *out);

#endif
