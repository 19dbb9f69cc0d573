#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "analysis/baseline.h"
#include "analysis/stats.h"
#include "base/rng.h"

static double gauss(struct ct_rng *rng)
{
    return sqrt(2 * ct_rng_exponential(rng)) * cos(6.283185307179586 * ct_rng_unit(rng));
}

/* A valid run with these values, times in ms. */
static void add(struct ct_past *past, double service, double p90, double rate, double errors)
{
    struct ct_past_run r;
    ct_past_run_init(&r);
    r.verdict = CT_VERDICT_VALID;
    r.started_ns = past->count + 1;
    r.figures[CT_FIGURE_SERVICE_P50] = service * 1e6;
    r.figures[CT_FIGURE_RESPONSE_P90] = p90 * 1e6;
    r.figures[CT_FIGURE_ACHIEVED] = rate;
    r.figures[CT_FIGURE_ERRORS] = errors;
    ct_past_add(past, &r);
}

static struct ct_baseline of(const double *p90, size_t count)
{
    struct ct_baseline b = {0};
    for (size_t i = 0; i < count; i++)
        add(&b.runs, 10, p90[i], 500, 0);
    return b;
}

static const double ten[10] = {100, 103, 98, 101, 97, 102, 99, 104, 96, 100};

Test(baseline, a_level_is_the_moments_of_the_logarithms)
{
    struct ct_baseline b = of(ten, 10);
    struct ct_level l;
    double sum = 0, squares = 0;
    for (int i = 0; i < 10; i++)
        sum += log(ten[i] * 1e6);
    for (int i = 0; i < 10; i++)
        squares += pow(log(ten[i] * 1e6) - sum / 10, 2);
    ct_level_make(&b.runs, CT_FIGURE_RESPONSE_P90, false, &l);
    cr_assert(eq(sz, l.count, 10));
    cr_assert(epsilon_eq(dbl, l.mean, sum / 10, 1e-12));
    cr_assert(epsilon_eq(dbl, l.sd, sqrt(squares / 9), 1e-12));
    cr_assert(epsilon_eq(dbl, l.typical, exp(sum / 10), 1e-3));
    cr_assert(epsilon_eq(dbl, l.cv, 0.0262, 1e-3));
    cr_assert(zero(sz, l.n_outside));
    ct_past_release(&b.runs);
}

Test(baseline, runs_beyond_two_deviations_are_named_and_dropped_only_when_asked)
{
    const double values[10] = {100, 103, 98, 101, 97, 102, 99, 104, 96, 200};
    struct ct_baseline b = of(values, 10);
    struct ct_level keep, drop;
    ct_level_make(&b.runs, CT_FIGURE_RESPONSE_P90, false, &keep);
    ct_level_make(&b.runs, CT_FIGURE_RESPONSE_P90, true, &drop);
    cr_assert(eq(sz, keep.count, 10));
    cr_assert(eq(sz, keep.n_outside, 1));
    cr_assert(eq(sz, keep.outside[0], 9));
    cr_assert(eq(sz, drop.count, 9));
    cr_assert(eq(dbl, keep.typical_without, drop.typical));
    cr_assert(zero(dbl, keep.requests));
    for (size_t i = 0; i < 10; i++)
        b.runs.runs[i].requests = 100 + i;
    ct_level_make(&b.runs, CT_FIGURE_RESPONSE_P90, false, &keep);
    ct_level_make(&b.runs, CT_FIGURE_RESPONSE_P90, true, &drop);
    cr_assert(eq(dbl, keep.requests, 1045));
    cr_assert(eq(dbl, drop.requests, 1045 - 109));
    b.runs.runs[3].requests = 0;
    ct_level_make(&b.runs, CT_FIGURE_RESPONSE_P90, false, &keep);
    cr_assert(zero(dbl, keep.requests), "one does not say");
    cr_assert(lt(dbl, drop.sd, 0.2 * keep.sd));
    ct_past_release(&b.runs);
}

/* The published example of the bound's factor: n = 10, one new value, one-sided 95 %: t(9) = 1.833,
 * times sqrt(1 + 1/10) = 1.9226. With one figure alone that can exceed its floor, the whole level
 * is its. */
