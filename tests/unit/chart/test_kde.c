#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <math.h>

#include "chart/kde.h"

static const double values[] = {0.1, 0.2, 0.3, 0.4, 1.0};

Test(kde, bandwidth_is_scotts)
{
    struct ct_kde k;

    ct_kde_init(&k, values, 5);
    cr_assert(not(k.flat));
    cr_assert(epsilon_eq(dbl, k.bandwidth, 0.25625, 0.000005));
}

Test(kde, points_run_from_the_smallest_to_the_largest_value)
{
    struct ct_kde k;

    ct_kde_init(&k, values, 5);
    cr_assert(epsilon_eq(dbl, k.y[0], 0.1, 1e-12));
    cr_assert(epsilon_eq(dbl, k.y[CT_KDE_POINTS - 1], 1.0, 1e-12));
    cr_assert(epsilon_eq(dbl, k.y[1] - k.y[0], 0.9 / 99, 1e-12));
}

/* The sum of the five Gaussians, worked out by hand at one end: 0.1. */
Test(kde, density_is_the_mean_of_gaussians)
{
    struct ct_kde k;
    double h = 0.5 / sqrt(2) * pow(5, -0.2), sum = 0;

    ct_kde_init(&k, values, 5);
    for (int i = 0; i < 5; i++)
        sum += exp(-pow((0.1 - values[i]) / h, 2) / 2);
    cr_assert(epsilon_eq(dbl, k.density[0], sum / (5 * h * sqrt(2 * M_PI)), 1e-6));
}

Test(kde, density_integrates_to_one_when_the_tails_are_inside)
{
    double many[2000], sum = 0;
    struct ct_kde k;

    /* a triangle on [0, 2]: its density is 0 at both ends */
    for (int i = 0; i < 2000; i++) {
        double u = (i + 0.5) / 2000;
        many[i] = u < 0.5 ? sqrt(2 * u) : 2 - sqrt(2 * (1 - u));
    }
    ct_kde_init(&k, many, 2000);
    for (int i = 1; i < CT_KDE_POINTS; i++)
        sum += (k.density[i] + k.density[i - 1]) / 2 * (k.y[i] - k.y[i - 1]);
    cr_assert(epsilon_eq(dbl, sum, 1.0, 0.01));
}

Test(kde, equal_values_are_flat)
{
    const double same[] = {0.25, 0.25, 0.25};
    struct ct_kde k;

    ct_kde_init(&k, same, 3);
    cr_assert(k.flat);
    cr_assert(eq(dbl, k.y[0], 0.25));
    ct_kde_init(&k, same, 1);
    cr_assert(k.flat);
    ct_kde_init(&k, NULL, 0);
    cr_assert(k.flat);
}
