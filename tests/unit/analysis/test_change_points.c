#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <math.h>

#include "analysis/change_points.h"
#include "base/rng.h"

enum { MAX = 16 };

/* Annual flow of the Nile at Aswan, 1871 to 1970, 10^8 m^3 (Cobb, Biometrika 65, 1978): the level
 * fell after 1898, its 28th value. */
static const double nile[100] = {
    1120, 1160, 963, 1210, 1160, 1160, 813,  1230, 1370, 1140, 995,  935,  1110, 994,  1020,
    960,  1180, 799, 958,  1140, 1100, 1210, 1150, 1250, 1260, 1220, 1030, 1100, 774,  840,
    874,  694,  940, 833,  701,  916,  692,  1020, 1050, 969,  831,  726,  456,  824,  702,
    1120, 1100, 832, 764,  821,  768,  845,  864,  862,  698,  845,  744,  796,  1040, 759,
    781,  865,  845, 944,  984,  897,  822,  1010, 771,  676,  649,  846,  812,  742,  801,
    1040, 860,  874, 848,  890,  744,  749,  838,  1050, 918,  986,  797,  923,  975,  815,
    1020, 906,  901, 1170, 912,  746,  919,  718,  714,  740};

static double gauss(struct ct_rng *rng)
{
    return sqrt(2 * ct_rng_exponential(rng)) * cos(6.283185307179586 * ct_rng_unit(rng));
}

Test(change_points, energy_of_a_hand_computed_split)
{
    /* {0, 1} and {4, 6}: between 4 + 6 + 3 + 5 = 18, within 1 and 2; 4/4 (2 x 18/4 - 1 - 2) = 6 */
    const double v[] = {0, 1, 4, 6};
    cr_assert(epsilon_eq(dbl, ct_change_energy(v, 4, 2), 6, 1e-12));
    /* {0, 1} and {4, 6, 9}: between 26+... : 4 + 6 + 9 + 3 + 5 + 8 = 35, within 1 and 2 + 5 + 3 =
     * 10; 6/5 (2 x 35/6 - 1 - 2 x 10/6) = 8.8 */
    const double w[] = {0, 1, 4, 6, 9};
    cr_assert(epsilon_eq(dbl, ct_change_energy(w, 5, 2), 8.8, 1e-12));
}

Test(change_points, the_nile_fell_after_1898)
{
    struct ct_change_point p[MAX];
    size_t n = ct_change_points(nile, 100, &ct_change_defaults, p, MAX);
    cr_assert(eq(sz, n, 1));
    cr_assert(eq(sz, p[0].at, 28));
    cr_assert(epsilon_eq(dbl, p[0].p, 0.001, 1e-12));
}

/* The published implementations hold this for every length. */
Test(change_points, a_clean_step_is_found_where_it_is)
{
    double v[128];
    struct ct_change_point p[MAX];
    for (size_t half = 6; half <= 64; half++) {
        for (size_t i = 0; i < 2 * half; i++)
            v[i] = i < half ? 0 : 1;
        cr_assert(eq(sz, ct_change_points(v, 2 * half, &ct_change_defaults, p, MAX), 1));
        cr_assert(eq(sz, p[0].at, half));
    }
}

Test(change_points, two_steps_are_two_changes_in_order)
{
    double v[60];
    struct ct_rng rng;
    struct ct_change_point p[MAX];
    ct_rng_init(&rng, 3);
    for (size_t i = 0; i < 60; i++)
        v[i] = (i < 20 ? 0 : i < 40 ? 3 : 1) + 0.2 * gauss(&rng);
    cr_assert(eq(sz, ct_change_points(v, 60, &ct_change_defaults, p, MAX), 2));
    cr_assert(eq(sz, p[0].at, 20));
    cr_assert(eq(sz, p[1].at, 40));
    cr_assert(eq(sz, ct_change_points(v, 60, &ct_change_defaults, p, 1), 1));
}

Test(change_points, noise_without_a_change_has_one_as_seldom_as_the_level_says)
{
    enum { SERIES = 200, COUNT = 30 };
    struct ct_change_opts opts = ct_change_defaults;
    struct ct_rng rng;
    struct ct_change_point p[MAX];
    unsigned found = 0;
    opts.permutations = 199;
    ct_rng_init(&rng, 5);
    for (unsigned s = 0; s < SERIES; s++) {
        double v[COUNT];
        for (size_t i = 0; i < COUNT; i++)
            v[i] = gauss(&rng);
        found += ct_change_points(v, COUNT, &opts, p, MAX) > 0;
    }
    cr_assert(le(uint, found, 6), "%u", found); /* 2 expected */
}

Test(change_points, the_same_seed_gives_the_same_answer)
{
    struct ct_change_point a[MAX], b[MAX];
    cr_assert(eq(sz, ct_change_points(nile, 100, &ct_change_defaults, a, MAX),
                 ct_change_points(nile, 100, &ct_change_defaults, b, MAX)));
    cr_assert(eq(dbl, a[0].p, b[0].p));
}

Test(change_points, short_and_constant_series_have_none)
{
    const double v[] = {1, 1, 1, 1, 1, 1, 1, 1, 1, 1};
    struct ct_change_point p[MAX];
    for (size_t n = 0; n <= 10; n++)
        cr_assert(zero(sz, ct_change_points(v, n, &ct_change_defaults, p, MAX)));
    const double step[] = {1, 1, 1, 9, 9, 9, 9};
    cr_assert(zero(sz, ct_change_points(step, 7, &ct_change_defaults, p, MAX)));
}
