#include "target/work.h"

#include <stdlib.h>

#include "base/mem.h"

/* Called through a volatile pointer: no compiler turns the recursion into anything shorter. */
static uint64_t recurse(uint32_t n);
static uint64_t (*volatile again)(uint32_t n) = recurse;

static uint64_t recurse(uint32_t n)
{
    return n <= 2 ? 1 : again(n - 1) + again(n - 2);
}

uint64_t ct_work_fibonacci(uint32_t n)
{
    return recurse(n);
}

/* One pass: the largest of the first end elements rises to their end. The fall is a product, so
 * that every comparison waits for the one before it: some six cycles each, whatever the neighbour
 * on the same core does. Written with swaps in memory the same sort took from 330 to 845 us on one
 * machine, as the processor did or did not guess that a load wants the store before it. */
static void bubble(uint32_t *a, uint32_t end)
{
    uint32_t top = a[0];
    for (uint32_t i = 1; i < end; i++) {
        uint32_t next = a[i], fall = (top - next) * (uint32_t)(top > next);
        a[i - 1] = top - fall;
        top = next + fall;
    }
    a[end - 1] = top;
}

void ct_work_sort(uint32_t *a, uint32_t n)
{
    for (uint32_t end = n; end > 1; end--)
        bubble(a, end);
}

uint32_t ct_work_bubble_sort(uint32_t n)
{
    uint32_t *a = ct_xcalloc(n, sizeof(*a));
    for (uint32_t i = 0; i < n; i++)
        a[i] = n - i;
    ct_work_sort(a, n);
    volatile uint32_t sink = a[0];
    free(a);
    return sink;
}
