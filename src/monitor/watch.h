/*
 * Watching the servers of a cluster: all in parallel, on a thread and loop of its own that share
 * nothing with the load. A server that fails is a gap with its reason; it is reconnected with
 * back-off (1 s doubling to 30 s). Passwords and key texts never leave this module and io/ssh.
 */
#ifndef CT_MONITOR_WATCH_H
#define CT_MONITOR_WATCH_H

#include <stdbool.h>
#include <stddef.h>

#include "base/clock.h"
#include "base/err.h"
#include "io/ssh.h"
#include "model/cluster.h"
#include "model/sink.h"

struct ct_watch;

/* A server's host key was accepted as new ("hostKey": "accept-new") and written down. */
typedef void ct_watch_new_key_fn(const struct ct_server *server, const struct ct_ssh_info *info);

/* Connect to all servers and read each twice, so that the first snapshot of a run has CPU values;
 * blocking, at most timeout_ns (10 s by default in services). A server that cannot be reached or
 * trusted ends it: CT_EREACH or CT_EREFUSED with the server in the line. new_key is called before
 * it returns, on the calling thread, once for each server it is true of, also when it fails. NULL:
 * nobody asks. cluster is borrowed until ct_watch_free. An empty cluster is fine: no snapshots. */
int ct_watch_open(const struct ct_cluster *cluster, uint64_t timeout_ns,
                  ct_watch_new_key_fn *new_key, struct ct_watch **out, struct ct_err *err);

/* The same without waiting, and without an end: a server that cannot be reached or trusted is a gap
 * with its reason, and is tried again with back-off. CT_EFAIL. */
int ct_watch_begin(const struct ct_cluster *cluster, uint64_t timeout_ns, struct ct_watch **out,
                   struct ct_err *err);

/* Server i of the cluster is the machine that ct runs on (monitor/marks.h). After ct_watch_open,
 * before ct_watch_start. */
bool ct_watch_is_here(const struct ct_watch *w, size_t i);

/* Begin to sample: one snapshot each interval_ns, at t0 + k * interval_ns, k >= 1, through sink
 * (copied), from the monitor's thread. CPU values are over the time since the sample before; the
 * baseline of the first is read at t0 (or just before). Start and stop may be repeated. */
void ct_watch_start(struct ct_watch *w, const struct ct_instant *t0, uint64_t interval_ns,
                    const struct ct_watch_sink *sink);

/* Returns when no callback will come any more. A snapshot under way is waited for, at most for an
 * interval or a second. */
void ct_watch_stop(struct ct_watch *w);
void ct_watch_free(struct ct_watch *w); /* NULL allowed */

/* One server, everything a run would do once, for "ct cluster check" and "stats". */
struct ct_watch_report {
    const struct ct_server *server;
    int code; /* 0, CT_EREACH, CT_EREFUSED */
    struct ct_err err;
    const char *reason; /* err.msg without the server's name in front; in err; "" when code is 0 */
    bool over_ssh;
    struct ct_ssh_info ssh;
    struct ct_server_sample sample; /* code 0 only */
};

/* All servers in parallel; blocking, at most 2 * (timeout_ns + wait_ns). The samples are over
 * wait_ns, or as long as the slowest server takes. Returns 0, or the gravest code with its line in
 * err; reports[cluster->count] is filled, but for CT_EFAIL. */
int ct_watch_check(const struct ct_cluster *cluster, uint64_t timeout_ns, uint64_t wait_ns,
                   struct ct_watch_report *reports, struct ct_err *err);

#endif
