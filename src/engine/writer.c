#include "engine/writer.h"

#include <errno.h>
#include <time.h>

#define LOOK_NS (100 * CT_NS_PER_MS) /* a finished second is taken within this */

void ct_writer_init(struct ct_writer *w, const struct ct_run_config *run,
                    struct ct_worker **workers, uint32_t count)
{
    w->run = run;
    w->workers = workers;
    w->count = count;
    sem_init(&w->wake, 0, 0);
    atomic_init(&w->ended, 0);
}

void ct_writer_release(struct ct_writer *w)
{
    sem_destroy(&w->wake);
}

void ct_writer_worker_ended(struct ct_writer *w)
{
    atomic_fetch_add_explicit(&w->ended, 1, memory_order_release);
    sem_post(&w->wake);
}

static void wait_for_work(struct ct_writer *w)
{
    uint64_t until_ns = ct_clock_ns() + LOOK_NS;
    struct timespec ts = {.tv_sec = (time_t)(until_ns / CT_NS_PER_S),
                          .tv_nsec = (long)(until_ns % CT_NS_PER_S)};
    while (sem_clockwait(&w->wake, CLOCK_MONOTONIC, &ts) < 0 && errno == EINTR)
        continue;
}

static void drain_all(struct ct_writer *w, bool last)
{
    for (uint32_t k = 0; k < w->count; k++)
        ct_recorder_drain(ct_worker_recorder(w->workers[k]), &w->run->sink, k, last);
}

static void *writer_main(void *arg)
{
    struct ct_writer *w = arg;
    bool last = false;
    struct ct_instant t0;
    w->set_off(w->set_off_ctx, &t0);
    if (w->run->started)
        w->run->started(w->run->ctx, &t0);
    while (!last) {
        wait_for_work(w);
        last = atomic_load_explicit(&w->ended, memory_order_acquire) == w->count;
        drain_all(w, last);
    }
    w->run->done(w->run->ctx);
    return NULL;
}

int ct_writer_start(struct ct_writer *w, struct ct_err *err)
{
    int rc = pthread_create(&w->thread, NULL, writer_main, w);
    if (rc != 0) {
        errno = rc;
        return ct_fail_errno(err, CT_EFAIL, "starting the writer thread");
    }
    pthread_setname_np(w->thread, "ct-writer");
    return 0;
}
