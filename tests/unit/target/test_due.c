#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "base/rng.h"
#include "target/due.h"

enum { MANY = 5000 };
static struct ct_due dues[MANY];

static uint64_t pop(struct ct_due_heap *h)
{
    struct ct_due *first = ct_due_first(h);
    ct_due_remove(h, first);
    return first->at_ns;
}

static void fill(struct ct_due_heap *h, struct ct_rng *rng)
{
    for (size_t i = 0; i < MANY; i++)
        ct_due_add(h, &dues[i], ct_rng_next(rng) % 1000);
}

Test(due, what_is_added_in_any_order_comes_out_in_order)
{
    struct ct_due_heap h = {0};
    struct ct_rng rng;
    ct_rng_init(&rng, 1);
    cr_expect(eq(ptr, ct_due_first(&h), NULL));
    fill(&h, &rng);
    uint64_t last_ns = 0;
    for (size_t i = 0; i < MANY; i++) {
        uint64_t at_ns = pop(&h);
        cr_assert(ge(u64, at_ns, last_ns));
        last_ns = at_ns;
    }
    cr_expect(eq(sz, h.count, 0));
    ct_due_release(&h);
}

Test(due, an_entry_leaves_from_anywhere_and_the_rest_stays_in_order)
{
    struct ct_due_heap h = {0};
    struct ct_rng rng;
    ct_rng_init(&rng, 2);
    fill(&h, &rng);
    for (size_t i = 0; i < MANY; i += 2)
        ct_due_remove(&h, &dues[i]);
    ct_due_remove(&h, &dues[0]); /* in none: nothing */
    cr_assert(eq(sz, h.count, MANY / 2));
    uint64_t last_ns = 0;
    while (h.count > 0) {
        cr_expect(eq(sz, (size_t)(ct_due_first(&h) - dues) % 2, 1));
        uint64_t at_ns = pop(&h);
        cr_assert(ge(u64, at_ns, last_ns));
        last_ns = at_ns;
    }
    ct_due_release(&h);
}
