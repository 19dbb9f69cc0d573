#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stddef.h>
#include <string.h>

#include "base/rng.h"
#include "model/block.h"

static struct ct_block a, b, sum; /* too large for the stack; each test is a process of its own */

static uint64_t small(struct ct_rng *r)
{
    return ct_rng_next(r) % 1000 + 1;
}

/* Every number and every series filled. */
static void fill(struct ct_block *x, uint64_t second, uint64_t seed)
{
    struct ct_rng r;
    ct_rng_init(&r, seed);
    ct_block_init(x, second);
    uint64_t *plain[] = {&x->due,
                         &x->started,
                         &x->ok,
                         &x->ok_due_in_window,
                         &x->ok_done_in_window,
                         &x->cancelled,
                         &x->wire_attempts,
                         &x->bytes_sent,
                         &x->bytes_received,
                         &x->connections_opened,
                         &x->connections_closed,
                         &x->in_flight,
                         &x->in_flight_max,
                         &x->loop_ns,
                         &x->wait_ns,
                         &x->spin_ns,
                         &x->gaps,
                         &x->gap_ns,
                         &x->gap_max_ns};
    for (size_t i = 0; i < sizeof(plain) / sizeof(*plain); i++)
        *plain[i] = small(&r);
    for (int i = 0; i < CT_FAILURE_COUNT; i++)
        x->failed[i] = small(&r);
    for (int i = 0; i < CT_SKIP_COUNT; i++)
        x->skipped[i] = small(&r);
    for (int i = 0; i < CT_STATUS_MAX; i++)
        x->status[i] = (uint32_t)small(&r);
    for (int s = 0; s < CT_SERIES_COUNT; s++)
        for (int i = 0; i < 50; i++)
            ct_histogram_record(&x->series[s], small(&r) * 5000);
}

Test(block, new_block_holds_nothing_but_its_second)
{
    memset(&a, 0xff, sizeof(a));
    ct_block_init(&a, 7);
    cr_assert(eq(u64, a.second, 7));
    a.second = 0;
    cr_assert(zero(int, memcmp(&a, &b, sizeof(a))));
}

Test(block, cleared_block_is_as_new)
{
    fill(&a, 3, 1);
    ct_block_clear(&a, 4);
    ct_block_init(&b, 4);
    cr_assert(zero(int, memcmp(&a, &b, sizeof(a))));
}

Test(block, counters_and_series_add_up)
{
    fill(&a, 3, 1);
    fill(&b, 3, 2);
    sum = a;
    ct_block_merge(&sum, &b);
    /* from due to spin_ns every counter is a plain sum, arrays and all */
    size_t first = offsetof(struct ct_block, due), last = offsetof(struct ct_block, gap_max_ns);
    for (size_t at = first; at < last; at += sizeof(uint64_t)) {
        uint64_t x, y, z;
        memcpy(&x, (char *)&a + at, sizeof(x));
        memcpy(&y, (char *)&b + at, sizeof(y));
        memcpy(&z, (char *)&sum + at, sizeof(z));
        cr_assert(x > 0 && y > 0, "offset %zu is not filled", at);
        cr_assert(eq(u64, z, x + y), "offset %zu", at);
    }
    for (int i = 0; i < CT_STATUS_MAX; i++)
        cr_assert(eq(u32, sum.status[i], a.status[i] + b.status[i]));
    for (int s = 0; s < CT_SERIES_COUNT; s++)
        cr_assert(eq(u64, sum.series[s].count, 100));
    cr_assert(eq(u64, sum.gap_max_ns, a.gap_max_ns > b.gap_max_ns ? a.gap_max_ns : b.gap_max_ns));
    cr_assert(eq(u64, sum.second, 3));
}

Test(block, what_is_in_flight_later_replaces_what_was)
{
    fill(&a, 3, 1);
    fill(&b, 4, 2);
    a.in_flight = 10;
    a.in_flight_max = 50;
    b.in_flight = 4;
    b.in_flight_max = 20;
    ct_block_merge(&a, &b);
    cr_assert(eq(u64, a.in_flight, 4));
    cr_assert(eq(u64, a.in_flight_max, 50));
    cr_assert(eq(u64, a.second, 3));
    b.in_flight_max = 60;
    ct_block_merge(&a, &b);
    cr_assert(eq(u64, a.in_flight_max, 60));
}

Test(block, order_of_merging_changes_nothing)
{
    static struct ct_block other;
    fill(&a, 3, 1);
    fill(&b, 3, 2);
    sum = a;
    other = b;
    ct_block_merge(&sum, &b);
    ct_block_merge(&other, &a);
    cr_assert(zero(int, memcmp(&sum, &other, offsetof(struct ct_block, series))));
    for (int s = 0; s < CT_SERIES_COUNT; s++)
        cr_assert(zero(
            int, memcmp(sum.series[s].slots, other.series[s].slots, sizeof(sum.series[s].slots))));
}

Test(block, sums_are_over_all_classes_and_reasons)
{
    ct_block_init(&a, 0);
    cr_assert(zero(u64, ct_block_failed(&a)));
    for (int i = 0; i < CT_FAILURE_COUNT; i++)
        a.failed[i] = UINT64_C(1) << i;
    for (int i = 0; i < CT_SKIP_COUNT; i++)
        a.skipped[i] = UINT64_C(1) << i;
    cr_assert(eq(u64, ct_block_failed(&a), (UINT64_C(1) << CT_FAILURE_COUNT) - 1));
    cr_assert(eq(u64, ct_block_skipped(&a), (UINT64_C(1) << CT_SKIP_COUNT) - 1));
}

Test(block, series_have_the_names_of_the_files)
{
    static const char *const names[CT_SERIES_COUNT] = {
        "response", "serving", "setup", "service", "server_processing", "lateness", "receive_lag"};
    for (int s = 0; s < CT_SERIES_COUNT; s++)
        cr_assert_str_eq(ct_series_name((enum ct_series)s), names[s]);
}
