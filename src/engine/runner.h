/*
 * One run of one plan: begins every planned request at its instant, counts what happens, hands it
 * over.
 *
 *   ct_run_new -> ct_run_start -> (blocks and samples through the sink) -> done -> ct_run_free
 *
 * It starts one thread per plan thread, each with a loop of its own, and one writer thread that
 * calls the sink. t0 is 100 ms after all threads are ready. Everything here is called from the
 * owner's thread; stop from any.
 */
#ifndef CT_ENGINE_RUNNER_H
#define CT_ENGINE_RUNNER_H

#include "base/clock.h"
#include "base/err.h"
#include "io/transport.h"
#include "model/run.h"
#include "model/sink.h"
#include "model/testcase.h"

struct ct_run_config {
    struct ct_run_plan plan;            /* planned is filled by ct_run_new */
    struct ct_endpoint endpoint;        /* resolved */
    const struct ct_testcase *testcase; /* borrowed until the run is freed */
    uint32_t load;
    const struct ct_mix *mix; /* what is sent instead of the case's request; NULL; borrowed */
    bool insecure;
    bool want_samples; /* false: the sink's samples is never called */
    struct ct_run_sink sink;

    /* t0 is known; called from the writer thread before any other callback. May be NULL. */
    void (*started)(void *ctx, const struct ct_instant *t0);
    /* Everything ended and the sink has all of it; called once, from the writer thread, last. */
    void (*done)(void *ctx);
    void *ctx;
};

/* Counts of the plan side of the identity, and what ended the run. Valid after done. */
struct ct_run_result {
    struct ct_run_times times;
    uint64_t planned;         /* indices that the plan gave out or that were counted as stopped */
    uint64_t samples_dropped; /* the writer fell behind */
    bool stopped;             /* by ct_run_stop, before the plan's end */
    double cpu_percent;       /* of one core, of the loop threads, from t0 to the end */
    double cpu_wait_percent;  /* of that time, mean of the loop threads: ready to run and not let;
                                 NAN: the kernel does not tell */
};

enum ct_stop {
    CT_STOP_GENTLY = 1, /* no new request; wait up to 2 s for answers */
    CT_STOP_NOW,        /* what is in flight is cancelled */
};

struct ct_run;

/* Builds the request, fills config->plan.planned; the rest of config is copied. CT_EUSAGE when the
 * case refuses the load, or max_in_flight is below threads (each thread has its share of it). */
int ct_run_new(struct ct_run_config *config, struct ct_run **out, struct ct_err *err);

/* Returns at once; a pool is opened before started is called. On failure nothing runs and no
 * callback comes; free the run. */
int ct_run_start(struct ct_run *run, struct ct_err *err);

/* From any thread; again: only sharper. Noticed within 20 ms. */
void ct_run_stop(struct ct_run *run, enum ct_stop how);
void ct_run_result(const struct ct_run *run, struct ct_run_result *out);
void ct_run_free(struct ct_run *run); /* after done, or before start; joins the threads */

/* min(descriptors - 64, 0.8 x local ports); raises the soft limit of descriptors to the hard one
 * first. *out_cap (may be NULL): which of them it is. */
uint32_t ct_run_connections_max(enum ct_cap *out_cap);

/* The default of --max-in-flight: the same, but at most 10,000 (then *out_cap is CHOSEN). */
uint32_t ct_run_default_max_in_flight(enum ct_cap *out_cap);

#endif
