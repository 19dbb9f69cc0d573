#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/compare.h"
#include "analysis/stats.h"
#include "base/mem.h"
#include "compare_sides.h"
#include "compare_simulator.h"

/* --- the test itself --- */

static void moments(const double *x, int n, double *mean, double *variance)
{
    double sum = 0, squares = 0;
    for (int i = 0; i < n; i++)
        sum += x[i];
    *mean = sum / n;
    for (int i = 0; i < n; i++)
        squares += (x[i] - *mean) * (x[i] - *mean);
    *variance = squares / (n - 1);
}

/* The samples of Wikipedia's examples 1 to 3 of Welch's test. */
static const double first_a[] = {27.5, 21.0, 19.0, 23.6, 17.0, 17.9, 16.9, 20.1,
                                 21.9, 22.6, 23.1, 19.6, 19.0, 21.7, 21.4};
static const double first_b[] = {27.1, 22.0, 20.8, 23.4, 23.4, 23.5, 25.8, 22.0,
                                 24.8, 20.2, 21.9, 22.1, 22.9, 20.5, 24.4};
static const double second_a[] = {17.2, 20.9, 22.6, 18.1, 21.7, 21.4, 23.5, 24.2, 14.7, 21.8};
static const double second_b[] = {21.5, 22.8, 21.0, 23.0, 21.6, 23.6, 22.5, 20.7, 23.4, 21.8,
                                  20.7, 21.7, 21.5, 22.5, 23.6, 21.5, 22.5, 23.5, 21.5, 21.8};
static const double third_a[] = {19.8, 20.4, 19.6, 17.8, 18.5, 18.9, 18.3, 18.9, 19.5, 22.0};
static const double third_b[] = {28.2, 26.6, 20.1, 23.3, 25.2, 22.1, 17.7, 27.6, 20.6, 13.7,
                                 23.2, 17.5, 20.6, 18.0, 23.9, 21.6, 24.3, 20.4, 24.0, 13.2};

/* t, degrees of freedom, two-sided p. */
Test(compare, welchs_published_examples_are_reproduced)
{
    static const struct {
        const double *a, *b;
        int n, m;
        double t, df, p;
    } table[] = {{first_a, first_b, 15, 15, 2.46, 25.0, 0.021},
                 {second_a, second_b, 10, 20, 1.57, 9.9, 0.149},
                 {third_a, third_b, 10, 20, 2.22, 24.5, 0.036}};
    for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
        double ma, va, mb, vb;
        moments(table[i].a, table[i].n, &ma, &va);
        moments(table[i].b, table[i].m, &mb, &vb);
        struct ct_difference x = ct_difference_welch(ma, va / table[i].n, table[i].n - 1, mb,
                                                     vb / table[i].m, table[i].m - 1);
        cr_expect(epsilon_eq(dbl, x.d / sqrt(x.variance), table[i].t, 0.006), "t %zu", i);
        cr_expect(epsilon_eq(dbl, x.df, table[i].df, 0.06), "df %zu: %g", i, x.df);
        cr_expect(epsilon_eq(dbl, 2 * ct_difference_p(&x), table[i].p, 0.0006), "p %zu", i);
    }
}

Test(compare, without_noise_any_difference_is_certain)
{
    struct ct_difference up = ct_difference_welch(1, 0, 3, 2, 0, 3);
    struct ct_difference down = ct_difference_welch(2, 0, 3, 1, 0, 3);
    cr_assert(eq(dbl, ct_difference_p(&up), 0));
    cr_assert(eq(dbl, ct_difference_p(&down), 1));
}

/* --- sides --- */

static struct ct_comparison c;

static void pair_of(const double *a, size_t n, const double *b, size_t m)
{
    sides_make(&c, a, n, b, m);
}

static void done(void)
{
    ct_comparison_release(&c);
}

static const double five[] = {10, 10.1, 9.9, 10.05, 9.95};
static const double slower[] = {11.2, 11.3, 11.1, 11.25, 11.15};

TestSuite(compare, .fini = done);

