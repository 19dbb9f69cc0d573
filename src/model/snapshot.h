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

/* In programs, those of guests and of low priority too: a niced server is at work all the same. */
double ct_cpu_user_percent(const struct ct_cpu_percent *cpu);

struct ct_memory_kib {
    double total, used, free, shared, buff_cache, available;
};

struct ct_ping {
    uint64_t transmitted, received;
    double min_ms, avg_ms, max_ms, mdev_ms;
    const char *method; /* static: "icmp", "tcp", "ssh", "local" */
};

/* Everything else that is a number of a server. One row each in ct_vital_rows, in this order. */
enum ct_vital {
    CT_VITAL_SWAP_TOTAL,
    CT_VITAL_SWAP_USED,
    CT_VITAL_SWAP_FREE,
    CT_VITAL_LOAD_1,
    CT_VITAL_LOAD_5,
    CT_VITAL_LOAD_15,
    CT_VITAL_RUNNING, /* tasks that run or could run, the reader itself among them */
    CT_VITAL_TASKS,
    CT_VITAL_CONTEXT_SWITCHES,
    CT_VITAL_INTERRUPTS,
    CT_VITAL_FORKS,
    CT_VITAL_NET_RECEIVED_BYTES,
    CT_VITAL_NET_RECEIVED_PACKETS,
    CT_VITAL_NET_SENT_BYTES,
    CT_VITAL_NET_SENT_PACKETS,
    CT_VITAL_NET_ERRORS, /* both ways */
    CT_VITAL_NET_DROPS,
    CT_VITAL_DISK_READS,
    CT_VITAL_DISK_READ_BYTES,
    CT_VITAL_DISK_WRITES,
    CT_VITAL_DISK_WRITTEN_BYTES,
    CT_VITAL_PRESSURE_CPU_SOME,
    CT_VITAL_PRESSURE_IO_SOME,
    CT_VITAL_PRESSURE_IO_FULL,
    CT_VITAL_PRESSURE_MEMORY_SOME,
    CT_VITAL_PRESSURE_MEMORY_FULL,
    CT_VITAL_UPTIME_S,
    CT_VITAL_CLOCK_OFFSET_S, /* the server's clock minus this machine's, to half a second */
    CT_VITAL_PROCESSORS,     /* cores that are online */
    CT_VITAL_BUSIEST_CORE,   /* percent of the time in which it was not idle, since the sample
                                before; whether or not the cores are asked for */
    CT_VITAL_COUNT
};

/* A row: where the number stands in a sample's JSON, {group: {key: value}}. Rows of a group follow
 * each other. */
struct ct_vital_row {
    const char *group, *key;
};
extern const struct ct_vital_row ct_vital_rows[CT_VITAL_COUNT];

/* Zeroed: all are missing. */
struct ct_vitals {
    uint64_t has; /* bit of each metric that is there */
    double value[CT_VITAL_COUNT];
};

void ct_vital_set(struct ct_vitals *m, enum ct_vital which, double value);
/* false, and *out as it was: missing. */
bool ct_vital_get(const struct ct_vitals *m, enum ct_vital which, double *out);

/* The processes of one name, summed. */
enum { CT_WATCHED_MAX = 8, CT_WATCHED_NAME = 16 };
struct ct_watched {
    char name[CT_WATCHED_NAME]; /* comm of proc(5): 15 bytes at most */
    uint64_t processes;         /* 0: none runs */
    bool has_cpu, has_rss;
    double cpu_percent; /* of one core, since the sample before */
    double rss_kib;
};

/* A control group. */
enum { CT_CGROUP_NAME = 256 };
struct ct_cgroup {
    const char *name; /* path below the root of cgroups; borrowed as the host is */
    bool has_cpu, has_throttled, has_memory;
    double cpu_percent;       /* of one core, since the sample before */
    double throttled_percent; /* of the periods of its quota, in which it was stopped; missing
                                 without a quota */
    double memory_kib;        /* with its page cache */
};

enum { CT_CORES_MAX = 512 };

/* One server at one instant. */
struct ct_server_sample {
    const char *host; /* name in results; borrowed from the cluster (or from the reader) */
    uint64_t at_ns;   /* from t0; 0 before a run */
    uint64_t wall_ns; /* when it was read, this machine's wall clock */
    bool has_cpu, has_memory, has_ping;
    bool rebooted; /* since the sample before: counters began anew */
    struct ct_cpu_percent cpu;
    struct ct_memory_kib memory;
    struct ct_ping ping;
    struct ct_vitals vitals;
    struct ct_watched watched[CT_WATCHED_MAX];
    size_t n_watched;
    struct ct_cgroup cgroups[CT_WATCHED_MAX]; /* those that there are */
    size_t n_cgroups;
    size_t n_cores;                   /* places of core_percent; 0: not asked for, or not known */
    float core_percent[CT_CORES_MAX]; /* 100 - idle - iowait of each core since the sample before,
                                         by the kernel's number; NAN: missing (offline) */
    char gap[96];                     /* why nothing could be read; "" when it could */
};

/* The core that had the least idle time. false: no core has a value. */
bool ct_cores_busiest(const struct ct_server_sample *s, size_t *core, double *percent);

/* All servers at one instant of the interval. */
struct ct_snapshot {
    uint64_t at_ns; /* the instant it was asked for, from t0 */
    uint64_t wall_ns;
    size_t n_servers;
    const struct ct_server_sample *servers; /* borrowed during a callback */
};

#endif
