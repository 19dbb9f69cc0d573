#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <math.h>

#include "analysis/capacity.h"

static struct ct_find_opts opts;
static struct ct_capacity c;

static void start(void)
{
    ct_find_opts_init(&opts);
    opts.n_limits = 1;
    opts.limits[0] = (struct ct_find_limit){.kind = CT_FIND_SHARE, .share = 0.01, .limit_s = 0.02};
    ct_capacity_init(&c, &opts);
}

static void stop(void)
{
    ct_capacity_release(&c);
}

/* Those over the limit are all of some seconds, and none of the others. */
static void add(double rate, double n, double over, bool far)
{
    struct ct_visit v = {.at = rate, .n = n, .blocks = (size_t)(n / rate + 0.5), .growth_sd = 10};
    v.k[0] = v.square[0] = v.pairs[0] = over;
    ct_capacity_add(&c, &v, far);
}

static void visit(double rate, double n, double over)
{
    add(rate, n, over, false);
    ct_capacity_update(&c);
}

/* Of a real target whose machine was fast for four seconds: a search called it 578/s. */
Test(capacity, what_was_clean_twice_is_a_bound_however_overloads_spread, .init = start,
     .fini = stop)
{
    add(1123, 2232, 0, false);
    add(2246, 4504, 0, false);
    add(4492, 3898, 3898, true);
    add(3176, 9510, 410, false);
    add(2457, 7366, 3, false);
    ct_capacity_between(&c, 2457 / 1.25, 3176 * 1.25);
    visit(2683, 32452, 18818);
    visit(2007, 51972, 0);
    visit(1091, 28399, 0);
    visit(2160, 56302, 0);
    cr_assert(ge(dbl, ct_capacity_quantile(&c, 0.025), 2007 / CT_CAPACITY_FAR * 0.98));
    cr_assert(ge(dbl, ct_capacity_quantile(&c, 0.5), 2007));
    cr_assert(le(dbl, ct_capacity_quantile(&c, 0.5), 2900));
}

/* Of a rare event a short run, or one of few requests, says nothing. */
Test(capacity, what_was_clean_once_or_for_short_is_no_bound, .init = start, .fini = stop)
{
    add(500, 1000, 0, false);
    add(1000, 2000, 0, false);
    ct_capacity_between(&c, 500, 1250);
    visit(900, 23400, 0);
    cr_assert(zero(dbl, c.clean_twice));
    visit(950, 2850, 0);
    visit(300, 7800, 0);
    cr_assert(zero(dbl, c.clean_twice));
    visit(800, 20800, 0);
    cr_assert(eq(dbl, c.clean_twice, 800));
    visit(850, 22100, 0);
    cr_assert(eq(dbl, c.clean_twice, 850));
    visit(870, 22620, 15000);
    cr_assert(eq(dbl, c.clean_twice, 850));
    visit(700, 18200, 12000); /* it has become slower: what it was is no bound any more */
    cr_assert(zero(dbl, c.clean_twice));
}
