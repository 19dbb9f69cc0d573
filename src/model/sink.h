/*
 * Where a run's data goes while it goes on. The engine calls block and samples from its writer
 * thread, the monitor calls snapshot from its own thread; never from a thread that sends. Callbacks
 * may take their time: the engine then merges blocks and drops samples (it says how many), it never
 * waits.
 */
#ifndef CT_MODEL_SINK_H
#define CT_MODEL_SINK_H

#include <stddef.h>
#include <stdint.h>

#include "model/block.h"
#include "model/sample.h"
#include "model/snapshot.h"

struct ct_run_sink {
    void *ctx;
    void (*block)(void *ctx, unsigned thread, const struct ct_block *block);
    void (*samples)(void *ctx, unsigned thread, const struct ct_sample *samples, size_t count);
};

struct ct_watch_sink {
    void *ctx;
    void (*snapshot)(void *ctx, const struct ct_snapshot *snapshot);
};

#endif
