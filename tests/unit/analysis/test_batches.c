#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <math.h>
#include <string.h>

#include "analysis/batches.h"
#include "base/clock.h"
#include "base/rng.h"

#define MS ((double)CT_NS_PER_MS)

static struct ct_batches batches;
static struct ct_block block;
static struct ct_intervals found;

static void begin(uint64_t seconds, uint64_t warm_up_s)
{
    const struct ct_run_plan plan = {.duration_ns = seconds * CT_NS_PER_S,
                                     .warm_up_ns = warm_up_s * CT_NS_PER_S};
    ct_batches_init(&batches, &plan);
}

static void second_begin(uint64_t second)
{
    ct_block_clear(&block, second);
}

static void took(double ns)
{
    ct_histogram_record(&block.series[CT_SERIES_RESPONSE], (uint64_t)ns);
}

static void end(void)
{
    ct_batches_intervals(&batches, &found);
    ct_batches_release(&batches);
}

static bool has(struct ct_interval i, double value)
{
    return i.low <= value && value <= i.high;
}

/* Seconds of so many requests, alternately of 9 and 11 ms on the mean. */
static void seesaw(uint64_t seconds, unsigned per_second)
{
    begin(seconds, 0);
    for (uint64_t s = 0; s < seconds; s++) {
        second_begin(s);
        for (unsigned i = 0; i < per_second; i++)
            took((s % 2 ? 11 : 9) * MS);
        ct_batches_block(&batches, &block);
    }
    end();
}

Test(batches, fewer_than_ten_give_no_interval)
{
    seesaw(9, 100);
    cr_assert(isnan(found.mean.low) && isnan(found.p50.high));
    seesaw(10, 100);
    cr_assert(has(found.mean, 10 * MS));
}

Test(batches, mean_of_ten_seconds_is_student_s)
{
    seesaw(10, 100);
    /* deviations of 1 ms: s / sqrt(10) = 1/3 ms, times t(9) = 2.262; neighbours do not go together
     */
    cr_assert(epsilon_eq(dbl, found.mean.high - found.mean.low, 2 * 2.26216 / 3 * MS, 1e-4 * MS));
}

Test(batches, seconds_are_merged_in_pairs_so_that_there_are_ten_to_twenty)
{
    seesaw(20, 10);
    cr_assert(ge(dbl, found.mean.high - found.mean.low, 0.1 * MS));
    seesaw(22, 10); /* each pair is alike: what is left is that of independent requests */
    cr_assert(
        epsilon_eq(dbl, found.mean.high - found.mean.low, 2 * 1.96 / sqrt(220) * MS, 1e-3 * MS));
    seesaw(1000, 10);
    cr_assert(epsilon_eq(dbl, found.mean.high - found.mean.low, 2 * 1.96 / 100 * MS, 1e-3 * MS));
}

Test(batches, what_goes_together_widens)
{
    struct ct_intervals apart;
    seesaw(10, 100);
    apart = found;
    begin(10, 0);
    for (uint64_t s = 0; s < 10; s++) { /* the same ten values, the low ones first */
        second_begin(s);
        for (int i = 0; i < 100; i++)
            took((s < 5 ? 9 : 11) * MS);
        ct_batches_block(&batches, &block);
    }
    end();
    cr_assert(ge(dbl, found.mean.high - found.mean.low, 2 * (apart.mean.high - apart.mean.low)));
}

Test(batches, the_warm_up_is_left_out_and_the_drain_is_the_last_second)
{
    begin(12, 2);
    for (uint64_t s = 0; s < 15; s++) {
        second_begin(s);
        for (int i = 0; i < 50; i++)
            took((s < 2 ? 500 : s < 12 ? 9 + (double)(s % 2) : 30) * MS);
        if (s != 12)
            ct_batches_block(&batches, &block);
    }
    cr_assert(eq(u64, batches.length_s, 1));
    cr_assert(eq(u64, batches.batches[9]->response.count, 150));
    cr_assert(batches.batches[10] == NULL);
    end();
    cr_assert(has(found.mean, (500 * 9.5 + 100 * 30) / 600 * MS));
}

Test(batches, quantiles_among_failed_requests_have_no_interval)
{
    begin(10, 0);
    for (uint64_t s = 0; s < 10; s++) {
        second_begin(s);
        for (int i = 0; i < 200; i++)
            took((5 + i * 0.01) * MS);
        block.failed[CT_FAILURE_TIMEOUT] = 3;
        ct_batches_block(&batches, &block);
    }
    end();
    cr_assert(isnan(found.p99.low), "1.5 % failed");
    cr_assert(has(found.p90, (5 + 0.9 * 203 * 0.01) * MS));
    cr_assert(has(found.mean, 5.995 * MS));
}

Test(batches, too_few_requests_for_a_quantile_have_no_interval_of_it)
{
    seesaw(10, 60);
    cr_assert(isnan(found.p99.low));
    cr_assert(not(isnan(found.p90.low)));
}

/* Of runs of a known kind, how many intervals hold the truth: 95 in 100, give or take. */
Test(batches, intervals_hold_the_truth_as_often_as_they_say)
{
    enum { RUNS = 150, SECONDS = 12, PER_SECOND = 100 };
    struct ct_rng rng;
    unsigned mean = 0, p50 = 0, p90 = 0, p99 = 0;
    ct_rng_init(&rng, 7);
    for (int run = 0; run < RUNS; run++) {
        begin(SECONDS, 0);
        for (uint64_t s = 0; s < SECONDS; s++) {
            second_begin(s);
            for (int i = 0; i < PER_SECOND; i++)
                took(ct_rng_exponential(&rng) * 10 * MS);
            ct_batches_block(&batches, &block);
        }
        end();
        mean += has(found.mean, 10 * MS);
        p50 += has(found.p50, log(2) * 10 * MS);
        p90 += has(found.p90, log(10) * 10 * MS);
        p99 += isnan(found.p99.low) || has(found.p99, log(100) * 10 * MS);
    }
    cr_assert(ge(uint, mean, RUNS * 9 / 10), "%u", mean);
    cr_assert(ge(uint, p50, RUNS * 9 / 10), "%u", p50);
    cr_assert(ge(uint, p90, RUNS * 9 / 10), "%u", p90);
    cr_assert(ge(uint, p99, RUNS * 9 / 10), "%u", p99);
    cr_assert(le(uint, mean, RUNS - 1), "not so wide that none ever misses");
}
