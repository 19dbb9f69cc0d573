#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <math.h>

#include "analysis/posterior.h"

static struct ct_posterior p;
static double weights[CT_POSTERIOR_POINTS];

static void start_share(void)
{
    ct_posterior_init(&p, CT_POSTERIOR_SHARE, 0.01);
}

static void start_mean(void)
{
    ct_posterior_init(&p, CT_POSTERIOR_MEAN, 0);
}

static void start_growth(void)
{
    ct_posterior_init(&p, CT_POSTERIOR_GROWTH, 0);
}

static void stop(void)
{
    ct_posterior_release(&p);
}

/* What a visit of 12 blocks sees of a target with a capacity of 700/s and slope 14, times more. */
static struct ct_posterior_datum visit(double rate, double times)
{
    double odds = 0.01 / 0.99 * pow(rate / 700, 14), n = 12000, k = times * n * odds / (1 + odds);
    struct ct_posterior_datum d = {.ln_rate = log(rate), .n = n, .k = k, .blocks = 12};
    d.square = d.pairs = k * k / n;
    return d;
}

static void add(double rate, double times)
{
    struct ct_posterior_datum d = visit(rate, times);
    ct_posterior_add(&p, &d);
}

static void weigh(void)
{
    ct_posterior_weigh(&p, log(600), log(800), weights);
}

static double step(void)
{
    return log(800.0 / 600) / (CT_POSTERIOR_POINTS - 1);
}

static size_t top(void)
{
    size_t most = 0;
    for (size_t x = 0; x < CT_POSTERIOR_POINTS; x++)
        if (weights[x] > weights[most])
            most = x;
    return most;
}

Test(posterior, finds_capacity_and_slope_of_counts_without_noise, .init = start_share, .fini = stop)
{
    for (int i = 0; i < 5; i++)
        add(600 + 50 * i, 1);
    weigh();
    cr_assert(epsilon_eq(dbl, p.best, log(700), step()));
    cr_assert(eq(dbl, p.slope, 14));
    cr_assert(epsilon_eq(dbl, log(600) + step() * (double)top(), log(700), step()));
    cr_assert(eq(dbl, weights[top()], 1));
    cr_assert(epsilon_eq(dbl, ct_posterior_expected(&p, p.best), 0.01, 1e-12));
    /* five visits, no spread, two of 30 believed */
    cr_assert(epsilon_eq(dbl, p.phi, 2 * 30.0 / 6, 0.5));
}

Test(posterior, counts_that_jump_are_over_dispersed_and_widen_it, .init = start_share, .fini = stop)
{
    for (int i = 0; i < 8; i++)
        add(i % 2 ? 720 : 680, 1);
    weigh();
    double narrow = weights[top() + 8], phi = p.phi;
    for (size_t i = 0; i < p.count; i++)
        p.data[i] = visit(i % 2 ? 720 : 680, i / 2 % 2 ? 1.6 : 0.4);
    weigh();
    /* each is 0.36 of its expected 120 off, over 7 free ones and the two believed */
    cr_assert(ge(dbl, p.phi, 35));
    cr_assert(ge(dbl, p.phi, 3 * phi));
    cr_assert(ge(dbl, weights[top() + 8], 2 * narrow));
}

Test(posterior, blocks_that_jump_are_over_dispersed_too, .init = start_share, .fini = stop)
{
    for (int i = 0; i < 4; i++) {
        struct ct_posterior_datum d = visit(700, 1);
        d.square = d.pairs = d.k * d.k / (d.n / 12); /* all in one block: 120 of 1000 */
        d.pairs /= 2;
        ct_posterior_add(&p, &d);
    }
    weigh();
    /* (14.4 - 1.2) / 0.01 / 0.99 over 12 blocks; pairs say that neighbours are alone */
    cr_assert(epsilon_eq(dbl, p.phi, (14.4 - 1.2) / 0.0099 / 12, 8));
}

Test(posterior, far_overload_is_kept_but_not_weighed, .init = start_share, .fini = stop)
{
    double before[CT_POSTERIOR_POINTS];
    for (int i = 0; i < 5; i++)
        add(620 + 40 * i, 1);
    weigh();
    for (size_t x = 0; x < CT_POSTERIOR_POINTS; x++)
        before[x] = weights[x];
    double evidence = p.evidence;
    struct ct_posterior_datum d = visit(650, 60), stopped = visit(690, 2);
    d.far = stopped.far = true;
    ct_posterior_add(&p, &d);
    ct_posterior_add(&p, &stopped);
    weigh();
    cr_assert(eq(sz, p.count, 7));
    cr_assert(eq(dbl, p.evidence, evidence));
    for (size_t x = 0; x < CT_POSTERIOR_POINTS; x++)
        cr_assert(eq(dbl, weights[x], before[x]));
}

Test(posterior, evidence_is_what_was_seen_near_the_capacity, .init = start_share, .fini = stop)
{
    for (int i = 0; i < 5; i++)
        add(700, 1);
    add(560, 1); /* far away */
    weigh();
    cr_assert(epsilon_eq(dbl, p.evidence, 5 * 120 / p.phi, 1e-9));
    add(720, 8 * 0.01 * 12000 / visit(720, 1).k + 0.01); /* an overload is none */
    double before = 5 * 120;
    weigh();
    cr_assert(epsilon_eq(dbl, p.evidence, before / p.phi, 1e-9));
}

Test(posterior, a_mean_is_a_power_of_the_rate_near_its_limit, .init = start_mean, .fini = stop)
{
    for (int i = -3; i <= 3; i++) {
        struct ct_posterior_datum d = {.ln_rate = log(700) + 0.05 * i, .k = 4 * 0.05 * i};
        d.square = 1e-4;
        ct_posterior_add(&p, &d);
    }
    weigh();
    cr_assert(epsilon_eq(dbl, p.best, log(700), step()));
    cr_assert(eq(dbl, p.slope, 4));
    double before = p.best;
    struct ct_posterior_datum beyond = {.ln_rate = log(700) + 1, .k = 9, .square = 1e-4};
    ct_posterior_add(&p, &beyond);
    weigh();
    cr_assert(eq(dbl, p.best, before));
    cr_assert(eq(dbl, p.slope, 4));
    cr_assert(epsilon_eq(dbl, ct_posterior_expected(&p, p.best + 9), exp(0.6), 1e-12));
}

Test(posterior, growth_is_what_cannot_be_served, .init = start_growth, .fini = stop)
{
    for (int i = 0; i < 5; i++) {
        double rate = 640 + 40 * i;
        struct ct_posterior_datum d = {
            .ln_rate = log(rate), .k = fmax(1 - 700 / rate, 0), .square = 1e-4};
        ct_posterior_add(&p, &d);
    }
    weigh();
    cr_assert(epsilon_eq(dbl, p.best, log(700), step()));
    cr_assert(epsilon_eq(dbl, ct_posterior_expected(&p, p.best + log(2)), 0.5, 1e-12));
    cr_assert(eq(dbl, ct_posterior_expected(&p, p.best - 1), 0));
}
