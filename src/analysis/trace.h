/*
 * A run and its servers in at most CT_TRACE_PARTS steps of time: load and samples of the same
 * seconds side by side. Seconds at first; when there would be more parts, neighbours are merged in
 * pairs, so memory does not depend on the length of the run. Pure.
 *
 * Only what lies behind the warm-up and within the plan: while answers are still awaited at the end
 * the load is no load any more. A sample taken at the end of a second tells of that second.
 */
#ifndef CT_ANALYSIS_TRACE_H
#define CT_ANALYSIS_TRACE_H

#include <stddef.h>
#include <stdint.h>

#include "model/block.h"
#include "model/run.h"
#include "model/snapshot.h"

enum { CT_TRACE_PARTS = 120, CT_TRACE_HOST = 256, CT_TRACE_GAP = 96, CT_TRACE_GROUP = 80 };

struct ct_trace_load {
    uint64_t started, ok;
    uint64_t not_ok;    /* failed, cancelled, or skipped because too many were under way */
    double response_ns; /* sum over ok */
};

/* What is kept of a server's samples. */
enum ct_trace_value {
    CT_TRACE_BUSY,   /* percent: 100 - idle - iowait */
    CT_TRACE_USER,   /* with nice and guests */
    CT_TRACE_SYSTEM, /* with interrupts */
    CT_TRACE_IOWAIT,
    CT_TRACE_STEAL,
    CT_TRACE_MEMORY_USED, /* KiB */
    CT_TRACE_MEMORY_TOTAL,
    CT_TRACE_SWAP_USED,
    CT_TRACE_PING,            /* ms */
    CT_TRACE_PRESSURE_CPU,    /* percent of the time in which some task waited for a CPU */
    CT_TRACE_PRESSURE_MEMORY, /* some task, for memory */
    CT_TRACE_PRESSURE_IO,     /* some task, for a disk */
    CT_TRACE_RUNNING,         /* tasks that run or could run */
    CT_TRACE_NETWORK_ERRORS,  /* per second */
    CT_TRACE_NETWORK_DROPS,
    CT_TRACE_CORE,      /* percent, the busiest core of each sample */
    CT_TRACE_THROTTLED, /* percent of its periods in which a CPU quota stopped a control group, the
                           one that it stopped most */
    CT_TRACE_VALUES
};

/* Of one server: sums over the samples of a part. */
struct ct_trace_part {
    uint32_t samples, missed;
    uint32_t n[CT_TRACE_VALUES]; /* samples that had the value */
    double sum[CT_TRACE_VALUES];
};

struct ct_trace_server {
    char host[CT_TRACE_HOST];
    char gap[CT_TRACE_GAP];     /* the last reason for a missed sample; "" */
    char group[CT_TRACE_GROUP]; /* the control group that was stopped most; "" */
    double group_percent;       /* how often, in one sample */
    struct ct_trace_part parts[CT_TRACE_PARTS];
};

struct ct_trace {
    uint64_t first_s, end_s; /* the seconds that are looked at, end_s not included */
    uint64_t length_s;       /* of a part: 1, 2, 4 ... */
    size_t used;             /* parts that have something in them, or lie before one that has */
    struct ct_trace_load load[CT_TRACE_PARTS];
    struct ct_trace_server *servers;
    size_t n_servers;
};

void ct_trace_init(struct ct_trace *t, const struct ct_run_plan *plan);
void ct_trace_release(struct ct_trace *t);
void ct_trace_block(struct ct_trace *t, const struct ct_block *block);
void ct_trace_snapshot(struct ct_trace *t, const struct ct_snapshot *snapshot);

#endif
