/* One request that takes work, from the handler to a worker (or the fan-out) and back. */
#ifndef CT_TARGET_JOB_H
#define CT_TARGET_JOB_H

#include <microhttpd.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "target/routes.h"

enum { CT_JOB_BODY_MAX = 256 };

struct ct_job {
    struct MHD_Connection *connection; /* suspended while the job is worked on */
    struct ct_work work;
    uint64_t arrived_ns, start_ns; /* wall clock */
    bool working;                  /* handed over; the body is there when the connection resumes */
    char body[CT_JOB_BODY_MAX];
    struct ct_job *next;
};

/* Write the answer's body for work that was done: start, end and, for fibonacci, the number. */
void ct_job_answer(struct ct_job *job, uint64_t fibonacci);
void ct_job_refuse(struct ct_job *job, int status, const char *error); /* {"error": ...} */

/* Workers: one queue, n threads. */
struct ct_workers;
struct ct_workers *ct_workers_new(uint32_t threads);
void ct_workers_add(struct ct_workers *w, struct ct_job *job);
bool ct_workers_drain(struct ct_workers *w, uint64_t timeout_ns); /* true: nothing is left to do */
void ct_workers_free(struct ct_workers *w);                       /* drained */

/* Fan-out: fibonacci(n) by two requests to url, asynchronous. */
struct ct_fan_out;
int ct_fan_out_new(const char *url, struct ct_fan_out **out, struct ct_err *err);
void ct_fan_out_add(struct ct_fan_out *f, struct ct_job *job);
void ct_fan_out_free(struct ct_fan_out *f); /* waits for what is under way */

#endif
