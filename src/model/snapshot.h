/*
 * What the monitored servers looked like at one instant. Fields and units are Cluster Tester's: CPU
 * in percent as mpstat defines its fields, memory in KiB as free(1) counts it, ping in ms. What
 * could not be had is missing (has_* false), never 0.
 */
#ifndef CT_MODEL_SNAPSHOT_H
#define CT_MODEL_SNAPSHOT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ct_cpu_percent {
    double usr, nice, sys, iowait, irq, soft, steal, guest, gnice, idle;
};

/* 100 - idle - iowait */
double ct_cpu_busy_percent(const struct ct_cpu_percent *cpu);

struct ct_memory_kib {
    double total, used, free, shared, buff_cache, available;
};

struct ct_ping {
    uint64_t transmitted, received;
    double min_ms, avg_ms, max_ms, mdev_ms;
    const char *method; /* static: "icmp", "tcp", "local" */
};

/* One server at one instant. */
struct ct_server_sample {
    const char *host; /* name in results; borrowed from the cluster (or from the reader) */
    uint64_t at_ns;   /* from t0; 0 before a run */
    uint64_t wall_ns; /* when it was read, this machine's wall clock */
    bool has_cpu, has_memory, has_ping;
    struct ct_cpu_percent cpu;
    struct ct_memory_kib memory;
    struct ct_ping ping;
    char gap[96]; /* why nothing could be read; "" when it could */
};

/* All servers at one instant of the interval. */
struct ct_snapshot {
    uint64_t at_ns; /* the instant it was asked for, from t0 */
    uint64_t wall_ns;
    size_t n_servers;
    const struct ct_server_sample *servers; /* borrowed during a callback */
};

#endif
