/*
 * The processes of chosen names: /proc/PID/stat (proc(5)) of each, and what they took between two
 * readings. Pure; fuzzed.
 */
#ifndef CT_MONITOR_PROCESSES_H
#define CT_MONITOR_PROCESSES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/cluster.h"
#include "model/snapshot.h"

enum { CT_PROCESSES_MAX = 256 };

struct ct_process {
    char name[CT_WATCHED_NAME];
    uint64_t pid, started, ticks, rss_pages; /* started: ticks since boot */
};

struct ct_processes {
    size_t count;
    struct ct_process items[CT_PROCESSES_MAX]; /* those beyond are left out */
};

/* false: no such line. */
bool ct_procfs_process(const char *text, size_t len, struct ct_process *out);

/* One name. before NULL: no CPU. core_ticks: that one core has between the readings, 0: no CPU.
 * page_bytes 0: no memory. A process that is new counts with all it took so far. */
void ct_processes_sum(const struct ct_processes *before, const struct ct_processes *after,
                      double core_ticks, uint64_t page_bytes, struct ct_watched *out);

#endif
