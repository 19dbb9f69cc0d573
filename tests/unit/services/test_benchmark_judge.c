#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "analysis/search.h"
#include "base/mem.h"
#include "services/benchmark_case.h"

static enum ct_verdict judged(uint64_t ok, uint64_t valid_runs, uint64_t runs)
{
    struct ct_benchmark_case c = {.n_reasons = 1};
    ct_benchmark_judge(&c, ok, valid_runs, runs);
    cr_expect(eq(sz, c.n_reasons, c.verdict == CT_VERDICT_VALID ? 0 : 1));
    return c.verdict;
}

Test(benchmark_judge, by_what_was_answered_and_counted)
{
    cr_expect(eq(int, judged(0, 0, 0), CT_VERDICT_NO_DATA));
    cr_expect(eq(int, judged(0, 1, 2), CT_VERDICT_NO_DATA));
    cr_expect(eq(int, judged(0, 0, 2), CT_VERDICT_INVALID));
    cr_expect(eq(int, judged(9, 0, 2), CT_VERDICT_INVALID));
    cr_expect(eq(int, judged(9, 1, 2), CT_VERDICT_VALID));
}

/* Two loads, the first limited as said, the other by the response time. */
static enum ct_verdict with_points(enum ct_limited_by first, double first_rate, double other_rate)
{
    struct ct_benchmark_point *points = ct_xcalloc(2, sizeof(*points));
    ct_benchmark_point_init(&points[0]);
    ct_benchmark_point_init(&points[1]);
    points[0].limited_by = ct_limited_by_name(first);
    points[0].rate = first_rate;
    points[1].limited_by = ct_limited_by_name(CT_LIMITED_MAX_RESPONSE_TIME);
    points[1].rate = other_rate;
    struct ct_benchmark_case c = {.points = points, .n_points = 2};
    ct_benchmark_judge(&c, 9, 1, 2);
    free(points);
    return c.verdict;
}

/* "Cannot hold it even at its lowest rate" would accuse the target of what this machine did. */
Test(benchmark_judge, no_rate_for_the_sake_of_this_machine_is_invalid)
{
    cr_expect(eq(int, with_points(CT_LIMITED_GENERATOR, 0, 0), CT_VERDICT_INVALID));
    cr_expect(eq(int, with_points(CT_LIMITED_GENERATOR, 0, 5), CT_VERDICT_VALID));
    cr_expect(eq(int, with_points(CT_LIMITED_GENERATOR, 5, 0), CT_VERDICT_VALID));
    cr_expect(eq(int, with_points(CT_LIMITED_MAX_RESPONSE_TIME, 0, 0), CT_VERDICT_VALID));
}

static struct ct_benchmark_point of_last_load(double rate, enum ct_limited_by by)
{
    struct ct_benchmark_point p;
    ct_benchmark_point_init(&p);
    p.rate = rate;
    p.limited_by = ct_limited_by_name(by);
    ct_benchmark_point_of_last_load(&p, ct_limited_by_name(CT_LIMITED_LOAD_MAX));
    return p;
}

Test(benchmark_judge, a_load_that_was_not_the_end_is_at_least_that)
{
    struct ct_benchmark_point p = of_last_load(5, CT_LIMITED_MAX_RESPONSE_TIME);
    cr_expect(p.at_least && strcmp(p.limited_by, "load_max") == 0);
    p = of_last_load(5, CT_LIMITED_GENERATOR);
    cr_expect(p.at_least && strcmp(p.limited_by, "generator") == 0);
}

Test(benchmark_judge, a_load_without_a_rate_is_at_least_nothing)
{
    struct ct_benchmark_point p = of_last_load(0, CT_LIMITED_GENERATOR);
    cr_expect(not(p.at_least));
    cr_expect(zero(int, strcmp(p.limited_by, "generator")));
}
