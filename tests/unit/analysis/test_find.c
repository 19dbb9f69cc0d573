#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <math.h>
#include <string.h>

#include "analysis/find.h"
#include "sim_case.h"
#include "sim_truth.h"

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

/* --- whole numbers, without noise --- */

/* How long each answer takes; NAN: the run is invalid. */
typedef double model_fn(const struct ct_find_action *a, const void *ctx);

static void answer_with(struct ct_find *f, const struct ct_find_action *a, double response_s,
                        double limit_s)
{
    static struct ct_find_block blocks[CT_FIND_BLOCKS_MAX];
    struct ct_find_outcome o = {
        .valid = !isnan(response_s), .blocks = blocks, .spent_s = a->seconds};
    o.counted_s = a->seconds - a->drop_s;
    for (o.n_blocks = 0; (double)o.n_blocks < o.counted_s; o.n_blocks++) {
        struct ct_find_block *b = &blocks[o.n_blocks];
        *b = (struct ct_find_block){.n = a->rate > 0 ? (uint32_t)a->rate : 10};
        b->sum_s = b->sum[0] = response_s * b->n;
        b->over[0] = response_s > limit_s ? b->n : 0;
    }
    ct_find_tell(f, &o);
}

static double load_of(const struct ct_find_opts *opts, model_fn *model, const void *ctx,
                      struct ct_find_answer *out)
{
    struct ct_find *f = ct_find_new(opts);
    for (unsigned i = 0; i < 200; i++) {
        struct ct_find_action a;
        ct_find_next(f, &a);
        if (a.kind == CT_FIND_DONE)
            break;
        answer_with(f, &a, model(&a, ctx), opts->limits[0].limit_s);
    }
    ct_find_answer(f, out);
    ct_find_free(f);
    return out->spent_s;
}

/* A sudden limit at 1,000/s, and a target that stands still in so many visits at a rate that it
 * took before; so many runs after these are invalid. */
struct still {
    unsigned visits, invalid;
    double taken;
};

static double stands_still(const struct ct_find_action *a, const void *ctx)
{
    struct still *s = *(struct still *const *)ctx;
    bool visit = a->phase == CT_FIND_VISIT && a->rate <= 1000;
    if (visit && a->rate <= s->taken && s->visits > 0) {
        s->visits--;
        return 0.03;
    }
    if (visit && s->visits == 0 && s->invalid > 0 && a->rate <= s->taken) {
        s->invalid--;
        return NAN;
    }
    if (visit)
        s->taken = fmax(s->taken, a->rate);
    return a->rate > 1000 ? 0.03 : 0.001;
}

static void find_with_hiccups(unsigned visits, unsigned invalid, struct ct_find_answer *out)
{
    struct ct_find_opts o;
    struct still s = {.visits = visits, .invalid = invalid}, *state = &s;
    ct_find_opts_init(&o);
    o.n_limits = 1;
    o.limits[0] = (struct ct_find_limit){.kind = CT_FIND_SHARE, .share = 0.01, .limit_s = 0.02};
    load_of(&o, stands_still, &state, out);
    cr_assert(eq(uint, s.visits + s.invalid, 0), "no visit was lower than one before");
}

Test(find, a_hiccup_is_tried_again_and_is_no_datum)
{
    struct ct_find_answer a;
    find_with_hiccups(1, 0, &a);
    cr_assert(ne(uint, a.warnings & CT_FIND_HICCUPS, 0));
    cr_assert(ge(dbl, a.low, 970));
    cr_assert(epsilon_eq(dbl, a.capacity, 1000, 20));
}

Test(find, what_comes_again_is_no_hiccup)
{
    struct ct_find_answer a;
    find_with_hiccups(2, 0, &a);
    cr_assert(eq(uint, a.warnings & CT_FIND_HICCUPS, 0));
    cr_assert(le(dbl, a.low, 970));
}

Test(find, what_cannot_be_tried_again_is_no_hiccup)
{
    struct ct_find_answer a;
    find_with_hiccups(1, 3, &a);
    cr_assert(eq(uint, a.warnings & CT_FIND_HICCUPS, 0));
    cr_assert(le(dbl, a.low, 970));
}