Test(compare, a_slower_b_is_worse_and_the_sentence_says_by_how_much)
{
    pair_of(five, 5, slower, 5);
    ct_compare(&c);
    const struct ct_compare_result *r = &c.points[0].results[CT_COMPARE_SERVICE_P50];
    cr_assert(eq(int, c.verdict, CT_COMPARISON_WORSE), "%s", c.sentence);
    cr_assert(eq(int, c.severity, CT_SEVERITY_MINOR));
    cr_assert(eq(int, r->method, CT_COMPARE_BY_RUNS));
    cr_assert(epsilon_eq(dbl, r->change, 0.12, 1e-3));
    cr_assert(r->low < r->change && r->change < r->high);
    cr_assert(strstr(c.sentence, "service p50 is 12 % longer") != NULL, "%s", c.sentence);
    cr_assert(strstr(c.sentence, "a minor regression") != NULL, "%s", c.sentence);
}

Test(compare, a_faster_b_is_better)
{
    pair_of(slower, 5, five, 5);
    ct_compare(&c);
    cr_assert(eq(int, c.verdict, CT_COMPARISON_BETTER), "%s", c.sentence);
}

Test(compare, the_same_is_not_worse)
{
    pair_of(five, 5, five, 5);
    ct_compare(&c);
    cr_assert(eq(int, c.verdict, CT_COMPARISON_NOT_WORSE), "%s", c.sentence);
}

Test(compare, noise_that_hides_a_slowdown_is_inconclusive_with_what_can_be_detected)
{
    const double a[] = {8, 12, 9, 11}, b[] = {9, 13, 10, 12};
    pair_of(a, 4, b, 4);
    ct_compare(&c);
    const struct ct_compare_result *r = &c.points[0].results[CT_COMPARE_SERVICE_P50];
    cr_assert(eq(int, c.verdict, CT_COMPARISON_INCONCLUSIVE), "%s", c.sentence);
    cr_assert(r->can_detect > r->change);
    cr_assert(strstr(c.sentence, "can detect from") != NULL, "%s", c.sentence);
}

Test(compare, severity_follows_the_effect)
{
    static const struct {
        double factor;
        enum ct_severity severity;
    } table[] = {{1.1, CT_SEVERITY_MINOR},
                 {1.19, CT_SEVERITY_MINOR},
                 {1.21, CT_SEVERITY_MAJOR},
                 {1.29, CT_SEVERITY_MAJOR},
                 {1.31, CT_SEVERITY_CRITICAL}};
    for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
        double b[5];
        for (int k = 0; k < 5; k++)
            b[k] = five[k] * table[i].factor;
        pair_of(five, 5, b, 5);
        ct_compare(&c);
        cr_expect(eq(int, c.severity, table[i].severity), "%g", table[i].factor);
        done();
    }
}

Test(compare, a_difference_that_lateness_can_make_is_no_regression)
{
    pair_of(five, 5, slower, 5); /* 1.2 ms apart */
    for (int k = 0; k < 5; k++)
        c.points[0].b.runs[k].lateness_p50_ns += 0.7e6;
    ct_compare(&c);
    cr_assert(ne(int, c.verdict, CT_COMPARISON_WORSE), "%s", c.sentence);
}

Test(compare, a_lower_rate_is_worse)
{
    pair_of(five, 5, five, 5);
    for (int k = 0; k < 5; k++)
        c.points[0].b.runs[k].value[CT_COMPARE_ACHIEVED] = 88 + 0.1 * k;
    ct_compare(&c);
    cr_assert(eq(int, c.verdict, CT_COMPARISON_WORSE), "%s", c.sentence);
    cr_assert(strstr(c.sentence, "achieved rate is 11.8 % lower") != NULL, "%s", c.sentence);
}

/* --- what is left out, and what says nothing --- */

