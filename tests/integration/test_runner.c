#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <semaphore.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "answerer.h"
#include "base/clock.h"
#include "base/mem.h"
#include "engine/plan.h"
#include "engine/runner.h"
#include "fd_table.h"

enum { SAMPLES_MAX = 100000 };

/* --- a test case that takes 200 --- */

static int case_build(const struct ct_testcase *self, uint32_t load, struct ct_request *out,
                      struct ct_err *err)
{
    (void)self;
    if (load == 13)
        return ct_fail(err, CT_EUSAGE, "no load of 13");
    ct_request_init(out, "GET", "/");
    return 0;
}

static void case_check(const struct ct_testcase *self, uint32_t load,
                       const struct ct_answer *answer, struct ct_judgement *out)
{
    (void)self;
    (void)load;
    if (answer->status != 200)
        out->failure = CT_FAILURE_HTTP_STATUS;
}

static const struct ct_testcase testcase = {
    .name = "plain", .file_name = "PlainTestCase", .build = case_build, .check = case_check};

/* --- a run and all that came of it --- */

struct scene {
    struct answerer server;
    struct ct_run_config config;
    struct ct_run *run;
    struct ct_run_result result;
    sem_t started, done;
    struct ct_block *total;                       /* all blocks merged */
    uint64_t warm_due, warm_ended, warm_lateness; /* of blocks of the warm-up */
    struct ct_sample *samples;
    size_t n_samples, n_blocks;
    uint64_t seconds[64];
};

static void take_block(void *ctx, unsigned thread, const struct ct_block *block)
{
    struct scene *s = ctx;
    (void)thread;
    ct_block_merge(s->total, block);
    if (block->warm_up) {
        s->warm_due += block->due;
        s->warm_ended += block->ok + ct_block_failed(block) + ct_block_skipped(block);
        s->warm_lateness += block->series[CT_SERIES_LATENESS].count;
    }
    if (s->n_blocks < 64)
        s->seconds[s->n_blocks] = block->second;
    s->n_blocks++;
}

static void take_samples(void *ctx, unsigned thread, const struct ct_sample *samples, size_t count)
{
    struct scene *s = ctx;
    (void)thread;
    cr_assert(le(sz, s->n_samples + count, SAMPLES_MAX));
    memcpy(s->samples + s->n_samples, samples, count * sizeof(*samples));
    s->n_samples += count;
}

static void run_started(void *ctx, const struct ct_instant *t0)
{
    struct scene *s = ctx;
    cr_assert(ge(u64, t0->mono_ns, 1));
    sem_post(&s->started);
}

static void run_done(void *ctx)
{
    struct scene *s = ctx;
    sem_post(&s->done);
}

static struct scene *scene_new(enum answerer_mode mode, uint64_t hold_ns)
{
    struct scene *s = ct_xcalloc(1, sizeof(*s));
    struct ct_err err;
    cr_assert(eq(int, ct_io_init(&err), 0));
    sem_init(&s->started, 0, 0);
    sem_init(&s->done, 0, 0);
    s->total = ct_xcalloc(1, sizeof(*s->total));
    ct_block_init(s->total, 0);
    s->samples = ct_xcalloc(SAMPLES_MAX, sizeof(*s->samples));
    answerer_start(&s->server, mode, hold_ns);

    char url[64];
    snprintf(url, sizeof(url), "http://127.0.0.1:%u", s->server.port);
    cr_assert(eq(int, ct_endpoint_parse(url, &s->config.endpoint, NULL, &err), 0));
    cr_assert(eq(int, ct_endpoint_resolve(&s->config.endpoint, &err), 0));
    s->config.testcase = &testcase;
    s->config.load = 1;
    s->config.want_samples = true;
    s->config.plan = (struct ct_run_plan){.rate = {.num = 500, .den_ns = CT_NS_PER_S},
                                          .duration_ns = CT_NS_PER_S,
                                          .timeout_ns = 5 * CT_NS_PER_S,
                                          .late_limit_ns = 50 * CT_NS_PER_MS,
                                          .max_in_flight = 1000,
                                          .threads = 1,
                                          .keep_alive = true};
    s->config.sink = (struct ct_run_sink){.ctx = s, .block = take_block, .samples = take_samples};
    s->config.started = run_started;
    s->config.done = run_done;
    s->config.ctx = s;
    return s;
}

