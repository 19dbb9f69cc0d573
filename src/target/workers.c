#include <stdlib.h>

#include "base/clock.h"
#include "base/mem.h"
#include "target/job.h"
#include "target/work.h"

struct ct_workers {
    pthread_mutex_t lock;
    pthread_cond_t more; /* a job came, or the end */
    struct ct_job *first, **last;
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
    ct_job_finish(job);
}

static struct ct_job *take(struct ct_workers *w)
{
    (void)pthread_mutex_lock(&w->lock);
    while (w->first == NULL && !w->stopping)
        (void)pthread_cond_wait(&w->more, &w->lock);
    struct ct_job *job = w->first;
    if (job != NULL)
        w->first = job->next;
    if (w->first == NULL)
        w->last = &w->first;
    (void)pthread_mutex_unlock(&w->lock);
    return job;
}

static void *worker(void *arg)
{
    struct ct_workers *w = arg;
    for (struct ct_job *job = take(w); job != NULL; job = take(w))
        do_work(job);
    return NULL;
}

int ct_workers_new(uint32_t threads, struct ct_workers **out, struct ct_err *err)
{
    struct ct_workers *w = ct_xcalloc(1, sizeof(*w));
    (void)pthread_mutex_init(&w->lock, NULL);
    (void)pthread_cond_init(&w->more, NULL);
    w->last = &w->first;
    w->threads = ct_xcalloc(threads, sizeof(*w->threads));
    for (; w->n_threads < threads; w->n_threads++)
        if (pthread_create(&w->threads[w->n_threads], NULL, worker, w) != 0)
            break;
    if (w->n_threads == 0) {
        ct_workers_free(w);
        return ct_fail(err, CT_EFAIL, "cannot make a thread for the work");
    }
    *out = w;
    return 0;
}

void ct_workers_add(struct ct_workers *w, struct ct_job *job)
{
    job->next = NULL;
    (void)pthread_mutex_lock(&w->lock);
    *w->last = job;
    w->last = &job->next;
    (void)pthread_cond_signal(&w->more);
    (void)pthread_mutex_unlock(&w->lock);
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
    free(w->threads);
    free(w);
}