Test(baseline, the_bound_is_the_prediction_bound)
{
    double wide[10];
    struct ct_baseline_result r[CT_FIGURES_JUDGED];
    for (int i = 0; i < 10; i++)
        wide[i] = 100 * pow(ten[i] / 100, 4);
    struct ct_baseline b = of(wide, 10);
    (void)ct_baseline_judge(&b, NULL, 1, 0.001, r);
    const struct ct_level *l = &r[CT_FIGURE_RESPONSE_P90].old;
    double factor = log(r[CT_FIGURE_RESPONSE_P90].bound / l->typical) / l->sd;
    cr_assert(epsilon_eq(dbl, factor, 1.833113 * sqrt(1.1), 1e-3), "%g", factor);
    cr_assert(epsilon_eq(dbl, r[CT_FIGURE_RESPONSE_P90].detect, exp(factor * l->sd) - 1, 1e-6));
    /* four new runs: sqrt(1/10 + 1/4) */
    (void)ct_baseline_judge(&b, NULL, 4, 0.001, r);
    factor = log(r[CT_FIGURE_RESPONSE_P90].bound / l->typical) / l->sd;
    cr_assert(epsilon_eq(dbl, factor, 1.833113 * sqrt(0.35), 1e-3), "%g", factor);
    ct_past_release(&b.runs);
}

Test(baseline, a_run_within_the_bound_is_kept_and_one_beyond_is_worse)
{
    struct ct_baseline b = of(ten, 10);
    struct ct_baseline_result r[CT_FIGURES_JUDGED];
    const struct {
        double service, p90, rate, errors;
        enum ct_figure figure;
        enum ct_baseline_status status;
    } table[] = {
        {10, 104, 500, 0, CT_FIGURE_RESPONSE_P90, CT_BASELINE_KEPT},
        {10, 115, 500, 0, CT_FIGURE_RESPONSE_P90, CT_BASELINE_WORSE},
        {10, 85, 500, 0, CT_FIGURE_RESPONSE_P90, CT_BASELINE_BETTER},
        {10.4, 100, 500, 0, CT_FIGURE_SERVICE_P50, CT_BASELINE_KEPT}, /* below min-effect */
        {10.6, 100, 500, 0, CT_FIGURE_SERVICE_P50, CT_BASELINE_WORSE},
        {10, 100, 480, 0, CT_FIGURE_ACHIEVED, CT_BASELINE_KEPT},
        {10, 100, 470, 0, CT_FIGURE_ACHIEVED, CT_BASELINE_WORSE},
        {10, 100, 530, 0, CT_FIGURE_ACHIEVED, CT_BASELINE_BETTER},
        {10, 100, 500, 0.0005, CT_FIGURE_ERRORS, CT_BASELINE_KEPT},
        {10, 100, 500, 0.002, CT_FIGURE_ERRORS, CT_BASELINE_WORSE},
    };
    for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
        struct ct_past now = {0};
        add(&now, table[i].service, table[i].p90, table[i].rate, table[i].errors);
        bool worse = ct_baseline_judge(&b, &now, 0, 0.05, r);
        cr_assert(eq(int, (int)r[table[i].figure].status, (int)table[i].status), "row %zu", i);
        cr_assert(eq(int, worse, table[i].status == CT_BASELINE_WORSE), "row %zu", i);
        cr_assert(eq(int, (int)r[CT_FIGURE_RESPONSE_P99].status, CT_BASELINE_NONE));
        ct_past_release(&now);
    }
    ct_past_release(&b.runs);
}

Test(baseline, differences_of_a_few_microseconds_are_none)
{
    struct ct_baseline b = {0};
    struct ct_past now = {0};
    struct ct_baseline_result r[CT_FIGURES_JUDGED];
    for (int i = 0; i < 5; i++)
        add(&b.runs, 0.05, 0.1, 500, 0);
    add(&now, 0.065, 0.1, 500, 0); /* + 30 %, but 15 us */
    cr_assert(not(ct_baseline_judge(&b, &now, 0, 0.05, r)));
    now.runs[0].figures[CT_FIGURE_SERVICE_P50] = 0.075e6;
    cr_assert(ct_baseline_judge(&b, &now, 0, 0.05, r));
    ct_past_release(&now);
    ct_past_release(&b.runs);
}

Test(baseline, the_runs_that_would_do_are_counted)
{
    struct ct_baseline b = of(ten, 10);
    struct ct_baseline_result r[CT_FIGURES_JUDGED], more[CT_FIGURES_JUDGED];
    (void)ct_baseline_judge(&b, NULL, 1, 0.05, r);
    ct_baseline_plan_ahead(r, 0.05);
    size_t m = r[CT_FIGURE_RESPONSE_P90].runs_needed;
    cr_assert(ge(sz, m, 2));
    (void)ct_baseline_judge(&b, NULL, m, 0.05, more);
    cr_assert(le(dbl, more[CT_FIGURE_RESPONSE_P90].detect, 0.0501));
    cr_assert(eq(sz, r[CT_FIGURE_SERVICE_P50].runs_needed, 1));
    ct_past_release(&b.runs);
}