static void scene_start(struct scene *s)
{
    struct ct_err err;
    cr_assert(eq(int, ct_run_new(&s->config, &s->run, &err), 0));
    cr_assert(eq(int, ct_run_start(s->run, &err), 0), "%s", err.msg);
}

static void scene_wait(struct scene *s)
{
    while (sem_wait(&s->done) < 0)
        continue;
    ct_run_result(s->run, &s->result);
    ct_run_free(s->run);
}

static void scene_run(struct scene *s)
{
    scene_start(s);
    scene_wait(s);
}

static void scene_free(struct scene *s)
{
    answerer_stop(&s->server);
    sem_destroy(&s->started);
    sem_destroy(&s->done);
    free(s->total);
    free(s->samples);
    free(s);
    ct_io_exit();
}

/* Scenes in which no request was left out because this machine stood still for a while. */
static struct scene *scene_calm(struct scene *(*make)(void))
{
    for (int attempt = 0;; attempt++) {
        struct scene *s = make();
        scene_run(s);
        const uint64_t *skipped = s->total->skipped;
        if (skipped[CT_SKIP_STALL] + skipped[CT_SKIP_LATE] == 0)
            return s;
        cr_assert(lt(int, attempt, 10), "this machine stands still in each run");
        scene_free(s);
    }
}

static void nap(uint64_t ns)
{
    const struct timespec ts = {.tv_sec = (time_t)(ns / CT_NS_PER_S),
                                .tv_nsec = (long)(ns % CT_NS_PER_S)};
    nanosleep(&ts, NULL);
}

/* Law 2, and that samples and blocks tell the same. */
static void assert_accounted(const struct scene *s)
{
    const struct ct_block *b = s->total;
    cr_assert(eq(u64, s->result.planned, s->config.plan.planned));
    cr_assert(eq(u64, b->started + ct_block_skipped(b), s->config.plan.planned));
    cr_assert(eq(u64, b->ok + ct_block_failed(b) + b->cancelled, b->started));
    cr_assert(eq(u64, b->series[CT_SERIES_LATENESS].count, b->started));
    cr_assert(eq(u64, b->series[CT_SERIES_RESPONSE].count, b->ok));
    if (s->result.stopped)
        cr_assert(ge(u64, b->due + b->skipped[CT_SKIP_STOPPED], s->config.plan.planned));
    else
        cr_assert(eq(u64, b->due, s->config.plan.planned));
    cr_assert(eq(u64, b->in_flight, 0));
    if (!s->config.want_samples)
        return;
    uint64_t ok = 0, cancelled = 0, failed[CT_FAILURE_COUNT] = {0};
    cr_assert(eq(u64, s->n_samples, b->started));
    for (size_t k = 0; k < s->n_samples; k++) {
        const struct ct_sample *x = &s->samples[k];
        ok += x->failure == CT_FAILURE_NONE && !x->cancelled;
        cancelled += x->cancelled;
        failed[x->failure]++;
    }
    cr_assert(eq(u64, ok, b->ok));
    cr_assert(eq(u64, cancelled, b->cancelled));
    for (int f = 1; f < CT_FAILURE_COUNT; f++)
        cr_assert(eq(u64, failed[f], b->failed[f]));
}

/* Law 1, request by request. */
static void assert_times(const struct scene *s)
{
    for (size_t k = 0; k < s->n_samples; k++) {
        const struct ct_sample *x = &s->samples[k];
        cr_assert(eq(u64, x->due_ns, ct_plan_due_ns(&s->config.plan, x->i)));
        cr_assert(ge(u64, x->begun_ns, x->due_ns));
        cr_assert(ge(u64, x->done_ns, x->begun_ns));
        if (x->sent_ns == CT_NEVER)
            continue;
        cr_assert(ge(u64, x->sent_ns, x->begun_ns));
        cr_assert(ge(u64, x->done_ns, x->sent_ns));
        uint64_t lateness = x->begun_ns - x->due_ns, setup = x->sent_ns - x->begun_ns;
        cr_assert(eq(u64, lateness + setup + (x->done_ns - x->sent_ns), x->done_ns - x->due_ns));
    }
}

static int by_index(const void *a, const void *b)
{
    const struct ct_sample *x = a, *y = b;
    return (x->i > y->i) - (x->i < y->i);
}

static void assert_every_index_once(struct scene *s)
{
    qsort(s->samples, s->n_samples, sizeof(*s->samples), by_index);
    for (size_t k = 0; k < s->n_samples; k++)
        cr_assert(eq(u64, s->samples[k].i, k));
}

