#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/run_count.h"
#include "analysis/threshold.h"
#include "base/clock.h"
#include "base/mem.h"

static struct ct_criteria criteria;
static struct ct_run_plan plan;
static struct ct_run_count *run;
static struct ct_find_outcome o;

/* Ten seconds, the first two dropped. */
static void open_run(const char *limits, uint32_t threads)
{
    struct ct_err err;
    criteria.count = 0;
    cr_assert(eq(int, ct_threshold_parse(limits, &criteria, &err), 0));
    plan = (struct ct_run_plan){.rate = ct_rate_per_s(100),
                                .duration_ns = 10 * CT_NS_PER_S,
                                .warm_up_ns = 2 * CT_NS_PER_S,
                                .timeout_ns = 3 * CT_NS_PER_S,
                                .threads = threads};
    run = ct_run_count_new(&criteria, &plan);
}

static void fini(void)
{
    ct_run_count_free(run);
}
TestSuite(run_count, .fini = fini);

/* A second in which quick requests took 1 ms, slow ones 500 ms, and some failed. */
static void second(unsigned thread, uint64_t at, unsigned due, unsigned quick, unsigned slow,
                   unsigned failed)
{
    struct ct_block *b = ct_xcalloc(1, sizeof(*b));
    b->second = at;
    b->due = b->started = due;
    b->warm_up = at < 2;
    b->ok = quick + slow;
    b->failed[CT_FAILURE_HTTP_STATUS] = failed;
    for (unsigned i = 0; i < quick + slow; i++)
        ct_histogram_record(&b->series[CT_SERIES_RESPONSE], (i < quick ? 1 : 500) * CT_NS_PER_MS);
    ct_run_count_block(run, thread, b);
    if (b->warm_up) { /* the rest's block of that second */
        memset(b, 0, sizeof(*b));
        b->second = at;
        ct_run_count_block(run, thread, b);
    }
    free(b);
}

Test(run_count, requests_behind_the_dropped_beginning_are_counted)
{
    open_run("p(99)<200ms,error_rate<1%,avg<1s", 1);
    for (uint64_t k = 0; k < 10; k++)
        second(0, k, 100, 90, 6, 4);
    ct_run_count_outcome(run, &o);
    cr_assert(eq(sz, o.n_blocks, 8));
    cr_expect(eq(dbl, o.counted_s, 8));
    for (size_t k = 0; k < 8; k++) {
        cr_expect(eq(u32, o.blocks[k].n, 100));
        cr_expect(eq(u32, o.blocks[k].over[0], 10), "slow and failed ones");
        cr_expect(eq(u32, o.blocks[k].over[1], 4), "failed ones");
        cr_expect(epsilon_eq(dbl, o.blocks[k].sum_s, 0.09 + 3 + 4 * 3, 1e-6),
                  "failed ones at their time-out");
    }
    cr_expect(eq(u64, o.backlog_start, 0));
    cr_expect(eq(u64, o.backlog_end, 0));
    cr_expect(eq(u64, ct_run_count_requests(run), 800));
}

Test(run_count, what_ends_behind_the_plan_counts_in_its_last_second)
{
    open_run("p(99)<200ms", 1);
    for (uint64_t k = 0; k < 10; k++)
        second(0, k, 100, 95, 0, 0);
    second(0, 10, 0, 0, 50, 0);
    ct_run_count_outcome(run, &o);
    cr_assert(eq(sz, o.n_blocks, 8));
    cr_expect(eq(u32, o.blocks[7].n, 145));
    cr_expect(eq(u32, o.blocks[7].over[0], 50));
    cr_expect(eq(u64, o.backlog_start, 10), "two seconds left five each");
    cr_expect(eq(u64, o.backlog_end, 50));
}

/* A run that is stopped as hopeless works off what it has: that says nothing of the rate. */
Test(run_count, what_comes_after_it_was_closed_does_not_count)
{
    open_run("avg<2s", 1);
    for (uint64_t k = 0; k < 5; k++)
        second(0, k, 150, 100, 0, 0);
    ct_run_count_close(run);
    second(0, 5, 20, 170, 0, 0);
    second(0, 6, 0, 100, 0, 0);
    ct_run_count_outcome(run, &o);
    cr_expect(eq(dbl, o.counted_s, 3));
    cr_expect(eq(u64, o.backlog_start, 100));
    cr_expect(eq(u64, o.backlog_end, 250));
    cr_expect(eq(u64, ct_run_count_requests(run), 300));
}

