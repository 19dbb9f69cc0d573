/*
 * What to do now about the plan: begin a request, skip one, or wait until an instant. Decisions
 * only: no clock, no I/O, so every situation can be made up in a test. All times are ns from t0.
 *
 * One turn of the loop:
 *
 *   gap = ct_pacer_wake(p, now, expected);     the loop runs; a gap of 50 ms or more is a stall
 *   do ct_pacer_next(p, now, free_slot) until it says WAIT or END
 *   set the alarm to wake_ns, absolutely
 *
 * - Whatever is due when the loop wakes begins in one go; after 1 ms of that the loop gets a turn,
 *   so that answers are read.
 * - A request begun more than 1 ms after it was due is late. Late ones are let through at 1.2 times
 *   the planned rate over any 100 ms (generic cell rate algorithm, ITU-T I.371, with a tolerance of
 *   2 ms of the planned rate). The plan's own bursts are no catch-up, whatever their size: what was
 *   on time when the loop woke is not held back because others of its burst went first.
 * - What cannot begin within the late limit is skipped: late. What was due in a stall: stall.
 * - At the cap (no free slot) due requests wait, as one index into the plan. They count as begun
 *   when the cap alone was in their way: at max(due, the instant the cap was met). So lateness
 *   stays the generator's. One that waits longer than the time-out is skipped: in_flight.
 */
#ifndef CT_ENGINE_PACER_H
#define CT_ENGINE_PACER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"
#include "engine/plan.h"
#include "model/failure.h"

#define CT_PACER_LATE_NS CT_NS_PER_MS         /* begun later than this after due: late */
#define CT_PACER_STALL_NS (50 * CT_NS_PER_MS) /* a loop gap of this length or more is a stall */
#define CT_PACER_TURN_NS CT_NS_PER_MS         /* longest go before the loop gets a turn */

enum { CT_PACER_STALLS = 8 }; /* stalls remembered while requests wait under the cap */

struct ct_pacer {
    struct ct_plan_cursor head; /* next index to begin or to skip */
    struct ct_plan_cursor seen; /* next index whose due time was not counted yet */
    uint64_t duration_ns, timeout_ns, late_limit_ns;
    uint64_t horizon_ns; /* when the loop woke: what is due by then may begin in this turn */
    bool stopped;
    uint64_t burst_ns; /* the horizon of a turn that ended before all of it had begun */

    bool capped;        /* requests wait under the cap, since: */
    uint64_t capped_ns; /* when it was met */

    uint64_t late_every_ns; /* between late requests, at the rate of now */
    uint64_t late_slack_ns; /* how far they may run ahead of that */
    uint64_t late_next_ns;  /* when the next is expected */

    /* Stalls that requests not yet decided on were due in, oldest first. One more merges into the
     * last. */
    struct ct_pacer_stall {
        uint64_t from_ns, to_ns;
    } stalls[CT_PACER_STALLS];
    unsigned n_stalls;
};

enum ct_pace_act {
    CT_PACE_BEGIN,
    CT_PACE_SKIP,
    CT_PACE_WAIT, /* nothing more now: call again at wake_ns, or when a slot becomes free */
    CT_PACE_END,  /* every index was given out and the plan's duration is over (or: stopped) */
};

struct ct_pace {
    enum ct_pace_act act;
    enum ct_skip why;  /* SKIP */
    uint64_t i;        /* BEGIN, SKIP: index in the plan */
    uint64_t due_ns;   /* BEGIN, SKIP */
    uint64_t begun_ns; /* BEGIN: now, or earlier when the request waited under the cap */
    uint64_t wake_ns;  /* WAIT */
};

/* plan is borrowed. */
void ct_pacer_init(struct ct_pacer *p, const struct ct_run_plan *plan, uint32_t thread);

/* The length of a loop gap when that makes it a stall, else 0. */
uint64_t ct_pacer_gap_ns(uint64_t now_ns, uint64_t expected_ns);

/* The loop runs at now_ns and should have by expected_ns: the earliest of its alarms, but not
 * before it was set. Returns the length of the gap when that makes it a stall, else 0. */
uint64_t ct_pacer_wake(struct ct_pacer *p, uint64_t now_ns, uint64_t expected_ns);

/* The next decision. BEGIN and SKIP are final: the index will not come again. now_ns never goes
 * back. */
struct ct_pace ct_pacer_next(struct ct_pacer *p, uint64_t now_ns, bool free_slot);

/* How many indices became due before until_ns since the last call; none after a stop. */
uint64_t ct_pacer_count_due(struct ct_pacer *p, uint64_t until_ns);

/* Begin nothing more. Returns how many indices were neither begun nor skipped. */
uint64_t ct_pacer_stop(struct ct_pacer *p);

#endif