Test(compare, invalid_runs_decide_nothing)
{
    const double b[] = {10, 30, 10.1, 9.9, 10.05, 9.95};
    pair_of(five, 5, b, 6);
    c.points[0].b.runs[1].verdict = CT_VERDICT_INVALID;
    memcpy(c.points[0].b.runs[1].why, "late", 5);
    memcpy(c.points[0].b.runs[0].why, "cold", 5);
    ct_compare(&c);
    cr_assert(eq(int, c.verdict, CT_COMPARISON_NOT_WORSE), "%s", c.sentence);
    cr_assert(eq(str, c.notes[0], (char *)"1 of 6 runs of B are invalid and left out: late"));
}

Test(compare, a_side_without_a_valid_run_is_no_comparison)
{
    pair_of(five, 5, slower, 1);
    c.points[0].b.runs[0].verdict = CT_VERDICT_INVALID;
    ct_compare(&c);
    cr_assert(eq(int, c.verdict, CT_COMPARISON_INVALID));
}

Test(compare, a_target_that_answers_nothing_is_worse)
{
    pair_of(five, 5, five, 5);
    for (int k = 0; k < 5; k++) {
        struct ct_compare_run *r = &c.points[0].b.runs[k];
        r->verdict = CT_VERDICT_NO_DATA;
        r->value[CT_COMPARE_SERVICE_P50] = NAN;
        r->value[CT_COMPARE_ERRORS] = 1;
        r->value[CT_COMPARE_ACHIEVED] = 0;
    }
    ct_compare(&c);
    cr_assert(eq(int, c.verdict, CT_COMPARISON_WORSE), "%s", c.sentence);
    cr_assert(eq(int, c.severity, CT_SEVERITY_CRITICAL));
}

Test(compare, what_was_measured_at_other_rates_does_not_decide)
{
    pair_of(five, 5, slower, 5);
    c.points[0].shown_only = true;
    ct_compare(&c);
    cr_assert(eq(int, c.verdict, CT_COMPARISON_INCONCLUSIVE), "%s", c.sentence);
}

/* --- several points --- */

/* Two points, at load 13 and 14; B of the second is these. */
static void two_points(const double *b)
{
    struct ct_comparison second;
    pair_of(five, 5, five, 5);
    sides_make(&second, five, 5, b, 5);
    c.points = ct_xrealloc(c.points, 2, sizeof(*c.points));
    c.points[1] = second.points[0];
    c.n_points = 2;
    c.points[0].load = 13;
    c.points[1].load = 14;
    free(second.points);
}

static void spoil(struct ct_compare_side *s)
{
    for (size_t i = 0; i < s->count; i++) {
        s->runs[i].verdict = CT_VERDICT_INVALID;
        memcpy(s->runs[i].why, "late", 5);
    }
}

Test(compare, a_point_that_is_shown_only_spoils_nothing)
{
    two_points(slower);
    c.points[1].shown_only = true;
    spoil(&c.points[1].b);
    ct_compare(&c);
    cr_assert(eq(int, c.verdict, CT_COMPARISON_NOT_WORSE), "%s", c.sentence);
    cr_assert(zero(sz, c.n_notes), "%s", c.notes[0]);
    done();
    two_points(slower);
    c.points[1].shown_only = true;
    for (int k = 0; k < 5; k++)
        c.points[1].b.runs[k].steal_percent = 30;
    ct_compare(&c);
    cr_assert(eq(int, c.verdict, CT_COMPARISON_NOT_WORSE), "%s", c.sentence);
}

Test(compare, a_spoilt_point_beside_a_good_one_is_named_and_leaves_it_open)
{
    two_points(five);
    spoil(&c.points[1].b);
    ct_compare(&c);
    cr_assert(eq(int, c.verdict, CT_COMPARISON_INCONCLUSIVE), "%s", c.sentence);
    cr_assert(ne(ptr, strstr(c.sentence, "B at load 14 has no valid run (late)."), NULL), "%s",
              c.sentence);
    cr_assert(eq(str, c.notes[0], (char *)"B at load 14 has no valid run (late): not judged"));
}

Test(compare, what_is_worse_beside_a_spoilt_point_is_worse)
{
    two_points(slower);
    spoil(&c.points[0].a);
    ct_compare(&c);
    cr_assert(eq(int, c.verdict, CT_COMPARISON_WORSE), "%s", c.sentence);
    cr_assert(eq(str, c.notes[0], (char *)"A at load 13 has no valid run (late): not judged"));
}

