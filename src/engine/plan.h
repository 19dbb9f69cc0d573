/*
 * When request i is due: a pure function of the plan.
 *
 * A plan is a sequence of stages; the rate in each goes in a straight line (constant, mostly). The
 * integral of the rate is the mass A(t), in requests. Even arrivals: request i is due when A
 * reaches i. Poisson arrivals: when A reaches the sum of i + 1 exponential numbers of mean 1 (time
 * change of a unit Poisson process, Cinlar 1975). Replay: when the file says.
 *
 * Masses are fixed-point with 64 bits after the point, rates integer ratios and products 128 bits
 * wide: instants of a constant rate are exact, floor(i * den / num), for days. due_ns never
 * decreases with i; planned is the number of i with due_ns(i) < duration. All times are ns from t0.
 */
#ifndef CT_ENGINE_PLAN_H
#define CT_ENGINE_PLAN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/rng.h"
#include "model/run.h"

__extension__ typedef unsigned __int128 ct_mass; /* requests, 64 bits after the point */

/* How many requests the plan has; walks Poisson arrivals (some 10 ns each). Open model only. */
uint64_t ct_plan_count(const struct ct_run_plan *plan);

/* Fills plan->planned unless that was done; it stays 0 in the closed model. */
void ct_plan_set_count(struct ct_run_plan *plan);

/* Even arrivals only; others have no instant without those before: use a cursor. Beyond the end: as
 * if the last rate went on. */
uint64_t ct_plan_due_ns(const struct ct_run_plan *plan, uint64_t i);

/* Where a walk through the stages stands. */
struct ct_plan_place {
    uint32_t stage;
    uint64_t from_ns; /* where the stage begins */
    ct_mass from, to; /* masses where it begins and ends */
};

/* What of the plan's connections, and of what may be in flight, falls to a thread. */
uint32_t ct_plan_connections(const struct ct_run_plan *plan, uint32_t thread);
uint32_t ct_plan_in_flight(const struct ct_run_plan *plan, uint32_t thread);

/* Walks the share of one thread: i = thread, thread + threads, ... */
struct ct_plan_cursor {
    const struct ct_run_plan *plan; /* borrowed */
    uint64_t next;                  /* index it will give */
    uint64_t due_ns;                /* of next; meaningless at the end */
    uint64_t count;                 /* ct_plan_count: the end */

    /* private */
    struct ct_plan_place place;
    struct ct_rng rng; /* Poisson */
    ct_mass mass;      /* Poisson: of next */
};

/* thread < plan->threads. Counts the plan when plan->planned is 0. */
void ct_plan_cursor_init(struct ct_plan_cursor *c, const struct ct_run_plan *plan, uint32_t thread);
bool ct_plan_peek(const struct ct_plan_cursor *c, uint64_t *i, uint64_t *due_ns);
bool ct_plan_next(struct ct_plan_cursor *c, uint64_t *i, uint64_t *due_ns); /* false: at the end */

/* Planned requests per ns, of all threads together, around the next one; > 0. */
double ct_plan_cursor_rate(const struct ct_plan_cursor *c);

/* Go to the end; returns how many indices were passed over. */
uint64_t ct_plan_abandon(struct ct_plan_cursor *c);

#endif