/* More seconds than there are blocks: each block has several. */
Test(run_count, a_long_run_is_counted_to_its_end)
{
    open_run("avg<2s", 1);
    ct_run_count_free(run);
    plan.duration_ns = 1502 * CT_NS_PER_S;
    run = ct_run_count_new(&criteria, &plan);
    for (uint64_t k = 0; k < 1502; k++)
        second(0, k, 100, 100, 0, k == 1501 ? 7 : 0);
    ct_run_count_outcome(run, &o);
    cr_assert(eq(sz, o.n_blocks, 500));
    cr_expect(eq(dbl, o.counted_s, 1500));
    cr_expect(eq(u32, o.blocks[0].n, 300));
    cr_expect(epsilon_eq(dbl, o.blocks[0].sum[0], 0.3, 1e-9));
    cr_expect(eq(u32, o.blocks[499].n, 307));
}

Test(run_count, a_second_counts_when_all_threads_have_told_of_it)
{
    open_run("p(99)<200ms", 2);
    for (uint64_t k = 0; k < 4; k++)
        second(0, k, 50, 50, 0, 0);
    cr_expect(not(ct_run_count_ticked(run)));
    second(1, 0, 50, 50, 0, 0);
    second(1, 1, 50, 50, 0, 0);
    second(1, 2, 50, 49, 1, 0);
    cr_expect(ct_run_count_ticked(run));
    cr_expect(not(ct_run_count_ticked(run)), "once");
    ct_run_count_outcome(run, &o);
    cr_assert(eq(sz, o.n_blocks, 1));
    cr_expect(eq(u32, o.blocks[0].n, 100));
    cr_expect(eq(u32, o.blocks[0].over[0], 1));
    cr_expect(eq(dbl, ct_run_count_seconds(run), 3));
}

Test(run_count, a_second_that_the_writer_missed_holds_nothing_up)
{
    open_run("p(99)<200ms", 1);
    for (uint64_t k = 0; k < 10; k++)
        if (k != 4)
            second(0, k, k == 5 ? 200 : 100, k == 5 ? 200 : 100, 0, 0);
    ct_run_count_outcome(run, &o);
    cr_assert(eq(sz, o.n_blocks, 8));
    cr_expect(eq(u32, o.blocks[2].n, 0));
    cr_expect(eq(u32, o.blocks[3].n, 200));
}

Test(run_count, only_the_cap_makes_a_skipped_request_count)
{
    open_run("p(99)<200ms,achieved>=99%,sent>=99%", 1);
    struct ct_block *b = ct_xcalloc(1, sizeof(*b));
    b->second = 2;
    b->due = 10;
    b->skipped[CT_SKIP_IN_FLIGHT] = 3;
    b->skipped[CT_SKIP_LATE] = 2;
    b->skipped[CT_SKIP_STOPPED] = 100;
    b->cancelled = 4;
    ct_run_count_block(run, 0, b);
    free(b);
    ct_run_count_outcome(run, &o);
    cr_assert(eq(sz, o.n_blocks, 1));
    cr_expect(eq(u32, o.blocks[0].n, 3));
    for (int i = 0; i < 3; i++)
        cr_expect(eq(u32, o.blocks[0].over[i], 3));
    cr_expect(eq(u64, o.backlog_end, 1), "what the stop kept from being due is no backlog");
}

Test(run_count, a_server_without_a_sample_cannot_be_judged)
{
    open_run("avg<1s,cpu(web)<80%,memory(web)<1GiB", 1);
    cr_expect(eq(int, ct_run_count_unsampled(run), 1));
    struct ct_server_sample s = {.host = "web", .has_cpu = true, .cpu = {.idle = 1}};
    struct ct_snapshot snapshot = {.at_ns = CT_NS_PER_S, .n_servers = 1, .servers = &s};
    ct_run_count_snapshot(run, &snapshot); /* dropped */
    cr_expect(eq(int, ct_run_count_unsampled(run), 1));
    snapshot.at_ns = 5 * CT_NS_PER_S;
    ct_run_count_snapshot(run, &snapshot);
    cr_expect(eq(int, ct_run_count_unsampled(run), 2));
    s.has_memory = true;
    ct_run_count_snapshot(run, &snapshot);
    cr_expect(eq(int, ct_run_count_unsampled(run), -1));
}

Test(run_count, a_servers_mean_is_a_sum_of_its_own)
{
    open_run("avg<1s,cpu(web)<80%,memory(web)<1GiB", 1);
    for (uint64_t k = 0; k < 10; k++) {
        second(0, k, 100, 100, 0, 0);
        struct ct_server_sample s[2] = {{.host = "other", .has_cpu = true, .cpu = {.idle = 1}},
                                        {.host = "web",
                                         .has_cpu = k != 5,
                                         .has_memory = true,
                                         .memory = {.used = 4},
                                         .cpu = {.idle = k < 2 ? 0 : 40}}};
        struct ct_snapshot snapshot = {.at_ns = k * CT_NS_PER_S + 5, .n_servers = 2, .servers = s};
        ct_run_count_snapshot(run, &snapshot);
    }
    ct_run_count_outcome(run, &o);
    for (size_t k = 0; k < 8; k++) {
        const struct ct_find_block *b = &o.blocks[k];
        cr_expect(epsilon_eq(dbl, b->sum[0] / b->n, 0.001, 1e-9));
        cr_expect(epsilon_eq(dbl, b->sum[1] / b->n, 0.6, 1e-9));
        cr_expect(epsilon_eq(dbl, b->sum[2] / b->n, 4096, 1e-6));
    }
}

