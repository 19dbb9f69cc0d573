#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <string.h>

#include "services/compare_side.h"

/* What two runs must share to be compared, at its borders. */

static struct ct_comparison c;

static void done(void)
{
    ct_comparison_release(&c);
}
TestSuite(compare_side, .fini = done);

/* How many differences two runs have whose plans or environments differ in that one fact (NULL: it
 * is not there). */
static size_t differ(bool environment, const char *name, const char *a, const char *b, bool rate)
{
    struct ct_fact fa = {(char *)name, (char *)a}, fb = {(char *)name, (char *)b};
    struct ct_facts x = {&fa, a != NULL}, y = {&fb, b != NULL};
    struct ct_digest da = {.test_case = "A"}, db = {.test_case = "A"};
    *(environment ? &da.environment : &da.plan) = x;
    *(environment ? &db.environment : &db.plan) = y;
    done();
    size_t n = ct_side_differences(&da, &db, rate, "", &c);
    cr_assert(eq(sz, n, c.n_differences));
    return n;
}

Test(compare_side, what_is_sent_must_be_the_same)
{
    cr_assert(eq(sz, differ(true, "request", "3f2a", "77aa", true), 1));
    cr_assert(eq(str, c.differences[0].what, (char *)"what is sent (headers, body, list or feed)"));
    cr_assert(eq(sz, differ(true, "request", NULL, "77aa", true), 1));
    cr_assert(eq(str, c.differences[0].a, (char *)"none"));
    cr_assert(zero(sz, differ(true, "request", "3f2a", "3f2a", true)));
}

Test(compare_side, chance_and_outcomes_are_no_differences)
{
    cr_assert(zero(sz, differ(false, "seed", "1", "2", true)));
    cr_assert(zero(sz, differ(false, "seed", NULL, "2", true)));
    cr_assert(zero(sz, differ(false, "planned", "100", "101", true)));
    cr_assert(eq(sz, differ(false, "duration_s", "10", "20", false), 1));
}

Test(compare_side, where_rates_may_differ_so_may_the_warm_up)
{
    cr_assert(eq(sz, differ(false, "offered_rps", "100", "101", true), 1));
    cr_assert(eq(sz, differ(false, "warm_up_s", "1", "2", true), 1));
    cr_assert(zero(sz, differ(false, "offered_rps", "100", "101", false)));
    cr_assert(zero(sz, differ(false, "warm_up_s", "1", "2", false)));
}
