/* Statistics against the GNU Scientific Library. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <gsl/gsl_cdf.h>
#include <gsl/gsl_statistics_double.h>
#include <math.h>

#include "analysis/compare.h"
#include "analysis/stats.h"
#include "base/rng.h"

static double between(struct ct_rng *r, double low, double high)
{
    return low + (high - low) * ct_rng_unit(r);
}

static void expect_near(double got, double want, double relative)
{
    cr_expect(fabs(got - want) <= relative * fabs(want), "%.12g instead of %.12g", got, want);
}

Test(oracle, the_distribution_of_t_is_gsls)
{
    struct ct_rng r;
    ct_rng_init(&r, 1);
    for (int i = 0; i < 2000; i++) {
        double df = exp(between(&r, 0, 9)), t = between(&r, -8, 8);
        expect_near(ct_stats_t_beyond(t, df), gsl_cdf_tdist_Q(t, df), 1e-9);
    }
}

Test(oracle, quantiles_of_t_are_gsls)
{
    struct ct_rng r;
    ct_rng_init(&r, 2);
    for (int i = 0; i < 500; i++) {
        double df = exp(between(&r, 0, 9)), p = between(&r, 0.51, 0.9999);
        expect_near(ct_stats_t_quantile(p, df), gsl_cdf_tdist_Pinv(p, df), 1e-7);
    }
}

Test(oracle, the_tail_of_the_binomial_distribution_is_gsls)
{
    struct ct_rng r;
    ct_rng_init(&r, 4);
    for (int i = 0; i < 3000; i++) {
        unsigned n = (unsigned)exp(between(&r, 0, 14));
        double p = exp(between(&r, -8, 0)), mean = n * p, sd = sqrt(mean * (1 - p));
        double k = fmin(fmax(floor(mean + between(&r, -4, 6) * (sd + 1)), 1), n);
        expect_near(ct_stats_binomial_beyond(k, n, p), gsl_cdf_binomial_Q((unsigned)k - 1, p, n),
                    1e-7);
    }
}

/* Welch's statistic written down from GSL's means and variances; p from its distribution. */
Test(oracle, welchs_test_is_gsls)
{
    enum { N = 12, M = 7 };
    struct ct_rng r;
    ct_rng_init(&r, 3);
    for (int i = 0; i < 200; i++) {
        double a[N], b[M];
        for (int k = 0; k < N; k++)
            a[k] = ct_rng_exponential(&r);
        for (int k = 0; k < M; k++)
            b[k] = 1.3 * ct_rng_exponential(&r);
        double va = gsl_stats_variance(a, 1, N) / N, vb = gsl_stats_variance(b, 1, M) / M;
        double d = gsl_stats_mean(b, 1, M) - gsl_stats_mean(a, 1, N);
        double df = pow(va + vb, 2) / (va * va / (N - 1) + vb * vb / (M - 1));
        struct ct_difference x = ct_difference_welch(gsl_stats_mean(a, 1, N), va, N - 1,
                                                     gsl_stats_mean(b, 1, M), vb, M - 1);
        expect_near(x.df, df, 1e-12);
        expect_near(ct_difference_p(&x), gsl_cdf_tdist_Q(d / sqrt(va + vb), df), 1e-9);
    }
}
