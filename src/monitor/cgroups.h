/*
 * Control groups of chosen names: cpu.stat and memory.current of version 2 (cgroup-v2 of the
 * kernel's documentation), or what version 1 has in their place; and what lies between two
 * readings. Pure; fuzzed.
 */
#ifndef CT_MONITOR_CGROUPS_H
#define CT_MONITOR_CGROUPS_H

#include "io/proc_files.h"
#include "model/snapshot.h"
#include "monitor/procfs.h"

/* What one group has taken since it was made. */
struct ct_cgroup_reading {
    struct ct_maybe usage_ns;           /* CPU */
    struct ct_maybe periods, throttled; /* of its quota: how many, and in how many it was stopped */
    struct ct_maybe memory_bytes;
};

/* One of its files; what the text does not have stays as it was. */
void ct_cgroup_parse(enum ct_cgroup_file file, const char *text, size_t len,
                     struct ct_cgroup_reading *out);

/* There is such a group, and it shows something. */
bool ct_cgroup_exists(const struct ct_cgroup_reading *r);

/* All but its name. before NULL, a counter that went back (it was made anew), or seconds 0: no CPU
 * and no quota. */
void ct_cgroup_between(const struct ct_cgroup_reading *before,
                       const struct ct_cgroup_reading *after, double seconds,
                       struct ct_cgroup *out);

#endif
