#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <math.h>

#include "analysis/dist.h"

static struct ct_histogram h;

static void fill(uint64_t count)
{
    ct_histogram_clear(&h);
    for (uint64_t i = 0; i < count; i++)
        ct_histogram_record(&h, 1000000 + i * 1000);
}

Test(dist, quantile_is_given_from_the_first_sample_that_suffices)
{
    for (int q = 0; q < CT_QUANTILE_COUNT; q++) {
        struct ct_dist d;
        fill(ct_quantile_needs[q] - 1);
        ct_dist_make(&h, 0, 0, &d);
        cr_assert(eq(int, d.withheld[q], CT_WITHHELD_SAMPLES), "%s", ct_quantile_name[q]);
        cr_assert(isnan(d.quantile[q]));
        fill(ct_quantile_needs[q]);
        ct_dist_make(&h, 0, 0, &d);
        cr_assert(eq(int, d.withheld[q], CT_GIVEN), "%s", ct_quantile_name[q]);
        double exact = 1e6 + 1000 * (ct_quantile_value[q] * (double)ct_quantile_needs[q] - 1);
        cr_assert(d.quantile[q] >= exact - 1 && d.quantile[q] <= exact * 1.001 + 512, "%s: %g",
                  ct_quantile_name[q], d.quantile[q]);
    }
}

Test(dist, what_failed_and_was_skipped_ranks_above_every_value)
{
    static const struct {
        uint64_t ok, failed, skipped;
        enum ct_withheld p50, p90, p99;
    } table[] = {
        {1000, 0, 0, CT_GIVEN, CT_GIVEN, CT_GIVEN},
        {990, 10, 0, CT_GIVEN, CT_GIVEN, CT_GIVEN},
        {989, 11, 0, CT_GIVEN, CT_GIVEN, CT_WITHHELD_FAILED},
        {900, 100, 0, CT_GIVEN, CT_GIVEN, CT_WITHHELD_FAILED},
        {899, 101, 0, CT_GIVEN, CT_WITHHELD_FAILED, CT_WITHHELD_FAILED},
        {989, 1, 10, CT_GIVEN, CT_GIVEN, CT_WITHHELD_FAILED},
        {989, 0, 11, CT_GIVEN, CT_GIVEN, CT_WITHHELD_SKIPPED},
        {900, 50, 50, CT_GIVEN, CT_GIVEN, CT_WITHHELD_SKIPPED},
        {499, 401, 100, CT_WITHHELD_FAILED, CT_WITHHELD_FAILED, CT_WITHHELD_SKIPPED},
        {0, 1000, 0, CT_WITHHELD_FAILED, CT_WITHHELD_FAILED, CT_WITHHELD_FAILED},
        {0, 0, 1000, CT_WITHHELD_SKIPPED, CT_WITHHELD_SKIPPED, CT_WITHHELD_SKIPPED},
        {10, 9, 0, CT_WITHHELD_SAMPLES, CT_WITHHELD_SAMPLES, CT_WITHHELD_SAMPLES},
        {10, 10, 0, CT_GIVEN, CT_WITHHELD_SAMPLES, CT_WITHHELD_SAMPLES},
    };
    for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
        struct ct_dist d;
        fill(table[i].ok);
        ct_dist_make(&h, table[i].failed, table[i].skipped, &d);
        cr_assert(eq(int, d.withheld[CT_P50], table[i].p50), "row %zu p50", i);
        cr_assert(eq(int, d.withheld[CT_P90], table[i].p90), "row %zu p90", i);
        cr_assert(eq(int, d.withheld[CT_P99], table[i].p99), "row %zu p99", i);
        for (int q = 0; q < CT_QUANTILE_COUNT; q++)
            cr_assert(eq(int, isnan(d.quantile[q]) != 0, d.withheld[q] != CT_GIVEN));
    }
}

Test(dist, moments_are_of_the_values_alone)
{
    struct ct_dist d;
    ct_histogram_clear(&h);
    ct_histogram_record(&h, 2000000);
    ct_histogram_record(&h, 4000000);
    ct_dist_make(&h, 5, 7, &d);
    cr_assert(eq(u64, d.count, 2));
    cr_assert(epsilon_eq(dbl, d.min, 2e6, 0));
    cr_assert(epsilon_eq(dbl, d.max, 4e6, 0));
    cr_assert(epsilon_eq(dbl, d.mean, 3e6, 1e-6));
    cr_assert(epsilon_eq(dbl, d.stddev, 1e6, 1e-3));
}

Test(dist, without_a_sample_there_is_no_number)
{
    struct ct_dist d;
    ct_histogram_clear(&h);
    ct_dist_make(&h, 0, 0, &d);
    cr_assert(zero(u64, d.count));
    cr_assert(isnan(d.min) && isnan(d.mean) && isnan(d.stddev) && isnan(d.max));
    for (int q = 0; q < CT_QUANTILE_COUNT; q++)
        cr_assert(isnan(d.quantile[q]) && d.withheld[q] == CT_WITHHELD_SAMPLES);
}