Test(compare, without_a_point_that_is_valid_on_both_sides_nothing_is_compared)
{
    two_points(five);
    spoil(&c.points[0].a);
    spoil(&c.points[1].b);
    ct_compare(&c);
    cr_assert(eq(int, c.verdict, CT_COMPARISON_INVALID), "%s", c.sentence);
    cr_assert(ne(ptr, strstr(c.sentence, "No comparison: A at load 13"), NULL), "%s", c.sentence);
    done();
    two_points(five);
    spoil(&c.points[0].a);
    c.points[1].shown_only = true;
    ct_compare(&c);
    cr_assert(eq(int, c.verdict, CT_COMPARISON_INVALID), "%s", c.sentence);
    cr_assert(zero(sz, c.n_notes), "the sentence says it: %s", c.notes[0]);
}

/* --- quantiles among requests that failed or were not sent --- */

/* Of so many runs of a side p90 is more than any value. */
static void put_beyond(struct ct_compare_side *s, size_t count)
{
    for (size_t i = 0; i < s->count; i++) {
        s->runs[i].value[CT_COMPARE_RESPONSE_P90] = i < count ? NAN : 2 * five[i] * 1e6;
        s->runs[i].beyond[CT_COMPARE_RESPONSE_P90] = i < count;
    }
}

Test(compare, a_quantile_of_b_that_lies_beyond_all_values_is_unclear)
{
    static const struct {
        size_t a, b;
        bool unclear;
    } table[] = {{0, 5, true}, {0, 1, true}, {1, 2, true}, {1, 1, false}, {1, 0, false}};
    for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
        pair_of(five, 5, five, 5);
        put_beyond(&c.points[0].a, table[i].a);
        put_beyond(&c.points[0].b, table[i].b);
        ct_compare(&c);
        const struct ct_compare_result *r = &c.points[0].results[CT_COMPARE_RESPONSE_P90];
        cr_expect(eq(int, r->beyond, table[i].unclear), "row %zu", i);
        cr_expect(eq(int, r->status, table[i].unclear ? CT_COMPARE_UNCLEAR : CT_COMPARE_ALIKE),
                  "row %zu", i);
        cr_expect(eq(int, isnan(r->b) != 0, table[i].unclear), "row %zu", i);
        cr_expect(eq(int, c.verdict,
                     table[i].unclear ? CT_COMPARISON_INCONCLUSIVE : CT_COMPARISON_NOT_WORSE),
                  "row %zu: %s", i, c.sentence);
        done();
    }
}

Test(compare, the_sentence_says_what_lies_beyond_before_what_is_noisy)
{
    const double a[] = {8, 12, 9, 11, 10}, b[] = {9, 13, 10, 12, 11};
    pair_of(a, 5, b, 5);
    put_beyond(&c.points[0].a, 0);
    put_beyond(&c.points[0].b, 5);
    ct_compare(&c);
    cr_assert(eq(int, c.points[0].results[CT_COMPARE_SERVICE_P50].status, CT_COMPARE_UNCLEAR));
    cr_assert(eq(str, c.sentence,
                 (char *)"Whether B is worse than A cannot be said: response p90 of B lies among "
                         "requests that failed or were not sent."));
}

Test(compare, a_quantile_that_a_does_not_have_decides_nothing)
{
    pair_of(five, 5, five, 5);
    put_beyond(&c.points[0].a, 5);
    put_beyond(&c.points[0].b, 5);
    ct_compare(&c);
    cr_assert(not(c.points[0].results[CT_COMPARE_RESPONSE_P90].decides));
    cr_assert(eq(int, c.verdict, CT_COMPARISON_NOT_WORSE), "%s", c.sentence);
}

/* --- floors --- */

