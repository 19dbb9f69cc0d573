#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <math.h>

#include "analysis/find.h"
#include "sim_case.h"
#include "sim_truth.h"
#include "told_search.h"

/* --- answers against servers whose capacity is known --- */

static struct sim_result search_of(const char *name, uint64_t seed)
{
    struct sim_result r;
    const struct sim_case *c = sim_case_named(name);
    cr_assert(ne(ptr, (void *)c, NULL), "%s", name);
    sim_case_run(c, seed, 300, &r);
    return r;
}

Test(find, an_interval_holds_the_true_capacity)
{
    struct sim_result r = search_of("exponential, p99 < 20 ms", 1);
    double truth =
        sim_truth_capacity(SIM_EXPONENTIAL, &sim_case_named("exponential, p99 < 20 ms")->limit);
    cr_assert(epsilon_eq(dbl, truth, 769.7, 0.1));
    cr_assert(le(dbl, r.answer.low, truth));
    cr_assert(ge(dbl, r.answer.high, truth));
    cr_assert(eq(int, r.answer.gave_way, 0));
}

Test(find, a_generator_that_cannot_more_gives_at_least)
{
    struct sim_result r = search_of("generator", 1);
    cr_assert(eq(int, r.answer.ending, CT_FIND_AT_LEAST));
    cr_assert(eq(int, r.answer.gave_way, CT_FIND_GENERATOR));
    cr_assert(le(dbl, r.answer.low, 400));
    cr_assert(isnan(r.answer.high));
}

Test(find, one_connection_that_is_too_slow_is_unreachable)
{
    struct sim_result r = search_of("unreachable", 1);
    cr_assert(eq(int, r.answer.ending, CT_FIND_UNREACHABLE));
    cr_assert(isnan(r.answer.capacity));
}

Test(find, a_target_that_stays_down_is_named)
{
    cr_assert(eq(int, search_of("does not recover", 2).answer.ending, CT_FIND_NO_RECOVERY));
}

/* Twelve searches, their answers to a tenth: what changes an answer shows here. */
struct fixed {
    const char *name;
    uint64_t seed;
    enum ct_find_ending ending;
    double low, capacity, high;
};

static const struct fixed fixed[] = {
    {"exponential, p99 < 10 ms", 7, CT_FIND_BUDGET, 533.9, 553.7, 570.9},
    {"exponential, p99 < 20 ms", 7, CT_FIND_BUDGET, 750.8, 766.6, 796.9},
    {"exponential, p99 < 50 ms", 7, CT_FIND_BUDGET, 885.9, 911.2, 937.8},
    {"exponential, p99 < 100 ms", 7, CT_FIND_BUDGET, 908.0, 940.5, 968.1},
    {"lognormal, p99 < 20 ms", 7, CT_FIND_BUDGET, 486.6, 595.2, 645.8},
    {"lognormal, p99 < 50 ms", 7, CT_FIND_PRECISE, 839.6, 859.1, 876.1},
    {"M/D/1, p99 < 20 ms", 7, CT_FIND_PRECISE, 850.6, 876.5, 891.8},
    {"1 % stalls, p99 < 300 ms", 7, CT_FIND_BUDGET, 275.6, 344.8, 379.0},
    {"GC pauses, p99 < 120 ms", 7, CT_FIND_BUDGET, 889.9, 919.7, 946.0},
    {"cliff, p99 < 20 ms", 7, CT_FIND_CLIFF, 969.8, 989.0, 1008.6},
    {"exponential, mean < 5 ms", 7, CT_FIND_PRECISE, 793.8, 807.7, 833.1},
    {"exponential, p99 < 10 s", 7, CT_FIND_BUDGET, 999.9, 1014.7, 1036.0},
};

Test(find, twelve_fixed_seeds_have_their_exact_answers)
{
    cr_assert(eq(sz, sizeof(fixed) / sizeof(*fixed), 12));
    for (size_t i = 0; i < sizeof(fixed) / sizeof(*fixed); i++) {
        const struct fixed *x = &fixed[i];
        struct ct_find_answer a = search_of(x->name, x->seed).answer;
        cr_assert(eq(int, a.ending, x->ending), "%s", x->name);
        cr_assert(epsilon_eq(dbl, a.low, x->low, 0.06), "%s", x->name);
        cr_assert(epsilon_eq(dbl, a.capacity, x->capacity, 0.06), "%s", x->name);
        cr_assert(epsilon_eq(dbl, a.high, x->high, 0.06), "%s", x->name);
    }
}

Test(find, a_dip_is_not_called_a_capacity)
{
    cr_assert(ne(uint, search_of("dip", 1).answer.warnings & CT_FIND_NOT_MONOTONE, 0));
}

Test(find, a_capacity_that_moves_is_not_called_one)
{
    cr_assert(ne(uint, search_of("warm-up", 1).answer.warnings & CT_FIND_DRIFTS, 0));
    struct ct_find_answer sinks = search_of("drift", 1).answer;
    cr_assert(ne(uint, sinks.warnings & CT_FIND_DRIFTS, 0));
    cr_assert(epsilon_eq(dbl, sinks.drift, -0.1, 0.05));
    cr_assert(eq(uint, search_of("M/D/1, p99 < 20 ms", 1).answer.warnings & CT_FIND_DRIFTS, 0));
}

