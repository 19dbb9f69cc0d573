#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <string.h>

#include "engine/pacer.h"

#define MS CT_NS_PER_MS
#define US CT_NS_PER_US

enum { LOG_MAX = 40000 };

/* A pacer in a made-up world: time passes only as a test says. */
struct world {
    struct ct_run_plan plan;
    struct ct_pacer pacer;
    uint64_t now_ns, alarm_ns, set_ns;
    uint64_t gap_ns; /* of the last turn */
    unsigned slots;  /* free */
    uint64_t due;
    bool ended;

    uint64_t begun, skipped[CT_SKIP_COUNT];
    struct {
        uint64_t at_ns, due_ns, begun_ns;
    } log[LOG_MAX]; /* of begun requests; at_ns: when the decision fell */
};

static struct world world; /* large; each test is a process of its own */

static struct world *world_new(uint64_t rate_rps, uint64_t duration_ns)
{
    struct world *w = &world;
    w->plan = (struct ct_run_plan){.rate = {.num = rate_rps, .den_ns = CT_NS_PER_S},
                                   .duration_ns = duration_ns,
                                   .timeout_ns = 2 * CT_NS_PER_S,
                                   .late_limit_ns = 50 * MS,
                                   .threads = 1};
    w->slots = UINT32_MAX;
    ct_pacer_init(&w->pacer, &w->plan, 0);
    return w;
}

/* One turn of the loop at now; begin_ns passes with every request begun. */
static void turn(struct world *w, uint64_t now_ns, uint64_t begin_ns)
{
    uint64_t expected_ns = w->alarm_ns > w->set_ns ? w->alarm_ns : w->set_ns;
    w->now_ns = now_ns;
    w->gap_ns = ct_pacer_wake(&w->pacer, now_ns, expected_ns);
    w->due += ct_pacer_count_due(&w->pacer, now_ns + 1);
    for (;;) {
        struct ct_pace step = ct_pacer_next(&w->pacer, w->now_ns, w->slots > 0);
        if (step.act == CT_PACE_BEGIN) {
            cr_assert(lt(u64, w->begun, LOG_MAX));
            w->log[w->begun].at_ns = w->now_ns;
            w->log[w->begun].due_ns = step.due_ns;
            w->log[w->begun].begun_ns = step.begun_ns;
            w->begun++;
            w->slots--;
            w->now_ns += begin_ns;
        } else if (step.act == CT_PACE_SKIP) {
            w->skipped[step.why]++;
        } else {
            w->ended = step.act == CT_PACE_END;
            w->alarm_ns = step.wake_ns;
            w->set_ns = w->now_ns;
            return;
        }
    }
}

/* Turn at every alarm, each served `delay` after it was due, until `until`. */
static void run(struct world *w, uint64_t until_ns, uint64_t delay_ns)
{
    while (!w->ended) {
        uint64_t at_ns = (w->alarm_ns > w->now_ns ? w->alarm_ns : w->now_ns) + delay_ns;
        if (at_ns > until_ns)
            return;
        turn(w, at_ns, 0);
    }
}

static uint64_t skipped(const struct world *w)
{
    uint64_t sum = 0;
    for (int why = 0; why < CT_SKIP_COUNT; why++)
        sum += w->skipped[why];
    return sum;
}

/* Most requests begun in any window of 100 ms from from_ns on. */
static uint64_t busiest_100ms(const struct world *w, uint64_t from_ns)
{
    uint64_t most = 0;
    for (uint64_t first = 0, last = 0; last < w->begun; last++) {
        while (w->log[last].at_ns - w->log[first].at_ns >= 100 * MS)
            first++;
        if (w->log[first].at_ns >= from_ns && last - first + 1 > most)
            most = last - first + 1;
    }
    return most;
}

Test(pacer, every_request_begins_when_it_is_due_and_the_alarm_is_set_to_the_next_due_instant)
{
    struct world *w = world_new(1000, 50 * MS);
    for (uint64_t i = 0; i < 50; i++) {
        turn(w, i * MS, 0);
        cr_assert(eq(u64, w->begun, i + 1));
        cr_assert(eq(u64, w->log[i].begun_ns, i * MS));
        cr_assert(eq(u64, w->alarm_ns, (i + 1) * MS));
    }
    turn(w, 50 * MS, 0);
    cr_assert(w->ended);
    cr_assert(eq(u64, w->due, 50));
}

Test(pacer, a_late_wake_up_does_not_move_the_next_alarm)
{
    struct world *w = world_new(1000, 50 * MS);
    turn(w, 0, 0);
    turn(w, MS + 70 * US, 0);
    cr_assert(eq(u64, w->log[1].begun_ns, MS + 70 * US));
    cr_assert(eq(u64, w->alarm_ns, 2 * MS));
}

