/*
 * What happened on one loop thread, second by second: counts into the open block, hands finished
 * seconds and batches of samples over to the writer thread, and never waits for it. When the writer
 * falls behind, the open second grows (nothing is lost, only told apart less finely) and samples
 * are dropped and counted.
 *
 * Each term of the accounting identity is counted by a call of its own here, where it happens; none
 * is computed from others. All functions but drain are for the loop thread. Times are ns from t0.
 */
#ifndef CT_ENGINE_RECORDER_H
#define CT_ENGINE_RECORDER_H

#include <semaphore.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/ring.h"
#include "io/transport.h"
#include "model/block.h"
#include "model/run.h"
#include "model/sample.h"
#include "model/sink.h"

enum {
    CT_RECORDER_BLOCKS = 4,   /* seconds the writer may be behind */
    CT_RECORDER_BATCH = 512,  /* samples handed over at once */
    CT_RECORDER_BATCHES = 64, /* batches it may be behind */
};

struct ct_batch {
    size_t count;
    struct ct_sample samples[CT_RECORDER_BATCH];
};

struct ct_recorder {
    struct ct_block *open;  /* the second that goes on */
    struct ct_block *warm;  /* the same of requests due in the warm-up; NULL: there is none */
    uint64_t warm_up_ns;    /* its end */
    uint64_t end_ns;        /* its end */
    uint64_t duration_ns;   /* of the plan: the measured window */
    struct ct_batch *batch; /* being filled; NULL: samples are not wanted */
    uint64_t samples_dropped;
    sem_t *writer; /* posted when much is waiting; borrowed */

    struct ct_ring blocks, batches;
    void *block_slots[CT_RECORDER_BLOCKS], *batch_slots[CT_RECORDER_BATCHES];
};

/* Allocates all that will ever be needed. writer is borrowed; it may be NULL. */
void ct_recorder_init(struct ct_recorder *r, const struct ct_run_plan *plan, bool want_samples,
                      sem_t *writer);
void ct_recorder_release(struct ct_recorder *r);

/* The block that the loop's own times belong to: a second that lies in the warm-up is not judged.
 */
struct ct_block *ct_recorder_clock(struct ct_recorder *r);

/* due_ns tells here and below whether they are the warm-up's; count of them are all alike. */
void ct_recorder_due(struct ct_recorder *r, uint64_t due_ns, uint64_t count);
void ct_recorder_begun(struct ct_recorder *r, uint64_t due_ns, uint64_t begun_ns,
                       uint32_t in_flight);
void ct_recorder_skipped(struct ct_recorder *r, enum ct_skip why, uint64_t due_ns, uint64_t count);
void ct_recorder_gap(struct ct_recorder *r, uint64_t gap_ns);

/* A request that was begun has ended: sample says how, x has what only the connection knows. */
void ct_recorder_done(struct ct_recorder *r, const struct ct_sample *sample,
                      const struct ct_exchange *x);

/* The open second is over: call when a time >= end_ns is seen, before it is recorded. */
void ct_recorder_next_second(struct ct_recorder *r);

/* Writer thread: give what was handed over to the sink, samples before the block of their second.
 * With last, when the loop thread has ended, also what is still open, unless it is a second
 * after the plan in which nothing happened. */
void ct_recorder_drain(struct ct_recorder *r, const struct ct_run_sink *sink, unsigned thread,
                       bool last);

#endif
