#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>

#include "base/pool.h"

Test(pool, objects_are_zeroed_aligned_and_their_own)
{
    struct ct_pool p;
    ct_pool_init(&p, 24, 4, 1000);
    unsigned char *taken[1000];
    for (int i = 0; i < 1000; i++) {
        taken[i] = ct_pool_take(&p);
        cr_assert(taken[i] != NULL);
        cr_assert(zero(u64, (uint64_t)(uintptr_t)taken[i] % 16));
        for (int k = 0; k < 24; k++)
            cr_assert(zero(u8, taken[i][k]));
        memset(taken[i], i, 24);
    }
    for (int i = 0; i < 1000; i++) {
        cr_assert(eq(int, taken[i][0], i & 255), "object %d was overwritten", i);
        cr_assert(eq(int, taken[i][23], i & 255));
        ct_pool_give(&p, taken[i]);
    }
    ct_pool_release(&p);
}

Test(pool, object_that_was_given_back_comes_zeroed_again)
{
    struct ct_pool p;
    ct_pool_init(&p, 100, 1, 1);
    unsigned char *a = ct_pool_take(&p);
    memset(a, 0xff, 100);
    ct_pool_give(&p, a);
    unsigned char *b = ct_pool_take(&p);
    cr_assert(eq(ptr, a, b));
    for (int k = 0; k < 100; k++)
        cr_assert(zero(u8, b[k]));
    ct_pool_give(&p, b);
    ct_pool_release(&p);
}

Test(pool, at_the_maximum_there_is_none)
{
    struct ct_pool p;
    ct_pool_init(&p, 8, 0, 15); /* one less than a first block */
    void *taken[15];
    for (int i = 0; i < 15; i++)
        taken[i] = ct_pool_take(&p);
    cr_assert(taken[14] != NULL);
    cr_assert(ct_pool_take(&p) == NULL);
    cr_assert(p.made == 15 && p.used == 15 && p.peak == 15);
    ct_pool_give(&p, taken[0]);
    taken[0] = ct_pool_take(&p);
    cr_assert(taken[0] != NULL);
    for (int i = 0; i < 15; i++)
        ct_pool_give(&p, taken[i]);
    cr_assert(p.used == 0 && p.peak == 15);
    ct_pool_release(&p);
}

Test(pool, grows_before_it_is_empty)
{
    struct ct_pool p;
    ct_pool_init(&p, 8, 80, 10000);
    void *taken[70];
    for (int i = 0; i < 70; i++)
        taken[i] = ct_pool_take(&p);
    cr_assert(eq(sz, p.made, 80));
    void *more[2] = {ct_pool_take(&p), ct_pool_take(&p)};
    cr_assert(ge(sz, p.made, 81));
    for (int i = 0; i < 70; i++)
        ct_pool_give(&p, taken[i]);
    ct_pool_give(&p, more[0]);
    ct_pool_give(&p, more[1]);
    ct_pool_release(&p);
}

Test(pool, object_that_was_not_given_back_is_a_programming_error, .signal = SIGABRT)
{
    struct ct_pool p;
    ct_pool_init(&p, 8, 1, 1);
    (void)ct_pool_take(&p);
    ct_pool_release(&p);
}
