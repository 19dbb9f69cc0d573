#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <math.h>

#include "analysis/drift.h"

static struct ct_posterior p;
static struct ct_drift drift;

static void start(void)
{
    ct_posterior_init(&p, CT_POSTERIOR_SHARE, 0.01);
    p.best = log(700);
    p.slope = 14;
}

static void stop(void)
{
    ct_posterior_release(&p);
}

/* A visit of a target with that capacity. */
static void add(double when, double rate, double capacity, bool far)
{
    double odds = 0.01 / 0.99 * exp(fmin(14 * log(rate / capacity), 40)), n = 12000;
    double k = n * odds / (1 + odds);
    struct ct_posterior_datum d = {
        .ln_rate = log(rate), .n = n, .k = k, .blocks = 12, .when = when, .far = far};
    d.square = d.pairs = k * k / n;
    ct_posterior_add(&p, &d);
}

typedef double capacity_fn(double when);

static void visits(capacity_fn *capacity)
{
    for (int i = 0; i < 16; i++)
        add(0.15 * i, i % 2 ? 730 : 670, capacity(0.15 * i), false);
    ct_drift_find(&p, &drift);
}

static double still(double when)
{
    (void)when;
    return 700;
}

static double sinking(double when)
{
    return 700 * exp(-0.1 * (when - 1.1));
}

static double warming(double when)
{
    return 700 * exp(0.06 - 0.3 * exp(-when / 0.3));
}

Test(drift, what_stands_still_has_none, .init = start, .fini = stop)
{
    visits(still);
    cr_assert(lt(dbl, drift.gain, 0.1));
}

Test(drift, what_sinks_evenly_is_found_with_its_speed, .init = start, .fini = stop)
{
    visits(sinking);
    cr_assert(ge(dbl, drift.gain, 1));
    cr_assert(epsilon_eq(dbl, drift.span, 2.25, 1e-9));
    cr_assert(epsilon_eq(dbl, drift.change / drift.span, -0.1, 0.01));
}

Test(drift, what_warms_up_is_found_with_all_it_gained, .init = start, .fini = stop)
{
    visits(warming);
    cr_assert(ge(dbl, drift.gain, 1));
    cr_assert(epsilon_eq(dbl, drift.change, 0.3, 0.08));
}

Test(drift, a_far_overload_at_a_rate_that_is_kept_later_counts, .init = start, .fini = stop)
{
    for (int i = 0; i < 8; i++)
        add(0.6 + 0.15 * i, i % 2 ? 730 : 670, 700, false);
    ct_drift_find(&p, &drift);
    cr_assert(lt(dbl, drift.gain, 1));
    ct_posterior_release(&p);
    start();
    add(0.1, 640, 350, true);
    add(0.2, 600, 400, true);
    for (int i = 0; i < 8; i++)
        add(0.6 + 0.15 * i, i % 2 ? 730 : 670, 700, false);
    ct_drift_find(&p, &drift);
    cr_assert(ge(dbl, drift.gain, 1));
    cr_assert(ge(dbl, drift.change, 0.2));
}

Test(drift, five_visits_are_too_few_to_say, .init = start, .fini = stop)
{
    for (int i = 0; i < 5; i++)
        add(0.15 * i, 700, 700 - 60 * i, false);
    for (int i = 0; i < 5; i++)
        add(0.15 * i, 900, 700, true);
    ct_drift_find(&p, &drift);
    cr_assert(eq(dbl, drift.gain, 0));
}
