#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <string.h>

#include "model/mix.h"

static void add(struct ct_mix *mix, uint32_t weight)
{
    struct ct_request r;
    ct_request_init(&r, "GET", "/");
    ct_mix_add(mix, &r, weight);
}

Test(mix, weights_are_kept_exactly_and_spread_evenly)
{
    struct ct_mix mix = {0};
    add(&mix, 30);
    add(&mix, 10);
    add(&mix, 20);
    cr_assert(zero(int, ct_mix_set_order(&mix)));
    cr_assert(eq(sz, mix.n_order, 6)); /* divided by what they share */
    size_t sent[3] = {0};
    for (uint64_t i = 0; i < 6000; i++) {
        sent[ct_mix_at(&mix, i)]++;
        /* never further from its share than one request */
        cr_assert(le(sz, 2 * sent[0], i + 1 + 2));
        cr_assert(ge(sz, 2 * sent[0] + 2, i + 1));
    }
    cr_assert(eq(sz, sent[0], 3000));
    cr_assert(eq(sz, sent[1], 1000));
    cr_assert(eq(sz, sent[2], 2000));
    ct_mix_release(&mix);
}

Test(mix, weights_without_a_common_measure_are_refused)
{
    struct ct_mix mix = {0};
    add(&mix, 999983);
    add(&mix, 999979);
    cr_assert(eq(int, ct_mix_set_order(&mix), -1));
    ct_mix_release(&mix);
}