Test(compare, what_can_be_detected_is_not_below_the_floor_of_times)
{
    const double a[] = {0.1, 0.1001, 0.0999, 0.1002, 0.0998};
    pair_of(a, 5, a, 5);
    ct_compare(&c);
    const struct ct_compare_result *r = &c.points[0].results[CT_COMPARE_SERVICE_P50];
    cr_assert(ge(dbl, r->can_detect, 0.2), "20 us of 100: %g", r->can_detect);
    cr_assert(le(dbl, r->can_detect, 0.21), "%g", r->can_detect);
    for (int k = 0; k < 5; k++)
        c.points[0].b.runs[k].lateness_p50_ns += 15e3;
    ct_compare(&c);
    cr_assert(ge(dbl, r->can_detect, 0.3), "twice 15 us of 100: %g", r->can_detect);
}

Test(compare, a_change_below_its_floor_is_told_from_one_below_the_smallest_effect)
{
    const double a[] = {0.1, 0.1001, 0.0999, 0.1002, 0.0998};
    const double b[] = {0.112, 0.1121, 0.1119, 0.1122, 0.1118}; /* 12 %, and 12 us */
    pair_of(a, 5, b, 5);
    ct_compare(&c);
    cr_assert(eq(int, c.verdict, CT_COMPARISON_NOT_WORSE), "%s", c.sentence);
    cr_assert(
        ne(ptr, strstr(c.sentence, "by 5 % or more, and by more than measuring itself"), NULL),
        "%s", c.sentence);
    done();
    pair_of(five, 5, five, 5);
    ct_compare(&c);
    cr_assert(ne(ptr, strstr(c.sentence, "is worse by 5 % or more."), NULL), "%s", c.sentence);
}

Test(compare, the_same_run_is_not_worse_however_small_the_smallest_effect)
{
    pair_of(five, 1, five, 1);
    c.min_effect = 0;
    ct_compare(&c);
    cr_assert(eq(int, c.verdict, CT_COMPARISON_NOT_WORSE), "%s", c.sentence);
    cr_assert(ne(ptr, strstr(c.sentence, "is worse by 0 % or more."), NULL), "%s", c.sentence);
}

/* --- fewer than four runs a side --- */

static void give_batches(struct ct_compare_run *r, double deviation)
{
    for (int m = 0; m < CT_COMPARE_METRICS; m++) {
        r->variance[m] = deviation * deviation;
        r->df[m] = 5;
    }
    r->variance[CT_COMPARE_ERRORS] = r->variance[CT_COMPARE_ACHIEVED] = 0;
}

static void one_run_a_side(double factor)
{
    double b = 10 * factor;
    pair_of(&five[0], 1, &b, 1);
    give_batches(&c.points[0].a.runs[0], 0.005);
    give_batches(&c.points[0].b.runs[0], 0.005);
}

Test(compare, of_one_run_a_side_only_15_percent_counts)
{
    one_run_a_side(1.12);
    ct_compare(&c);
    cr_assert(eq(int, c.verdict, CT_COMPARISON_INCONCLUSIVE), "%s", c.sentence);
    cr_assert(strstr(c.notes[0], "run-to-run noise unknown, one run a side: can detect from") !=
                  NULL,
              "%s", c.notes[0]);
    done();
    one_run_a_side(1.16);
    ct_compare(&c);
    cr_assert(eq(int, c.verdict, CT_COMPARISON_WORSE), "%s", c.sentence);
}

Test(compare, with_known_noise_one_run_a_side_is_enough)
{
    one_run_a_side(1.12);
    c.points[0].has_noise = true;
    for (int m = 0; m < CT_COMPARE_METRICS; m++)
        c.points[0].noise.variance[m] = 0.01 * 0.01;
    for (int m = 0; m < CT_COMPARE_METRICS; m++)
        c.points[0].noise.df[m] = 19;
    ct_compare(&c);
    const struct ct_compare_result *r = &c.points[0].results[CT_COMPARE_SERVICE_P50];
    cr_assert(eq(int, c.verdict, CT_COMPARISON_WORSE), "%s", c.sentence);
    cr_assert(eq(int, r->method, CT_COMPARE_BY_NOISE));
    cr_assert(epsilon_eq(dbl, r->df, 19, 1e-9), "one estimate of the noise counts once: %g", r->df);
    for (int m = 0; m < CT_COMPARE_METRICS; m++)
        c.points[0].noise.variance[m] = 0.1 * 0.1;
    c.n_notes = 0;
    ct_compare(&c);
    cr_assert(eq(int, c.verdict, CT_COMPARISON_INCONCLUSIVE), "%s", c.sentence);
}

