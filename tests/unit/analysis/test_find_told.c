/* Whole numbers without noise, and what was asked for: searches that are told their outcomes by
 * hand. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <math.h>

#include "analysis/find.h"
#include "told_search.h"

/* --- whole numbers, without noise --- */

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
    told_search(&o, stands_still, &state, out);
    cr_assert(eq(uint, s.visits + s.invalid, 0), "no visit was lower than one before");
}

Test(find_told, a_hiccup_is_tried_again_and_is_no_datum)
{
    struct ct_find_answer a;
    find_with_hiccups(1, 0, &a);
    cr_assert(ne(uint, a.warnings & CT_FIND_HICCUPS, 0));
    cr_assert(ge(dbl, a.low, 970));
    cr_assert(epsilon_eq(dbl, a.capacity, 1000, 20));
}

Test(find_told, what_comes_again_is_no_hiccup)
{
    struct ct_find_answer a;
    find_with_hiccups(2, 0, &a);
    cr_assert(eq(uint, a.warnings & CT_FIND_HICCUPS, 0));
    cr_assert(le(dbl, a.low, 970));
}

Test(find_told, what_cannot_be_tried_again_is_no_hiccup)
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

Test(find_told, the_golden_trace_takes_four_minutes_of_load_with_its_re_runs)
{
    struct ct_find_opts opts = told_whole_numbers(CT_FIND_LOAD);
    struct ct_find_answer a;
    opts.lowest = opts.first = 10;
    opts.fixed_rate = 1;
    opts.confirm_s = 0;
    double spent = told_search(&opts, growing, NULL, &a);
    cr_assert(eq(dbl, a.capacity, 15));
    static const double expected[] = {1, 4, 11};
    opts = told_whole_numbers(CT_FIND_RATE);
    opts.first = 1;
    for (uint64_t i = 0; i < 3; i++) {
        uint64_t load = 15 - i;
        spent += told_search(&opts, growing, &load, &a);
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

Test(find_told, connections_end_at_the_knee_and_recommend_four_fifths)
{
    struct ct_find_opts opts = told_whole_numbers(CT_FIND_CONNECTIONS);
    struct ct_find_answer a;
    opts.highest = 500;
    (void)told_search(&opts, knee_at_50, NULL, &a);
    cr_assert(ge(dbl, a.capacity, 50));
    cr_assert(le(dbl, a.capacity, 55));
    cr_assert(eq(dbl, a.recommended, floor(0.8 * a.capacity)));
    cr_assert(eq(int, a.gave_way, 0));
}

/* A whole number whose monitored run breaks the limit. */
static struct ct_find_answer unconfirmed_rate(double capacity)
{
    struct ct_find_opts opts = told_whole_numbers(CT_FIND_RATE);
    struct ct_find_answer answer;
    struct ct_find_action a;
    struct ct_find *f = ct_find_new(&opts);
    for (ct_find_next(f, &a); a.kind == CT_FIND_RUN; ct_find_next(f, &a))
        told_answer(f, &a, a.rate <= capacity && a.phase != CT_FIND_CONFIRM ? 1 : 30, 2);
    ct_find_answer(f, &answer);
    ct_find_free(f);
    return answer;
}

Test(find_told, a_whole_number_that_is_not_confirmed_gives_way_to_the_next_that_kept)
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

/* Violations in clusters beyond counting: shares alone would send the next visit far down. */
Test(find_told, visits_go_down_in_steps_where_every_one_is_overload)
{
    struct ct_find_opts opts = told_from_1000(300);
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
        told_answer(f, &a, visit || a.rate > 3000 ? 0.03 : 0.001, 0.02);
    }
    cr_assert(eq(uint, visits, 6));
    cr_assert(lt(dbl, before, 2000), "it does go down");
    ct_find_free(f);
}

Test(find_told, a_bracket_whose_lower_end_is_not_confirmed_falls_back_to_what_was_kept)
{
    struct ct_find_opts opts = told_from_1000(5);
    opts.confirm_s = 30;
    struct ct_find_action a;
    struct ct_find_answer answer;
    struct ct_find *f = told_climbing(&opts, &a);
    cr_assert(eq(int, a.phase, CT_FIND_CONFIRM));
    cr_assert(eq(dbl, a.rate, 2000));
    told_answer(f, &a, 3, 2);
    ct_find_answer(f, &answer);
    cr_assert(eq(dbl, answer.low, 1000));
    cr_assert(eq(dbl, answer.capacity, 1000));
    cr_assert(eq(dbl, answer.high, 2000));
    cr_assert(not(answer.at_least));
    cr_assert(ne(uint, answer.warnings & CT_FIND_NOT_CONFIRMED, 0));
    ct_find_free(f);
}

/* A p99 at 14/s takes half a minute and says no more than one at 20/s. */
Test(find_told, the_first_rate_is_no_lower_than_it_must_be)
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
        told_answer(f, &a, cases[i].answer_s, 10);
        ct_find_next(f, &a);
        cr_assert(epsilon_eq(dbl, a.rate, cases[i].rate, 1e-9), "%g", cases[i].answer_s);
        ct_find_free(f);
    }
}

/* --- what was asked for --- */

/* A quick target whose first run was unlucky. */
static double unlucky_once(const struct ct_find_action *a, const void *highest)
{
    static unsigned runs;
    cr_assert(le(dbl, a->rate, *(const double *)highest));
    return runs++ == 0 ? 3 : 0.1;
}

Test(find_told, no_rate_above_the_highest_is_tried)
{
    struct ct_find_opts opts = told_whole_numbers(CT_FIND_RATE);
    struct ct_find_answer answer;
    opts.first = 20;
    opts.highest = 10;
    (void)told_search(&opts, unlucky_once, &opts.highest, &answer);
    cr_expect(eq(int, answer.ending, CT_FIND_AT_LEAST));
    cr_expect(eq(dbl, answer.capacity, 10));
}

static double near_its_limit(const struct ct_find_action *a, const void *highest)
{
    cr_assert(le(dbl, a->rate, *(const double *)highest));
    return 1.3 * exp(a->rate / *(const double *)highest - 1);
}

/* So near its limit at the highest rate that the curve's end lies beyond it. */
Test(find_told, a_curve_that_ends_beyond_the_highest_rate_says_at_least_that)
{
    struct ct_find_opts opts = told_from_1000(300);
    struct ct_find_answer answer;
    opts.highest = 1100;
    opts.confirm_s = 30;
    (void)told_search(&opts, near_its_limit, &opts.highest, &answer);
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

Test(find_told, nothing_is_recommended_where_nothing_was_found)
{
    struct ct_find_opts opts = told_whole_numbers(CT_FIND_CONNECTIONS);
    struct ct_find_answer answer;
    opts.highest = 500;
    (void)told_search(&opts, too_slow, NULL, &answer);
    cr_expect(eq(int, answer.ending, CT_FIND_UNREACHABLE));
    cr_expect(isnan(answer.recommended));
}

/* Ten a second, of which three are done: stopped after two seconds, before any took long. */
Test(find_told, a_load_at_which_a_backlog_grew_is_not_kept)
{
    struct ct_find_opts opts = told_whole_numbers(CT_FIND_LOAD);
    struct ct_find_action a;
    opts.lowest = opts.first = 10;
    opts.fixed_rate = 10;
    struct ct_find *f = ct_find_new(&opts);
    ct_find_next(f, &a);
    told_answer(f, &a, 0.1, 2);
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
Test(find_told, calibration_is_not_what_gave_way)
{
    struct ct_find_opts opts = told_from_1000(60);
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
