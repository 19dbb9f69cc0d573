/*
 * The server with known delays (target/delayer.h) in a child process: what ct measures itself with.
 * Its log is in memory that both share, so that it can be read once the child has ended. The child
 * ends with its parent. One thread: main, before any other thread was started.
 */
#ifndef CT_SERVICES_RIG_H
#define CT_SERVICES_RIG_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"
#include "target/delayer.h"

struct ct_rig_log;

struct ct_rig {
    pid_t pid; /* 0: not running */
    uint16_t port;
    struct ct_rig_log *log; /* shared with the child */
    size_t log_bytes;
};

/* Listens on loopback, a free port. records_max: how many requests are remembered. CT_EFAIL. */
int ct_rig_start(struct ct_rig *r, const struct ct_delay *delay, size_t records_max,
                 struct ct_err *err);

/* Ends the child; its log stays until release. CT_EFAIL when it did not end well. */
int ct_rig_stop(struct ct_rig *r, struct ct_err *err);

/* After stop. In the order of reading; borrowed. */
const struct ct_delayer_record *ct_rig_records(const struct ct_rig *r, size_t *count);
struct ct_delayer_counts ct_rig_counts(const struct ct_rig *r);

void ct_rig_release(struct ct_rig *r); /* stops it if need be; accepts a zeroed struct */

#endif