/* --- sending --- */

Test(runner, sends_exactly_what_was_planned)
{
    struct scene *s = scene_new(ANSWERER_OK, 0);
    scene_run(s);
    cr_assert(eq(u64, s->config.plan.planned, 500));
    cr_assert(eq(u64, s->total->started + ct_block_skipped(s->total), 500));
    cr_assert(eq(u64, answerer_requests(&s->server), s->total->wire_attempts));
    cr_assert(eq(u64, s->total->wire_attempts, s->total->started));
    cr_assert(eq(u64, s->total->ok, s->total->started));
    cr_assert(eq(u32, s->total->status[200], (uint32_t)s->total->ok));
    cr_assert(eq(u64, s->total->bytes_received, s->total->ok * ANSWERER_ANSWER_LEN));
    cr_assert(not(s->result.stopped));
    cr_assert(ge(u64, s->result.times.sending_end_ns, s->config.plan.duration_ns));
    cr_assert(ge(u64, s->result.times.end_ns, s->result.times.sending_end_ns));
    assert_accounted(s);
    assert_times(s);
    scene_free(s);
}

/* Growing it later stops the sender. */
Test(runner, room_for_all_connections_is_made_before_the_first)
{
    struct scene *s = scene_new(ANSWERER_OK, 0);
    s->config.plan.max_in_flight = 5000;
    cr_assert(lt(uint, fd_table_size(), 5000));
    scene_start(s);
    cr_expect(ge(uint, fd_table_size(), 5000));
    scene_wait(s);
    scene_free(s);
}

Test(runner, threads_share_the_plan_and_their_blocks_add_up)
{
    struct scene *s = scene_new(ANSWERER_OK, 0);
    s->config.plan.threads = 3;
    s->config.plan.max_in_flight = 50;
    s->config.plan.duration_ns = 1100 * CT_NS_PER_MS;
    scene_run(s);
    cr_assert(eq(u64, s->config.plan.planned, 550));
    cr_assert(ge(u64, s->n_blocks, 6), "two seconds of three threads");
    assert_accounted(s);
    assert_times(s);
    if (ct_block_skipped(s->total) == 0)
        assert_every_index_once(s);
    scene_free(s);
}

Test(runner, what_is_due_in_the_warm_up_stands_apart)
{
    struct scene *s = scene_new(ANSWERER_OK, 20 * CT_NS_PER_MS);
    s->config.plan.threads = 2;
    s->config.plan.warm_up_ns = 301 * CT_NS_PER_MS;
    scene_run(s);
    cr_assert(eq(u64, s->warm_due, 151), "500/s: the last is due at 300 ms");
    cr_assert(eq(u64, s->warm_ended, 151), "also those answered behind it");
    cr_assert(le(u64, s->warm_lateness, 151));
    cr_assert(eq(u64, s->total->due, 500));
    assert_accounted(s);
    scene_free(s);
}

Test(runner, every_second_has_its_row_also_when_nothing_happens)
{
    struct scene *s = scene_new(ANSWERER_OK, 0);
    s->config.plan.rate = (struct ct_rate){.num = 1, .den_ns = 3 * CT_NS_PER_S};
    s->config.plan.duration_ns = 2500 * CT_NS_PER_MS;
    scene_run(s);
    cr_assert(eq(u64, s->total->started + ct_block_skipped(s->total), 1));
    cr_assert(ge(sz, s->n_blocks, 3), "one more if this machine stood still at the end");
    for (uint64_t k = 0; k < 3; k++)
        cr_assert(eq(u64, s->seconds[k], k));
    cr_assert(ge(u64, s->total->loop_ns, s->total->wait_ns + 1));
    assert_accounted(s);
    scene_free(s);
}

Test(runner, without_keep_alive_each_request_opens_its_connection)
{
    struct scene *s = scene_new(ANSWERER_OK, 0);
    s->config.plan.keep_alive = false;
    s->config.plan.duration_ns = 200 * CT_NS_PER_MS;
    scene_run(s);
    cr_assert(eq(u64, s->total->connections_opened, s->total->started));
    cr_assert(eq(u64, s->total->connections_closed, s->total->started));
    assert_accounted(s);
    assert_times(s);
    scene_free(s);
}

