#include <stdlib.h>
#include <time.h>

#include "base/clock.h"
#include "base/mem.h"
#include "target/job.h"
#include "target/work.h"

struct ct_workers {
    pthread_mutex_t lock;
    pthread_cond_t more, less; /* a job came; the last one went */
    struct ct_job *first, **last;
    uint32_t left; /* queued and under way */
    bool stopping;
    pthread_t *threads;
    uint32_t n_threads;
};

static void do_work(struct ct_job *job)
{
    uint64_t value = 0;
    job->start_ns = ct_clock_wall_ns();
    if (job->work.route == CT_ROUTE_FIBONACCI)
        value = ct_work_fibonacci(job->work.n);
    else
        (void)ct_work_bubble_sort(job->work.n);
    ct_job_answer(job, value);
}

static struct ct_job *take(struct ct_workers *w)
{
    while (w->first == NULL && !w->stopping)
        (void)pthread_cond_wait(&w->more, &w->lock);
    struct ct_job *job = w->first;
    if (job != NULL)
        w->first = job->next;
    if (w->first == NULL)
        w->last = &w->first;
    return job;
}

static void *worker(void *arg)
{
    struct ct_workers *w = arg;
    (void)pthread_mutex_lock(&w->lock);
    for (struct ct_job *job = take(w); job != NULL; job = take(w)) {
        (void)pthread_mutex_unlock(&w->lock);
        do_work(job);
        MHD_resume_connection(job->connection);
        (void)pthread_mutex_lock(&w->lock);
        if (--w->left == 0)
            (void)pthread_cond_broadcast(&w->less);
    }
    (void)pthread_mutex_unlock(&w->lock);
    return NULL;
}

struct ct_workers *ct_workers_new(uint32_t threads)
{
    struct ct_workers *w = ct_xcalloc(1, sizeof(*w));
    pthread_condattr_t monotonic;
    (void)pthread_condattr_init(&monotonic);
    (void)pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    (void)pthread_mutex_init(&w->lock, NULL);
    (void)pthread_cond_init(&w->more, NULL);
    (void)pthread_cond_init(&w->less, &monotonic);
    (void)pthread_condattr_destroy(&monotonic);
    w->last = &w->first;
    w->threads = ct_xcalloc(threads, sizeof(*w->threads));
    for (; w->n_threads < threads; w->n_threads++)
        if (pthread_create(&w->threads[w->n_threads], NULL, worker, w) != 0)
            break;
    return w;
}

void ct_workers_add(struct ct_workers *w, struct ct_job *job)
{
    job->next = NULL;
    (void)pthread_mutex_lock(&w->lock);
    *w->last = job;
    w->last = &job->next;
    w->left++;
    (void)pthread_cond_signal(&w->more);
    (void)pthread_mutex_unlock(&w->lock);
}

bool ct_workers_drain(struct ct_workers *w, uint64_t timeout_ns)
{
    uint64_t end_ns = ct_clock_ns() + timeout_ns;
    struct timespec end = {.tv_sec = (time_t)(end_ns / CT_NS_PER_S),
                           .tv_nsec = (long)(end_ns % CT_NS_PER_S)};
    int rc = 0;
    (void)pthread_mutex_lock(&w->lock);
    while (w->left > 0 && rc == 0)
        rc = pthread_cond_timedwait(&w->less, &w->lock, &end);
    bool drained = w->left == 0;
    (void)pthread_mutex_unlock(&w->lock);
    return drained;
}

void ct_workers_free(struct ct_workers *w)
{
    (void)pthread_mutex_lock(&w->lock);
    w->stopping = true;
    (void)pthread_cond_broadcast(&w->more);
    (void)pthread_mutex_unlock(&w->lock);
    for (uint32_t i = 0; i < w->n_threads; i++)
        (void)pthread_join(w->threads[i], NULL);
    (void)pthread_mutex_destroy(&w->lock);
    (void)pthread_cond_destroy(&w->more);
    (void)pthread_cond_destroy(&w->less);
    free(w->threads);
    free(w);
}