/* The golden trace of Cluster Tester: each load doubles the work, each request a second adds. */
static double growing(const struct ct_find_action *a, const void *ctx)
{
    uint64_t load = a->axis == CT_FIND_LOAD ? a->load : *(const uint64_t *)ctx;
    double work = ldexp(1, (int)load - 10);
    return 0.05 * work + 0.02 * work * (a->rate - 1);
}

static struct ct_find_opts whole_numbers(enum ct_find_axis axis)
{
    struct ct_find_opts opts;
    ct_find_opts_init(&opts);
    opts.axis = axis;
    opts.limits[0] = (struct ct_find_limit){CT_FIND_MEAN, 0, 2.0};
    opts.n_limits = 1;
    opts.calibrate = false;
    return opts;
}

Test(find, the_golden_trace_takes_four_minutes_of_load_with_its_re_runs)
{
    struct ct_find_opts opts = whole_numbers(CT_FIND_LOAD);
    struct ct_find_answer a;
    opts.lowest = opts.first = 10;
    opts.fixed_rate = 1;
    opts.confirm_s = 0;
    double spent = load_of(&opts, growing, NULL, &a);
    cr_assert(eq(dbl, a.capacity, 15));
    static const double expected[] = {1, 4, 11};
    opts = whole_numbers(CT_FIND_RATE);
    opts.first = 1;
    for (uint64_t i = 0; i < 3; i++) {
        uint64_t load = 15 - i;
        spent += load_of(&opts, growing, &load, &a);
        cr_assert(eq(dbl, a.capacity, expected[i]));
        cr_assert(eq(dbl, a.high, expected[i] + 1));
        cr_assert(a.confirmed);
        opts.first = exp2(floor(log2(a.capacity)));
    }
    cr_assert(le(dbl, spent, 240));
}

static double knee_at_50(const struct ct_find_action *a, const void *ctx)
{
    (void)ctx;
    return a->connections <= 50 ? 1 : 4;
}

Test(find, connections_end_at_the_knee_and_recommend_four_fifths)
{
    struct ct_find_opts opts = whole_numbers(CT_FIND_CONNECTIONS);
    struct ct_find_answer a;
    opts.highest = 500;
    (void)load_of(&opts, knee_at_50, NULL, &a);
    cr_assert(ge(dbl, a.capacity, 50));
    cr_assert(le(dbl, a.capacity, 55));
    cr_assert(eq(dbl, a.recommended, floor(0.8 * a.capacity)));
    cr_assert(eq(int, a.gave_way, 0));
}

/* --- invalid runs, and resuming --- */

