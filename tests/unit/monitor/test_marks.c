#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "monitor/marks.h"

static const struct ct_marks before = {true, 1000, 50, 1795000000};
static const struct ct_marks after = {true, 1200, 52, 1795000000};

static bool same(uint64_t switches, uint64_t forks, uint64_t booted_s)
{
    struct ct_marks seen = {true, switches, forks, booted_s};
    return ct_marks_same(&before, &seen, &after);
}

Test(marks, counters_between_ours_are_ours)
{
    cr_expect(same(1000, 50, 1795000000));
    cr_expect(same(1200, 52, 1795000000));
    cr_expect(same(1100, 51, 1794999999));
    cr_expect(same(1100, 51, 1795000001));
}

Test(marks, each_that_lies_outside_is_another_machine_s)
{
    cr_expect(not(same(999, 51, 1795000000)));
    cr_expect(not(same(1201, 51, 1795000000)));
    cr_expect(not(same(1100, 49, 1795000000)));
    cr_expect(not(same(1100, 53, 1795000000)));
    cr_expect(not(same(1100, 51, 1794999998)));
    cr_expect(not(same(1100, 51, 1795000002)));
}

Test(marks, what_is_not_known_is_not_the_same)
{
    struct ct_marks seen = {true, 1100, 51, 1795000000}, none = {false, 1100, 51, 1795000000};
    cr_expect(ct_marks_same(&before, &seen, &after));
    cr_expect(not(ct_marks_same(&none, &seen, &after)));
    cr_expect(not(ct_marks_same(&before, &none, &after)));
    cr_expect(not(ct_marks_same(&before, &seen, &none)));
}

Test(marks, this_machine_is_itself)
{
    struct ct_marks a, b, c;
    ct_marks_read(&a);
    ct_marks_read(&b);
    ct_marks_read(&c);
    cr_assert(a.known);
    cr_expect(ct_marks_same(&a, &b, &c));
}
