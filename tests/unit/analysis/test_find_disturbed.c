/* Runs that say nothing: what a search does with them, and what it says at its limit. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <math.h>

#include "analysis/find.h"
#include "told_search.h"

Test(find_disturbed, an_invalid_visit_is_repeated_twice_and_decides_nothing)
{
    struct ct_find_opts opts = told_whole_numbers(CT_FIND_RATE);
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

Test(find_disturbed, a_rate_above_a_broken_one_that_cannot_be_sent_is_done_without)
{
    struct ct_find_opts opts = told_whole_numbers(CT_FIND_RATE);
    opts.first = 1000;
    struct ct_find *f = ct_find_new(&opts);
    struct ct_find_action a;
    for (ct_find_next(f, &a); a.rate < 3500; ct_find_next(f, &a))
        told_answer(f, &a, a.rate < 1500 ? 1 : 3, 2);
    cr_assert(eq(dbl, a.rate, 4000));
    told_cannot_send(f);
    ct_find_next(f, &a);
    cr_assert(eq(int, a.kind, CT_FIND_RUN));
    cr_assert(eq(int, a.phase, CT_FIND_LOCALISE));
    cr_assert(a.rate > 1000 && a.rate < 4000, "%g", a.rate);
    ct_find_free(f);
}

Test(find_disturbed, a_dip_that_cannot_be_tried_again_is_one)
{
    struct ct_find_opts opts = told_whole_numbers(CT_FIND_RATE);
    opts.first = 1000;
    struct ct_find *f = ct_find_new(&opts);
    struct ct_find_action a;
    struct ct_find_answer answer;
    for (ct_find_next(f, &a); a.rate < 3500; ct_find_next(f, &a))
        told_answer(f, &a, a.rate < 1500 ? 1 : 3, 2);
    told_answer(f, &a, 1, 2); /* 4,000/s keep what 2,000/s broke */
    ct_find_next(f, &a);
    cr_assert(eq(dbl, a.rate, 2000));
    told_cannot_send(f);
    ct_find_next(f, &a);
    cr_assert(eq(int, a.phase, CT_FIND_LOCALISE));
    ct_find_answer(f, &answer);
    cr_assert(ne(uint, answer.warnings & CT_FIND_NOT_MONOTONE, 0));
    ct_find_free(f);
}

Test(find_disturbed, a_bracket_that_cannot_be_narrowed_is_visited_as_it_is)
{
    struct ct_find_opts opts = told_whole_numbers(CT_FIND_RATE);
    opts.first = 1000;
    struct ct_find *f = ct_find_new(&opts);
    struct ct_find_action a;
    for (ct_find_next(f, &a); a.phase == CT_FIND_BRACKET; ct_find_next(f, &a))
        told_answer(f, &a, a.rate < 1500 ? 1 : 3, 2);
    cr_assert(eq(int, a.phase, CT_FIND_LOCALISE));
    told_cannot_send(f);
    ct_find_next(f, &a);
    cr_assert(eq(int, a.phase, CT_FIND_VISIT));
    ct_find_free(f);
}

Test(find_disturbed, a_disturbed_climb_tries_another_rate_and_goes_on)
{
    struct ct_find_opts opts = told_from_1000(300);
    struct ct_find_action a;
    struct ct_find *f = told_climbing(&opts, &a);
    cr_assert(eq(dbl, a.rate, 4000));
    told_cannot_send(f);
    ct_find_next(f, &a);
    cr_assert(epsilon_eq(dbl, a.rate, sqrt(2000.0 * 4000), 1e-6));
    told_cannot_send(f);
    ct_find_next(f, &a);
    cr_assert(eq(dbl, a.rate, 4000), "less than 1.2 times what was kept tells nothing");
    told_answer(f, &a, 0.9, 2);
    ct_find_next(f, &a);
    cr_assert(eq(dbl, a.rate, 8000));
    ct_find_free(f);
}

