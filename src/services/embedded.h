/*
 * The embedded target: ct starts itself as "target --port 0 --exit-with-stdin --threads CPUS-1" in
 * a session of its own, so that Ctrl-C does not reach it and it ends with us even after kill -9;
 * niced by 5, and with one worker fewer than there are CPUs, so that the generator can be on time
 * beside it.
 */
#ifndef CT_SERVICES_EMBEDDED_H
#define CT_SERVICES_EMBEDDED_H

#include <sys/types.h>

#include "base/err.h"

struct ct_embedded {
    pid_t pid;    /* 0: not running */
    int stdin_fd; /* closing it ends the child */
    char url[64]; /* "http://127.0.0.1:PORT" */
};

/* Blocking, at most 5 s. CT_EFAIL. */
int ct_embedded_start(struct ct_embedded *out, struct ct_err *err);
void ct_embedded_stop(struct ct_embedded *e); /* accepts one that was never started */

#endif