/* Only of shares is the noise not known: that of independent requests bounds it. */
Test(compare, with_known_noise_of_times_an_error_rate_can_be_alike)
{
    const double of_shares[] = {0, NAN};
    for (int i = 0; i < 2; i++) {
        one_run_a_side(1.001);
        side_set(&c.points[0].a, CT_COMPARE_ERRORS, 0.001);
        side_set(&c.points[0].b, CT_COMPARE_ERRORS, 0.0011);
        side_requests(&c.points[0].a, 1e6);
        side_requests(&c.points[0].b, 1e6);
        c.points[0].has_noise = true;
        for (int m = 0; m < CT_COMPARE_METRICS; m++) {
            c.points[0].noise.variance[m] = m == CT_COMPARE_ERRORS ? of_shares[i] : 1e-6;
            c.points[0].noise.df[m] = 1e6;
        }
        ct_compare(&c);
        const struct ct_compare_result *r = &c.points[0].results[CT_COMPARE_ERRORS];
        cr_expect(eq(int, r->status, CT_COMPARE_ALIKE), "%s", c.sentence);
        cr_expect(epsilon_eq(dbl, r->noise, sqrt(0.00105 * 0.99895 * 2e-6), 1e-9), "%g", r->noise);
        cr_expect(eq(int, c.verdict, CT_COMPARISON_NOT_WORSE), "%s", c.sentence);
        done();
    }
}

Test(compare, four_runs_of_one_side_speak_for_the_other)
{
    const double b = 11.2;
    pair_of(five, 5, &b, 1);
    ct_compare(&c);
    const struct ct_compare_result *r = &c.points[0].results[CT_COMPARE_SERVICE_P50];
    cr_assert(eq(int, c.verdict, CT_COMPARISON_WORSE), "%s", c.sentence);
    cr_assert(eq(int, r->method, CT_COMPARE_BY_NOISE));
    cr_assert(epsilon_eq(dbl, r->df, 4, 1e-9));
}

Test(compare, runs_too_short_for_batches_say_nothing)
{
    const double b = 20;
    pair_of(five, 1, &b, 1);
    ct_compare(&c);
    cr_assert(eq(int, c.verdict, CT_COMPARISON_INCONCLUSIVE));
    cr_assert(strstr(c.sentence, "too short") != NULL, "%s", c.sentence);
}

/* --- right as often as claimed: a short form of the table in docs/comparing.md --- */

Test(compare, simulated_segments_are_judged_right)
{
    const struct simulation s = {.runs_a = 10,
                                 .runs_b = 10,
                                 .seconds = 6,
                                 .correlation = 0.8,
                                 .deviation = 0.05,
                                 .run_deviation = 0.02};
    struct simulated same = simulate(&s, 1, 1000, 1), worse = simulate(&s, 1.1, 1000, 2);
    cr_expect(le(uint, same.worse, 20), "%u of 1,000 clean pairs worse", same.worse);
    cr_expect(ge(uint, worse.worse, 950), "%u of 1,000 found", worse.worse);
    cr_expect(eq(uint, worse.better, 0));
}

Test(compare, simulated_single_runs_with_a_history_are_rarely_wrong)
{
    const struct simulation s = {.runs_a = 1,
                                 .runs_b = 1,
                                 .seconds = 60,
                                 .batches = true,
                                 .history = 20,
                                 .correlation = 0.8,
                                 .deviation = 0.05,
                                 .run_deviation = 0.02};
    struct simulated same = simulate(&s, 1, 40, 1), worse = simulate(&s, 1.25, 40, 2);
    cr_expect(le(uint, same.worse, 2), "%u of 40 clean pairs worse", same.worse);
    cr_expect(ge(uint, worse.worse, 38), "%u of 40 found", worse.worse);
}
