#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/mem.h"
#include "engine/recorder.h"

/* What a sink got. */
struct got {
    size_t n_blocks, n_samples;
    uint64_t seconds[32], started[32];
    struct ct_block *total;
    uint64_t last_sample_i;
};

static struct got got;
static uint64_t warm_up_ns;

static void take_block(void *ctx, unsigned thread, const struct ct_block *block)
{
    (void)thread;
    struct got *g = ctx;
    if (g->n_blocks < 32) {
        g->seconds[g->n_blocks] = block->second;
        g->started[g->n_blocks] = block->started;
    }
    g->n_blocks++;
    ct_block_merge(g->total, block);
}

static void take_samples(void *ctx, unsigned thread, const struct ct_sample *samples, size_t count)
{
    (void)thread;
    struct got *g = ctx;
    for (size_t k = 0; k < count; k++)
        cr_assert(eq(u64, samples[k].i, g->n_samples + k), "samples keep their order");
    g->n_samples += count;
}

/* ctx is an array: the block is the next. */
static void keep_block(void *ctx, unsigned thread, const struct ct_block *block)
{
    (void)thread;
    ((struct ct_block *)ctx)[got.n_blocks++] = *block;
}

static const struct ct_run_sink sink = {.ctx = &got, .block = take_block, .samples = take_samples};

static void recorder_new(struct ct_recorder *r, bool want_samples)
{
    got.total = ct_xcalloc(1, sizeof(*got.total));
    ct_block_init(got.total, 0);
    const struct ct_run_plan plan = {.duration_ns = 10 * CT_NS_PER_S, .warm_up_ns = warm_up_ns};
    ct_recorder_init(r, &plan, want_samples, NULL);
}

static void recorder_end(struct ct_recorder *r)
{
    ct_recorder_release(r);
    free(got.total);
}

/* One ok request, from its due time to its end 3 ms later. */
static void record_ok(struct ct_recorder *r, uint64_t i, uint64_t due_ns)
{
    const struct ct_sample s = {.i = i,
                                .due_ns = due_ns,
                                .begun_ns = due_ns + 10 * CT_NS_PER_US,
                                .sent_ns = due_ns + CT_NS_PER_MS,
                                .done_ns = due_ns + 3 * CT_NS_PER_MS,
                                .status = 200};
    const struct ct_exchange x = {.status = 200, .wire_attempts = 1, .bytes_received = 100};
    ct_recorder_due(r, due_ns, 1);
    ct_recorder_begun(r, s.due_ns, s.begun_ns, 1);
    ct_recorder_done(r, &s, &x);
}

Test(recorder, a_request_is_counted_once_everywhere)
{
    struct ct_recorder r;
    recorder_new(&r, true);
    record_ok(&r, 0, 0);
    ct_recorder_drain(&r, &sink, 0, true);
    const struct ct_block *b = got.total;
    cr_assert(eq(u64, b->due, 1));
    cr_assert(eq(u64, b->started, 1));
    cr_assert(eq(u64, b->ok, 1));
    cr_assert(eq(u64, b->ok_due_in_window, 1));
    cr_assert(eq(u64, b->ok_done_in_window, 1));
    cr_assert(eq(u64, b->wire_attempts, 1));
    cr_assert(eq(u64, b->bytes_received, 100));
    cr_assert(eq(u32, b->status[200], 1));
    cr_assert(eq(u64, b->series[CT_SERIES_RESPONSE].max_ns, 3 * CT_NS_PER_MS));
    cr_assert(eq(u64, b->series[CT_SERIES_LATENESS].max_ns, 10 * CT_NS_PER_US));
    cr_assert(eq(u64, b->series[CT_SERIES_SETUP].max_ns, 990 * CT_NS_PER_US));
    cr_assert(eq(u64, b->series[CT_SERIES_SERVICE].max_ns, 2 * CT_NS_PER_MS));
    cr_assert(eq(u64, b->series[CT_SERIES_SERVING].max_ns, 2990 * CT_NS_PER_US));
    cr_assert(eq(u64, b->series[CT_SERIES_SERVER_PROCESSING].count, 0));
    cr_assert(eq(sz, got.n_samples, 1));
    recorder_end(&r);
}

