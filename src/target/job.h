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

struct ct_jobs;

struct ct_job {
    struct MHD_Connection *connection; /* suspended while the job is worked on */
    struct ct_jobs *jobs;              /* set by ct_jobs_begin */
    struct ct_work work;
    uint64_t arrived_ns, start_ns; /* wall clock */
    bool working;                  /* handed over; the body is there when the connection resumes */
    char body[CT_JOB_BODY_MAX];
    struct ct_job *next;
};

/* Write the answer's body for work that was done: start, end and, for fibonacci, the number. */
void ct_job_answer(struct ct_job *job, uint64_t fibonacci);
void ct_job_refuse(struct ct_job *job, int status, const char *error); /* {"error": ...} */

/* From any thread: the body is written; the job may be gone when this returns. */
void ct_job_finish(struct ct_job *job);

/*
 * The jobs that are handed over and not answered. libmicrohttpd ends the process when it is stopped
 * while a connection is suspended, and closes connections whose answer is still to be written: once
 * closed, no job begins, and all that began are waited for until they are through.
 */
struct ct_jobs {
    pthread_mutex_t lock;
    pthread_cond_t none; /* count fell to 0 */
    uint32_t count;
    bool closed;
};
void ct_jobs_init(struct ct_jobs *j);
void ct_jobs_release(struct ct_jobs *j);
/* Suspends the connection; false when closed: nothing happened. Handler only. */
bool ct_jobs_begin(struct ct_jobs *j, struct ct_job *job);
void ct_jobs_end(struct ct_jobs *j); /* the answer of one was written, or nobody hears it */
void ct_jobs_close(struct ct_jobs *j);
bool ct_jobs_wait(struct ct_jobs *j, uint64_t timeout_ns); /* true: none is left */

/* Workers: one queue, n threads. CT_EFAIL when not one thread can be made. */
struct ct_workers;
int ct_workers_new(uint32_t threads, struct ct_workers **out, struct ct_err *err);
void ct_workers_add(struct ct_workers *w, struct ct_job *job);
void ct_workers_free(struct ct_workers *w); /* no job is left */

/* Fan-out: fibonacci(n) by two requests to url, on a loop and a thread of its own. Uses at most
 * connections descriptors (but one for each n). An upstream that does not answer within 30 s has
 * failed. CT_EUSAGE, CT_EREACH (no such host), CT_EFAIL. */
struct ct_fan_out;
int ct_fan_out_new(const char *url, uint32_t connections, struct ct_fan_out **out,
                   struct ct_err *err);
void ct_fan_out_add(struct ct_fan_out *f, struct ct_job *job);
void ct_fan_out_stop(struct ct_fan_out *f); /* none is added any more; gives up what takes 1 s */
void ct_fan_out_free(struct ct_fan_out *f); /* stopped */

#endif
