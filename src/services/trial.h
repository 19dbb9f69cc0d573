/*
 * One run of ct's engine against a server on this machine, for itself: nothing is saved, watched or
 * shown. Blocks until it has ended. One thread: main.
 */
#ifndef CT_SERVICES_TRIAL_H
#define CT_SERVICES_TRIAL_H

#include <stdint.h>

#include "base/err.h"
#include "model/run.h"
#include "model/summary.h"

struct ct_trial {
    struct ct_summary summary; /* release it */
    struct ct_run_times times; /* t0: what the plan's instants are counted from */
    double request_cpu_us;     /* CPU of the loop threads per request begun; NAN: none was */
};

/* GET / from port of 127.0.0.1. planned, connections and the like are filled from plan where it
 * leaves them 0. CT_EFAIL, CT_EREACH. */
int ct_trial_run(const struct ct_run_plan *plan, uint16_t port, struct ct_trial *out,
                 struct ct_err *err);

#endif
