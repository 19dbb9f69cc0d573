#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <math.h>

#include "engine/pacing.h"

static bool may(uint32_t cpus, double quota, bool colocated, uint32_t threads)
{
    const struct ct_pacing_facts facts = {
        .cpus = cpus, .quota_cpus = quota, .colocated = colocated, .threads = threads};
    return ct_pacing_may_spin(&facts);
}

Test(pacing, spins_only_where_nobody_misses_the_cpu)
{
    cr_assert(may(4, NAN, false, 2));
    cr_assert(not(may(3, NAN, false, 2)));
    cr_assert(not(may(4, NAN, true, 2)));
    cr_assert(not(may(4, 3.5, false, 2)));
    cr_assert(may(4, 4, false, 2));
}

Test(pacing, spins_only_when_lateness_is_halved)
{
    cr_assert(ct_pacing_gains(100, 50));
    cr_assert(not(ct_pacing_gains(100, 51)));
}

Test(pacing, a_trial_ends_and_is_never_early)
{
    struct ct_err err;
    uint64_t p99_ns = UINT64_MAX;
    cr_assert(zero(int, ct_pacing_try(false, &p99_ns, &err)));
    cr_assert(lt(u64, p99_ns, 10 * CT_NS_PER_S));
    cr_assert(zero(int, ct_pacing_try(true, &p99_ns, &err)));
    cr_assert(lt(u64, p99_ns, 10 * CT_NS_PER_S));
}

Test(pacing, what_was_asked_for_is_done_and_the_closed_model_sleeps)
{
    struct ct_endpoint e;
    struct ct_err err;
    cr_assert(zero(int, ct_endpoint_parse("http://127.0.0.1:1", &e, NULL, &err)));
    cr_assert(zero(int, ct_endpoint_resolve(&e, &err)));
    struct ct_run_plan p = {.pacing = CT_PACING_SPIN, .threads = 1};
    cr_assert(eq(int, ct_pacing_choose(&p, &e), CT_PACING_SPIN));
    p.closed = true;
    cr_assert(eq(int, ct_pacing_choose(&p, &e), CT_PACING_SLEEP));
    p = (struct ct_run_plan){.pacing = CT_PACING_AUTO, .threads = 1};
    cr_assert(eq(int, ct_pacing_choose(&p, &e), CT_PACING_SLEEP)); /* the target is here */
}
