/*
 * /proc/stat, /proc/meminfo, /proc/loadavg, /proc/uptime and /proc/pressure as numbers (proc(5)).
 * Pure; fuzzed. What is not in the text is missing, never 0.
 */
#ifndef CT_MONITOR_PROCFS_H
#define CT_MONITOR_PROCFS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/snapshot.h"

/* A number that may be missing. */
struct ct_maybe {
    bool has;
    uint64_t value;
};

/* The "cpu" line of /proc/stat, in clock ticks since boot. guest is contained in user, guest_nice
 * in nice. */
struct ct_cpu_ticks {
    uint64_t user, nice, system, idle, iowait, irq, softirq, steal, guest, guest_nice;
};

/* false: no such line, or fewer than the four fields that every kernel has. */
bool ct_procfs_stat(const char *text, size_t len, struct ct_cpu_ticks *out);

/* As free(1) of procps 4: used = MemTotal - MemAvailable, buff/cache = Buffers + Cached +
 * SReclaimable, shared = Shmem, in KiB. Kernels before 3.14 have no MemAvailable: then available =
 * MemFree + Buffers + Cached. false: MemTotal or MemFree is missing. */
bool ct_procfs_meminfo(const char *text, size_t len, struct ct_memory_kib *out);

struct ct_swap_kib {
    double total, used, free;
};

/* false: SwapTotal or SwapFree is missing. A server without swap has 0 of it. */
bool ct_procfs_swap(const char *text, size_t len, struct ct_swap_kib *out);

struct ct_load {
    double minute, five_minutes, fifteen_minutes; /* load averages */
    uint64_t running; /* tasks that run or could run, the reader itself among them */
    uint64_t tasks;
};

/* /proc/loadavg. false: it is cut or not of numbers. */
bool ct_procfs_loadavg(const char *text, size_t len, struct ct_load *out);

/* The first number of a line of /proc/stat: "ctxt ", "intr ", "processes ", "btime ". */
bool ct_procfs_stat_line(const char *text, size_t len, const char *name, uint64_t *out);

/* How many "cpuN" lines /proc/stat has. */
uint64_t ct_procfs_cpus(const char *text, size_t len);

/* A "cpuN" line, in clock ticks since boot. */
struct ct_core_ticks {
    bool has; /* false: the core is offline */
    uint64_t busy, idle, iowait;
};

struct ct_cores {
    size_t count; /* the highest number and 1 */
    struct ct_core_ticks
        items[CT_CORES_MAX]; /* by the kernel's number; those beyond are left out */
};

void ct_procfs_cores(const char *text, size_t len, struct ct_cores *out);

/* Percent of the time between two readings in which each core was not idle, as "100 - idle -
 * iowait" of ct_cpu_between; NAN: it was offline, no time passed, or a counter went back (it came
 * back to life). Returns how many places of out have been written. */
size_t ct_cores_between(const struct ct_cores *before, const struct ct_cores *after,
                        float out[CT_CORES_MAX]);

/* /proc/uptime, in seconds. */
bool ct_procfs_uptime(const char *text, size_t len, double *out);

/* A file of /proc/pressure (Linux 4.20 and later, where it is switched on): microseconds since boot
 * in which "some" or "full" of the tasks waited. */
bool ct_procfs_pressure(const char *text, size_t len, const char *name, uint64_t *out);

/* All of the time between two readings, in ticks of all CPUs; 0: a counter went back. */
double ct_cpu_ticks_between(const struct ct_cpu_ticks *before, const struct ct_cpu_ticks *after);

/* Percent of the time between two readings, the fields as mpstat(1) defines them. false: no time
 * passed, or a counter went back (a reboot). */
bool ct_cpu_between(const struct ct_cpu_ticks *before, const struct ct_cpu_ticks *after,
                    struct ct_cpu_percent *out);

#endif