Test(runner, samples_are_left_out_when_not_wanted)
{
    struct scene *s = scene_new(ANSWERER_OK, 0);
    s->config.want_samples = false;
    s->config.sink.samples = NULL;
    s->config.plan.duration_ns = 200 * CT_NS_PER_MS;
    scene_run(s);
    cr_assert(eq(sz, s->n_samples, 0));
    assert_accounted(s);
    scene_free(s);
}

Test(runner, a_run_can_be_freed_without_being_started)
{
    struct scene *s = scene_new(ANSWERER_OK, 0);
    struct ct_err err;
    cr_assert(eq(int, ct_run_new(&s->config, &s->run, &err), 0));
    ct_run_free(s->run);
    scene_free(s);
}

Test(runner, refuses_what_the_case_refuses_and_fewer_slots_than_threads)
{
    struct scene *s = scene_new(ANSWERER_OK, 0);
    struct ct_err err;
    s->config.load = 13;
    cr_assert(eq(int, ct_run_new(&s->config, &s->run, &err), CT_EUSAGE));
    cr_assert(eq(str, err.msg, (char *)"no load of 13"));
    s->config.load = 1;
    s->config.plan.threads = 4;
    s->config.plan.max_in_flight = 3;
    cr_assert(eq(int, ct_run_new(&s->config, &s->run, &err), CT_EUSAGE));
    cr_assert(ne(ptr, strstr(err.msg, "3 requests in flight"), NULL));
    s->config.plan.max_in_flight = 1000;
    s->config.plan.connections = 3; /* also in the open model: a thread would have none */
    cr_assert(eq(int, ct_run_new(&s->config, &s->run, &err), CT_EUSAGE));
    cr_assert(ne(ptr, strstr(err.msg, "3 connections"), NULL));
    scene_free(s);
}

/* --- targets that misbehave --- */

Test(runner, wrong_answers_are_failures_of_their_class)
{
    struct scene *s = scene_new(ANSWERER_503, 0);
    s->config.plan.duration_ns = 200 * CT_NS_PER_MS;
    scene_run(s);
    cr_assert(eq(u64, s->total->failed[CT_FAILURE_HTTP_STATUS], s->total->started));
    cr_assert(eq(u32, s->total->status[503], (uint32_t)s->total->started));
    cr_assert(eq(u64, s->total->ok, 0));
    assert_accounted(s);
    scene_free(s);
}

Test(runner, a_target_that_resets_is_counted_as_resetting)
{
    struct scene *s = scene_new(ANSWERER_RESETS, 0);
    s->config.plan.duration_ns = 200 * CT_NS_PER_MS;
    scene_run(s);
    cr_assert(eq(u64, s->total->failed[CT_FAILURE_RESET_BEFORE_RESPONSE], s->total->started));
    assert_accounted(s);
    assert_times(s);
    scene_free(s);
}

Test(runner, a_target_that_is_not_there_refuses_every_request)
{
    struct scene *s = scene_new(ANSWERER_OK, 0);
    answerer_stop(&s->server);
    s->config.plan.duration_ns = 200 * CT_NS_PER_MS;
    scene_run(s);
    cr_assert(eq(u64, s->total->failed[CT_FAILURE_CONNECT_REFUSED], s->total->started));
    cr_assert(eq(u64, s->total->wire_attempts, 0));
    for (size_t k = 0; k < s->n_samples; k++)
        cr_assert(eq(u64, s->samples[k].sent_ns, CT_NEVER));
    assert_accounted(s);
    scene_free(s);
}

Test(runner, an_answer_that_never_comes_is_a_time_out_in_its_stage)
{
    struct scene *s = scene_new(ANSWERER_SILENT, 0);
    s->config.plan.duration_ns = 200 * CT_NS_PER_MS;
    s->config.plan.timeout_ns = 3 * CT_NS_PER_S;
    scene_run(s);
    cr_assert(eq(u64, s->total->failed[CT_FAILURE_TIMEOUT], s->total->started));
    for (size_t k = 0; k < s->n_samples; k++) {
        cr_assert(eq(str, (char *)s->samples[k].detail, (char *)"first_byte"));
        cr_assert(ge(u64, s->samples[k].done_ns - s->samples[k].due_ns, 3 * CT_NS_PER_S));
    }
    assert_accounted(s);
    assert_times(s);
    scene_free(s);
}

