/*
 * The application under test: "/", "/fibonacci/{n}", "/bubble-sort?n=", with Cluster Tester's
 * answers (docs/architecture.md, section 8). libmicrohttpd's threads parse and answer; the work is
 * done by worker threads from one queue; fan-out is asynchronous.
 */
#ifndef CT_TARGET_TARGET_H
#define CT_TARGET_TARGET_H

#include <stdint.h>

#include "base/err.h"

struct ct_target_opts {
    const char *listen;     /* address; "127.0.0.1" */
    uint16_t port;          /* 0: any free one */
    uint32_t threads;       /* workers, >= 1 */
    const char *fan_out;    /* base URL for the recursion over HTTP, or NULL */
    const char *access_log; /* file, "-" for stdout, or NULL: one line a request */
};

struct ct_target;

/* CT_EFAIL: port in use, log cannot be written. CT_EUSAGE: bad address or URL. CT_EREACH: the host
 * to fan out to has no address. Runs in threads of its own when this returns. */
int ct_target_start(const struct ct_target_opts *opts, struct ct_target **out, struct ct_err *err);
const char *ct_target_url(const struct ct_target *t); /* "http://127.0.0.1:PORT" */

/* Closes the port, answers what was begun, frees. Work that takes more than 2 s is left behind with
 * t: it ends with the process. */
void ct_target_stop(struct ct_target *t);

#endif
