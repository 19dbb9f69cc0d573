/*
 * What this machine does to ct while a test runs: read before it, looked at now and then, read
 * after it. One thread: main, never a loop thread's.
 */
#ifndef CT_SERVICES_HOST_H
#define CT_SERVICES_HOST_H

#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"
#include "engine/cgroup.h"
#include "model/host.h"
#include "monitor/procfs.h"

struct ct_host_watch {
    bool has_ticks;
    struct ct_cpu_ticks ticks; /* at the start */
    struct ct_cgroup_cpu cgroup;
    uint64_t own_cpu_ns;
    struct ct_instant at;
    double running; /* sum over the looks, this thread not counted */
    unsigned looks;
};

void ct_host_begin(struct ct_host_watch *w);

/* Counts who else could run; some ten microseconds. */
void ct_host_look(struct ct_host_watch *w);

/* wait_percent is the engine's to tell: left unknown. */
void ct_host_end(const struct ct_host_watch *w, struct ct_host_change *out);

/* CPUs' worth of work that was not this process's, between begin and now; NAN: unknown. */
double ct_host_others_cpus(const struct ct_host_watch *w);

#endif
