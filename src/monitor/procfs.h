/*
 * /proc/stat, /proc/meminfo and /proc/loadavg as numbers (proc(5)). Pure; fuzzed. What is not in
 * the text is missing, never 0.
 */
#ifndef CT_MONITOR_PROCFS_H
#define CT_MONITOR_PROCFS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/snapshot.h"

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

struct ct_load {
    double minute;    /* load average of the last minute */
    uint64_t running; /* tasks that run or could run, the reader itself among them */
};

/* /proc/loadavg. false: it is cut or not of numbers. */
bool ct_procfs_loadavg(const char *text, size_t len, struct ct_load *out);

/* Percent of the time between two readings, the fields as mpstat(1) defines them. false: no time
 * passed, or a counter went back (a reboot). */
bool ct_cpu_between(const struct ct_cpu_ticks *before, const struct ct_cpu_ticks *after,
                    struct ct_cpu_percent *out);

#endif