Test(baseline, what_the_runs_would_show_is_the_smallest_effect_as_a_change)
{
    struct ct_baseline b = {0};
    struct ct_baseline_result r[CT_FIGURES_JUDGED];
    for (int i = 0; i < 5; i++)
        add(&b.runs, 0.05, 10, 500, 0.1);
    (void)ct_baseline_judge(&b, NULL, 1, 0.08, r);
    cr_assert(epsilon_eq(dbl, r[CT_FIGURE_SERVICE_P50].least, 0.4, 1e-9), "20 us of 50");
    cr_assert(epsilon_eq(dbl, r[CT_FIGURE_RESPONSE_P90].least, 0.08, 1e-9));
    cr_assert(epsilon_eq(dbl, r[CT_FIGURE_ACHIEVED].least, 0.08, 1e-9));
    cr_assert(epsilon_eq(dbl, r[CT_FIGURE_ERRORS].least, 0.008, 1e-9), "8 %% of 10 %%");
    ct_past_release(&b.runs);
}

Test(baseline, the_same_run_is_not_worse_however_small_the_smallest_effect)
{
    struct ct_baseline b = {0};
    struct ct_past now = {0};
    struct ct_baseline_result r[CT_FIGURES_JUDGED];
    for (int i = 0; i < 5; i++)
        add(&b.runs, 10, 20, 500, 0);
    add(&now, 10, 20, 500, 0);
    cr_assert(not(ct_baseline_judge(&b, &now, 0, 0, r)));
    cr_assert(eq(int, (int)r[CT_FIGURE_ACHIEVED].status, CT_BASELINE_KEPT));
    ct_past_release(&now);
    ct_past_release(&b.runs);
}

/* --- error rates and chance --- */

static void add_failing(struct ct_past *past, uint64_t requests, double failed)
{
    add(past, 10, 20, 500, failed / (double)requests);
    past->runs[past->count - 1].requests = requests;
}

/* Of K failures each is in the m new runs of n + m with probability m / (n + m): beside none in ten
 * runs, k failures in one by (1/11)^k, in three by (3/13)^k. */
Test(baseline, an_error_rate_is_worse_only_beyond_what_chance_makes_of_so_many_requests)
{
    static const struct {
        double old_failed, now_failed;
        size_t now;
        enum ct_baseline_status status;
        double bound; /* failures of the new runs */
    } table[] = {
        {0, 1, 1, CT_BASELINE_KEPT, 2},  /* 9 % */
        {0, 2, 1, CT_BASELINE_WORSE, 2}, /* 0.8 % */
        {0, 2, 3, CT_BASELINE_KEPT, 3},  /* 5.3 % */
        {0, 3, 3, CT_BASELINE_WORSE, 3}, /* 1.2 % */
        {1, 3, 1, CT_BASELINE_KEPT, 4},  /* beside 10: 11 %, and 4: 3 % */
        {1, 4, 1, CT_BASELINE_WORSE, 4},
    };
    for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
        struct ct_baseline b = {0};
        struct ct_past now = {0};
        struct ct_baseline_result r[CT_FIGURES_JUDGED];
        for (int k = 0; k < 10; k++)
            add_failing(&b.runs, 300, table[i].old_failed);
        for (size_t k = 0; k < table[i].now; k++)
            add_failing(&now, 300, table[i].now_failed / (double)table[i].now);
        (void)ct_baseline_judge(&b, &now, 0, 0.05, r);
        const struct ct_baseline_result *errors = &r[CT_FIGURE_ERRORS];
        cr_expect(eq(int, (int)errors->status, (int)table[i].status), "row %zu", i);
        double bound = table[i].bound / (300 * (double)table[i].now);
        cr_expect(epsilon_eq(dbl, errors->bound, bound, 1e-6), "row %zu: %g", i, errors->bound);
        ct_past_release(&now);
        ct_past_release(&b.runs);
    }
}

/* One failure of 300 is beyond the smallest effect, and comes by chance in 9 of 100 checks: the 5 %
 * are shared with it. One of 3,000 is not. */