/* Of 1,000 requests a second, so many over 200 ms, of which so many would not be had they been sent
 * when they were due. */
static bool moved_by_both(const char *limits, unsigned over, unsigned by_lateness, uint64_t lag_ns)
{
    struct ct_block *b = ct_xcalloc(1, sizeof(*b));
    bool answer;
    open_run(limits, 1);
    for (b->second = 2; b->second < 3; b->second++) {
        b->ok = 1000;
        for (unsigned i = 0; i < 1000; i++) {
            ct_histogram_record(&b->series[CT_SERIES_RESPONSE],
                                (i < over ? 300 : 100) * CT_NS_PER_MS);
            ct_histogram_record(&b->series[CT_SERIES_SERVING],
                                (i < over && i >= by_lateness ? 300 : 100) * CT_NS_PER_MS);
            ct_histogram_record(&b->series[CT_SERIES_RECEIVE_LAG], lag_ns);
        }
        ct_run_count_block(run, 0, b);
    }
    answer = ct_run_count_moved(run, lag_ns > 0);
    ct_run_count_free(run);
    run = NULL;
    free(b);
    return answer;
}

static bool moved(const char *limits, unsigned over, unsigned by_lateness)
{
    return moved_by_both(limits, over, by_lateness, 0);
}

Test(run_count, lateness_moves_a_limit_when_it_brings_a_tenth_over_it)
{
    cr_expect(not(moved("p(99)<200ms", 0, 0)));
    cr_expect(not(moved("p(99)<200ms", 1, 1)), "one of ten that are allowed");
    cr_expect(moved("p(99)<200ms", 2, 2));
    cr_expect(not(moved("p(90)<200ms", 9, 9)), "nine of a hundred");
    cr_expect(moved("p(90)<200ms", 11, 11));
    cr_expect(not(moved("p(99)<200ms", 550, 50)), "a tenth of those that would be over it anyway");
    cr_expect(moved("p(99)<200ms", 550, 51));
    cr_expect(not(moved("error_rate<1%", 500, 500)), "no time");
}

/* Of 1,000 requests a second, so many at 210 ms, and so many answers read so late. */
static bool moved_by_reading(const char *limits, unsigned over, unsigned late, uint64_t late_ns)
{
    struct ct_block *b = ct_xcalloc(1, sizeof(*b));
    open_run(limits, 1);
    b->second = 2;
    b->ok = 1000;
    for (unsigned i = 0; i < 1000; i++) {
        uint64_t response_ns = (i < over ? 210 : 100) * CT_NS_PER_MS;
        ct_histogram_record(&b->series[CT_SERIES_RESPONSE], response_ns);
        ct_histogram_record(&b->series[CT_SERIES_SERVING], response_ns);
        ct_histogram_record(&b->series[CT_SERIES_RECEIVE_LAG], i < late ? late_ns : 1000);
    }
    ct_run_count_block(run, 0, b);
    bool answer = ct_run_count_moved(run, true);
    ct_run_count_free(run);
    run = NULL;
    free(b);
    return answer;
}

Test(run_count, reading_late_moves_a_limit_when_so_many_can_be_over_it_by_that)
{
    const uint64_t ms = CT_NS_PER_MS;
    cr_expect(not(moved_by_reading("p(99)<200ms", 500, 900, 2 * ms)), "none is so near the limit");
    cr_expect(moved_by_reading("p(99)<200ms", 500, 900, 30 * ms));
    cr_expect(not(moved_by_reading("p(99)<200ms", 500, 45, 30 * ms)), "a tenth of the others");
    cr_expect(moved_by_reading("p(99)<200ms", 500, 46, 30 * ms));
    cr_expect(not(moved_by_reading("p(99)<200ms", 1, 900, 90 * ms)), "one of ten that are allowed");
    cr_expect(not(moved_by_both("p(90)<200ms", 9, 9, 150 * ms)), "counted once");
    cr_expect(not(moved_by_reading("avg<1s", 0, 900, 5 * ms)), "4.5 of 100 ms");
    cr_expect(moved_by_reading("avg<1s", 0, 1000, 6 * ms));
}

Test(run_count, lateness_moves_a_mean_when_it_is_a_twentieth_of_it)
{
    cr_expect(not(moved("avg<1s", 24, 24)), "4.8 of 100 ms");
    cr_expect(moved("avg<1s", 26, 26));
}
