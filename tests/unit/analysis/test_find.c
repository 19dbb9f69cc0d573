#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <math.h>
#include <string.h>

#include "analysis/find.h"
#include "sim_case.h"
#include "sim_truth.h"

/* --- answers against servers whose capacity is known --- */

static struct sim_result search_of(const char *name, uint64_t seed)
{
    struct sim_result r;
    const struct sim_case *c = sim_case_named(name);
    cr_assert(ne(ptr, (void *)c, NULL), "%s", name);
    sim_case_run(c, seed, 300, &r);
    return r;
}

Test(find, an_interval_holds_the_true_capacity)
{
    struct sim_result r = search_of("exponential, p99 < 20 ms", 1);
    double truth =
        sim_truth_capacity(SIM_EXPONENTIAL, &sim_case_named("exponential, p99 < 20 ms")->limit);
    cr_assert(epsilon_eq(dbl, truth, 769.7, 0.1));
    cr_assert(le(dbl, r.answer.low, truth));
    cr_assert(ge(dbl, r.answer.high, truth));
    cr_assert(eq(int, r.answer.gave_way, 0));
}

Test(find, a_generator_that_cannot_more_gives_at_least)
{
    struct sim_result r = search_of("generator", 1);
    cr_assert(eq(int, r.answer.ending, CT_FIND_AT_LEAST));
    cr_assert(eq(int, r.answer.gave_way, CT_FIND_GENERATOR));
    cr_assert(le(dbl, r.answer.low, 400));
    cr_assert(isnan(r.answer.high));
}

Test(find, one_connection_that_is_too_slow_is_unreachable)
{
    struct sim_result r = search_of("unreachable", 1);
    cr_assert(eq(int, r.answer.ending, CT_FIND_UNREACHABLE));
    cr_assert(isnan(r.answer.capacity));
}

Test(find, a_target_that_stays_down_is_named)
{
    cr_assert(eq(int, search_of("does not recover", 2).answer.ending, CT_FIND_NO_RECOVERY));
}