Test(baseline, what_chance_may_do_to_an_error_rate_is_taken_from_the_other_figures)
{
    for (uint64_t requests = 300; requests <= 3000; requests *= 10) {
        struct ct_baseline b = {0};
        struct ct_baseline_result r[CT_FIGURES_JUDGED];
        for (int i = 0; i < 10; i++) {
            add_failing(&b.runs, requests, 0);
            b.runs.runs[i].figures[CT_FIGURE_RESPONSE_P90] = 20e6 * pow(ten[i] / 100, 4);
        }
        (void)ct_baseline_judge(&b, NULL, 1, 0.001, r);
        double level = r[CT_FIGURE_RESPONSE_P90].level;
        cr_expect(epsilon_eq(dbl, level, requests == 300 ? 0.025 : 0.05, 1e-3), "%g", level);
        ct_past_release(&b.runs);
    }
}

/* 0.1 points of the 1,500 requests of five runs are two failures: (5 / (n + 5))^2 is below 5 % from
 * 18 runs on. However many are checked against ten, they can be chance: (m / (m + 10))^ceil(0.3 m)
 * is above 5.2 %. */
Test(baseline, the_runs_that_would_do_for_an_error_rate_are_counted)
{
    struct ct_baseline b = {0};
    struct ct_baseline_result r[CT_FIGURES_JUDGED];
    for (int i = 0; i < 10; i++)
        add_failing(&b.runs, 300, 0);
    (void)ct_baseline_judge(&b, NULL, 1, 0.05, r);
    ct_baseline_plan_ahead(r, 0.05);
    cr_assert(eq(sz, r[CT_FIGURE_ERRORS].runs_needed, 0));
    cr_assert(eq(sz, r[CT_FIGURE_ERRORS].record_needed, 18));
    ct_past_release(&b.runs);
}

static void simulate_failures(struct ct_past *past, struct ct_rng *rng, unsigned requests,
                              double rate)
{
    unsigned failed = 0;
    for (unsigned i = 0; i < requests; i++)
        failed += ct_rng_unit(rng) < rate;
    add_failing(past, requests, failed);
}

/* How many of so many checks of one run are called worse. */
static unsigned failures_called_worse(unsigned requests, double rate, double times, unsigned checks)
{
    struct ct_rng rng;
    unsigned worse = 0;
    ct_rng_init(&rng, 5);
    for (unsigned d = 0; d < checks; d++) {
        struct ct_baseline b = {0};
        struct ct_past now = {0};
        struct ct_baseline_result r[CT_FIGURES_JUDGED];
        for (int i = 0; i < 10; i++)
            simulate_failures(&b.runs, &rng, requests, rate);
        simulate_failures(&now, &rng, requests, times * rate);
        worse += ct_baseline_judge(&b, &now, 0, 0.05, r);
        ct_past_release(&now);
        ct_past_release(&b.runs);
    }
    return worse;
}

Test(baseline, rare_failures_of_clean_runs_are_called_worse_in_at_most_five_of_a_hundred_checks)
{
    unsigned few = failures_called_worse(300, 0.0005, 1, 4000);
    unsigned some = failures_called_worse(300, 0.005, 1, 4000);
    cr_assert(le(uint, few, 200), "%u of 4,000", few);
    cr_assert(le(uint, some, 200), "%u of 4,000", some);
}

Test(baseline, ten_times_the_failures_are_found)
{
    unsigned found = failures_called_worse(20000, 0.0005, 10, 40);
    cr_assert(eq(uint, found, 40), "%u of 40", found);
}

Test(baseline, too_few_runs_judge_nothing)
{
    struct ct_baseline b = of(ten, 2);
    struct ct_past now = {0};
    struct ct_baseline_result r[CT_FIGURES_JUDGED];
    add(&now, 100, 1000, 1, 1);
    cr_assert(not(ct_baseline_judge(&b, &now, 0, 0.05, r)));
    cr_assert(not(ct_baseline_established(r)));
    ct_past_release(&now);
    ct_past_release(&b.runs);
}

Test(baseline, established_is_a_deviation_of_at_most_15_percent)
{
    double wide[10];
    struct ct_baseline_result r[CT_FIGURES_JUDGED];
    struct ct_baseline b = of(ten, 10);
    (void)ct_baseline_judge(&b, NULL, 1, 0.05, r);
    cr_assert(ct_baseline_established(r));
    ct_past_release(&b.runs);
    for (int i = 0; i < 10; i++)
        wide[i] = 100 * pow(ten[i] / 100, 7);
    b = of(wide, 10);
    (void)ct_baseline_judge(&b, NULL, 1, 0.05, r);
    cr_assert(not(ct_baseline_established(r)));
    ct_past_release(&b.runs);
}

