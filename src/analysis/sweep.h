/*
 * The searches of a benchmark, one behind the other: the highest load at the lowest rate, then the
 * highest rate at that load and at those below it. Says which search (analysis/find.h) is next and
 * is told what came of it. Pure: the same answers give the same searches.
 *
 *   ct_sweep_init(&s, &opts);
 *   while (ct_sweep_next(&s, &leg)) {
 *       f = ct_find_new(&leg.find); do all that it asks for but the confirmation;
 *       ct_sweep_tell(&s, f);
 *   }
 *   then the confirmations, from the highest load down
 *
 * The search for a load gets half of the budget, each of the others an equal share of what is left
 * of it; what one leaves over the others have more. A search for a rate begins far below what its
 * load is known to take: at a twentieth of one connection's rate at the highest load, at the rate
 * found one load higher (the power of two below it, where rates are whole numbers) at the others.
 * Loads do not go further than 100 above the lowest.
 */
#ifndef CT_ANALYSIS_SWEEP_H
#define CT_ANALYSIS_SWEEP_H

#include <stdbool.h>
#include <stdint.h>

#include "analysis/find.h"

struct ct_sweep_opts {
    struct ct_find_opts find; /* limits, precision, confidence and confirm_s of each search, highest
                                 rate; budget_s: of all searches together, confirmations apart */
    uint32_t load_min, load_max; /* of the case */
    bool has_load;               /* false: one search, for a rate; its load is load_min */
    uint32_t load_fixed;         /* no search for a load: this one; 0: search */
    uint32_t n_loads;            /* to find a rate for; >= 1 */
    uint64_t rate_min;           /* of the search for a load, and the lowest of the others; >= 1 */
};

struct ct_sweep_leg {
    struct ct_find_opts find; /* axis LOAD or RATE */
    uint32_t load;            /* RATE: of every run; LOAD: the lowest */
};

struct ct_sweep {
    struct ct_sweep_opts opts;
    bool loads, done;      /* loads: the search for a load is next */
    uint32_t load, lowest; /* of the search for a rate that is next, and of the last one */
    double first, spent_s; /* first: its first rate */
};

void ct_sweep_init(struct ct_sweep *s, const struct ct_sweep_opts *opts); /* opts are copied */
bool ct_sweep_next(const struct ct_sweep *s, struct ct_sweep_leg *out);   /* false: no more */

/* The search that was next has ended, but for its confirmation. */
void ct_sweep_tell(struct ct_sweep *s, const struct ct_find *f);

/* How many searches for a rate there are in all, as far as is known; the searches to come. */
uint32_t ct_sweep_rates(const struct ct_sweep *s);
uint32_t ct_sweep_left(const struct ct_sweep *s);

#endif
