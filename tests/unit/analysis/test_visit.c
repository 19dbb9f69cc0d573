#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <math.h>

#include "analysis/visit.h"

static struct ct_find_opts opts;
static struct ct_find_block blocks[20];
static struct ct_find_outcome outcome;
static struct ct_visit v;

/* Ten blocks of 100 requests; half a second each, at most 1 % beyond 200 ms. */
static void start(void)
{
    ct_find_opts_init(&opts);
    opts.limits[0] = (struct ct_find_limit){CT_FIND_SHARE, 0.01, 0.2};
    opts.limits[1] = (struct ct_find_limit){CT_FIND_MEAN, 0, 0.5};
    opts.n_limits = 2;
    for (size_t j = 0; j < 10; j++)
        blocks[j] = (struct ct_find_block){.n = 100, .sum_s = 50, .sum = {0, 50}};
    outcome = (struct ct_find_outcome){
        .valid = true, .counted_s = 10, .blocks = blocks, .n_blocks = 10, .spent_s = 12};
}

static void make(void)
{
    ct_visit_make(&v, &opts, 100, 30, &outcome);
}

Test(visit, sums_its_blocks, .init = start)
{
    blocks[2].over[0] = 4;
    blocks[3].over[0] = 6;
    blocks[4].over[0] = 5;
    make();
    cr_assert(eq(dbl, v.n, 1000));
    cr_assert(eq(dbl, v.k[0], 15));
    cr_assert(epsilon_eq(dbl, v.square[0], (16 + 36 + 25) / 100.0, 1e-12));
    cr_assert(epsilon_eq(dbl, v.pairs[0], (100 + 25) / 200.0, 1e-12)); /* 2 with 3, 4 with 5 */
    cr_assert(epsilon_eq(dbl, v.mean[1], 0.5, 1e-12));
    cr_assert(epsilon_eq(dbl, ct_visit_ratio(&v, &opts, 0), 1.5, 1e-12));
}

Test(visit, an_odd_block_is_a_pair_of_its_own, .init = start)
{
    outcome.n_blocks = 3;
    blocks[2].over[0] = 4;
    make();
    cr_assert(epsilon_eq(dbl, v.pairs[0], 0.16, 1e-12));
}

Test(visit, exactly_at_a_limit_it_is_kept, .init = start)
{
    blocks[0].over[0] = 10;
    make();
    cr_assert(eq(int, ct_visit_broke(&v, &opts), CT_FIND_NOTHING));
    blocks[0].over[0] = 11;
    make();
    cr_assert(eq(int, ct_visit_broke(&v, &opts), 0));
    blocks[0].sum[1] = 500; /* the mean nearly twice its limit: worse */
    make();
    cr_assert(eq(int, ct_visit_broke(&v, &opts), 1));
}

Test(visit, a_backlog_that_grew_broke_stability, .init = start)
{
    outcome.backlog_start = 0;
    outcome.backlog_end = 200; /* 1000 + 200 were due: 0.167, three standard errors are 0.21 */
    make();
    cr_assert(epsilon_eq(dbl, v.growth, 200 / 1200.0, 1e-12));
    cr_assert(epsilon_eq(dbl, v.growth_sd, sqrt(1e-4 + 6 / 1200.0), 1e-12));
    cr_assert(not(v.grew));
    outcome.backlog_end = 400;
    make();
    cr_assert(v.grew);
    cr_assert(eq(int, ct_visit_broke(&v, &opts), CT_FIND_STABILITY));
    cr_assert(not(ct_visit_overload(&v, &opts)));
    v.stopped = true;
    cr_assert(ct_visit_overload(&v, &opts));
}

/* However few requests it had until then. */
Test(visit, a_run_that_was_hopeless_is_an_overload, .init = start)
{
    outcome.n_blocks = 1;
    outcome.backlog_end = 50;
    outcome.stopped = true;
    make();
    cr_assert(not(v.grew));
    cr_assert(not(ct_visit_overload(&v, &opts)));
    cr_assert(eq(int, ct_visit_broke(&v, &opts), CT_FIND_NOTHING));
    v.hopeless = true;
    cr_assert(ct_visit_overload(&v, &opts));
    cr_assert(eq(int, ct_visit_broke(&v, &opts), CT_FIND_STABILITY));
}

Test(visit, overload_is_eight_times_what_is_allowed_or_four_times_the_mean, .init = start)
{
    blocks[0].over[0] = 80;
    make();
    cr_assert(not(ct_visit_overload(&v, &opts)));
    blocks[0].over[0] = 81;
    make();
    cr_assert(ct_visit_overload(&v, &opts));
    blocks[0].over[0] = 0;
    blocks[0].sum[1] = 2000 - 450;
    make();
    cr_assert(not(ct_visit_overload(&v, &opts)));
    blocks[0].sum[1] += 1;
    make();
    cr_assert(ct_visit_overload(&v, &opts));
}

Test(visit, clean_needs_enough_requests_to_say_so, .init = start)
{
    opts.n_limits = 1;
    make();
    cr_assert(not(ct_visit_clean(&v, &opts))); /* 1000 of 2000 */
    for (size_t j = 0; j < 10; j++)
        blocks[j].n = 200;
    make();
    cr_assert(ct_visit_clean(&v, &opts));
    blocks[0].over[0] = 5;
    make();
    cr_assert(not(ct_visit_clean(&v, &opts)));
}

Test(visit, sure_is_beyond_two_standard_errors, .init = start)
{
    opts.n_limits = 1;
    blocks[0].over[0] = 17; /* 10 +- 2 sqrt(17) = 8.2 */
    make();
    cr_assert(not(ct_visit_sure(&v, &opts)));
    blocks[0].over[0] = 20; /* 10 > 8.9 */
    make();
    cr_assert(ct_visit_sure(&v, &opts));
}

Test(visit, the_error_of_a_mean_is_that_of_its_batches, .init = start)
{
    for (size_t j = 0; j < 10; j++)
        blocks[j].sum[1] = j % 4 < 2 ? 40 : 60; /* pairs: 80 120 80 120 80 */
    make();
    double mean = 0.48, left[] = {-16, 24, -16, 24, -16}, squares = 0;
    for (size_t j = 0; j < 5; j++)
        squares += left[j] * left[j];
    cr_assert(epsilon_eq(dbl, v.mean[1], mean, 1e-12));
    cr_assert(epsilon_eq(dbl, v.relative[1], sqrt(squares * 5 / 4) / 1000 / mean, 1e-12));
}

Test(visit, without_a_request_there_is_no_ratio, .init = start)
{
    outcome.n_blocks = 0;
    make();
    cr_assert(isnan(ct_visit_ratio(&v, &opts, 0)));
    cr_assert(eq(int, ct_visit_broke(&v, &opts), CT_FIND_STABILITY));
    cr_assert(ct_visit_overload(&v, &opts));
}