Test(find_disturbed, a_disturbance_that_lasts_ends_with_the_budget_and_at_least)
{
    struct ct_find_opts opts = told_from_1000(60);
    struct ct_find_action a;
    struct ct_find_answer answer;
    struct ct_find *f = told_climbing(&opts, &a);
    for (unsigned i = 0; i < 100 && a.kind == CT_FIND_RUN; i++, ct_find_next(f, &a))
        told_answer(f, &a, NAN, 2);
    ct_find_answer(f, &answer);
    cr_assert(eq(int, answer.ending, CT_FIND_BUDGET));
    cr_assert(eq(int, answer.gave_way, CT_FIND_GENERATOR));
    cr_assert(answer.at_least && answer.low == 2000 && isnan(answer.high));
    cr_assert(ge(dbl, answer.spent_s, 60));
    ct_find_free(f);
}

Test(find_disturbed, a_generator_at_its_limit_ends_the_climb)
{
    struct ct_find_opts opts = told_from_1000(300);
    const struct ct_find_outcome bad = {.at_limit = true, .spent_s = 3};
    struct ct_find_action a;
    struct ct_find_answer answer;
    struct ct_find *f = told_climbing(&opts, &a);
    for (int attempt = 0; attempt < 3; attempt++)
        ct_find_tell(f, &bad);
    ct_find_answer(f, &answer);
    cr_assert(eq(int, answer.ending, CT_FIND_AT_LEAST));
    cr_assert(eq(int, answer.gave_way, CT_FIND_GENERATOR));
    cr_assert(answer.at_least && answer.low == 2000 && isnan(answer.high));
    ct_find_free(f);
}

Test(find_disturbed, a_budget_that_ends_before_anything_broke_says_at_least)
{
    struct ct_find_opts opts = told_from_1000(5);
    struct ct_find_action a;
    struct ct_find_answer answer;
    struct ct_find *f = told_climbing(&opts, &a);
    cr_assert(eq(int, a.kind, CT_FIND_DONE));
    ct_find_answer(f, &answer);
    cr_assert(eq(int, answer.ending, CT_FIND_BUDGET));
    cr_assert(eq(int, answer.gave_way, CT_FIND_NOTHING));
    cr_assert(answer.at_least && answer.low == 2000);
    ct_find_free(f);
}

Test(find_disturbed, no_disturbance_goes_on_for_ever)
{
    struct ct_find_opts opts = told_from_1000(1e6);
    struct ct_find_action a;
    struct ct_find_answer answer;
    struct ct_find *f = told_climbing(&opts, &a);
    unsigned invalid = 0;
    for (; invalid < 100 && a.kind == CT_FIND_RUN; invalid++, ct_find_next(f, &a))
        told_answer(f, &a, NAN, 2);
    cr_assert(eq(uint, invalid, 30));
    ct_find_answer(f, &answer);
    cr_assert(eq(int, answer.ending, CT_FIND_BUDGET));
    ct_find_free(f);
}

/* As --resume tells them: what follows has thirty of its own. */
Test(find_disturbed, disturbances_seen_before_do_not_end_what_goes_on)
{
    struct ct_find_opts opts = told_from_1000(1e6);
    struct ct_find_action a;
    unsigned invalid = 0;
    struct ct_find *f = told_climbing(&opts, &a);
    ct_find_seen_before(f, true);
    for (; invalid < 40 && a.kind == CT_FIND_RUN; invalid++, ct_find_next(f, &a))
        told_answer(f, &a, NAN, 2);
    cr_assert(eq(uint, invalid, 40));
    ct_find_seen_before(f, false);
    for (invalid = 0; invalid < 100 && a.kind == CT_FIND_RUN; invalid++, ct_find_next(f, &a))
        told_answer(f, &a, NAN, 2);
    cr_assert(eq(uint, invalid, 30));
    ct_find_free(f);
}

static struct ct_find_answer of_connections(uint32_t broken_from, uint32_t disturbed, bool at_limit)
{
    struct ct_find_opts opts = told_whole_numbers(CT_FIND_CONNECTIONS);
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
            told_answer(f, &a, a.connections < broken_from ? 1 : 3, 2);
    }
    ct_find_answer(f, &answer);
    ct_find_free(f);
    return answer;
}

Test(find_disturbed, connections_that_are_disturbed_leave_what_is_known)
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