Test(recorder, requests_of_the_warm_up_are_in_blocks_of_their_own)
{
    static struct ct_block seen[8];
    struct ct_recorder r;
    warm_up_ns = 1500 * CT_NS_PER_MS;
    recorder_new(&r, false);
    const struct ct_run_sink keep = {.ctx = seen, .block = keep_block};
    record_ok(&r, 0, 0);
    ct_recorder_clock(&r)->loop_ns = 1;
    ct_recorder_gap(&r, 60 * CT_NS_PER_MS);
    ct_recorder_next_second(&r);
    record_ok(&r, 1, warm_up_ns - 1);
    record_ok(&r, 2, warm_up_ns);
    ct_recorder_skipped(&r, CT_SKIP_IN_FLIGHT, warm_up_ns - 1, 3);
    ct_recorder_skipped(&r, CT_SKIP_STOPPED, warm_up_ns, 5);
    ct_recorder_clock(&r)->loop_ns = 2;
    ct_recorder_next_second(&r);
    ct_recorder_drain(&r, &keep, 0, false);
    const bool warm[] = {true, false, true, false};
    const uint64_t started[] = {1, 0, 1, 1}, loop_ns[] = {1, 0, 0, 2};
    for (int i = 0; i < 4; i++) {
        cr_assert(eq(int, seen[i].warm_up, warm[i]), "%d", i);
        cr_assert(eq(u64, seen[i].second, (uint64_t)i / 2), "%d", i);
        cr_assert(eq(u64, seen[i].started, started[i]), "%d", i);
        cr_assert(eq(u64, seen[i].ok, started[i]), "%d", i);
        cr_assert(eq(u64, seen[i].series[CT_SERIES_LATENESS].count, started[i]), "%d", i);
        cr_assert(eq(u64, seen[i].loop_ns, loop_ns[i]), "%d", i);
    }
    cr_assert(seen[0].due == 1 && seen[2].due == 1 && seen[3].due == 1);
    cr_assert(seen[0].gaps == 1 && seen[1].gaps == 0);
    cr_assert(seen[2].skipped[CT_SKIP_IN_FLIGHT] == 3 && seen[3].skipped[CT_SKIP_STOPPED] == 5);
    ct_recorder_next_second(&r);
    record_ok(&r, 3, 0);
    ct_recorder_drain(&r, &keep, 0, true);
    cr_assert(not(seen[4].warm_up), "second 2: nothing of the warm-up ended");
    cr_assert(seen[5].warm_up && seen[5].second == 3 && seen[5].ok == 1);
    recorder_end(&r);
}

Test(recorder, an_answer_after_the_plan_is_ok_but_not_done_in_the_window)
{
    struct ct_recorder r;
    recorder_new(&r, false);
    record_ok(&r, 0, 10 * CT_NS_PER_S - CT_NS_PER_MS);
    ct_recorder_drain(&r, &sink, 0, true);
    cr_assert(eq(u64, got.total->ok_due_in_window, 1));
    cr_assert(eq(u64, got.total->ok_done_in_window, 0));
    recorder_end(&r);
}

Test(recorder, failures_and_cancelled_requests_are_told_apart)
{
    struct ct_recorder r;
    recorder_new(&r, false);
    struct ct_sample s = {.sent_ns = CT_NEVER, .failure = CT_FAILURE_CONNECT_REFUSED};
    struct ct_exchange x = {.failure = CT_FAILURE_CONNECT_REFUSED};
    ct_recorder_done(&r, &s, &x);
    s = (struct ct_sample){.failure = CT_FAILURE_HTTP_STATUS, .status = 503};
    x = (struct ct_exchange){.status = 503, .woke_ns = 1000, .done_ns = 3000};
    ct_recorder_done(&r, &s, &x);
    s = (struct ct_sample){.cancelled = true, .sent_ns = CT_NEVER};
    x = (struct ct_exchange){.failure = CT_FAILURE_TIMEOUT};
    ct_recorder_done(&r, &s, &x);
    ct_recorder_drain(&r, &sink, 0, true);
    const struct ct_block *b = got.total;
    cr_assert(eq(u64, b->failed[CT_FAILURE_CONNECT_REFUSED], 1));
    cr_assert(eq(u64, b->failed[CT_FAILURE_HTTP_STATUS], 1));
    cr_assert(eq(u64, ct_block_failed(b), 2));
    cr_assert(eq(u64, b->cancelled, 1));
    cr_assert(eq(u64, b->ok, 0));
    cr_assert(eq(u32, b->status[503], 1), "every complete answer has its status counted");
    cr_assert(eq(u64, b->series[CT_SERIES_RECEIVE_LAG].count, 1));
    cr_assert(eq(u64, b->series[CT_SERIES_RECEIVE_LAG].max_ns, 2000));
    cr_assert(eq(u64, b->series[CT_SERIES_RESPONSE].count, 0));
    recorder_end(&r);
}

Test(recorder, gaps_add_up_and_the_longest_is_kept)
{
    struct ct_recorder r;
    recorder_new(&r, false);
    ct_recorder_gap(&r, 60);
    ct_recorder_gap(&r, 90);
    ct_recorder_gap(&r, 70);
    cr_assert(eq(u64, r.open->gaps, 3));
    cr_assert(eq(u64, r.open->gap_ns, 220));
    cr_assert(eq(u64, r.open->gap_max_ns, 90));
    recorder_end(&r);
}