Test(find, an_invalid_visit_is_repeated_twice_and_decides_nothing)
{
    struct ct_find_opts opts = whole_numbers(CT_FIND_RATE);
    struct ct_find *f = ct_find_new(&opts);
    struct ct_find_action a, again;
    struct ct_find_outcome bad = {.spent_s = 3};
    ct_find_next(f, &a);
    for (unsigned i = 1; i <= 2; i++) {
        ct_find_tell(f, &bad);
        ct_find_next(f, &again);
        cr_assert(eq(dbl, again.rate, a.rate));
        cr_assert(eq(uint, again.attempt, i));
    }
    ct_find_tell(f, &bad);
    ct_find_next(f, &again);
    cr_assert(eq(dbl, again.rate, a.rate), "there is no other");
    cr_assert(eq(uint, again.attempt, 0));
    bad.at_limit = true;
    for (unsigned i = 0; i < 3; i++)
        ct_find_tell(f, &bad);
    ct_find_next(f, &again);
    cr_assert(eq(int, again.kind, CT_FIND_DONE));
    ct_find_free(f);
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

/* Three attempts at it. */
static void cannot_send(struct ct_find *f)
{
    struct ct_find_outcome bad = {.spent_s = 3};
    for (int attempt = 0; attempt < 3; attempt++)
        ct_find_tell(f, &bad);
}

Test(find, a_rate_above_a_broken_one_that_cannot_be_sent_is_done_without)
{
    struct ct_find_opts opts = whole_numbers(CT_FIND_RATE);
    opts.first = 1000;
    struct ct_find *f = ct_find_new(&opts);
    struct ct_find_action a;
    for (ct_find_next(f, &a); a.rate < 3500; ct_find_next(f, &a))
        answer_with(f, &a, a.rate < 1500 ? 1 : 3, 2);
    cr_assert(eq(dbl, a.rate, 4000));
    cannot_send(f);
    ct_find_next(f, &a);
    cr_assert(eq(int, a.kind, CT_FIND_RUN));
    cr_assert(eq(int, a.phase, CT_FIND_LOCALISE));
    cr_assert(a.rate > 1000 && a.rate < 4000, "%g", a.rate);
    ct_find_free(f);
}

Test(find, a_dip_that_cannot_be_tried_again_is_one)
{
    struct ct_find_opts opts = whole_numbers(CT_FIND_RATE);
    opts.first = 1000;
    struct ct_find *f = ct_find_new(&opts);
    struct ct_find_action a;
    struct ct_find_answer answer;
    for (ct_find_next(f, &a); a.rate < 3500; ct_find_next(f, &a))
        answer_with(f, &a, a.rate < 1500 ? 1 : 3, 2);
    answer_with(f, &a, 1, 2); /* 4,000/s keep what 2,000/s broke */
    ct_find_next(f, &a);
    cr_assert(eq(dbl, a.rate, 2000));
    cannot_send(f);
    ct_find_next(f, &a);
    cr_assert(eq(int, a.phase, CT_FIND_LOCALISE));
    ct_find_answer(f, &answer);
    cr_assert(ne(uint, answer.warnings & CT_FIND_NOT_MONOTONE, 0));
    ct_find_free(f);
}

Test(find, a_bracket_that_cannot_be_narrowed_is_visited_as_it_is)
{
    struct ct_find_opts opts = whole_numbers(CT_FIND_RATE);
    opts.first = 1000;
    struct ct_find *f = ct_find_new(&opts);
    struct ct_find_action a;
    for (ct_find_next(f, &a); a.phase == CT_FIND_BRACKET; ct_find_next(f, &a))
        answer_with(f, &a, a.rate < 1500 ? 1 : 3, 2);
    cr_assert(eq(int, a.phase, CT_FIND_LOCALISE));
    cannot_send(f);
    ct_find_next(f, &a);
    cr_assert(eq(int, a.phase, CT_FIND_VISIT));
    ct_find_free(f);
}

/* --- disturbed, and at its limit --- */

/* Quick answers to 1,000/s and to the next rate above. */
static struct ct_find *climbing(const struct ct_find_opts *opts, struct ct_find_action *next)
{
    struct ct_find *f = ct_find_new(opts);
    ct_find_next(f, next);
    answer_with(f, next, 0.9, 2);
    ct_find_next(f, next);
    answer_with(f, next, 0.9, 2);
    ct_find_next(f, next);
    return f;
}

static struct ct_find_opts from_1000(double budget_s)
{
    struct ct_find_opts opts = whole_numbers(CT_FIND_RATE);
    opts.first = 1000;
    opts.budget_s = budget_s;
    opts.confirm_s = 0;
    return opts;
}

Test(find, a_disturbed_climb_tries_another_rate_and_goes_on)
{
    struct ct_find_opts opts = from_1000(300);
    struct ct_find_action a;
    struct ct_find *f = climbing(&opts, &a);
    cr_assert(eq(dbl, a.rate, 4000));
    cannot_send(f);
    ct_find_next(f, &a);
    cr_assert(epsilon_eq(dbl, a.rate, sqrt(2000.0 * 4000), 1e-6));
    cannot_send(f);
    ct_find_next(f, &a);
    cr_assert(eq(dbl, a.rate, 4000), "less than 1.2 times what was kept tells nothing");
    answer_with(f, &a, 0.9, 2);
    ct_find_next(f, &a);
    cr_assert(eq(dbl, a.rate, 8000));
    ct_find_free(f);
}

Test(find, a_disturbance_that_lasts_ends_with_the_budget_and_at_least)
{
    struct ct_find_opts opts = from_1000(60);
    struct ct_find_action a;
    struct ct_find_answer answer;
    struct ct_find *f = climbing(&opts, &a);
    for (unsigned i = 0; i < 100 && a.kind == CT_FIND_RUN; i++, ct_find_next(f, &a))
        answer_with(f, &a, NAN, 2);
    ct_find_answer(f, &answer);
    cr_assert(eq(int, answer.ending, CT_FIND_BUDGET));
    cr_assert(eq(int, answer.gave_way, CT_FIND_GENERATOR));
    cr_assert(answer.at_least && answer.low == 2000 && isnan(answer.high));
    cr_assert(ge(dbl, answer.spent_s, 60));
    ct_find_free(f);
}

Test(find, a_generator_at_its_limit_ends_the_climb)
{
    struct ct_find_opts opts = from_1000(300);
    const struct ct_find_outcome bad = {.at_limit = true, .spent_s = 3};
    struct ct_find_action a;
    struct ct_find_answer answer;
    struct ct_find *f = climbing(&opts, &a);
    for (int attempt = 0; attempt < 3; attempt++)
        ct_find_tell(f, &bad);
    ct_find_answer(f, &answer);
    cr_assert(eq(int, answer.ending, CT_FIND_AT_LEAST));
    cr_assert(eq(int, answer.gave_way, CT_FIND_GENERATOR));
    cr_assert(answer.at_least && answer.low == 2000 && isnan(answer.high));
    ct_find_free(f);
}

Test(find, a_budget_that_ends_before_anything_broke_says_at_least)
{
    struct ct_find_opts opts = from_1000(5);
    struct ct_find_action a;
    struct ct_find_answer answer;
    struct ct_find *f = climbing(&opts, &a);
    cr_assert(eq(int, a.kind, CT_FIND_DONE));
    ct_find_answer(f, &answer);
    cr_assert(eq(int, answer.ending, CT_FIND_BUDGET));
    cr_assert(eq(int, answer.gave_way, CT_FIND_NOTHING));
    cr_assert(answer.at_least && answer.low == 2000);
    ct_find_free(f);
}

Test(find, no_disturbance_goes_on_for_ever)
{
    struct ct_find_opts opts = from_1000(1e6);
    struct ct_find_action a;
    struct ct_find_answer answer;
    struct ct_find *f = climbing(&opts, &a);
    unsigned invalid = 0;
    for (; invalid < 100 && a.kind == CT_FIND_RUN; invalid++, ct_find_next(f, &a))
        answer_with(f, &a, NAN, 2);
    cr_assert(eq(uint, invalid, 30));
    ct_find_answer(f, &answer);
    cr_assert(eq(int, answer.ending, CT_FIND_BUDGET));
    ct_find_free(f);
}

/* As --resume tells them: what follows has thirty of its own. */
Test(find, disturbances_seen_before_do_not_end_what_goes_on)
{
    struct ct_find_opts opts = from_1000(1e6);
    struct ct_find_action a;
    unsigned invalid = 0;
    struct ct_find *f = climbing(&opts, &a);
    ct_find_seen_before(f, true);
    for (; invalid < 40 && a.kind == CT_FIND_RUN; invalid++, ct_find_next(f, &a))
        answer_with(f, &a, NAN, 2);
    cr_assert(eq(uint, invalid, 40));
    ct_find_seen_before(f, false);
    for (invalid = 0; invalid < 100 && a.kind == CT_FIND_RUN; invalid++, ct_find_next(f, &a))
        answer_with(f, &a, NAN, 2);
    cr_assert(eq(uint, invalid, 30));
    ct_find_free(f);
}

static struct ct_find_answer of_connections(uint32_t broken_from, uint32_t disturbed, bool at_limit)
{
    struct ct_find_opts opts = whole_numbers(CT_FIND_CONNECTIONS);
    struct ct_find_answer answer;
    struct ct_find_action a;
    opts.budget_s = 100;
    opts.confirm_s = 0;
    struct ct_find *f = ct_find_new(&opts);
    for (ct_find_next(f, &a); a.kind == CT_FIND_RUN; ct_find_next(f, &a)) {
        const struct ct_find_outcome bad = {.at_limit = at_limit, .spent_s = 3};
        if (a.connections == disturbed)
            ct_find_tell(f, &bad);
        else
            answer_with(f, &a, a.connections < broken_from ? 1 : 3, 2);
    }
    ct_find_answer(f, &answer);
    ct_find_free(f);
    return answer;
}

Test(find, connections_that_are_disturbed_leave_what_is_known)
{
    struct ct_find_answer a = of_connections(100, 75, false);
    cr_assert(eq(int, a.ending, CT_FIND_BUDGET));
    cr_assert(a.low == 50 && a.high == 100 && !a.at_least, "%g to %g", a.low, a.high);
    a = of_connections(1000, 20, false);
    cr_assert(eq(int, a.ending, CT_FIND_BUDGET));
    cr_assert(eq(int, a.gave_way, CT_FIND_GENERATOR));
    cr_assert(a.low == 10 && isnan(a.high) && a.at_least);
    a = of_connections(1000, 20, true);
    cr_assert(eq(int, a.ending, CT_FIND_AT_LEAST));
    cr_assert(eq(int, a.gave_way, CT_FIND_GENERATOR));
    cr_assert(a.low == 10 && isnan(a.high) && a.at_least);
}

/* A whole number whose monitored run breaks the limit. */
static struct ct_find_answer unconfirmed_rate(double capacity)
{
    struct ct_find_opts opts = whole_numbers(CT_FIND_RATE);
    struct ct_find_answer answer;
    struct ct_find_action a;
    struct ct_find *f = ct_find_new(&opts);
    for (ct_find_next(f, &a); a.kind == CT_FIND_RUN; ct_find_next(f, &a))
        answer_with(f, &a, a.rate <= capacity && a.phase != CT_FIND_CONFIRM ? 1 : 30, 2);
    ct_find_answer(f, &answer);
    ct_find_free(f);
    return answer;
}

Test(find, a_whole_number_that_is_not_confirmed_gives_way_to_the_next_that_kept)
{
    struct ct_find_answer a = unconfirmed_rate(6);
    cr_assert(eq(dbl, a.low, 4), "5 was not tried");
    cr_assert(eq(dbl, a.capacity, 4));
    cr_assert(eq(dbl, a.high, 6));
    a = unconfirmed_rate(1);
    cr_assert(zero(dbl, a.low));
    cr_assert(eq(dbl, a.high, 1));
    cr_assert(not(a.at_least));
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
                answer_with(f, &a, 1, 0.02);
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

/* Whole rates are few: the same one again. */
Test(find, a_disturbed_climb_of_whole_rates_stays_where_it_is)
{
    struct ct_find_opts opts = from_1000(300);
    struct ct_find_action a, again;
    opts.first = 40;
    struct ct_find *f = ct_find_new(&opts);
    cannot_send(f);
    ct_find_next(f, &a);
    cr_assert(eq(dbl, a.rate, 10));
    answer_with(f, &a, 0.9, 2);
    ct_find_next(f, &a);
    cr_assert(eq(dbl, a.rate, 20));
    cannot_send(f);
    ct_find_next(f, &again);
    cr_assert(eq(int, again.kind, CT_FIND_RUN));
    cr_assert(eq(dbl, again.rate, a.rate));
    ct_find_free(f);
}

/* Violations in clusters beyond counting: shares alone would send the next visit far down. */
Test(find, visits_go_down_in_steps_where_every_one_is_overload)
{
    struct ct_find_opts opts = from_1000(300);
    struct ct_find_action a;
    double before = 0;
    unsigned visits = 0;
    opts.limits[0] = (struct ct_find_limit){.kind = CT_FIND_SHARE, .share = 0.01, .limit_s = 0.02};
    struct ct_find *f = ct_find_new(&opts);
    for (ct_find_next(f, &a); a.kind == CT_FIND_RUN && visits < 6; ct_find_next(f, &a)) {
        bool visit = a.phase == CT_FIND_VISIT;
        if (visit && before > 0)
            cr_assert(ge(dbl, a.rate, before / 1.26)); /* a fifth */
        before = visit ? a.rate : before;
        visits += visit;
        answer_with(f, &a, visit || a.rate > 3000 ? 0.03 : 0.001, 0.02);
    }
    cr_assert(eq(uint, visits, 6));
    cr_assert(lt(dbl, before, 2000), "it does go down");
    ct_find_free(f);
}

static void all_invalid_visits(bool at_limit)
{
    struct ct_find_opts opts = from_1000(300);
    const struct ct_find_outcome bad = {.at_limit = at_limit, .spent_s = 14};
    struct ct_find_answer answer;
    struct ct_find *f = ct_find_new(&opts);
    struct ct_find_action a;
    double points[2] = {0};
    for (ct_find_next(f, &a); a.phase != CT_FIND_VISIT; ct_find_next(f, &a))
        answer_with(f, &a, a.rate < 1500 ? 0.9 : 3, 2);
    for (unsigned i = 0; i < 200 && a.kind == CT_FIND_RUN; i++, ct_find_next(f, &a)) {
        points[i / 3 % 2] = a.rate;
        ct_find_tell(f, &bad);
    }
    cr_assert(lt(dbl, points[0], points[1]), "both points by turns");
    ct_find_answer(f, &answer);
    cr_assert(eq(int, answer.ending, CT_FIND_BUDGET));
    cr_assert(not(answer.at_least));
    cr_assert(eq(uint, answer.visits, 0));
    cr_assert(answer.low > 0 && answer.low <= 1500, "%g", answer.low);
    cr_assert(answer.high > 1500 && answer.high <= 2000, "a rate that broke it: %g", answer.high);
    cr_assert(zero(int, answer.gave_way));
    ct_find_free(f);
}

/* An overload was seen: whatever becomes of the visits, the generator is not the limit. */
Test(find, visits_that_are_all_invalid_leave_what_the_probes_saw)
{
    all_invalid_visits(false);
    all_invalid_visits(true);
}

/* Near a limit that nothing broke: the climb ends there, and what it kept stands. */
Test(find, where_nothing_broke_the_highest_rate_that_was_kept_is_the_lower_end)
{
    struct ct_find_opts opts = from_1000(300);
    struct ct_find_action a;
    struct ct_find_answer answer;
    struct ct_find *f = ct_find_new(&opts);
    for (ct_find_next(f, &a); a.phase < CT_FIND_VISIT; ct_find_next(f, &a))
        answer_with(f, &a, a.rate > 3000 ? 1.8 : a.rate > 1500 ? 1.4 : 0.2, 2);
    for (unsigned i = 0; i < 200 && a.kind == CT_FIND_RUN; i++, ct_find_next(f, &a))
        cannot_send(f);
    ct_find_answer(f, &answer);
    cr_assert(zero(uint, answer.visits));
    cr_assert(eq(dbl, answer.low, 4000));
    cr_assert(answer.at_least);
    ct_find_free(f);
}

Test(find, a_bracket_whose_lower_end_is_not_confirmed_falls_back_to_what_was_kept)
{
    struct ct_find_opts opts = from_1000(5);
    opts.confirm_s = 30;
    struct ct_find_action a;
    struct ct_find_answer answer;
    struct ct_find *f = climbing(&opts, &a);
    cr_assert(eq(int, a.phase, CT_FIND_CONFIRM));
    cr_assert(eq(dbl, a.rate, 2000));
    answer_with(f, &a, 3, 2);
    ct_find_answer(f, &answer);
    cr_assert(eq(dbl, answer.low, 1000));
    cr_assert(eq(dbl, answer.capacity, 1000));
    cr_assert(eq(dbl, answer.high, 2000));
    cr_assert(not(answer.at_least));
    cr_assert(ne(uint, answer.warnings & CT_FIND_NOT_CONFIRMED, 0));
    ct_find_free(f);
}

/* A sudden limit at 1,000/s is looked at on both its edges; the one that cannot be sent waits. */
Test(find, a_cliffs_edge_that_is_disturbed_is_left_for_the_other)
{
    struct ct_find_opts opts;
    struct ct_find_action a;
    struct ct_find_answer answer;
    double before = 0, edge = 0;
    ct_find_opts_init(&opts);
    opts.n_limits = 1;
    opts.limits[0] = (struct ct_find_limit){.kind = CT_FIND_SHARE, .share = 0.01, .limit_s = 0.02};
    struct ct_find *f = ct_find_new(&opts);
    for (ct_find_next(f, &a); a.kind == CT_FIND_RUN; ct_find_next(f, &a)) {
        if (edge <= 0 && a.phase == CT_FIND_VISIT && a.rate == before) {
            edge = a.rate;
            cannot_send(f);
            ct_find_next(f, &a);
            cr_assert(ne(dbl, a.rate, edge));
            cr_assert(epsilon_eq(dbl, a.rate, edge, 0.05 * edge), "the edge on the other side");
        }
        before = a.rate;
        answer_with(f, &a, a.rate > 1000 ? 0.03 : 0.001, 0.02);
    }
    cr_assert(edge > 0);
    ct_find_answer(f, &answer);
    cr_assert(eq(int, answer.ending, CT_FIND_CLIFF));
    ct_find_free(f);
}

/* A p99 at 14/s takes half a minute and says no more than one at 20/s. */
Test(find, the_first_rate_is_no_lower_than_it_must_be)
{
    static const struct {
        double answer_s, rate;
    } cases[] = {{0.001, 50}, {0.0033, 20}, {0.025, 20}, {0.1, 5}, {2, 1}};
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct ct_find_opts opts;
        struct ct_find_action a;
        ct_find_opts_init(&opts);
        opts.n_limits = 1;
        opts.limits[0] = (struct ct_find_limit){CT_FIND_SHARE, 0.01, 10};
        struct ct_find *f = ct_find_new(&opts);
        ct_find_next(f, &a);
        answer_with(f, &a, cases[i].answer_s, 10);
        ct_find_next(f, &a);
        cr_assert(epsilon_eq(dbl, a.rate, cases[i].rate, 1e-9), "%g", cases[i].answer_s);
        ct_find_free(f);
    }
}

Test(find, a_first_rate_that_cannot_be_sent_is_not_the_end)
{
    struct ct_find_opts opts = whole_numbers(CT_FIND_RATE);
    opts.first = 2000;
    opts.lowest = 100;
    struct ct_find *f = ct_find_new(&opts);
    struct ct_find_action a;
    struct ct_find_outcome bad = {.spent_s = 3};
    static const double rates[] = {2000, 500, 125, 100};
    for (size_t i = 0; i < sizeof(rates) / sizeof(rates[0]); i++) {
        for (unsigned attempt = 0; attempt < 3; attempt++) {
            ct_find_next(f, &a);
            cr_assert(eq(int, a.kind, CT_FIND_RUN));
            cr_assert(eq(dbl, a.rate, rates[i]));
            cr_assert(eq(uint, a.attempt, attempt));
            ct_find_tell(f, &bad);
        }
    }
    for (unsigned invalid = 12; invalid < 30; invalid++) {
        ct_find_next(f, &a);
        cr_assert(eq(dbl, a.rate, 100), "there is no lower one");
        ct_find_tell(f, &bad);
    }
    ct_find_next(f, &a);
    cr_assert(eq(int, a.kind, CT_FIND_DONE));
    ct_find_free(f);
}

/* Two seconds that were disturbed thrice are not the end of a search of minutes. */
Test(find, a_disturbed_calibration_is_made_again_until_the_budget_is_spent)
{
    struct ct_find_opts opts = from_1000(300);
    const struct ct_find_outcome disturbed = {.spent_s = 2};
    struct ct_find_action a;
    opts.calibrate = true;
    struct ct_find *f = ct_find_new(&opts);
    for (int i = 0; i < 29; i++)
        ct_find_tell(f, &disturbed);
    ct_find_next(f, &a);
    cr_assert(eq(int, a.phase, CT_FIND_CALIBRATE));
    answer_with(f, &a, 0.001, 2);
    ct_find_next(f, &a);
    cr_assert(eq(int, a.phase, CT_FIND_BRACKET));
    ct_find_free(f);
    f = ct_find_new(&opts);
    for (int i = 0; i < 30; i++)
        ct_find_tell(f, &disturbed);
    ct_find_next(f, &a);
    cr_assert(eq(int, a.kind, CT_FIND_DONE));
    ct_find_free(f);
    opts.budget_s = 8;
    f = ct_find_new(&opts);
    for (int i = 0; i < 6; i++)
        ct_find_tell(f, &disturbed);
    ct_find_next(f, &a);
    cr_assert(eq(int, a.kind, CT_FIND_DONE), "the budget is spent");
    ct_find_free(f);
}

/* --- what was asked for --- */

/* A quick target whose first run was unlucky. */
static double unlucky_once(const struct ct_find_action *a, const void *highest)
{
    static unsigned runs;
    cr_assert(le(dbl, a->rate, *(const double *)highest));
    return runs++ == 0 ? 3 : 0.1;
}

Test(find, no_rate_above_the_highest_is_tried)
{
    struct ct_find_opts opts = whole_numbers(CT_FIND_RATE);
    struct ct_find_answer answer;
    opts.first = 20;
    opts.highest = 10;
    (void)load_of(&opts, unlucky_once, &opts.highest, &answer);
    cr_expect(eq(int, answer.ending, CT_FIND_AT_LEAST));
    cr_expect(eq(dbl, answer.capacity, 10));
}

static double near_its_limit(const struct ct_find_action *a, const void *highest)
{
    cr_assert(le(dbl, a->rate, *(const double *)highest));
    return 1.3 * exp(a->rate / *(const double *)highest - 1);
}

/* So near its limit at the highest rate that the curve's end lies beyond it. */
Test(find, a_curve_that_ends_beyond_the_highest_rate_says_at_least_that)
{
    struct ct_find_opts opts = from_1000(300);
    struct ct_find_answer answer;
    opts.highest = 1100;
    opts.confirm_s = 30;
    (void)load_of(&opts, near_its_limit, &opts.highest, &answer);
    cr_expect(eq(int, answer.ending, CT_FIND_AT_LEAST));
    cr_expect(answer.at_least && isnan(answer.high));
    cr_expect(eq(dbl, answer.low, 1100));
    cr_expect(eq(int, answer.gave_way, CT_FIND_NOTHING));
    cr_expect(answer.confirmed);
}

static double too_slow(const struct ct_find_action *a, const void *ctx)
{
    (void)a;
    (void)ctx;
    return 3;
}

Test(find, nothing_is_recommended_where_nothing_was_found)
{
    struct ct_find_opts opts = whole_numbers(CT_FIND_CONNECTIONS);
    struct ct_find_answer answer;
    opts.highest = 500;
    (void)load_of(&opts, too_slow, NULL, &answer);
    cr_expect(eq(int, answer.ending, CT_FIND_UNREACHABLE));
    cr_expect(isnan(answer.recommended));
}

/* Ten a second, of which three are done: stopped after two seconds, before any took long. */
Test(find, a_load_at_which_a_backlog_grew_is_not_kept)
{
    struct ct_find_opts opts = whole_numbers(CT_FIND_LOAD);
    struct ct_find_action a;
    opts.lowest = opts.first = 10;
    opts.fixed_rate = 10;
    struct ct_find *f = ct_find_new(&opts);
    ct_find_next(f, &a);
    answer_with(f, &a, 0.1, 2);
    ct_find_next(f, &a);
    double higher = (double)a.load;
    struct ct_find_block block = {.n = 3, .sum_s = 1.5, .sum = {1.5}};
    const struct ct_find_outcome stopped = {.valid = true,
                                            .stopped = true,
                                            .counted_s = 1,
                                            .spent_s = 3,
                                            .backlog_start = 7,
                                            .backlog_end = 14,
                                            .blocks = &block,
                                            .n_blocks = 1};
    ct_find_tell(f, &stopped);
    ct_find_next(f, &a);
    cr_assert(le(dbl, (double)a.load, higher));
    size_t n;
    cr_assert(not(ct_find_trials(f, &n)[1].kept));
    ct_find_free(f);
}

/* A slow answer of the one connection is what the first response always is. */
Test(find, calibration_is_not_what_gave_way)
{
    struct ct_find_opts opts = from_1000(60);
    struct ct_find_action a;
    struct ct_find_answer answer;
    opts.calibrate = true;
    opts.limits[1] = (struct ct_find_limit){CT_FIND_SHARE, 0.1, 1};
    opts.n_limits = 2;
    struct ct_find *f = ct_find_new(&opts);
    ct_find_next(f, &a);
    struct ct_find_block first = {.n = 5, .sum_s = 2.5, .sum = {2.5, 2.5}, .over = {0, 1}};
    const struct ct_find_outcome slow = {
        .valid = true, .counted_s = 2, .spent_s = 2, .blocks = &first, .n_blocks = 1};
    opts.limits[1].share = 0.1;
    ct_find_tell(f, &slow);
    ct_find_answer(f, &answer);
    cr_expect(eq(int, answer.gave_way, answer.ending == CT_FIND_UNREACHABLE ? 1 : CT_FIND_NOTHING));
    ct_find_free(f);
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
