/*
 * What this machine did to the generator during a run: why it may have been late. Causes, never
 * criteria. Filled by services, kept by store, put into words by analysis.
 */
#ifndef CT_MODEL_HOST_H
#define CT_MODEL_HOST_H

#include <stdint.h>

/* Between the start and the end of a run. A double that is not known is NAN. */
struct ct_host_change {
    double steal_percent; /* of all CPUs' time, taken by the hypervisor */
    double wait_percent; /* of the run, a loop thread could run and was not let (mean of threads) */
    double quota_cpus;   /* of this process's cgroups, the tightest; NAN: none, or unknown */
    double throttled_s;  /* the quota stopped a CPU of the group so long, all CPUs added up */
    double clock_step_s; /* the wall clock was set so far from what the monotonic clock says */
    double others_running; /* mean number of runnable tasks that are not the generator's */
    uint64_t periods, throttled_periods; /* of the quota; 0: none, or unknown */
    uint32_t cpus;                       /* that this process may run on; 0: unknown */
};

struct ct_host_change ct_host_change_unknown(void);

#endif
