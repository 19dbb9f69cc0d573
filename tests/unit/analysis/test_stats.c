#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <math.h>

#include "analysis/stats.h"

static struct ct_stats of(const double *values, size_t count)
{
    double copy[16];
    for (size_t i = 0; i < count; i++)
        copy[i] = values[i];
    struct ct_stats s;
    ct_stats_make(copy, count, &s);
    return s;
}

Test(stats, five_numbers_of_a_known_sample)
{
    const double v[] = {9, 2, 4, 4, 5, 7, 5, 4};
    struct ct_stats s = of(v, 8);
    cr_assert(eq(sz, s.count, 8));
    cr_assert(epsilon_eq(dbl, s.mean, 5, 1e-12));
    cr_assert(epsilon_eq(dbl, s.stddev, 2, 1e-12));
    cr_assert(epsilon_eq(dbl, s.median, 4.5, 1e-12));
    cr_assert(epsilon_eq(dbl, s.min, 2, 0));
    cr_assert(epsilon_eq(dbl, s.max, 9, 0));
}

Test(stats, median_of_an_odd_count_is_the_middle_one)
{
    const double v[] = {10, -3, 1};
    cr_assert(epsilon_eq(dbl, of(v, 3).median, 1, 0));
}

Test(stats, one_value_has_no_deviation)
{
    const double v[] = {0.25};
    struct ct_stats s = of(v, 1);
    cr_assert(epsilon_eq(dbl, s.mean, 0.25, 0));
    cr_assert(epsilon_eq(dbl, s.median, 0.25, 0));
    cr_assert(zero(dbl, s.stddev));
}

Test(stats, no_value_gives_no_number)
{
    struct ct_stats s = of(NULL, 0);
    cr_assert(zero(sz, s.count));
    cr_assert(isnan(s.mean) && isnan(s.stddev) && isnan(s.median) && isnan(s.min) && isnan(s.max));
}

Test(stats, small_deviation_on_a_large_mean_is_kept)
{
    const double v[] = {1e9 + 4, 1e9 + 7, 1e9 + 13, 1e9 + 16};
    struct ct_stats s = of(v, 4);
    cr_assert(epsilon_eq(dbl, s.mean, 1e9 + 10, 1e-6));
    cr_assert(epsilon_eq(dbl, s.stddev, sqrt(22.5), 1e-6));
}

/* --- Student's t: the tables of every textbook --- */

Test(stats, quantiles_of_t_are_the_published_ones)
{
    static const struct {
        double p, df, t;
    } table[] = {{0.975, 1, 12.7062},   {0.975, 2, 4.30265},  {0.975, 5, 2.57058},
                 {0.975, 9, 2.26216},   {0.975, 19, 2.09302}, {0.975, 30, 2.04227},
                 {0.975, 120, 1.97993}, {0.95, 4, 2.13185},   {0.99, 10, 2.76377},
                 {0.995, 3, 5.84091},   {0.9, 7, 1.41492},    {0.75, 12, 0.695483},
                 {0.975, 1e6, 1.95997}};
    for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++)
        cr_assert(epsilon_eq(dbl, ct_stats_t_quantile(table[i].p, table[i].df), table[i].t,
                             6e-6 * table[i].t),
                  "p %g, df %g: %.7g", table[i].p, table[i].df,
                  ct_stats_t_quantile(table[i].p, table[i].df));
    cr_assert(eq(dbl, ct_stats_t_quantile(0.5, 3), 0));
}

/* --- the binomial distribution --- */

Test(stats, tails_of_the_binomial_distribution_are_counted)
{
    static const struct {
        double k, n, p, beyond;
    } table[] = {{8, 10, 0.5, 56.0 / 1024},
                 {1, 3, 0.1, 0.271},
                 {3, 3, 0.1, 0.001},
                 {0, 5, 0.3, 1},
                 {6, 5, 0.3, 0},
                 {2, 5, 0, 0},
                 {2, 5, 1, 1},
                 {1, 1, 0.25, 0.25}};
    for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
        double beyond = ct_stats_binomial_beyond(table[i].k, table[i].n, table[i].p);
        cr_assert(epsilon_eq(dbl, beyond, table[i].beyond, 1e-12), "row %zu: %.15g", i, beyond);
    }
}
