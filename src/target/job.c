#include "target/job.h"

#include <assert.h>
#include <stdio.h>
#include <time.h>

#include "base/clock.h"

/* JavaScript's Date in JSON: UTC, milliseconds, Z. */
static const char *date_text(uint64_t wall_ns, char text[CT_TIME_TEXT])
{
    enum { UP_TO_MS = 23 };
    (void)ct_time_utc(wall_ns, text);
    text[UP_TO_MS] = 'Z';
    text[UP_TO_MS + 1] = '\0';
    return text;
}

void ct_job_answer(struct ct_job *job, uint64_t fibonacci)
{
    char start[CT_TIME_TEXT], end[CT_TIME_TEXT];
    (void)date_text(job->start_ns, start);
    (void)date_text(ct_clock_wall_ns(), end);
    job->work.status = 200;
    if (job->work.route == CT_ROUTE_FIBONACCI)
        (void)snprintf(job->body, sizeof(job->body),
                       "{\"start\":\"%s\",\"fibonacci\":%llu,\"end\":\"%s\"}", start,
                       (unsigned long long)fibonacci, end);
    else
        (void)snprintf(job->body, sizeof(job->body), "{\"start\":\"%s\",\"end\":\"%s\"}", start,
                       end);
}

void ct_job_refuse(struct ct_job *job, int status, const char *error)
{
    job->work.status = status;
    (void)snprintf(job->body, sizeof(job->body), "{\"error\":\"%s\"}", error);
}

void ct_job_finish(struct ct_job *job)
{
    MHD_resume_connection(job->connection); /* from here on the job may be gone */
}

/* --- all of them --- */

void ct_jobs_init(struct ct_jobs *j)
{
    pthread_condattr_t monotonic;
    *j = (struct ct_jobs){.closed = false};
    (void)pthread_condattr_init(&monotonic);
    (void)pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    (void)pthread_mutex_init(&j->lock, NULL);
    (void)pthread_cond_init(&j->none, &monotonic);
    (void)pthread_condattr_destroy(&monotonic);
}

void ct_jobs_release(struct ct_jobs *j)
{
    (void)pthread_mutex_destroy(&j->lock);
    (void)pthread_cond_destroy(&j->none);
}

bool ct_jobs_begin(struct ct_jobs *j, struct ct_job *job)
{
    (void)pthread_mutex_lock(&j->lock);
    bool open = !j->closed;
    j->count += open;
    (void)pthread_mutex_unlock(&j->lock);
    if (!open)
        return false;
    job->jobs = j;
    job->working = true;
    MHD_suspend_connection(job->connection);
    return true;
}

void ct_jobs_end(struct ct_jobs *j)
{
    (void)pthread_mutex_lock(&j->lock);
    assert(j->count > 0);
    if (--j->count == 0)
        (void)pthread_cond_broadcast(&j->none);
    (void)pthread_mutex_unlock(&j->lock);
}

void ct_jobs_close(struct ct_jobs *j)
{
    (void)pthread_mutex_lock(&j->lock);
    j->closed = true;
    (void)pthread_mutex_unlock(&j->lock);
}

bool ct_jobs_wait(struct ct_jobs *j, uint64_t timeout_ns)
{
    uint64_t end_ns = ct_clock_ns() + timeout_ns;
    struct timespec end = {.tv_sec = (time_t)(end_ns / CT_NS_PER_S),
                           .tv_nsec = (long)(end_ns % CT_NS_PER_S)};
    int rc = 0;
    (void)pthread_mutex_lock(&j->lock);
    while (j->count > 0 && rc == 0)
        rc = pthread_cond_timedwait(&j->none, &j->lock, &end);
    bool none = j->count == 0;
    (void)pthread_mutex_unlock(&j->lock);
    return none;
}