Test(baseline, two_kinds_of_runs_are_noticed_and_one_kind_is_not)
{
    const double two[10] = {100, 101, 99, 100.5, 99.5, 120, 121, 119, 100.2, 120.5};
    struct ct_baseline b = of(two, 10);
    struct ct_level l;
    ct_level_make(&b.runs, CT_FIGURE_RESPONSE_P90, false, &l);
    cr_assert(l.two_modes);
    ct_past_release(&b.runs);
    b = of(ten, 10);
    ct_level_make(&b.runs, CT_FIGURE_RESPONSE_P90, false, &l);
    cr_assert(not(l.two_modes));
    ct_past_release(&b.runs);
}

/* --- how often clean runs are called worse, and slower ones found --- */

enum noise { NORMAL, LOGNORMAL, BIMODAL };

/* One run: what moves all its figures, and what each has for itself. */
static void simulate(struct ct_past *past, struct ct_rng *rng, enum noise noise, double sd,
                     double slower)
{
    double shared = gauss(rng), level[3];
    for (int k = 0; k < 3; k++) {
        double z = sqrt(0.5) * shared + sqrt(0.5) * gauss(rng);
        level[k] = noise == LOGNORMAL ? exp(sd * z) : fmax(0.05, 1 + sd * z);
    }
    double mode = noise == BIMODAL && ct_rng_unit(rng) < 0.3 ? 1 + 4 * sd : 1;
    add(past, 10 * level[0] * mode * slower, 20 * level[1] * mode * slower, 500, 0);
    past->runs[past->count - 1].figures[CT_FIGURE_RESPONSE_P99] = 40e6 * level[2] * mode * slower;
}

/* Share of checks of m runs that are called worse, in percent. */
static double called_worse(enum noise noise, double sd, size_t m, double slower, unsigned draws)
{
    struct ct_rng rng;
    unsigned worse = 0;
    ct_rng_init(&rng, 11);
    for (unsigned d = 0; d < draws; d++) {
        struct ct_baseline b = {0};
        struct ct_past now = {0};
        struct ct_baseline_result r[CT_FIGURES_JUDGED];
        for (int i = 0; i < 10; i++)
            simulate(&b.runs, &rng, noise, sd, 1);
        for (size_t i = 0; i < m; i++)
            simulate(&now, &rng, noise, sd, slower);
        worse += ct_baseline_judge(&b, &now, 0, 0.05, r);
        ct_past_release(&now);
        ct_past_release(&b.runs);
    }
    return 100.0 * worse / draws;
}

Test(baseline, clean_runs_are_called_worse_in_at_most_five_of_a_hundred_checks)
{
    static const struct {
        const char *name;
        enum noise noise;
        double sd;
        double allowed;
    } rows[] = {{"normal 1 %", NORMAL, 0.01, 5},      {"normal 3 %", NORMAL, 0.03, 5},
                {"normal 5 %", NORMAL, 0.05, 5},      {"normal 15 %", NORMAL, 0.15, 5},
                {"lognormal 0.3", LOGNORMAL, 0.3, 5}, {"bimodal 3 %", BIMODAL, 0.03, 8}};
    bool table = getenv("CT_TABLE") != NULL;
    unsigned draws = table ? 20000 : 1000;
    if (table)
        (void)fprintf(stderr,
                      "| noise of a run | clean, 1 run | clean, 5 runs | 10 %% slower, 1 run "
                      "| 10 %% slower, 5 runs |\n|---|---|---|---|---|\n");
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        double one = called_worse(rows[i].noise, rows[i].sd, 1, 1, draws);
        double five = called_worse(rows[i].noise, rows[i].sd, 5, 1, draws);
        cr_assert(le(dbl, one, rows[i].allowed), "%s: %g", rows[i].name, one);
        cr_assert(le(dbl, five, rows[i].allowed), "%s: %g", rows[i].name, five);
        if (table)
            (void)fprintf(stderr, "| %s | %.1f | %.1f | %.1f | %.1f |\n", rows[i].name, one, five,
                          called_worse(rows[i].noise, rows[i].sd, 1, 1.1, draws),
                          called_worse(rows[i].noise, rows[i].sd, 5, 1.1, draws));
    }
}
