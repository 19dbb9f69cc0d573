#include "engine/recorder.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/mem.h"

void ct_recorder_init(struct ct_recorder *r, const struct ct_run_plan *plan, bool want_samples,
                      sem_t *writer)
{
    r->duration_ns = plan->duration_ns;
    r->warm_up_ns = plan->warm_up_ns;
    r->writer = writer;
    r->samples_dropped = 0;
    r->end_ns = CT_NS_PER_S;
    r->open = ct_xcalloc(1, sizeof(struct ct_block));
    r->warm = plan->warm_up_ns > 0 ? ct_xcalloc(1, sizeof(struct ct_block)) : NULL;
    for (size_t k = 0; k < CT_RECORDER_BLOCKS; k++)
        r->block_slots[k] = ct_xcalloc(1, sizeof(struct ct_block));
    ct_ring_init(&r->blocks, r->block_slots, CT_RECORDER_BLOCKS);

    r->batch = want_samples ? ct_xcalloc(1, sizeof(*r->batch)) : NULL;
    for (size_t k = 0; k < CT_RECORDER_BATCHES; k++)
        r->batch_slots[k] = want_samples ? ct_xcalloc(1, sizeof(*r->batch)) : NULL;
    ct_ring_init(&r->batches, r->batch_slots, CT_RECORDER_BATCHES);
}

void ct_recorder_release(struct ct_recorder *r)
{
    free(r->open);
    free(r->warm);
    free(r->batch);
    for (size_t k = 0; k < CT_RECORDER_BLOCKS; k++)
        free(r->block_slots[k]);
    for (size_t k = 0; k < CT_RECORDER_BATCHES; k++)
        free(r->batch_slots[k]);
}

/* The writer looks by itself ten times a second; waking it costs a system call, so only when it
 * might otherwise come too late. */
static void batch_hand_over(struct ct_recorder *r)
{
    struct ct_batch *empty = ct_ring_swap(&r->batches, r->batch);
    if (!empty)
        return;
    r->batch = empty;
    if (r->writer && ct_ring_pending(&r->batches) == CT_RECORDER_BATCHES / 2)
        sem_post(r->writer);
}

static void keep_sample(struct ct_recorder *r, const struct ct_sample *sample)
{
    if (r->batch->count == CT_RECORDER_BATCH)
        batch_hand_over(r);
    if (r->batch->count == CT_RECORDER_BATCH)
        r->samples_dropped++;
    else
        r->batch->samples[r->batch->count++] = *sample;
}

static struct ct_block *block_for(struct ct_recorder *r, uint64_t due_ns)
{
    return r->warm != NULL && due_ns < r->warm_up_ns ? r->warm : r->open;
}

struct ct_block *ct_recorder_clock(struct ct_recorder *r)
{
    return r->warm != NULL && r->end_ns <= r->warm_up_ns ? r->warm : r->open;
}

void ct_recorder_due(struct ct_recorder *r, uint64_t due_ns, uint64_t count)
{
    block_for(r, due_ns)->due += count;
}

void ct_recorder_begun(struct ct_recorder *r, uint64_t due_ns, uint64_t begun_ns,
                       uint32_t in_flight)
{
    struct ct_block *b = block_for(r, due_ns);
    b->started++;
    if (in_flight > r->open->in_flight_max)
        r->open->in_flight_max = in_flight;
    ct_histogram_record(&b->series[CT_SERIES_LATENESS], begun_ns - due_ns);
}

void ct_recorder_skipped(struct ct_recorder *r, enum ct_skip why, uint64_t due_ns, uint64_t count)
{
    block_for(r, due_ns)->skipped[why] += count;
}

void ct_recorder_gap(struct ct_recorder *r, uint64_t gap_ns)
{
    struct ct_block *b = ct_recorder_clock(r);
    b->gaps++;
    b->gap_ns += gap_ns;
    if (gap_ns > b->gap_max_ns)
        b->gap_max_ns = gap_ns;
}

static void count_ok(struct ct_block *b, const struct ct_sample *s, uint64_t duration_ns)
{
    b->ok++;
    if (s->due_ns < duration_ns)
        b->ok_due_in_window++;
    if (s->done_ns < duration_ns)
        b->ok_done_in_window++;
    ct_histogram_record(&b->series[CT_SERIES_RESPONSE], s->done_ns - s->due_ns);
    ct_histogram_record(&b->series[CT_SERIES_SERVING], s->done_ns - s->begun_ns);
    ct_histogram_record(&b->series[CT_SERIES_SETUP], s->sent_ns - s->begun_ns);
    ct_histogram_record(&b->series[CT_SERIES_SERVICE], s->done_ns - s->sent_ns);
    if (s->server_end_ns != 0)
        ct_histogram_record(&b->series[CT_SERIES_SERVER_PROCESSING],
                            s->server_end_ns - s->server_start_ns);
}

