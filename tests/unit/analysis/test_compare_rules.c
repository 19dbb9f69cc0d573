#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "analysis/compare.h"
#include "compare_sides.h"

/* The rules of a comparison at their borders: each of them decides something here. */

static struct ct_comparison c;
static const double five[] = {10, 10.1, 9.9, 10.05, 9.95};
static const double slower[] = {11.2, 11.3, 11.1, 11.25, 11.15};

static struct ct_compare_side *a_side(void)
{
    return &c.points[0].a;
}

static struct ct_compare_side *b_side(void)
{
    return &c.points[0].b;
}

static void done(void)
{
    ct_comparison_release(&c);
}

TestSuite(compare_rules, .fini = done);

/* Both sides are these, B so many times longer. */
static void longer_by(double factor)
{
    double b[5];
    done();
    for (int k = 0; k < 5; k++)
        b[k] = five[k] * factor;
    sides_make(&c, five, 5, b, 5);
}

static void expect(enum ct_compare_verdict verdict, const char *what)
{
    c.n_notes = 0;
    ct_compare(&c);
    cr_expect(eq(str, (char *)ct_compare_verdict_name(c.verdict),
                 (char *)ct_compare_verdict_name(verdict)),
              "%s: %s", what, c.sentence);
}

/* --- 97.5 % one-sided, of the whole family --- */

/* Five runs a side whose logarithms differ by t standard errors, and by 0.1. */
static void t_apart(double t, enum ct_compare_metric m)
{
    static const double z[] = {-2, -1, 0, 1, 2};
    double deviation = 0.1 / (t * sqrt(0.4));
    for (int k = 0; k < 5; k++) {
        double x = z[k] * deviation / sqrt(2.5);
        a_side()->runs[k].value[m] = 10e6 * exp(x);
        b_side()->runs[k].value[m] = 10e6 * exp(x + 0.1);
    }
}

/* t(8) is 1.86 at 95 %, 2.306 at 97.5 %, 2.752 at 98.75 %: tables of Student's t. */
Test(compare_rules, alone_a_metric_is_worse_from_the_97_5_percent_point_of_t)
{
    static const struct {
        double t;
        enum ct_compare_verdict verdict;
    } table[] = {{1.9, CT_COMPARISON_INCONCLUSIVE},
                 {2.29, CT_COMPARISON_INCONCLUSIVE},
                 {2.32, CT_COMPARISON_WORSE}};
    for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
        longer_by(1);
        t_apart(table[i].t, CT_COMPARE_SERVICE_P50);
        expect(table[i].verdict, "t");
        const struct ct_compare_result *r = &c.points[0].results[CT_COMPARE_SERVICE_P50];
        cr_expect(epsilon_eq(dbl, r->df, 8, 1e-6));
        cr_expect(eq(int, r->low > 0, table[i].verdict == CT_COMPARISON_WORSE),
                  "the interval says the same");
    }
}

Test(compare_rules, beside_a_second_metric_it_takes_the_98_75_percent_point)
{
    static const double alike[] = {9e6, 11e6, 10e6, 10.5e6, 9.5e6};
    for (int passes = 0; passes < 2; passes++) {
        longer_by(1);
        t_apart(passes ? 2.77 : 2.73, CT_COMPARE_SERVICE_P50);
        for (int k = 0; k < 5; k++)
            a_side()->runs[k].value[CT_COMPARE_RESPONSE_P90] =
                b_side()->runs[k].value[CT_COMPARE_RESPONSE_P90] = alike[k];
        expect(passes ? CT_COMPARISON_WORSE : CT_COMPARISON_INCONCLUSIVE, "of two");
    }
}

