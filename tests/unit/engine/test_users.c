#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "engine/users.h"

#define MS CT_NS_PER_MS

static struct ct_run_plan closed(uint32_t connections, uint64_t think_ns)
{
    return (struct ct_run_plan){.closed = true,
                                .connections = connections,
                                .think_ns = think_ns,
                                .duration_ns = 1000 * MS,
                                .threads = 1};
}

static void expect_begin(struct ct_users *u, uint64_t now_ns, uint64_t i, uint64_t due_ns)
{
    struct ct_pace p = ct_users_next(u, now_ns);
    cr_assert(eq(int, p.act, CT_PACE_BEGIN));
    cr_assert(eq(u64, p.i, i));
    cr_assert(eq(u64, p.due_ns, due_ns));
    cr_assert(eq(u64, p.begun_ns, now_ns));
}

static void expect_wait(struct ct_users *u, uint64_t now_ns, uint64_t until_ns)
{
    struct ct_pace p = ct_users_next(u, now_ns);
    cr_assert(eq(int, p.act, CT_PACE_WAIT));
    cr_assert(eq(u64, p.wake_ns, until_ns));
}

Test(users, all_begin_at_once_and_then_wait_for_answers)
{
    struct ct_run_plan plan = closed(3, 0);
    struct ct_users u;
    ct_users_init(&u, &plan, 0);
    for (uint64_t i = 0; i < 3; i++)
        expect_begin(&u, 10, i, 0);
    expect_wait(&u, 10, plan.duration_ns);
    ct_users_back(&u, 50, false);
    expect_begin(&u, 60, 3, 50); /* due when the answer came: ct was 10 ns late */
    expect_wait(&u, 60, plan.duration_ns);
    ct_users_release(&u);
}

Test(users, each_stream_of_the_threads_connections_has_its_user)
{
    struct ct_run_plan plan = closed(3, 0);
    struct ct_users u;
    plan.http2 = true;
    plan.streams = 10;
    plan.threads = 2;
    ct_users_init(&u, &plan, 0);
    cr_assert(eq(u32, u.users, 20));
    ct_users_release(&u);
    ct_users_init(&u, &plan, 1);
    cr_assert(eq(u32, u.users, 10));
    ct_users_release(&u);
}

Test(users, think_between_an_answer_and_the_next_request)
{
    struct ct_run_plan plan = closed(1, 5 * MS);
    struct ct_users u;
    ct_users_init(&u, &plan, 0);
    expect_begin(&u, 0, 0, 0);
    ct_users_back(&u, 2 * MS, false);
    expect_wait(&u, 2 * MS, 7 * MS);
    expect_begin(&u, 7 * MS, 1, 7 * MS);
    ct_users_release(&u);
}

Test(users, one_whose_request_failed_holds_back_and_delays_no_other)
{
    struct ct_run_plan plan = closed(2, 0);
    struct ct_users u;
    ct_users_init(&u, &plan, 0);
    expect_begin(&u, 0, 0, 0);
    expect_begin(&u, 0, 1, 0);
    ct_users_back(&u, 1 * MS, true);
    expect_wait(&u, 1 * MS, 101 * MS);
    ct_users_back(&u, 2 * MS, false);
    expect_begin(&u, 2 * MS, 2, 2 * MS);
    expect_begin(&u, 101 * MS, 3, 101 * MS);
    ct_users_release(&u);
}

Test(users, a_longer_think_time_is_not_shortened_by_a_failure)
{
    struct ct_run_plan plan = closed(1, 300 * MS);
    struct ct_users u;
    ct_users_init(&u, &plan, 0);
    expect_begin(&u, 0, 0, 0);
    ct_users_back(&u, 1 * MS, true);
    expect_wait(&u, 1 * MS, 301 * MS);
    ct_users_release(&u);
}

Test(users, end_with_the_duration_or_a_number_of_requests)
{
    struct ct_run_plan plan = closed(1, 0);
    struct ct_users u;
    ct_users_init(&u, &plan, 0);
    expect_begin(&u, 999 * MS, 0, 0);
    ct_users_back(&u, 999 * MS, false);
    cr_assert(eq(int, ct_users_next(&u, 1000 * MS).act, CT_PACE_END));
    ct_users_release(&u);

    plan.most = 2;
    ct_users_init(&u, &plan, 0);
    expect_begin(&u, 0, 0, 0);
    ct_users_back(&u, 1, false);
    expect_begin(&u, 1, 1, 1);
    cr_assert(eq(int, ct_users_next(&u, 1).act, CT_PACE_END));
    ct_users_release(&u);
}

Test(users, threads_share_users_and_indices)
{
    struct ct_run_plan plan = closed(5, 0);
    plan.threads = 2;
    struct ct_users u;
    ct_users_init(&u, &plan, 0);
    for (uint64_t k = 0; k < 3; k++)
        expect_begin(&u, 0, 2 * k, 0);
    expect_wait(&u, 0, plan.duration_ns);
    ct_users_release(&u);
    ct_users_init(&u, &plan, 1);
    for (uint64_t k = 0; k < 2; k++)
        expect_begin(&u, 0, 2 * k + 1, 0);
    expect_wait(&u, 0, plan.duration_ns);
    ct_users_release(&u);
}

Test(users, a_stop_ends_it)
{
    struct ct_run_plan plan = closed(1, 0);
    struct ct_users u;
    ct_users_init(&u, &plan, 0);
    ct_users_stop(&u);
    cr_assert(eq(int, ct_users_next(&u, 0).act, CT_PACE_END));
    ct_users_release(&u);
}
