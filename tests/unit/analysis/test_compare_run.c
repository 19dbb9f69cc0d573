#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/compare_run.h"
#include "base/mem.h"
#include "base/rng.h"

static struct ct_compare_batches *b;
static struct ct_histogram *h;
static struct ct_compare_run run;
static struct ct_rng rng;

static void set_up(void)
{
    b = ct_compare_batches_new();
    h = ct_xcalloc(1, sizeof(*h));
    ct_rng_init(&rng, 1);
}

static void tear_down(void)
{
    ct_compare_batches_free(b);
    free(h);
}

TestSuite(compare_run, .init = set_up, .fini = tear_down);

static double gauss(void)
{
    double sum = 0;
    for (int i = 0; i < 12; i++)
        sum += ct_rng_unit(&rng);
    return sum - 6;
}

/* A second of n requests, all of which take ns. */
static void second(unsigned n, double ns, unsigned failed, bool service)
{
    ct_histogram_clear(h);
    for (unsigned i = 0; i < n; i++)
        ct_histogram_record(h, (uint64_t)ns);
    struct ct_compare_second s = {.ok = n,
                                  .failed = failed,
                                  .cpu_percent = NAN,
                                  .response = h,
                                  .service = service ? h : NULL};
    ct_compare_batches_second(b, &s);
}

/* Seconds whose log medians are a first-order autoregression of deviation 5 %. */
static void series(unsigned seconds, double rho)
{
    double x = 0.05 * gauss();
    for (unsigned i = 0; i < seconds; i++) {
        x = rho * x + 0.05 * sqrt(1 - rho * rho) * gauss();
        second(200, 1e6 * exp(x), 0, true);
    }
}

/* Mean over many runs of the variance that a run shows, of service p50. */
static double mean_variance(unsigned runs, unsigned seconds, double rho)
{
    double sum = 0;
    for (unsigned i = 0; i < runs; i++) {
        series(seconds, rho);
        ct_compare_batches_end(b, &run);
        sum += run.variance[CT_COMPARE_RESPONSE_MEAN];
    }
    return sum / runs;
}

/* Of the mean of n values of such a series. */
static double true_variance(unsigned n, double rho)
{
    double g = 1;
    for (unsigned k = 1; k < n; k++)
        g += 2 * (1 - (double)k / n) * pow(rho, k);
    return 0.05 * 0.05 * g / n;
}

Test(compare_run, independent_seconds_give_the_variance_of_their_mean)
{
    double ratio = mean_variance(40, 60, 0) / true_variance(60, 0);
    cr_assert(ratio > 0.75 && ratio < 1.5, "%g", ratio);
}

Test(compare_run, correlated_seconds_do_too)
{
    double ratio = mean_variance(40, 240, 0.8) / true_variance(240, 0.8);
    cr_assert(ratio > 0.7 && ratio < 1.6, "%g", ratio);
}

Test(compare_run, a_run_too_short_for_long_batches_is_cut_into_six)
{
    series(30, 0);
    ct_compare_batches_end(b, &run);
    cr_assert(eq(dbl, run.df[CT_COMPARE_SERVICE_P50], 5));
    cr_assert(run.variance[CT_COMPARE_SERVICE_P50] > 0);
}

Test(compare_run, fewer_than_six_seconds_show_no_noise)
{
    series(5, 0);
    ct_compare_batches_end(b, &run);
    for (int m = 0; m < CT_COMPARE_METRICS; m++)
        cr_expect(isnan(run.variance[m]) && isnan(run.df[m]), "%d", m);
}

Test(compare_run, long_runs_need_no_more_memory_and_have_long_batches)
{
    for (unsigned i = 0; i < 1000; i++)
        second(200, i % 2 == 0 ? 1e6 : 1.01e6, 0, true);
    ct_compare_batches_end(b, &run);
    cr_assert(ge(dbl, run.df[CT_COMPARE_SERVICE_P50], 5));
    cr_assert(run.variance[CT_COMPARE_RESPONSE_MEAN] < 1e-9);
}

Test(compare_run, without_histograms_of_the_service_its_noise_is_unknown)
{
    for (int i = 0; i < 60; i++)
        second(200, 1e6 * (1 + 0.01 * (i % 7)), 0, false);
    ct_compare_batches_end(b, &run);
    cr_assert(isnan(run.variance[CT_COMPARE_SERVICE_P50]));
    cr_assert(run.variance[CT_COMPARE_RESPONSE_P50] >= 0);
}

Test(compare_run, a_quantile_among_failed_requests_is_none)
{
    for (int i = 0; i < 60; i++)
        second(100, 1e6, 20, true);
    ct_compare_batches_end(b, &run);
    cr_assert(isnan(run.variance[CT_COMPARE_RESPONSE_P90]));
    cr_assert(eq(dbl, run.variance[CT_COMPARE_ERRORS], 0));
    cr_assert(run.variance[CT_COMPARE_SERVICE_P90] >= 0);
}

Test(compare_run, a_batch_needs_its_samples)
{
    for (int i = 0; i < 60; i++)
        second(5, 1e6, 0, true);
    ct_compare_batches_end(b, &run);
    cr_assert(run.variance[CT_COMPARE_SERVICE_P50] >= 0); /* 50 in ten seconds: a median */
    cr_assert(isnan(run.variance[CT_COMPARE_RESPONSE_P90]));
}

Test(compare_run, what_ended_does_not_belong_to_the_next)
{
    series(60, 0);
    ct_compare_batches_end(b, &run);
    ct_compare_batches_end(b, &run);
    cr_assert(isnan(run.variance[CT_COMPARE_SERVICE_P50]));
}