Test(pacer, waits_for_the_end_of_the_plan_after_its_last_request)
{
    struct world *w = world_new(1, 1500 * MS);
    run(w, 1400 * MS, 0);
    cr_assert(eq(u64, w->begun, 2));
    cr_assert(not(w->ended));
    cr_assert(eq(u64, w->alarm_ns, 1500 * MS));
    run(w, 1600 * MS, 0);
    cr_assert(w->ended);
}

Test(pacer, everything_due_begins_in_one_go)
{
    struct world *w = world_new(10000, 100 * MS);
    turn(w, 0, 0);
    turn(w, 900 * US, 0);
    cr_assert(eq(u64, w->begun, 10));
    cr_assert(eq(u64, w->alarm_ns, MS));
}

Test(pacer, a_long_go_is_cut_after_a_millisecond_so_that_the_loop_gets_a_turn)
{
    struct world *w = world_new(100000, 100 * MS);
    turn(w, 0, 0);
    turn(w, 900 * US, 100 * US); /* 90 are due and each takes 100 us */
    cr_assert(eq(u64, w->begun, 1 + 11));
    cr_assert(eq(u64, w->alarm_ns, w->now_ns), "the alarm is in the past: the next turn comes now");
}

Test(pacer, what_becomes_due_during_a_go_waits_for_the_next_turn)
{
    struct world *w = world_new(1000, 100 * MS);
    turn(w, 0, 2 * MS);
    cr_assert(eq(u64, w->begun, 1));
    cr_assert(eq(u64, w->alarm_ns, MS));
    turn(w, 2 * MS, 0);
    cr_assert(eq(u64, w->begun, 3));
}

Test(pacer, a_stop_of_three_seconds_is_a_stall_and_what_was_due_in_it_is_skipped)
{
    struct world *w = world_new(500, 5 * CT_NS_PER_S);
    run(w, CT_NS_PER_S, 50 * US);
    uint64_t before = w->begun, alarm_ns = w->alarm_ns;
    turn(w, alarm_ns + 3 * CT_NS_PER_S, 0);
    cr_assert(eq(u64, w->gap_ns, 3 * CT_NS_PER_S));
    cr_assert(eq(u64, w->skipped[CT_SKIP_STALL], 1500));
    cr_assert(eq(u64, w->begun, before + 1), "what is due right at the end of the gap begins");
    run(w, 6 * CT_NS_PER_S, 50 * US);
    cr_assert(w->ended);
    cr_assert(eq(u64, w->begun + skipped(w), 2500));
    cr_assert(eq(u64, skipped(w), 1500));
    cr_assert(eq(u64, w->due, 2500));
    cr_assert(le(u64, busiest_100ms(w, 0), 51), "no burst after the stall");
}

Test(pacer, a_gap_below_50_ms_is_no_stall)
{
    struct world *w = world_new(500, CT_NS_PER_S);
    run(w, 100 * MS, 0);
    turn(w, w->alarm_ns + 50 * MS - 1, 0);
    cr_assert(eq(u64, w->gap_ns, 0));
    cr_assert(eq(u64, skipped(w), 0));
}

Test(pacer, being_behind_with_an_alarm_set_in_the_past_is_no_stall)
{
    struct world *w = world_new(100000, CT_NS_PER_S);
    turn(w, 0, 0);
    for (int k = 0; k < 400; k++) { /* 10 us of work arrive each 10 us, 100 us are needed */
        turn(w, w->alarm_ns > w->now_ns ? w->alarm_ns : w->now_ns, 100 * US);
        cr_assert(eq(u64, w->gap_ns, 0));
    }
    cr_assert(ge(u64, w->skipped[CT_SKIP_LATE], 1));
    cr_assert(eq(u64, w->skipped[CT_SKIP_STALL], 0));
}

static void catch_up_after_a_hiccup(uint64_t rate_rps)
{
    struct world *w = world_new(rate_rps, 2 * CT_NS_PER_S);
    uint64_t in_100ms = rate_rps / 10, in_1ms = rate_rps / 1000;
    run(w, 500 * MS, 20 * US);
    turn(w, w->alarm_ns + 40 * MS, 0);
    uint64_t from_ns = w->now_ns;
    run(w, 3 * CT_NS_PER_S, 20 * US);
    cr_assert(w->ended);
    cr_assert(eq(u64, skipped(w), 0), "rate %lu: nothing is lost", rate_rps);
    cr_assert(eq(u64, w->begun, 2 * rate_rps));
    cr_assert(le(u64, busiest_100ms(w, from_ns), in_100ms + in_100ms / 5 + in_1ms + 1),
              "rate %lu: no more than 20 %% above the plan, got %lu in 100 ms", rate_rps,
              busiest_100ms(w, from_ns));
    const uint64_t back_ns = from_ns + 600 * MS;
    for (uint64_t k = 0; k < w->begun; k++)
        if (w->log[k].at_ns > back_ns)
            cr_assert(le(u64, w->log[k].begun_ns - w->log[k].due_ns, MS),
                      "rate %lu: back on the plan after 600 ms", rate_rps);
}

