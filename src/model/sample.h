/*
 * One request that was begun: its four times (docs/architecture.md, law 1), in ns from t0 of its
 * run on CLOCK_MONOTONIC, and its outcome. 88 bytes or so, copied by value.
 */
#ifndef CT_MODEL_SAMPLE_H
#define CT_MODEL_SAMPLE_H

#include <stdbool.h>
#include <stdint.h>

#include "model/failure.h"

#define CT_NEVER UINT64_MAX /* a time that was not reached */

struct ct_sample {
    uint64_t i;        /* index in the plan */
    uint64_t due_ns;   /* when the plan wanted it */
    uint64_t begun_ns; /* just before the first system call made for it */
    uint64_t sent_ns;  /* first byte accepted by the kernel; CT_NEVER */
    uint64_t done_ns;  /* the read that completed it, or when it was given up */
    uint64_t bytes;    /* received: head and body */
    uint64_t server_start_ns, server_end_ns; /* wall clock of the server; both 0: no span */
    const char *detail;                      /* static text or NULL */
    uint16_t status;                         /* of a complete answer's head, or 0 */
    uint8_t failure;                         /* enum ct_failure */
    bool cancelled;      /* in flight when the run was stopped: neither ok nor failed */
    bool new_connection; /* it opened its connection */
};

#endif
