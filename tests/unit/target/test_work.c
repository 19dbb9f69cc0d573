#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "base/rng.h"
#include "target/work.h"

Test(work, fibonacci_numbers)
{
    uint64_t a = 1, b = 1;
    for (uint32_t n = 1; n <= 25; n++) {
        cr_expect(eq(u64, ct_work_fibonacci(n), a), "F(%u)", (unsigned)n);
        uint64_t sum = a + b;
        a = b;
        b = sum;
    }
}

Test(work, an_array_is_sorted_and_keeps_its_elements)
{
    enum { N = 700 };
    struct ct_rng rng;
    uint32_t a[N];
    uint64_t sum = 0;
    ct_rng_init(&rng, 7);
    for (int i = 0; i < N; i++)
        sum += a[i] = (uint32_t)(ct_rng_next(&rng) % 500);
    ct_work_sort(a, N);
    for (int i = 0; i < N; i++) {
        sum -= a[i];
        cr_assert(i == 0 || a[i - 1] <= a[i], "%d", i);
    }
    cr_expect(zero(u64, sum));
}

Test(work, arrays_of_none_one_and_two)
{
    uint32_t two[] = {9, 3};
    ct_work_sort(two, 0);
    ct_work_sort(two, 1);
    cr_expect(eq(u32, two[0], 9));
    ct_work_sort(two, 2);
    cr_expect(two[0] == 3 && two[1] == 9);
}

Test(work, bubble_sort_ends_with_the_smallest_first)
{
    cr_expect(eq(u32, ct_work_bubble_sort(1), 1));
    cr_expect(eq(u32, ct_work_bubble_sort(2), 1));
    cr_expect(eq(u32, ct_work_bubble_sort(1024), 1));
}