Test(pacer, catching_up_never_exceeds_the_planned_rate_by_more_than_a_fifth)
{
    catch_up_after_a_hiccup(100);
    memset(&world, 0, sizeof(world));
    catch_up_after_a_hiccup(1000);
    memset(&world, 0, sizeof(world));
    catch_up_after_a_hiccup(5000);
    memset(&world, 0, sizeof(world));
    catch_up_after_a_hiccup(10000);
}

Test(pacer, one_late_request_at_a_low_rate_begins_at_once)
{
    struct world *w = world_new(5, 2 * CT_NS_PER_S);
    turn(w, 0, 0);
    turn(w, 245 * MS, 0);
    cr_assert(eq(u64, w->begun, 2));
    cr_assert(eq(u64, w->log[1].begun_ns, 245 * MS));
}

Test(pacer, a_burst_that_is_not_late_is_not_catch_up)
{
    struct world *w = world_new(20000, 100 * MS);
    turn(w, 0, 0);
    turn(w, MS, 0); /* 20 due, all within 1 ms */
    cr_assert(eq(u64, w->begun, 21));
}

/* 2,000 at one instant, 10 us each: the loop gets its turns between them, and none is held back. */
Test(pacer, a_burst_of_the_plan_that_takes_many_turns_is_not_catch_up)
{
    enum { BURST = 2000 };
    static uint64_t at_ns[BURST];
    struct world *w = world_new(1, CT_NS_PER_S);
    for (int i = 0; i < BURST; i++)
        at_ns[i] = 10 * MS;
    w->plan.arrivals = CT_ARRIVALS_REPLAY;
    w->plan.replay_ns = at_ns;
    w->plan.n_replay = BURST;
    ct_pacer_init(&w->pacer, &w->plan, 0);
    turn(w, 0, 0);
    while (w->begun < BURST && w->now_ns < 40 * MS)
        turn(w, w->alarm_ns > w->now_ns ? w->alarm_ns : w->now_ns, 10 * US);
    cr_assert(eq(u64, w->begun, BURST));
    cr_assert(eq(u64, skipped(w), 0));
    cr_assert(le(u64, w->log[BURST - 1].at_ns, 30 * MS));
}

Test(pacer, what_cannot_begin_within_the_late_limit_is_skipped)
{
    struct world *w = world_new(1000, CT_NS_PER_S);
    w->pacer.late_limit_ns = 10 * MS;
    turn(w, 0, 0);
    turn(w, 30 * MS, 0); /* 1..30 are due; 20..30 are within the limit */
    cr_assert(eq(u64, w->skipped[CT_SKIP_LATE], 19));
    run(w, 2 * CT_NS_PER_S, 0);
    cr_assert(eq(u64, w->begun + skipped(w), 1000));
    for (uint64_t k = 0; k < w->begun; k++)
        cr_assert(le(u64, w->log[k].begun_ns - w->log[k].due_ns, 10 * MS));
}

Test(pacer, at_the_cap_due_requests_wait_and_count_as_begun_when_due)
{
    struct world *w = world_new(1000, 100 * MS);
    w->slots = 10;
    run(w, 90 * MS, 20 * US);
    cr_assert(eq(u64, w->begun, 10));
    cr_assert(eq(u64, skipped(w), 0));
    w->slots = 3;
    turn(w, 95 * MS, 0);
    cr_assert(eq(u64, w->begun, 13));
    cr_assert(eq(u64, w->log[10].due_ns, 10 * MS));
    cr_assert(eq(u64, w->log[10].begun_ns, 10 * MS + 20 * US), "due when the cap was met");
    cr_assert(eq(u64, w->log[11].begun_ns, 11 * MS), "due under the cap: lateness 0");
    cr_assert(eq(u64, w->log[12].begun_ns, 12 * MS));
    cr_assert(eq(u64, w->due, 96));
}

Test(pacer, after_the_cap_the_plan_goes_on_as_before)
{
    struct world *w = world_new(1000, 100 * MS);
    w->slots = 10;
    run(w, 50 * MS, 0);
    w->slots = 1000;
    turn(w, 55 * MS + 100 * US, 0);
    cr_assert(eq(u64, w->begun, 56), "all that waited begin: they are not late");
    cr_assert(eq(u64, w->alarm_ns, 56 * MS));
    turn(w, 56 * MS + 30 * US, 0);
    cr_assert(eq(u64, w->log[56].begun_ns, 56 * MS + 30 * US));
}

