#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <math.h>

#include "base/rng.h"

Test(rng, numbers_are_those_of_xoshiro256_starstar)
{
    /* the state 1 2 3 4 and its first numbers, as other implementations test it */
    struct ct_rng r = {.s = {1, 2, 3, 4}};
    static const uint64_t expected[] = {11520, 0, 1509978240, 1215971899390074240};
    for (int i = 0; i < 4; i++)
        cr_assert(eq(u64, ct_rng_next(&r), expected[i]), "number %d", i);
}

Test(rng, seed_is_spread_by_splitmix64)
{
    struct ct_rng r;
    ct_rng_init(&r, 1234567);
    cr_assert(eq(u64, r.s[0], UINT64_C(6457827717110365317)));
    cr_assert(eq(u64, r.s[1], UINT64_C(3203168211198807973)));
    cr_assert(eq(u64, r.s[2], UINT64_C(9817491932198370423)));
    cr_assert(eq(u64, r.s[3], UINT64_C(4593380528125082431)));
}

Test(rng, same_seed_gives_the_same_and_another_seed_another)
{
    struct ct_rng a, b, c;
    ct_rng_init(&a, 7);
    ct_rng_init(&b, 7);
    ct_rng_init(&c, 8);
    int same = 0;
    for (int i = 0; i < 1000; i++) {
        uint64_t v = ct_rng_next(&a);
        cr_assert(eq(u64, v, ct_rng_next(&b)));
        same += v == ct_rng_next(&c);
    }
    cr_assert(zero(int, same));
}

Test(rng, unit_numbers_lie_in_the_unit_with_its_mean)
{
    struct ct_rng r;
    ct_rng_init(&r, 1);
    double sum = 0;
    for (int i = 0; i < 100000; i++) {
        double v = ct_rng_unit(&r);
        cr_assert(v >= 0 && v < 1);
        sum += v;
    }
    cr_assert(epsilon_eq(dbl, sum / 100000, 0.5, 0.005));
}

Test(rng, exponential_numbers_have_mean_and_deviation_one)
{
    struct ct_rng r;
    ct_rng_init(&r, 1);
    double sum = 0, sum2 = 0;
    for (int i = 0; i < 100000; i++) {
        double v = ct_rng_exponential(&r);
        cr_assert(v >= 0 && isfinite(v));
        sum += v;
        sum2 += v * v;
    }
    double mean = sum / 100000;
    cr_assert(epsilon_eq(dbl, mean, 1, 0.02));
    cr_assert(epsilon_eq(dbl, sqrt(sum2 / 100000 - mean * mean), 1, 0.03));
}
