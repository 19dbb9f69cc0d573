/*
 * The CPU quota that this process lives under, and how often it was stopped by it. A quota of any
 * group above counts too. Both forms of cgroups: v1 (cpu.cfs_quota_us, cpu.cfs_period_us, cpu.stat)
 * and v2 (cpu.max, cpu.stat); Documentation/admin-guide/cgroup-v2.rst and
 * Documentation/scheduler/sched-bwc.rst of the kernel. Parsers are pure and fuzzed; texts end with
 * a NUL.
 */
#ifndef CT_ENGINE_CGROUP_H
#define CT_ENGINE_CGROUP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { CT_CGROUP_PATH = 1024 };

/* Where the files of this process's CPU group are. */
struct ct_cgroup_place {
    int version;               /* 1 or 2 */
    char path[CT_CGROUP_PATH]; /* folder of the group */
    size_t top;                /* path[0..top) is the highest group that can be seen from here */
};

/* /proc/self/cgroup and /proc/self/mountinfo (cgroups(7), proc(5)). In a container without a
 * cgroup namespace the group's path is that of the outside, and the mount shows from where on.
 * false: no cgroup has a CPU controller here. */
bool ct_cgroup_place(const char *cgroup, const char *mountinfo, struct ct_cgroup_place *out);

/* CPUs' worth of time that the quota allows; 0.2 is 20 ms of each 100. false: no quota ("max",
 * "-1"), or no such text. */
bool ct_cgroup_quota_v2(const char *cpu_max, double *out_cpus);
bool ct_cgroup_quota_v1(const char *quota_us, const char *period_us, double *out_cpus);

struct ct_cgroup_stat {
    uint64_t periods, throttled_periods;
    uint64_t throttled_ns; /* all CPUs added up */
};

/* cpu.stat of either version. false: it does not tell (the root group of v2). */
bool ct_cgroup_stat(const char *text, struct ct_cgroup_stat *out);

/* The group of this process and all groups above that can be seen. */
struct ct_cgroup_cpu {
    bool counted;               /* stat is known */
    struct ct_cgroup_stat stat; /* added up: a group without a quota counts nothing */
    double quota_cpus;          /* the tightest; NAN: none */
    int version;                /* 0: no CPU group was found */
    char path[CT_CGROUP_PATH];  /* of the group with that quota; "" */
};

/* Reads files; takes some tens of microseconds. */
void ct_cgroup_read(struct ct_cgroup_cpu *out);

#endif
