#include "target/job.h"

#include <stdio.h>
#include <string.h>

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