Test(runner, a_time_out_takes_only_the_requests_that_have_no_answer)
{
    struct scene *s = scene_new(ANSWERER_MOODY, 0);
    s->config.plan.duration_ns = 400 * CT_NS_PER_MS;
    s->config.plan.timeout_ns = 3 * CT_NS_PER_S;
    scene_run(s);
    cr_assert(eq(u64, s->total->ok, (s->total->started + 1) / 2));
    cr_assert(eq(u64, s->total->failed[CT_FAILURE_TIMEOUT], s->total->started / 2));
    assert_accounted(s);
    assert_times(s);
    scene_free(s);
}

Test(runner, a_connection_that_never_opens_is_a_connect_time_out)
{
    struct scene *s = scene_new(ANSWERER_DEAF, 0);
    s->config.plan.duration_ns = 100 * CT_NS_PER_MS;
    s->config.plan.timeout_ns = 200 * CT_NS_PER_MS;
    scene_run(s);
    cr_assert(eq(u64, s->total->failed[CT_FAILURE_CONNECT_TIMEOUT], s->total->started));
    assert_accounted(s);
    scene_free(s);
}

/* --- the cap --- */

Test(runner, a_pool_that_does_not_open_can_be_stopped)
{
    struct scene *s = scene_new(ANSWERER_DEAF, 0);
    s->config.plan.connections = 4;
    scene_start(s);
    cr_assert(eq(int, sem_trywait(&s->started), -1), "the start does not wait for the pool");
    ct_run_stop(s->run, CT_STOP_GENTLY);
    scene_wait(s);
    cr_assert(s->result.stopped);
    cr_assert(eq(u64, ct_block_skipped(s->total), s->result.planned));
    scene_free(s);
}

Test(runner, at_the_cap_requests_wait_and_the_waiting_is_setup)
{
    struct scene *s = scene_new(ANSWERER_OK, 40 * CT_NS_PER_MS);
    s->config.plan.rate.num = 200;
    s->config.plan.duration_ns = 2 * CT_NS_PER_S;
    s->config.plan.max_in_flight = 4; /* 4 in 40 ms: 100/s at best */
    scene_run(s);
    const struct ct_block *b = s->total;
    cr_assert(eq(u64, b->in_flight_max, 4));
    cr_assert(eq(u64, b->skipped[CT_SKIP_IN_FLIGHT], 0), "the time-out is longer than the queue");
    cr_assert(ge(u64, b->series[CT_SERIES_SETUP].max_ns, 200 * CT_NS_PER_MS + 1));
    cr_assert(le(u64, b->connections_opened, 4));
    assert_accounted(s);
    assert_times(s);
    scene_free(s);
}

Test(runner, a_slot_that_becomes_free_is_used_at_once)
{
    struct scene *s = scene_new(ANSWERER_OK, 0);
    s->config.plan.rate.num = 2000;
    s->config.plan.duration_ns = 250 * CT_NS_PER_MS;
    s->config.plan.timeout_ns = 8 * CT_NS_PER_S; /* 500 heartbeats would be 10 s */
    s->config.plan.max_in_flight = 1;
    scene_run(s);
    cr_assert(eq(u64, s->total->skipped[CT_SKIP_IN_FLIGHT], 0));
    cr_assert(eq(u64, s->total->failed[CT_FAILURE_TIMEOUT], 0));
    cr_assert(eq(u64, s->total->connections_opened, 1));
    assert_accounted(s);
    assert_times(s);
    scene_free(s);
}

static struct scene *crowd(void)
{
    struct scene *s = scene_new(ANSWERER_SILENT, 0);
    s->config.plan.rate.num = 10000000; /* 200 at practically the same instant */
    s->config.plan.duration_ns = 20 * CT_NS_PER_US;
    s->config.plan.timeout_ns = 100 * CT_NS_PER_MS;
    s->config.plan.max_in_flight = 2;
    return s;
}

Test(runner, who_waits_at_the_cap_beyond_the_time_out_is_skipped)
{
    struct scene *s = scene_calm(crowd);
    cr_assert(eq(u64, s->config.plan.planned, 200));
    cr_assert(ge(u64, s->total->skipped[CT_SKIP_IN_FLIGHT], 1));
    cr_assert(eq(u64, s->total->in_flight_max, 2));
    assert_accounted(s);
    assert_times(s);
    scene_free(s);
}

static struct scene *one_after_the_other(void)
{
    struct scene *s = scene_new(ANSWERER_SILENT, 0);
    s->config.plan.rate.num = 1;
    s->config.plan.duration_ns = 2 * CT_NS_PER_S;
    s->config.plan.timeout_ns = 3 * CT_NS_PER_S;
    s->config.plan.max_in_flight = 1;
    return s;
}