Test(find, a_limit_that_no_visit_reaches_ends_at_stability)
{
    struct ct_find_answer a = search_of("exponential, p99 < 10 s", 1).answer;
    cr_assert(eq(int, a.gave_way, CT_FIND_STABILITY));
    cr_assert(epsilon_eq(dbl, a.capacity, 1000, 50));
}

Test(find, a_confirmation_that_cannot_be_sent_is_said)
{
    const struct sim_case *c = sim_case_named("exponential, p99 < 20 ms");
    static struct ct_find_block blocks[CT_FIND_BLOCKS_MAX];
    struct ct_find_outcome o, bad = {.spent_s = 30};
    struct ct_find_answer answer;
    struct ct_find_opts opts;
    struct ct_find_action a;
    struct sim_server server;
    ct_find_opts_init(&opts);
    opts.limits[0] = c->limit;
    opts.n_limits = 1;
    struct ct_find *f = ct_find_new(&opts);
    sim_server_init(&server, c->kind, &opts, 5);
    for (ct_find_next(f, &a); a.kind == CT_FIND_RUN; ct_find_next(f, &a)) {
        if (a.phase != CT_FIND_CONFIRM)
            sim_search_do(&server, &a, &o, blocks);
        ct_find_tell(f, a.phase == CT_FIND_CONFIRM ? &bad : &o);
    }
    ct_find_answer(f, &answer);
    cr_assert(not(answer.confirmed));
    cr_assert(eq(uint, answer.warnings, CT_FIND_UNCONFIRMED));
    ct_find_free(f);
}

/* Overload in the monitored run, after a cliff and after an interval. */
Test(find, a_lower_end_that_is_not_confirmed_gives_way)
{
    static const char *const names[] = {"cliff, p99 < 20 ms", "M/D/1, p99 < 20 ms"};
    static struct ct_find_block blocks[CT_FIND_BLOCKS_MAX];
    for (size_t i = 0; i < 2; i++) {
        const struct sim_case *c = sim_case_named(names[i]);
        struct ct_find_outcome o;
        struct ct_find_answer answer;
        struct ct_find_opts opts;
        struct ct_find_action a;
        struct sim_server server;
        double confirmed = 0;
        ct_find_opts_init(&opts);
        opts.limits[0] = c->limit;
        opts.n_limits = 1;
        struct ct_find *f = ct_find_new(&opts);
        sim_server_init(&server, c->kind, &opts, 7);
        for (ct_find_next(f, &a); a.kind == CT_FIND_RUN; ct_find_next(f, &a)) {
            confirmed = a.rate;
            if (a.phase == CT_FIND_CONFIRM)
                told_answer(f, &a, 1, 0.02);
            else {
                sim_search_do(&server, &a, &o, blocks);
                ct_find_tell(f, &o);
            }
        }
        ct_find_answer(f, &answer);
        cr_assert(ne(uint, answer.warnings & CT_FIND_NOT_CONFIRMED, 0));
        cr_assert(lt(dbl, answer.low, confirmed), "%s", names[i]);
        cr_assert(answer.low > 0);
        ct_find_free(f);
    }
}

Test(find, the_same_outcomes_give_the_same_state)
{
    const struct sim_case *c = sim_case_named("exponential, p99 < 20 ms");
    struct ct_find_opts opts;
    ct_find_opts_init(&opts);
    opts.limits[0] = c->limit;
    opts.n_limits = 1;
    struct ct_find *f = ct_find_new(&opts), *g = ct_find_new(&opts);
    struct sim_server server;
    static struct ct_find_block blocks[CT_FIND_BLOCKS_MAX];
    sim_server_init(&server, c->kind, &opts, 5);
    for (unsigned i = 0; i < 25; i++) {
        struct ct_find_action a, b;
        struct ct_find_outcome o;
        ct_find_next(f, &a);
        ct_find_next(g, &b);
        cr_assert(eq(dbl, a.rate, b.rate));
        cr_assert(eq(dbl, a.seconds, b.seconds));
        cr_assert(eq(int, a.phase, b.phase));
        sim_search_do(&server, &a, &o, blocks);
        ct_find_tell(f, &o);
        ct_find_next(g, &b); /* next twice changes nothing */
        ct_find_tell(g, &o);
    }
    struct ct_find_answer x, y;
    ct_find_answer(f, &x);
    ct_find_answer(g, &y);
    cr_assert(eq(dbl, x.low, y.low));
    cr_assert(eq(dbl, x.high, y.high));
    cr_assert(eq(dbl, x.spent_s, y.spent_s));
    struct ct_find_density d[CT_FIND_CURVE_MAX];
    size_t n = ct_find_posterior(f, d, CT_FIND_CURVE_MAX);
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += d[i].weight;
    cr_assert(epsilon_eq(dbl, sum, 1, 1e-9));
    ct_find_free(f);
    ct_find_free(g);
}