/* t(8): 2.306 at 97.5 %, 2.752 at 98.75 %, 1.397 at 90 %. */
Test(compare_rules, what_can_be_detected_is_what_the_family_asks_for_and_nine_of_ten_more)
{
    const struct ct_compare_result *r;
    longer_by(1);
    t_apart(2, CT_COMPARE_SERVICE_P50);
    expect(CT_COMPARISON_INCONCLUSIVE, "alone");
    r = &c.points[0].results[CT_COMPARE_SERVICE_P50];
    cr_assert(epsilon_eq(dbl, r->noise, 0.05, 1e-9));
    cr_assert(epsilon_eq(dbl, r->can_detect, expm1((2.306 + 1.397) * 0.05), 1e-4));
    t_apart(2, CT_COMPARE_RESPONSE_P90);
    expect(CT_COMPARISON_INCONCLUSIVE, "of two");
    cr_assert(epsilon_eq(dbl, r->can_detect, expm1((2.752 + 1.397) * 0.05), 1e-4));
}

Test(compare_rules, holm_rejects_step_by_step_from_the_smallest_p)
{
    static const struct {
        double p[4];
        double level;
        bool rejected[4];
    } table[] = {
        /* the textbook's: 0.03 is above 0.05 / 2, and nothing behind it counts */
        {{0.01, 0.04, 0.03, 0.005}, 0.05, {true, false, false, true}},
        {{0.01, 0.04, 0.03, 0.005}, 0.2, {true, true, true, true}},
        /* Bonferroni's 0.05 / 4 would keep the second */
        {{0.5, 0.015, 0.6, 0.005}, 0.05, {false, true, false, true}},
        /* Hochberg, who begins with the largest, would reject all */
        {{0.04, 0.04, 0.04, 0.04}, 0.05, {false, false, false, false}},
        /* the smallest decides the first step, wherever it stands */
        {{0.02, 0.6, 0.7, 0.0124}, 0.05, {false, false, false, true}},
        {{0.0126, 0.0126, 0.0126, 0.0126}, 0.05, {false, false, false, false}},
    };
    for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
        bool rejected[4];
        ct_holm(table[i].p, 4, table[i].level, rejected);
        for (int k = 0; k < 4; k++)
            cr_expect(eq(int, rejected[k], table[i].rejected[k]), "row %zu, p %d", i, k);
    }
    bool untouched = true;
    ct_holm(table[0].p, 0, 0.05, &untouched);
    cr_assert(untouched);
}

Test(compare_rules, degrees_of_freedom_end_somewhere)
{
    struct ct_difference x = ct_difference_welch(0, 1, 1e9, 0, 1, 1e9);
    cr_assert(eq(dbl, x.df, 1e6));
}

/* --- the smallest effect --- */

Test(compare_rules, what_is_smaller_than_the_smallest_effect_is_none)
{
    static const struct {
        double factor, min_effect;
        enum ct_compare_verdict verdict;
    } table[] = {{1.0495, 0.05, CT_COMPARISON_NOT_WORSE},    {1.0505, 0.05, CT_COMPARISON_WORSE},
                 {1.0195, 0.02, CT_COMPARISON_NOT_WORSE},    {1.0205, 0.02, CT_COMPARISON_WORSE},
                 {1 / 1.045, 0.05, CT_COMPARISON_NOT_WORSE}, {0.9495, 0.05, CT_COMPARISON_BETTER}};
    for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
        char what[32];
        double b[5], a[5];
        done();
        for (int k = 0; k < 5; k++) { /* hardly any noise: only the effect decides */
            a[k] = 10 * (1 + 1e-5 * k);
            b[k] = a[k] * table[i].factor;
        }
        sides_make(&c, a, 5, b, 5);
        c.min_effect = table[i].min_effect;
        (void)snprintf(what, sizeof(what), "%g", table[i].factor);
        expect(table[i].verdict, what);
    }
}

Test(compare_rules, a_rate_is_worse_by_what_is_lost_of_it)
{
    static const struct {
        double rate;
        enum ct_compare_verdict verdict;
    } table[] = {{95.1, CT_COMPARISON_NOT_WORSE},
                 {94.9, CT_COMPARISON_WORSE},
                 {104.9, CT_COMPARISON_NOT_WORSE},
                 {105.1, CT_COMPARISON_BETTER}};
    for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
        longer_by(1);
        for (int k = 0; k < 5; k++)
            b_side()->runs[k].value[CT_COMPARE_ACHIEVED] = table[i].rate + 1e-4 * k;
        expect(table[i].verdict, "rate");
    }
}

