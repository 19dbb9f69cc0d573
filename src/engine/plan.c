#include "engine/plan.h"

#include <assert.h>

__extension__ typedef unsigned __int128 wide;

uint64_t ct_plan_due_ns(const struct ct_run_plan *plan, uint64_t i)
{
    return (uint64_t)((wide)i * plan->rate.den_ns / plan->rate.num);
}

uint64_t ct_plan_count_before(const struct ct_run_plan *plan, uint64_t at_ns)
{
    /* floor(i * den / num) < at  <=>  i < at * num / den */
    wide product = (wide)at_ns * plan->rate.num;
    return (uint64_t)((product + plan->rate.den_ns - 1) / plan->rate.den_ns);
}

uint64_t ct_plan_count(const struct ct_run_plan *plan)
{
    return ct_plan_count_before(plan, plan->duration_ns);
}

void ct_plan_cursor_init(struct ct_plan_cursor *c, const struct ct_run_plan *plan, uint32_t thread)
{
    assert(thread < plan->threads && plan->rate.num > 0 && plan->rate.den_ns > 0);
    *c = (struct ct_plan_cursor){.plan = plan,
                                 .next = thread,
                                 .due_ns = ct_plan_due_ns(plan, thread),
                                 .count = ct_plan_count(plan)};
}

bool ct_plan_peek(const struct ct_plan_cursor *c, uint64_t *i, uint64_t *due_ns)
{
    if (c->next >= c->count)
        return false;
    *i = c->next;
    *due_ns = c->due_ns;
    return true;
}

bool ct_plan_next(struct ct_plan_cursor *c, uint64_t *i, uint64_t *due_ns)
{
    if (!ct_plan_peek(c, i, due_ns))
        return false;
    c->next += c->plan->threads;
    c->due_ns = ct_plan_due_ns(c->plan, c->next);
    return true;
}

uint64_t ct_plan_abandon(struct ct_plan_cursor *c)
{
    if (c->next >= c->count)
        return 0;
    uint64_t passed = (c->count - c->next - 1) / c->plan->threads + 1;
    c->next += passed * c->plan->threads;
    return passed;
}
