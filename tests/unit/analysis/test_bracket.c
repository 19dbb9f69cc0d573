#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <math.h>

#include "analysis/bracket.h"

static struct ct_bracket b;

static void start(void)
{
    ct_bracket_init(&b, 50, 1, 1e6);
}

static void tell(double ratio, bool overload, bool idle)
{
    struct ct_bracket_probe p = {.ratio = ratio, .overload = overload, .idle = idle};
    ct_bracket_tell(&b, &p);
}

Test(bracket, climbs_by_four_while_idle_and_by_two_when_not, .init = start)
{
    tell(0, false, true);
    cr_assert(eq(dbl, b.rate, 200));
    tell(0.4, false, false);
    cr_assert(eq(dbl, b.rate, 400));
    cr_assert(eq(dbl, b.low, 200));
}

Test(bracket, a_disturbed_climb_goes_between_and_then_up_again, .init = start)
{
    cr_assert(not(ct_bracket_other(&b)), "nothing was kept");
    tell(0, false, true);
    cr_assert(ct_bracket_other(&b)); /* 50 kept, 200 is next */
    cr_assert(epsilon_eq(dbl, b.rate, 100, 1e-9));
    cr_assert(ct_bracket_other(&b));
    cr_assert(epsilon_eq(dbl, b.rate, sqrt(50 * 100), 1e-9));
    cr_assert(ct_bracket_other(&b));
    cr_assert(epsilon_eq(dbl, b.rate, 100, 1e-9), "59 would be too near");
    b.highest = 80;
    cr_assert(ct_bracket_other(&b));
    cr_assert(ct_bracket_other(&b));
    cr_assert(eq(dbl, b.rate, 80), "no higher than the highest");
    tell(0.9, false, false);
    cr_assert(not(ct_bracket_other(&b)), "it does not climb any more");
}

Test(bracket, half_of_a_limit_is_the_end_of_the_climb, .init = start)
{
    tell(0.5, false, false);
    cr_assert(eq(int, b.stage, CT_BRACKET_CLIMB));
    tell(0.51, false, false);
    cr_assert(eq(int, b.stage, CT_BRACKET_ABOVE));
    cr_assert(eq(dbl, b.rate, 200));
    tell(0, true, false);
    cr_assert(epsilon_eq(dbl, b.high, 130, 1e-9));
    cr_assert(epsilon_eq(dbl, b.low, 50 / 1.3, 1e-9));
    cr_assert(eq(int, b.stage, CT_BRACKET_SQUEEZE));
    cr_assert(epsilon_eq(dbl, b.rate, sqrt(130 * 50 / 1.3), 1e-9));
}

Test(bracket, a_first_rate_that_breaks_goes_down_by_four_to_the_lowest, .init = start)
{
    tell(9, false, false);
    cr_assert(eq(dbl, b.rate, 12.5));
    tell(9, false, false);
    tell(9, false, false);
    cr_assert(eq(dbl, b.rate, 1));
    tell(9, false, false);
    cr_assert(eq(int, b.stage, CT_BRACKET_BOTTOM));
}

/* A target that alone takes 19 of the 20 ms that are allowed. */
Test(bracket, a_lowest_rate_that_keeps_a_limit_it_is_near_is_no_bottom)
{
    ct_bracket_init(&b, 20, 10, 1e6);
    tell(0.92, false, false);
    cr_assert(eq(dbl, b.rate, 10));
    tell(0.95, false, false);
    cr_assert(eq(int, b.stage, CT_BRACKET_SQUEEZE));
    cr_assert(b.low > 0 && b.low < 10 && b.high > 20);
    ct_bracket_init(&b, 10, 10, 1e6);
    tell(0.95, false, false);
    cr_assert(eq(int, b.stage, CT_BRACKET_CLIMB));
    cr_assert(eq(dbl, b.low, 10));
    cr_assert(eq(dbl, b.rate, 20));
    ct_bracket_init(&b, 10, 10, 1e6);
    tell(1.01, false, false);
    cr_assert(eq(int, b.stage, CT_BRACKET_BOTTOM));
}

Test(bracket, on_the_way_down_the_first_that_keeps_encloses, .init = start)
{
    tell(9, false, false);
    tell(0.1, false, false);
    cr_assert(epsilon_eq(dbl, b.low, 12.5 / 1.3, 1e-9));
    cr_assert(epsilon_eq(dbl, b.high, 65, 1e-9));
}

Test(bracket, a_break_that_twice_the_rate_denies_is_tried_again, .init = start)
{
    tell(0, false, false);
    tell(2, false, false);
    tell(0.1, false, false);
    cr_assert(eq(int, b.stage, CT_BRACKET_AGAIN));
    cr_assert(eq(dbl, b.rate, 100));
    tell(0.9, false, false); /* noise */
    cr_assert(eq(int, b.stage, CT_BRACKET_CLIMB));
    cr_assert(eq(dbl, b.low, 200));
    cr_assert(eq(dbl, b.rate, 400));
    cr_assert(not(b.dip));
    tell(2, false, false);
    tell(0, false, false);
    tell(1.1, false, false); /* no noise */
    cr_assert(b.dip);
}

Test(bracket, the_middle_is_weighed_by_how_sure_a_short_probe_is, .init = start)
{
    b.stage = CT_BRACKET_SQUEEZE;
    b.low = 100;
    b.high = 1000;
    b.rate = 300;
    tell(1, false, false);
    cr_assert(epsilon_eq(dbl, b.low, 300 / 1.3, 1e-9));
    cr_assert(epsilon_eq(dbl, b.high, 390, 1e-9));
    cr_assert(eq(int, b.stage, CT_BRACKET_DONE));
    b = (struct ct_bracket){.stage = CT_BRACKET_SQUEEZE, .low = 100, .high = 1000, .rate = 300};
    tell(4.1, false, false);
    cr_assert(epsilon_eq(dbl, b.high, 330, 1e-9));
    b = (struct ct_bracket){.stage = CT_BRACKET_SQUEEZE, .low = 100, .high = 1000, .rate = 300};
    tell(0.24, false, false);
    cr_assert(epsilon_eq(dbl, b.low, 300 / 1.1, 1e-9));
}

Test(bracket, nineteen_tenths_are_narrow_enough, .init = start)
{
    b = (struct ct_bracket){.stage = CT_BRACKET_SQUEEZE, .low = 100, .high = 1000, .rate = 173};
    tell(5, false, false);
    cr_assert(epsilon_eq(dbl, b.high, 190.3, 1e-9));
    cr_assert(eq(int, b.stage, CT_BRACKET_SQUEEZE));
    b.rate = 172.7;
    tell(5, false, false);
    cr_assert(eq(int, b.stage, CT_BRACKET_DONE));
}

Test(bracket, the_highest_that_keeps_is_the_top)
{
    ct_bracket_init(&b, 50, 1, 120);
    tell(0, false, true);
    cr_assert(eq(dbl, b.rate, 120));
    tell(0, false, true);
    cr_assert(eq(int, b.stage, CT_BRACKET_TOP));
    cr_assert(eq(dbl, b.low, 120));
}
