#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "base/clock.h"
#include "engine/plan.h"

static struct ct_run_plan plan_of(uint64_t num, uint64_t den_ns, uint64_t duration_ns)
{
    return (struct ct_run_plan){
        .rate = {.num = num, .den_ns = den_ns}, .duration_ns = duration_ns, .threads = 1};
}

Test(plan, first_request_is_due_at_once)
{
    struct ct_run_plan p = plan_of(997, CT_NS_PER_S, CT_NS_PER_S);
    cr_assert(eq(u64, ct_plan_due_ns(&p, 0), 0));
}

Test(plan, request_at_the_end_of_the_duration_is_not_planned)
{
    struct ct_run_plan p = plan_of(1, CT_NS_PER_MS, 10 * CT_NS_PER_S);
    cr_assert(eq(u64, ct_plan_count(&p), 10000));
    cr_assert(eq(u64, ct_plan_due_ns(&p, 9999), 9999 * CT_NS_PER_MS));
}

Test(plan, awkward_rates_neither_drift_nor_lose_a_request_in_days)
{
    const uint64_t day_ns = 86400 * CT_NS_PER_S;
    struct ct_run_plan p = plan_of(997, CT_NS_PER_S, 30 * day_ns);
    cr_assert(eq(u64, ct_plan_count(&p), 30 * UINT64_C(86400) * 997));
    for (uint64_t s = 1; s < 30 * UINT64_C(86400); s += 86399)
        cr_assert(eq(u64, ct_plan_due_ns(&p, s * 997), s * CT_NS_PER_S));
}

Test(plan, products_beyond_64_bits_are_exact)
{
    /* 9,999,991 requests in 1,000,000,007 ns for a year: i * den is about 2^78. */
    struct ct_run_plan p = plan_of(9999991, 1000000007, 365 * 86400 * CT_NS_PER_S);
    cr_assert(
        eq(u64, ct_plan_due_ns(&p, UINT64_C(9999991) * 31000000), UINT64_C(1000000007) * 31000000));
    uint64_t count = ct_plan_count(&p);
    cr_assert(lt(u64, ct_plan_due_ns(&p, count - 1), p.duration_ns));
    cr_assert(ge(u64, ct_plan_due_ns(&p, count), p.duration_ns));
}

Test(plan, rates_below_one_per_second_work)
{
    struct ct_run_plan p = plan_of(5, 3600 * CT_NS_PER_S, 3600 * CT_NS_PER_S);
    cr_assert(eq(u64, ct_plan_count(&p), 5));
    cr_assert(eq(u64, ct_plan_due_ns(&p, 4), 2880 * CT_NS_PER_S));
}

Test(plan, due_times_are_rounded_down)
{
    struct ct_run_plan p = plan_of(3, 10, 1000);
    cr_assert(eq(u64, ct_plan_due_ns(&p, 1), 3));
    cr_assert(eq(u64, ct_plan_due_ns(&p, 2), 6));
    cr_assert(eq(u64, ct_plan_due_ns(&p, 3), 10));
}

Test(plan, count_before_is_the_inverse_of_due)
{
    const struct ct_run_plan plans[] = {plan_of(997, CT_NS_PER_S, 1), plan_of(3, 10, 1),
                                        plan_of(10, 3, 1), plan_of(1, CT_NS_PER_MS, 1),
                                        plan_of(7, 3600 * CT_NS_PER_S, 1)};
    for (size_t k = 0; k < sizeof(plans) / sizeof(plans[0]); k++) {
        for (uint64_t i = 0; i < 3000; i++) {
            uint64_t due_ns = ct_plan_due_ns(&plans[k], i);
            cr_assert(le(u64, ct_plan_count_before(&plans[k], due_ns), i));
            cr_assert(gt(u64, ct_plan_count_before(&plans[k], due_ns + 1), i));
        }
    }
    cr_assert(eq(u64, ct_plan_count_before(&plans[0], 0), 0));
}

Test(plan, threads_share_every_index_exactly_once)
{
    struct ct_run_plan p = plan_of(1, CT_NS_PER_MS, 101 * CT_NS_PER_MS);
    p.threads = 3;
    unsigned given[101] = {0};
    for (uint32_t thread = 0; thread < p.threads; thread++) {
        struct ct_plan_cursor c;
        ct_plan_cursor_init(&c, &p, thread);
        uint64_t i, due_ns, peeked_i, peeked_ns;
        while (ct_plan_peek(&c, &peeked_i, &peeked_ns) && ct_plan_next(&c, &i, &due_ns)) {
            cr_assert(eq(u64, i, peeked_i));
            cr_assert(eq(u64, due_ns, peeked_ns));
            cr_assert(eq(u64, i % p.threads, thread));
            cr_assert(eq(u64, due_ns, ct_plan_due_ns(&p, i)));
            given[i]++;
        }
    }
    for (size_t i = 0; i < 101; i++)
        cr_assert(eq(uint, given[i], 1));
}

Test(plan, thread_beyond_a_short_plan_has_nothing_to_do)
{
    struct ct_run_plan p = plan_of(1, CT_NS_PER_S, CT_NS_PER_S);
    p.threads = 4;
    struct ct_plan_cursor c;
    uint64_t i, due_ns;
    ct_plan_cursor_init(&c, &p, 3);
    cr_assert(not(ct_plan_next(&c, &i, &due_ns)));
    cr_assert(eq(u64, ct_plan_abandon(&c), 0));
}

Test(plan, abandoning_counts_what_is_left)
{
    struct ct_run_plan p = plan_of(1, CT_NS_PER_MS, 100 * CT_NS_PER_MS);
    p.threads = 3;
    for (uint32_t taken = 0; taken <= 34; taken++) {
        struct ct_plan_cursor c;
        uint64_t i, due_ns;
        ct_plan_cursor_init(&c, &p, 0); /* 0, 3, ... 99: 34 of them */
        for (uint32_t k = 0; k < taken; k++)
            ct_plan_next(&c, &i, &due_ns);
        cr_assert(eq(u64, ct_plan_abandon(&c), 34 - taken));
        cr_assert(not(ct_plan_peek(&c, &i, &due_ns)));
    }
}