/* A complete answer by HTTP's framing, whatever the test case says of it. */
static void count_answer(struct ct_block *b, const struct ct_exchange *x)
{
    if (x->status > 0 && x->status < CT_STATUS_MAX)
        b->status[x->status]++;
    if (x->woke_ns != 0 && x->woke_ns <= x->done_ns)
        ct_histogram_record(&b->series[CT_SERIES_RECEIVE_LAG], x->done_ns - x->woke_ns);
}

void ct_recorder_done(struct ct_recorder *r, const struct ct_sample *sample,
                      const struct ct_exchange *x)
{
    struct ct_block *b = block_for(r, sample->due_ns);
    b->wire_attempts += x->wire_attempts;
    b->bytes_sent += x->bytes_sent;
    b->bytes_received += x->bytes_received;
    if (x->failure == CT_FAILURE_NONE)
        count_answer(b, x);
    if (sample->cancelled)
        b->cancelled++;
    else if (sample->failure != CT_FAILURE_NONE)
        b->failed[sample->failure]++;
    else
        count_ok(b, sample, r->duration_ns);
    if (r->batch)
        keep_sample(r, sample);
}

static bool is_empty(const struct ct_block *b)
{
    return b->started == 0 && b->ok == 0 && b->cancelled == 0 && b->due == 0 && b->gaps == 0 &&
           b->loop_ns == 0 && ct_block_failed(b) == 0 && ct_block_skipped(b) == 0;
}

/* Before the block of the rest, so that the second is whole when that comes. */
static void warm_hand_over(struct ct_recorder *r)
{
    r->warm->warm_up = true;
    if (is_empty(r->warm)) {
        r->warm->second = r->end_ns / CT_NS_PER_S;
        return;
    }
    struct ct_block *empty = ct_ring_swap(&r->blocks, r->warm);
    if (!empty)
        return;
    r->warm = empty;
    r->warm->second = r->end_ns / CT_NS_PER_S;
}

void ct_recorder_next_second(struct ct_recorder *r)
{
    if (r->batch && r->batch->count > 0)
        batch_hand_over(r);
    if (r->warm != NULL)
        warm_hand_over(r);
    struct ct_block *empty = ct_ring_swap(&r->blocks, r->open);
    if (empty) {
        r->open = empty;
        r->open->second = r->end_ns / CT_NS_PER_S;
    }
    r->end_ns += CT_NS_PER_S;
}

static void drain_batch(struct ct_batch *batch, const struct ct_run_sink *sink, unsigned thread)
{
    if (batch->count > 0)
        sink->samples(sink->ctx, thread, batch->samples, batch->count);
    batch->count = 0;
}

/* A second after the plan in which nothing happened: no row for it. */
static bool is_idle_rest(const struct ct_recorder *r)
{
    const struct ct_block *b = r->open;
    return b->second * CT_NS_PER_S >= r->duration_ns && b->started == 0 && b->ok == 0 &&
           b->cancelled == 0 && b->due == 0 && b->gaps == 0 && ct_block_failed(b) == 0 &&
           ct_block_skipped(b) == 0;
}

void ct_recorder_drain(struct ct_recorder *r, const struct ct_run_sink *sink, unsigned thread,
                       bool last)
{
    unsigned blocks = ct_ring_pending(&r->blocks);
    struct ct_batch *batch;
    while ((batch = ct_ring_front(&r->batches))) {
        drain_batch(batch, sink, thread);
        ct_ring_give_back(&r->batches);
    }
    if (last && r->batch)
        drain_batch(r->batch, sink, thread);
    for (; blocks > 0; blocks--) {
        struct ct_block *b = ct_ring_front(&r->blocks);
        sink->block(sink->ctx, thread, b);
        ct_block_clear(b, 0);
        ct_ring_give_back(&r->blocks);
    }
    if (last && r->warm != NULL && !is_empty(r->warm)) {
        r->warm->warm_up = true;
        sink->block(sink->ctx, thread, r->warm);
    }
    if (last && !is_idle_rest(r))
        sink->block(sink->ctx, thread, r->open);
}
