/*
 * --pacing auto: to sleep or to spin. Spinning makes instants exact to a microsecond, but takes a
 * whole CPU for each loop thread; so only where nobody misses it: two CPUs beyond the loop threads'
 * own, no quota below the CPU count, a target elsewhere, and a trial of 200 ms that shows the p99
 * of lateness at least halved.
 */
#ifndef CT_ENGINE_PACING_H
#define CT_ENGINE_PACING_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "io/transport.h"
#include "model/run.h"

struct ct_pacing_facts {
    uint32_t cpus;     /* that this process may run on */
    double quota_cpus; /* of its cgroups; NAN: none */
    bool colocated;
    uint32_t threads;
};

/* Pure. Whether a trial is worth its time, and whether its outcome is. */
bool ct_pacing_may_spin(const struct ct_pacing_facts *facts);
bool ct_pacing_gains(uint64_t sleep_p99_ns, uint64_t spin_p99_ns);

/* p99 of lateness at 1,000 instants a second for 100 ms; blocking, on a loop of its own. */
int ct_pacing_try(bool spins, uint64_t *out_p99_ns, struct ct_err *err);

/* What plan->pacing comes to: never AUTO, nor SPIN in the closed model, whose due is now. Blocking:
 * 200 ms when it has to try. */
enum ct_pacing ct_pacing_choose(const struct ct_run_plan *plan, const struct ct_endpoint *endpoint);

#endif
