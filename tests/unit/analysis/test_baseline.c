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
