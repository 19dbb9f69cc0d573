/*
 * The requests in flight of one loop thread: from the begin of each to its one end, as a sample.
 * Knows their deadlines (a constant time-out from due, so the list is in order of both) and judges
 * answers by the test case. Loop thread only; times are ns from t0.
 */
#ifndef CT_ENGINE_FLIGHT_H
#define CT_ENGINE_FLIGHT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/pool.h"
#include "engine/runner.h"
#include "io/loop.h"
#include "io/transport.h"
#include "model/request.h"
#include "model/sample.h"

struct ct_flight_request;

struct ct_flight {
    const struct ct_run_config *run;
    const struct ct_transport *transport;
    struct ct_client *client;
    uint64_t t0_ns; /* CLOCK_MONOTONIC; set before the first begin */
    uint32_t count; /* in flight */
    uint32_t cap;

    /* A request has ended; called from the loop, never from inside begin. count is without it; a
     * new one may begin. */
    void (*landed)(void *ctx, const struct ct_sample *sample, const struct ct_exchange *x);
    void *ctx;

    struct ct_pool requests;
    struct ct_flight_request *oldest, *newest; /* in flight and not given up, by due time */
};

/* cap: most in flight; connections: most open, 0: as many. landed and ctx are set by the owner. run
 * is borrowed, request only during the call. */
int ct_flight_open(struct ct_flight *f, struct ct_loop *loop, const struct ct_run_config *run,
                   const struct ct_request *request, uint32_t cap, uint32_t connections,
                   struct ct_err *err);

/* Open the pool's connections ahead, before the first begin; ready(ctx) when that is done, perhaps
 * from inside. */
void ct_flight_prepare(struct ct_flight *f, uint32_t connections, void (*ready)(void *ctx),
                       void *ctx);

/* Send request i, or have it wait for its connection. count < cap. */
void ct_flight_begin(struct ct_flight *f, uint64_t i, uint64_t due_ns, uint64_t begun_ns);

/* When the oldest request is to be given up; UINT64_MAX when nothing can. Within a thousandth of
 * its time-out, at most 1 ms, after that: an alarm for each, when a target hangs, would cost as
 * much as the requests. In the past when it is overdue. */
uint64_t ct_flight_wake_ns(const struct ct_flight *f, uint64_t now_ns);

/* Give up what has timed out by now_ns, or everything (as cancelled). Each lands later. When very
 * many have timed out, the loop gets a turn in between: that instant stays in the past, call again.
 */
void ct_flight_time_out(struct ct_flight *f, uint64_t now_ns);
void ct_flight_cancel(struct ct_flight *f);

/* Nothing is in flight; closed(ctx) comes later. Accepts one whose open failed: then at once. */
void ct_flight_close(struct ct_flight *f, void (*closed)(void *ctx), void *ctx);

/* After closed. Accepts a zeroed struct. */
void ct_flight_release(struct ct_flight *f);

#endif
