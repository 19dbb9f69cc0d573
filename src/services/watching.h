/*
 * "ct cluster watch": the monitored servers, until somebody has seen enough. Servers that do not
 * answer are gaps, from the first snapshot on, and are tried again. One thread: main; the monitor
 * has its own.
 */
#ifndef CT_SERVICES_WATCHING_H
#define CT_SERVICES_WATCHING_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "model/config.h"
#include "model/snapshot.h"

struct ct_watching {
    const struct ct_config *config;
    uint64_t interval_ns;
    uint64_t duration_ns; /* 0: no end by itself */
    uint64_t count;       /* end after so many snapshots; 0: no end by itself */
    int keys;             /* a non-blocking descriptor to read single bytes from; -1: none */

    /* All on the thread that called ct_watching_run. tick comes four times a second. snapshot and
     * key say whether to go on. ended comes once, before the connections are closed, which may take
     * a second. */
    bool (*snapshot)(void *ctx, const struct ct_snapshot *s);
    void (*tick)(void *ctx);
    bool (*key)(void *ctx, unsigned char key);
    void (*ended)(void *ctx);
    void *ctx;
};

/* Returns 0; *out_signum is the signal that ended it, or 0. CT_EUSAGE (no servers), CT_EFAIL; then
 * ended was not called. */
int ct_watching_run(const struct ct_watching *opts, int *out_signum, struct ct_err *err);

#endif