Test(compare_rules, times_differ_by_20_us_at_least)
{
    static const struct {
        double b_us;
        enum ct_compare_verdict verdict;
    } table[] = {{119.8, CT_COMPARISON_NOT_WORSE}, {120.2, CT_COMPARISON_WORSE}};
    for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
        longer_by(1);
        for (int k = 0; k < 5; k++) {
            a_side()->runs[k].value[CT_COMPARE_SERVICE_P50] = 100e3 + k;
            b_side()->runs[k].value[CT_COMPARE_SERVICE_P50] = 1e3 * table[i].b_us + k;
        }
        expect(table[i].verdict, "20 us");
    }
}

/* --- error rates --- */

static void failing(double a, double b, double requests)
{
    longer_by(1);
    side_set(a_side(), CT_COMPARE_ERRORS, a);
    side_set(b_side(), CT_COMPARE_ERRORS, b);
    side_requests(a_side(), requests);
    side_requests(b_side(), requests);
}

Test(compare_rules, errors_are_a_regression_from_a_tenth_of_a_point)
{
    static const struct {
        double a, b;
        enum ct_compare_verdict verdict;
        enum ct_severity severity;
    } table[] = {{0, 0.00099, CT_COMPARISON_NOT_WORSE, CT_SEVERITY_NONE},
                 {0, 0.001, CT_COMPARISON_WORSE, CT_SEVERITY_MINOR},
                 {0, 0.0099, CT_COMPARISON_WORSE, CT_SEVERITY_MINOR},
                 {0, 0.01, CT_COMPARISON_WORSE, CT_SEVERITY_MAJOR},
                 {0, 0.049, CT_COMPARISON_WORSE, CT_SEVERITY_MAJOR},
                 {0, 0.05, CT_COMPARISON_WORSE, CT_SEVERITY_CRITICAL},
                 /* and of A's own by the smallest effect */
                 {0.1, 0.1049, CT_COMPARISON_NOT_WORSE, CT_SEVERITY_NONE},
                 {0.1, 0.1051, CT_COMPARISON_WORSE, CT_SEVERITY_MINOR}};
    for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
        char what[32];
        failing(table[i].a, table[i].b, 1e9);
        (void)snprintf(what, sizeof(what), "%g", table[i].b);
        expect(table[i].verdict, what);
        cr_expect(eq(int, c.severity, table[i].severity), "%s", what);
    }
}

/* Four runs of 250 requests with one failure each against none: the runs do not differ at all, but
 * 4 of 1,000 and 0 of 1,000 are 2 standard errors of a share of 0.2 % apart. */
Test(compare_rules, runs_that_are_alike_do_not_make_a_share_surer_than_its_requests)
{
    double requests = 250, pooled = 0.002;
    done();
    sides_make(&c, five, 4, five, 4);
    side_set(b_side(), CT_COMPARE_ERRORS, 0.004);
    side_requests(a_side(), requests);
    side_requests(b_side(), requests);
    expect(CT_COMPARISON_INCONCLUSIVE, "4 of 1,000");
    double noise = c.points[0].results[CT_COMPARE_ERRORS].noise;
    cr_assert(epsilon_eq(dbl, noise, sqrt(pooled * (1 - pooled) * 2 / 1000), 1e-12), "%g", noise);
    side_requests(a_side(), 10 * requests);
    side_requests(b_side(), 10 * requests);
    expect(CT_COMPARISON_WORSE, "40 of 10,000");
}

Test(compare_rules, requests_of_both_sides_weigh_in_the_noise_of_a_share)
{
    failing(0, 0.003, 0);
    side_requests(a_side(), 2000);
    side_requests(b_side(), 1000);
    ct_compare(&c);
    double p = 0.001, noise = c.points[0].results[CT_COMPARE_ERRORS].noise;
    cr_assert(epsilon_eq(dbl, noise, sqrt(p * (1 - p) * (1.0 / 10000 + 1.0 / 5000)), 1e-12), "%g",
              noise);
}