Test(runner, the_time_out_counts_from_due_also_after_waiting_at_the_cap)
{
    struct scene *s = scene_calm(one_after_the_other);
    cr_assert(eq(u64, s->total->started, 2));
    const struct ct_sample *second = &s->samples[1]; /* sent when the first one timed out */
    cr_assert(eq(u64, second->i, 1));
    cr_assert(ge(u64, second->sent_ns - second->due_ns, 1900 * CT_NS_PER_MS));
    cr_assert(lt(u64, second->done_ns - second->sent_ns, 2500 * CT_NS_PER_MS));
    assert_accounted(s);
    scene_free(s);
}

Test(runner, the_cap_holds_for_all_threads_together)
{
    struct scene *s = scene_new(ANSWERER_SILENT, 0);
    s->config.plan.timeout_ns = 60 * CT_NS_PER_S;
    s->config.plan.max_in_flight = 5;
    s->config.plan.threads = 2;
    scene_start(s);
    answerer_await(&s->server, 5);
    nap(50 * CT_NS_PER_MS); /* time enough for one too many */
    ct_run_stop(s->run, CT_STOP_NOW);
    scene_wait(s);
    cr_assert(eq(u64, s->total->started, 5));
    cr_assert(eq(u64, s->total->cancelled, 5));
    assert_accounted(s);
    scene_free(s);
}

/* --- stopping --- */

Test(runner, a_gentle_stop_waits_for_answers_and_skips_the_rest)
{
    struct scene *s = scene_new(ANSWERER_OK, 100 * CT_NS_PER_MS);
    s->config.plan.duration_ns = 60 * CT_NS_PER_S;
    scene_start(s);
    answerer_await(&s->server, 50);
    ct_run_stop(s->run, CT_STOP_GENTLY);
    scene_wait(s);
    cr_assert(s->result.stopped);
    cr_assert(eq(u64, s->total->cancelled, 0));
    cr_assert(eq(u64, s->total->ok, s->total->started));
    cr_assert(ge(u64, s->total->skipped[CT_SKIP_STOPPED], 1));
    cr_assert(eq(u64, s->config.plan.planned, 30000));
    assert_accounted(s);
    scene_free(s);
}

Test(runner, a_sharp_stop_cancels_what_is_in_flight)
{
    struct scene *s = scene_new(ANSWERER_SILENT, 0);
    s->config.plan.duration_ns = 60 * CT_NS_PER_S;
    s->config.plan.timeout_ns = 60 * CT_NS_PER_S;
    scene_start(s);
    answerer_await(&s->server, 50);
    ct_run_stop(s->run, CT_STOP_GENTLY);
    ct_run_stop(s->run, CT_STOP_NOW);
    ct_run_stop(s->run, CT_STOP_GENTLY); /* only ever sharper */
    scene_wait(s);
    cr_assert(s->result.stopped);
    cr_assert(ge(u64, s->total->cancelled, 50));
    cr_assert(eq(u64, s->total->cancelled, s->total->started));
    cr_assert(lt(u64, s->result.times.end_ns - s->result.times.sending_end_ns, 2 * CT_NS_PER_S),
              "a gentle one would wait longer");
    assert_accounted(s);
    assert_times(s);
    scene_free(s);
}

Test(runner, a_gentle_stop_cancels_what_is_not_answered_within_two_seconds)
{
    struct scene *s = scene_new(ANSWERER_SILENT, 0);
    s->config.plan.duration_ns = 60 * CT_NS_PER_S;
    s->config.plan.timeout_ns = 60 * CT_NS_PER_S;
    scene_start(s);
    answerer_await(&s->server, 10);
    ct_run_stop(s->run, CT_STOP_GENTLY);
    scene_wait(s);
    cr_assert(eq(u64, s->total->cancelled, s->total->started));
    cr_assert(ge(u64, s->result.times.end_ns - s->result.times.sending_end_ns, 2 * CT_NS_PER_S));
    assert_accounted(s);
    scene_free(s);
}

/* --- the generator's own trouble --- */

/* Stop this whole process for a while, as a hypervisor or a debugger would. */
static pid_t stop_for(uint64_t ns)
{
    pid_t child = fork();
    if (child == 0) {
        kill(getppid(), SIGSTOP);
        nap(ns);
        kill(getppid(), SIGCONT);
        _exit(0);
    }
    return child;
}

