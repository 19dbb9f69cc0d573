/*
 * When request i is due: a pure function of the plan. Rates are integer ratios and products are
 * taken in 128 bits, so instants are exact for days. due_ns(i) = floor(i * den / num) for a
 * constant rate; planned is the number of i with due_ns(i) < duration. All times are ns from t0.
 */
#ifndef CT_ENGINE_PLAN_H
#define CT_ENGINE_PLAN_H

#include <stdbool.h>
#include <stdint.h>

#include "model/run.h"

uint64_t ct_plan_due_ns(const struct ct_run_plan *plan, uint64_t i);
uint64_t ct_plan_count(const struct ct_run_plan *plan);                        /* planned */
uint64_t ct_plan_count_before(const struct ct_run_plan *plan, uint64_t at_ns); /* with due < at */

/* Walks the share of one thread: i = thread, thread + threads, ... */
struct ct_plan_cursor {
    const struct ct_run_plan *plan; /* borrowed */
    uint64_t next;                  /* index it will give */
    uint64_t due_ns;                /* of next; meaningless at the end */
    uint64_t count;                 /* ct_plan_count: the end */
};

/* thread < plan->threads. */
void ct_plan_cursor_init(struct ct_plan_cursor *c, const struct ct_run_plan *plan, uint32_t thread);
bool ct_plan_peek(const struct ct_plan_cursor *c, uint64_t *i, uint64_t *due_ns);
bool ct_plan_next(struct ct_plan_cursor *c, uint64_t *i, uint64_t *due_ns); /* false: at the end */

/* Go to the end; returns how many indices were passed over. */
uint64_t ct_plan_abandon(struct ct_plan_cursor *c);

#endif