/* Failures that come in bursts: the runs differ by more than their requests explain. */
Test(compare_rules, shares_that_differ_from_run_to_run_are_as_unsure_as_that)
{
    static const double burst[] = {0, 0.04, 0, 0.05, 0.01};
    failing(0, 0, 1e6);
    for (int k = 0; k < 5; k++)
        b_side()->runs[k].value[CT_COMPARE_ERRORS] = burst[k];
    expect(CT_COMPARISON_INCONCLUSIVE, "bursts");
    double noise = c.points[0].results[CT_COMPARE_ERRORS].noise;
    cr_assert(epsilon_eq(dbl, noise, sqrt(0.00055 / 5), 1e-12), "%g", noise);
}

/* --- steal --- */

static void robbed(double a, double b)
{
    for (int k = 0; k < 5; k++) {
        a_side()->runs[k].steal_percent = a;
        b_side()->runs[k].steal_percent = b;
    }
}

Test(compare_rules, steal_that_differs_by_more_than_2_points_says_nothing)
{
    static const struct {
        double a, b, factor;
        enum ct_compare_verdict verdict;
    } table[] = {{0, 2, 1.2, CT_COMPARISON_WORSE},
                 {0, 2.01, 1.2, CT_COMPARISON_INCONCLUSIVE},
                 {2.01, 0, 1.2, CT_COMPARISON_INCONCLUSIVE},
                 {30, 31.9, 1.2, CT_COMPARISON_WORSE},
                 {0, 2.01, 1, CT_COMPARISON_INCONCLUSIVE},
                 {NAN, 30, 1.2, CT_COMPARISON_WORSE}}; /* not read: nothing to hold it against */
    for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
        char what[48];
        longer_by(table[i].factor);
        robbed(table[i].a, table[i].b);
        (void)snprintf(what, sizeof(what), "%g and %g", table[i].a, table[i].b);
        expect(table[i].verdict, what);
        cr_expect(eq(int, strstr(c.sentence, "steal was") != NULL,
                     table[i].verdict == CT_COMPARISON_INCONCLUSIVE),
                  "%s", c.sentence);
    }
}

Test(compare_rules, one_robbed_run_of_five_is_a_fifth_of_it)
{
    longer_by(1.2);
    b_side()->runs[2].steal_percent = 9.9;
    expect(CT_COMPARISON_WORSE, "mean 1.98");
    b_side()->runs[2].steal_percent = 10.1;
    expect(CT_COMPARISON_INCONCLUSIVE, "mean 2.02");
}

/* --- p99 --- */

Test(compare_rules, p99_decides_from_20000_requests_on_both_sides)
{
    static const struct {
        double a, b;
        enum ct_compare_verdict verdict;
    } table[] = {{4000, 4000, CT_COMPARISON_WORSE},
                 {3999, 4000, CT_COMPARISON_NOT_WORSE},
                 {4000, 3999, CT_COMPARISON_NOT_WORSE},
                 {3999, 40000, CT_COMPARISON_NOT_WORSE}};
    for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
        char what[48];
        longer_by(1);
        for (int k = 0; k < 5; k++) {
            a_side()->runs[k].value[CT_COMPARE_RESPONSE_P99] = five[k] * 1e6;
            b_side()->runs[k].value[CT_COMPARE_RESPONSE_P99] = slower[k] * 1e6;
        }
        side_requests(a_side(), table[i].a);
        side_requests(b_side(), table[i].b);
        (void)snprintf(what, sizeof(what), "%g and %g", table[i].a, table[i].b);
        expect(table[i].verdict, what);
        cr_expect(eq(int, c.points[0].results[CT_COMPARE_RESPONSE_P99].decides,
                     table[i].verdict == CT_COMPARISON_WORSE),
                  "%s", what);
    }
}
