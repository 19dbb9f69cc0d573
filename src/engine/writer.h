/*
 * The writer thread of a run: lets the loop threads go when all are ready, gives finished seconds
 * and batches of samples to the sink, as fast as the sink takes them, and is the last to leave.
 */
#ifndef CT_ENGINE_WRITER_H
#define CT_ENGINE_WRITER_H

#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>

#include "base/err.h"
#include "engine/runner.h"
#include "engine/worker.h"

struct ct_writer {
    const struct ct_run_config *run; /* borrowed, as are the workers */
    struct ct_worker **workers;
    uint32_t count;
    void (*set_off)(void *ctx, struct ct_instant *t0); /* waits for the workers and lets them go */
    void *set_off_ctx;
    sem_t wake;        /* posted by a worker that has ended or has much to hand over */
    atomic_uint ended; /* workers that will record nothing more */
    pthread_t thread;
};

void ct_writer_init(struct ct_writer *w, const struct ct_run_config *run,
                    struct ct_worker **workers, uint32_t count);

/* From here until ended reaches count and all is written the thread runs; join it. */
int ct_writer_start(struct ct_writer *w, struct ct_err *err);

/* From a worker's thread, as its last act. */
void ct_writer_worker_ended(struct ct_writer *w);

void ct_writer_release(struct ct_writer *w);

#endif