/* Whole rates are few: the same one again. */
Test(find_disturbed, a_disturbed_climb_of_whole_rates_stays_where_it_is)
{
    struct ct_find_opts opts = told_from_1000(300);
    struct ct_find_action a, again;
    opts.first = 40;
    struct ct_find *f = ct_find_new(&opts);
    told_cannot_send(f);
    ct_find_next(f, &a);
    cr_assert(eq(dbl, a.rate, 10));
    told_answer(f, &a, 0.9, 2);
    ct_find_next(f, &a);
    cr_assert(eq(dbl, a.rate, 20));
    told_cannot_send(f);
    ct_find_next(f, &again);
    cr_assert(eq(int, again.kind, CT_FIND_RUN));
    cr_assert(eq(dbl, again.rate, a.rate));
    ct_find_free(f);
}

static void all_invalid_visits(bool at_limit)
{
    struct ct_find_opts opts = told_from_1000(300);
    const struct ct_find_outcome bad = {.at_limit = at_limit, .spent_s = 14};
    struct ct_find_answer answer;
    struct ct_find *f = ct_find_new(&opts);
    struct ct_find_action a;
    double points[2] = {0};
    for (ct_find_next(f, &a); a.phase != CT_FIND_VISIT; ct_find_next(f, &a))
        told_answer(f, &a, a.rate < 1500 ? 0.9 : 3, 2);
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
Test(find_disturbed, visits_that_are_all_invalid_leave_what_the_probes_saw)
{
    all_invalid_visits(false);
    all_invalid_visits(true);
}

/* Near a limit that nothing broke: the climb ends there, and what it kept stands. */
Test(find_disturbed, where_nothing_broke_the_highest_rate_that_was_kept_is_the_lower_end)
{
    struct ct_find_opts opts = told_from_1000(300);
    struct ct_find_action a;
    struct ct_find_answer answer;
    struct ct_find *f = ct_find_new(&opts);
    for (ct_find_next(f, &a); a.phase < CT_FIND_VISIT; ct_find_next(f, &a))
        told_answer(f, &a, a.rate > 3000 ? 1.8 : a.rate > 1500 ? 1.4 : 0.2, 2);
    for (unsigned i = 0; i < 200 && a.kind == CT_FIND_RUN; i++, ct_find_next(f, &a))
        told_cannot_send(f);
    ct_find_answer(f, &answer);
    cr_assert(zero(uint, answer.visits));
    cr_assert(eq(dbl, answer.low, 4000));
    cr_assert(answer.at_least);
    ct_find_free(f);
}

/* A sudden limit at 1,000/s is looked at on both its edges; the one that cannot be sent waits. */
Test(find_disturbed, a_cliffs_edge_that_is_disturbed_is_left_for_the_other)
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
            told_cannot_send(f);
            ct_find_next(f, &a);
            cr_assert(ne(dbl, a.rate, edge));
            cr_assert(epsilon_eq(dbl, a.rate, edge, 0.05 * edge), "the edge on the other side");
        }
        before = a.rate;
        told_answer(f, &a, a.rate > 1000 ? 0.03 : 0.001, 0.02);
    }
    cr_assert(edge > 0);
    ct_find_answer(f, &answer);
    cr_assert(eq(int, answer.ending, CT_FIND_CLIFF));
    ct_find_free(f);
}

Test(find_disturbed, a_first_rate_that_cannot_be_sent_is_not_the_end)
{
    struct ct_find_opts opts = told_whole_numbers(CT_FIND_RATE);
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
Test(find_disturbed, a_disturbed_calibration_is_made_again_until_the_budget_is_spent)
{
    struct ct_find_opts opts = told_from_1000(300);
    const struct ct_find_outcome disturbed = {.spent_s = 2};
    struct ct_find_action a;
    opts.calibrate = true;
    struct ct_find *f = ct_find_new(&opts);
    for (int i = 0; i < 29; i++)
        ct_find_tell(f, &disturbed);
    ct_find_next(f, &a);
    cr_assert(eq(int, a.phase, CT_FIND_CALIBRATE));
    told_answer(f, &a, 0.001, 2);
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