Test(pacer, a_request_that_waits_under_the_cap_beyond_the_time_out_is_skipped)
{
    struct world *w = world_new(100, CT_NS_PER_S);
    w->pacer.timeout_ns = 200 * MS;
    w->slots = 1;
    run(w, 210 * MS, 0);
    cr_assert(eq(u64, w->skipped[CT_SKIP_IN_FLIGHT], 0));
    cr_assert(eq(u64, w->alarm_ns, 210 * MS + 1), "request 1 was due at 10 ms");
    run(w, 3 * CT_NS_PER_S, 0);
    cr_assert(eq(u64, w->begun, 1));
    cr_assert(eq(u64, w->skipped[CT_SKIP_IN_FLIGHT], 99));
    cr_assert(w->ended);
    cr_assert(le(u64, w->now_ns, 1200 * MS), "the run ends a time-out after its plan");
}

Test(pacer, lateness_before_the_cap_stays_the_generators)
{
    struct world *w = world_new(1000, 100 * MS);
    turn(w, 0, 0);
    w->slots = 0;
    turn(w, 6 * MS, 0); /* 5, 4, ... 0 ms late when the cap is met */
    w->slots = 6;
    turn(w, 60 * MS, 0);
    cr_assert(eq(u64, w->begun, 3), "late ones are still let through one by one");
    run(w, 70 * MS, 0);
    cr_assert(eq(u64, w->begun, 7));
    cr_assert(eq(u64, w->log[1].due_ns, MS));
    cr_assert(eq(u64, w->log[1].begun_ns, 6 * MS));
    cr_assert(eq(u64, w->log[6].begun_ns, 6 * MS));
}

Test(pacer, a_stall_while_requests_wait_skips_only_what_was_due_in_it)
{
    struct world *w = world_new(1000, 400 * MS);
    w->slots = 1;
    run(w, 20 * MS, 0); /* 1..20 wait */
    turn(w, 30 * MS, 0);
    w->alarm_ns = 40 * MS; /* some other alarm of the loop */
    turn(w, 140 * MS, 0);  /* 40..139 were due in the gap */
    cr_assert(eq(u64, w->gap_ns, 100 * MS));
    w->alarm_ns = 200 * MS;
    turn(w, 260 * MS, 0); /* 200..259 */
    cr_assert(eq(u64, skipped(w), 0), "they are behind others that wait");
    w->slots = 1000;
    turn(w, 300 * MS, 0);
    run(w, 500 * MS, 0);
    cr_assert(eq(u64, w->skipped[CT_SKIP_STALL], 160));
    cr_assert(eq(u64, skipped(w), 160));
    cr_assert(eq(u64, w->begun, 240));
}

Test(pacer, more_stalls_than_are_remembered_lose_no_request)
{
    struct world *w = world_new(1000, 1500 * MS);
    w->slots = 1;
    run(w, 20 * MS, 0);
    for (uint64_t k = 0; k < 12; k++) {
        w->alarm_ns = (100 + 100 * k) * MS;
        w->set_ns = 0;
        turn(w, w->alarm_ns + 60 * MS, 0);
    }
    w->slots = 10000;
    w->alarm_ns = 1300 * MS;
    run(w, 2 * CT_NS_PER_S, 0);
    cr_assert(w->ended);
    cr_assert(ge(u64, w->skipped[CT_SKIP_STALL], 12 * 60));
    cr_assert(eq(u64, w->begun + skipped(w), 1500));
}

Test(pacer, stopping_gives_back_what_was_not_begun)
{
    struct world *w = world_new(1000, CT_NS_PER_S);
    run(w, 299 * MS, 0);
    cr_assert(eq(u64, ct_pacer_stop(&w->pacer), 700));
    turn(w, 350 * MS, 0);
    cr_assert(w->ended);
    cr_assert(eq(u64, w->begun, 300));
    cr_assert(eq(u64, w->due, 300), "what was stopped before it was due never becomes due");
}

Test(pacer, threads_pace_their_share_of_the_plan)
{
    struct world *w = world_new(1000, 100 * MS);
    w->plan.threads = 4;
    ct_pacer_init(&w->pacer, &w->plan, 3);
    run(w, 200 * MS, 0);
    cr_assert(w->ended);
    cr_assert(eq(u64, w->begun, 25));
    cr_assert(eq(u64, w->log[0].due_ns, 3 * MS));
    cr_assert(eq(u64, w->log[24].due_ns, 99 * MS));
}