Test(runner, a_generator_that_is_stopped_for_a_while_owns_up_to_the_stall)
{
    struct scene *s = scene_new(ANSWERER_OK, 0);
    s->config.plan.duration_ns = 5 * CT_NS_PER_S;
    scene_start(s);
    answerer_await(&s->server, 100);
    pid_t child = stop_for(400 * CT_NS_PER_MS);
    scene_wait(s);
    waitpid(child, NULL, 0);
    cr_assert(ge(u64, s->total->gaps, 1));
    cr_assert(ge(u64, s->total->gap_max_ns, 350 * CT_NS_PER_MS));
    cr_assert(ge(u64, s->total->skipped[CT_SKIP_STALL], 150));
    assert_accounted(s);
    assert_times(s);
    scene_free(s);
}

/* The linker puts the one in the place of the other (--wrap). */
const struct ct_transport *real_transport_for(bool http2) __asm__("__real_ct_transport_for");
const struct ct_transport *napping_transport_for(bool http2) __asm__("__wrap_ct_transport_for");

static const struct ct_transport *transport;
static unsigned starts_until_nap; /* 0: none */
static uint64_t nap_ns = 400 * CT_NS_PER_MS;

static void nap_and_start(struct ct_client *c, struct ct_exchange *x)
{
    if (starts_until_nap > 0 && --starts_until_nap == 0)
        nap(nap_ns);
    transport->start(c, x);
}

const struct ct_transport *napping_transport_for(bool http2)
{
    static struct ct_transport napping;
    transport = real_transport_for(http2);
    napping = *transport;
    napping.start = nap_and_start;
    return &napping;
}

static struct scene *stand_still_in_a_request(bool closed)
{
    struct scene *s = scene_new(ANSWERER_OK, 0);
    s->config.plan.closed = closed;
    s->config.plan.connections = closed ? 2 : 0;
    s->config.want_samples = !closed;
    starts_until_nap = closed ? 2 : 100;
    scene_run(s);
    cr_assert(ge(u64, s->total->gaps, 1));
    cr_assert(ge(u64, s->total->gap_max_ns, 390 * CT_NS_PER_MS));
    return s;
}

/* The loop was in time each time it was to wake; it did not come to wait. */
Test(runner, a_stall_within_the_sending_of_a_request_is_noticed)
{
    struct scene *s = stand_still_in_a_request(false);
    cr_assert(ge(u64, s->total->skipped[CT_SKIP_STALL], 150));
    assert_accounted(s);
    assert_times(s);
    scene_free(s);
}

Test(runner, a_stall_within_the_sending_of_a_request_of_the_closed_model_is_noticed)
{
    scene_free(stand_still_in_a_request(true));
}

/* They wait in the sockets when the time is long up. Of the request that was being sent the answer
 * could not come in time. */
Test(runner, what_was_answered_in_a_stall_did_not_time_out)
{
    struct scene *s = scene_new(ANSWERER_OK, 300 * CT_NS_PER_MS);
    s->config.plan.rate.num = 20;
    s->config.plan.timeout_ns = 2 * CT_NS_PER_S;
    starts_until_nap = 10;
    nap_ns = 3 * CT_NS_PER_S;
    scene_run(s);
    cr_assert(ge(u64, s->total->gaps, 1));
    cr_assert(le(u64, s->total->failed[CT_FAILURE_TIMEOUT], 1));
    cr_assert(ge(u64, s->total->ok + ct_block_skipped(s->total), 19));
    assert_accounted(s);
    scene_free(s);
}

Test(runner, a_stall_is_noticed_also_when_nothing_was_due)
{
    struct scene *s = scene_new(ANSWERER_OK, 0);
    s->config.plan.rate = (struct ct_rate){.num = 1, .den_ns = 10 * CT_NS_PER_S};
    s->config.plan.duration_ns = 5 * CT_NS_PER_S;
    scene_start(s);
    while (sem_wait(&s->started) < 0)
        continue;
    nap(200 * CT_NS_PER_MS); /* the only request is sent */
    pid_t child = stop_for(300 * CT_NS_PER_MS);
    scene_wait(s);
    waitpid(child, NULL, 0);
    cr_assert(ge(u64, s->total->gaps, 1));
    cr_assert(ge(u64, s->total->gap_max_ns, 200 * CT_NS_PER_MS));
    assert_accounted(s);
    scene_free(s);
}
