/*
 * Why was the generator at fault? What this machine did meanwhile, put into words beside the
 * reasons of an invalid run. Causes, never criteria: they do not decide the verdict. Pure.
 */
#ifndef CT_ANALYSIS_CAUSES_H
#define CT_ANALYSIS_CAUSES_H

#include "model/host.h"
#include "model/summary.h"

/* Fills s->causes, the surest first:
 *   throttled     the CPU quota stopped the generator's cgroup in at least one period
 *   steal         the hypervisor took at least 1 % of the CPU time
 *   busy_machine  on average more runnable tasks than CPUs, the generator's included, or a loop
 *                 thread waited for a CPU for at least 1 % of the run
 * None may be known: then there are none. */
void ct_causes_find(const struct ct_host_change *host, struct ct_summary *s);

#endif
