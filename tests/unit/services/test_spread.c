#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <math.h>

#include "services/spread.h"

static struct ct_spread s;

static void release(void)
{
    ct_spread_release(&s);
}

TestSuite(spread, .fini = release);

static void add_ms(const unsigned *ms, size_t count)
{
    for (size_t i = 0; i < count; i++)
        ct_spread_add(&s, ms[i] * UINT64_C(1000000));
}

Test(spread, moments_and_median_are_exact)
{
    const unsigned ms[] = {400, 100, 1000, 300, 200};

    ct_spread_init(&s, 10);
    add_ms(ms, 5);
    cr_assert(eq(u64, s.count, 5));
    cr_assert(epsilon_eq(dbl, s.mean_s, 0.4, 1e-12));
    cr_assert(epsilon_eq(dbl, ct_spread_stddev_s(&s), 0.31623, 5e-6));
    cr_assert(eq(dbl, s.min_s, 0.1));
    cr_assert(eq(dbl, s.max_s, 1.0));
    cr_assert(eq(dbl, ct_spread_median_s(&s), 0.3));
}

Test(spread, median_of_an_even_count_lies_between)
{
    const unsigned ms[] = {400, 100, 300, 200};

    ct_spread_init(&s, 10);
    add_ms(ms, 4);
    cr_assert(epsilon_eq(dbl, ct_spread_median_s(&s), 0.25, 1e-12));
}

Test(spread, nothing_has_no_numbers)
{
    ct_spread_init(&s, 10);
    cr_assert(isnan(ct_spread_median_s(&s)));
    cr_assert(isnan(ct_spread_stddev_s(&s)));
}

Test(spread, without_a_sample_there_is_no_median_and_no_memory)
{
    const unsigned ms[] = {400, 100};

    ct_spread_init(&s, 0);
    add_ms(ms, 2);
    cr_assert(eq(dbl, s.max_s, 0.4));
    cr_assert(isnan(ct_spread_median_s(&s)));
    cr_assert(eq(ptr, s.sample_s, NULL));
    cr_assert(eq(ptr, s.histogram, NULL));
}

/* 1 ... 100,000 us; a sample of 2,000 has a mean within five standard errors of the true one. */
Test(spread, beyond_its_size_the_sample_is_a_uniform_choice)
{
    enum { N = 100000, KEEP = 2000 };
    double sum = 0;

    ct_spread_init(&s, KEEP);
    for (uint64_t i = 1; i <= N; i++)
        ct_spread_add(&s, i * 1000);
    cr_assert(eq(sz, s.sampled, KEEP));
    for (size_t i = 0; i < s.sampled; i++)
        sum += s.sample_s[i];
    double error = 0.1 / sqrt(12) / sqrt(KEEP);
    cr_assert(epsilon_eq(dbl, sum / KEEP, 0.05, 5 * error));
    cr_assert(epsilon_eq(dbl, ct_spread_median_s(&s), 0.05, 0.00005));
    cr_assert(epsilon_eq(dbl, s.mean_s, 0.0500005, 1e-9));
}
