/*
 * One loop thread of a run: begins its share of the plan, times out what takes too long, records.
 * Workers share nothing but the flag that stops them.
 *
 *   ct_worker_new -> ct_worker_prepare, ct_worker_run (in its thread, until everything has ended)
 * -> ct_worker_free
 */
#ifndef CT_ENGINE_WORKER_H
#define CT_ENGINE_WORKER_H

#include <semaphore.h>
#include <stdatomic.h>
#include <stdint.h>

#include "base/err.h"
#include "engine/recorder.h"
#include "engine/runner.h"
#include "model/request.h"

struct ct_worker;

struct ct_worker_config {
    const struct ct_run_config *run;  /* borrowed */
    const struct ct_request *request; /* borrowed during new */
    uint32_t thread;
    const atomic_int *stop; /* 0 or enum ct_stop; borrowed */
    sem_t *writer;          /* borrowed */
};

/* What a worker knows when it has ended. Times from t0. */
struct ct_worker_result {
    uint64_t planned; /* indices begun, skipped or stopped */
    uint64_t samples_dropped;
    uint64_t sending_end_ns, end_ns;
    uint64_t cpu_ns;      /* of the thread, from t0 on */
    uint64_t cpu_wait_ns; /* it could run and was not let; UINT64_MAX: unknown */
    bool stopped;         /* before the plan's end */
};

int ct_worker_new(const struct ct_worker_config *config, struct ct_worker **out,
                  struct ct_err *err);

/* Open this thread's share of the pool; in the thread that will run. Ends when each connection is
 * open or has failed, or the run is stopped, at most CT_WORKER_PREPARE_NS later. */
#define CT_WORKER_PREPARE_NS (10 * CT_NS_PER_S)
void ct_worker_prepare(struct ct_worker *w);

/* Blocks until the share is done and its connections are closed. t0: CLOCK_MONOTONIC. */
void ct_worker_run(struct ct_worker *w, uint64_t t0_ns);

/* The recorder: drained by the writer thread while the worker runs. */
struct ct_recorder *ct_worker_recorder(struct ct_worker *w);

void ct_worker_result(const struct ct_worker *w, struct ct_worker_result *out);

/* After run, or instead of it. */
void ct_worker_free(struct ct_worker *w);

#endif