Test(recorder, each_second_is_a_block_of_its_own)
{
    struct ct_recorder r;
    recorder_new(&r, true);
    uint64_t i = 0;
    for (uint64_t second = 0; second < 10; second++) {
        for (uint64_t k = 0; k <= second; k++)
            record_ok(&r, i++, second * CT_NS_PER_S);
        cr_assert(eq(u64, r.end_ns, (second + 1) * CT_NS_PER_S));
        ct_recorder_next_second(&r);
        ct_recorder_drain(&r, &sink, 0, false);
        cr_assert(eq(sz, got.n_blocks, second + 1));
        cr_assert(eq(sz, got.n_samples, i), "samples come with their second");
        cr_assert(eq(u64, got.seconds[second], second));
        cr_assert(eq(u64, got.started[second], second + 1));
    }
    recorder_end(&r);
}

Test(recorder, what_the_writer_gives_back_is_empty)
{
    struct ct_recorder r;
    recorder_new(&r, true);
    for (uint64_t i = 0; i < 2 * CT_RECORDER_BATCHES; i++) {
        record_ok(&r, i, i * CT_NS_PER_S);
        ct_recorder_next_second(&r);
        ct_recorder_drain(&r, &sink, 0, false);
    }
    cr_assert(eq(sz, got.n_samples, 2 * CT_RECORDER_BATCHES));
    cr_assert(eq(u64, got.total->started, 2 * CT_RECORDER_BATCHES));
    recorder_end(&r);
}

Test(recorder, when_the_writer_is_behind_seconds_merge_and_nothing_is_lost)
{
    struct ct_recorder r;
    recorder_new(&r, false);
    for (uint64_t second = 0; second < 12; second++) {
        record_ok(&r, second, second * CT_NS_PER_S);
        ct_recorder_next_second(&r);
    }
    ct_recorder_drain(&r, &sink, 0, false);
    cr_assert(eq(sz, got.n_blocks, CT_RECORDER_BLOCKS));
    record_ok(&r, 12, 12 * CT_NS_PER_S);
    ct_recorder_next_second(&r);
    record_ok(&r, 13, 13 * CT_NS_PER_S);
    ct_recorder_drain(&r, &sink, 0, true);
    cr_assert(eq(sz, got.n_blocks, 6));
    cr_assert(eq(u64, got.seconds[4], 4), "a merged block has the number of its first second");
    cr_assert(eq(u64, got.started[4], 9), "seconds 4 to 12");
    cr_assert(eq(u64, got.seconds[5], 13));
    cr_assert(eq(u64, got.total->started, 14));
    cr_assert(eq(u64, got.total->ok, 14));
    cr_assert(eq(u64, got.total->series[CT_SERIES_RESPONSE].count, 14));
    recorder_end(&r);
}

Test(recorder, an_idle_second_has_a_row_within_the_plan_and_none_after_it)
{
    struct ct_recorder r;
    recorder_new(&r, false);
    for (uint64_t second = 0; second < 10; second++) {
        ct_recorder_next_second(&r);
        ct_recorder_drain(&r, &sink, 0, false);
    }
    cr_assert(eq(sz, got.n_blocks, 10));
    ct_recorder_drain(&r, &sink, 0, true);
    cr_assert(eq(sz, got.n_blocks, 10));
    ct_recorder_skipped(&r, CT_SKIP_IN_FLIGHT, 0, 1);
    ct_recorder_drain(&r, &sink, 0, true);
    cr_assert(eq(sz, got.n_blocks, 11), "something happened in it");
    recorder_end(&r);
}

Test(recorder, samples_beyond_the_buffers_are_dropped_and_counted)
{
    struct ct_recorder r;
    recorder_new(&r, true);
    const uint64_t room = (uint64_t)CT_RECORDER_BATCH * (CT_RECORDER_BATCHES + 1);
    for (uint64_t i = 0; i < room + 1000; i++)
        record_ok(&r, i, 0);
    cr_assert(eq(u64, r.samples_dropped, 1000));
    ct_recorder_drain(&r, &sink, 0, true);
    cr_assert(eq(sz, got.n_samples, room));
    cr_assert(eq(u64, got.total->ok, room + 1000), "blocks are never dropped");
    recorder_end(&r);
}

Test(recorder, the_writer_is_woken_when_half_the_buffers_are_full)
{
    struct ct_recorder r;
    sem_t writer;
    int posts;
    sem_init(&writer, 0, 0);
    recorder_new(&r, true);
    r.writer = &writer;
    const uint64_t half = (uint64_t)CT_RECORDER_BATCH * CT_RECORDER_BATCHES / 2;
    for (uint64_t i = 0; i < half; i++)
        record_ok(&r, i, 0);
    sem_getvalue(&writer, &posts);
    cr_assert(eq(int, posts, 0));
    record_ok(&r, half, 0);
    sem_getvalue(&writer, &posts);
    cr_assert(eq(int, posts, 1));
    recorder_end(&r);
}

Test(recorder, without_samples_the_sink_is_never_asked_to_take_any)
{
    struct ct_recorder r;
    recorder_new(&r, false);
    const struct ct_run_sink blocks_only = {.ctx = &got, .block = take_block};
    record_ok(&r, 0, 0);
    ct_recorder_next_second(&r);
    ct_recorder_drain(&r, &blocks_only, 0, true);
    cr_assert(eq(sz, got.n_blocks, 2));
    recorder_end(&r);
}
