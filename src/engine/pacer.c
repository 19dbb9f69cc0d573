#include "engine/pacer.h"

#include <assert.h>
#include <math.h>
#include <string.h>

static uint64_t max_ns(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

static uint64_t min_ns(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

/* Late requests pass a bucket of `burst` that fills so that 100 ms never see more than 1.2 times
 * what is planned for them at the present rate, the full bucket included. */
static void set_late(struct ct_pacer *p)
{
    double per_ns = ct_plan_cursor_rate(&p->head) / p->head.plan->threads;
    double window_ns = 100.0 * (double)CT_NS_PER_MS;
    double burst = floor(per_ns * 2.0 * (double)CT_NS_PER_MS);
    double fill = 1.2 * per_ns - (burst > 1 ? burst / window_ns : 0);
    p->late_every_ns = (uint64_t)(1.0 / fill) + 1;
    p->late_slack_ns = burst > 1 ? ((uint64_t)burst - 1) * p->late_every_ns : 0;
}

void ct_pacer_init(struct ct_pacer *p, const struct ct_run_plan *plan, uint32_t thread)
{
    memset(p, 0, sizeof(*p));
    ct_plan_cursor_init(&p->head, plan, thread);
    p->seen = p->head;
    p->duration_ns = plan->duration_ns;
    p->timeout_ns = plan->timeout_ns;
    p->late_limit_ns = plan->late_limit_ns;
}

static void remember_stall(struct ct_pacer *p, uint64_t from_ns, uint64_t to_ns)
{
    if (p->n_stalls == CT_PACER_STALLS)
        p->stalls[p->n_stalls - 1].to_ns = to_ns;
    else
        p->stalls[p->n_stalls++] = (struct ct_pacer_stall){from_ns, to_ns};
}

/* Requests are asked about in the order of their due times, so stalls that ended before can go. */
static bool was_stalled(struct ct_pacer *p, uint64_t due_ns)
{
    while (p->n_stalls > 0 && p->stalls[0].to_ns <= due_ns)
        memmove(&p->stalls[0], &p->stalls[1], --p->n_stalls * sizeof(p->stalls[0]));
    return p->n_stalls > 0 && p->stalls[0].from_ns <= due_ns;
}

uint64_t ct_pacer_gap_ns(uint64_t now_ns, uint64_t expected_ns)
{
    return now_ns >= expected_ns + CT_PACER_STALL_NS ? now_ns - expected_ns : 0;
}

uint64_t ct_pacer_wake(struct ct_pacer *p, uint64_t now_ns, uint64_t expected_ns)
{
    uint64_t gap_ns = ct_pacer_gap_ns(now_ns, expected_ns);
    p->horizon_ns = now_ns;
    if (gap_ns > 0 && !p->stopped)
        remember_stall(p, expected_ns, now_ns);
    return gap_ns;
}

static struct ct_pace wait_until(uint64_t wake_ns)
{
    return (struct ct_pace){.act = CT_PACE_WAIT, .wake_ns = wake_ns};
}

static struct ct_pace take(struct ct_pacer *p, struct ct_pace decision)
{
    ct_plan_next(&p->head, &decision.i, &decision.due_ns);
    return decision;
}

static struct ct_pace skip(struct ct_pacer *p, enum ct_skip why)
{
    return take(p, (struct ct_pace){.act = CT_PACE_SKIP, .why = why});
}

/* When a late request may begin; now or earlier: at once. */
static uint64_t late_turn_ns(struct ct_pacer *p, uint64_t now_ns)
{
    set_late(p);
    /* a stage that was slower does not hold this one back */
    p->late_next_ns = min_ns(p->late_next_ns, now_ns + p->late_slack_ns + p->late_every_ns);
    return p->late_next_ns > p->late_slack_ns ? p->late_next_ns - p->late_slack_ns : 0;
}

static struct ct_pace begin(struct ct_pacer *p, uint64_t now_ns, uint64_t begun_ns, bool late)
{
    if (late)
        p->late_next_ns = max_ns(p->late_next_ns, now_ns) + p->late_every_ns;
    return take(p, (struct ct_pace){.act = CT_PACE_BEGIN, .begun_ns = begun_ns});
}

static struct ct_pace wait_for_slot(struct ct_pacer *p, uint64_t now_ns, uint64_t expires_ns)
{
    if (!p->capped) {
        p->capped = true;
        p->capped_ns = now_ns;
    }
    return wait_until(expires_ns);
}

/* It would have begun on time but for others of its burst. */
static bool was_on_time(const struct ct_pacer *p, uint64_t due_ns)
{
    return due_ns <= p->burst_ns && p->burst_ns - due_ns <= CT_PACER_LATE_NS;
}

/* The head of the plan is due: begin, skip or hold it. */
static struct ct_pace decide(struct ct_pacer *p, uint64_t due_ns, uint64_t now_ns, bool free_slot)
{
    if (was_stalled(p, due_ns))
        return skip(p, CT_SKIP_STALL);

    uint64_t ready_ns = p->capped ? max_ns(due_ns, p->capped_ns) : now_ns;
    uint64_t lateness_ns = ready_ns - due_ns;
    if (lateness_ns > p->late_limit_ns)
        return skip(p, CT_SKIP_LATE);

    uint64_t expires_ns = due_ns + p->timeout_ns;
    if (p->capped && now_ns > expires_ns)
        return skip(p, CT_SKIP_IN_FLIGHT);
    if (!free_slot)
        return wait_for_slot(p, now_ns, expires_ns + 1);

    bool late = lateness_ns > CT_PACER_LATE_NS && !was_on_time(p, due_ns);
    if (late && now_ns < late_turn_ns(p, now_ns)) {
        uint64_t hopeless_ns = p->capped ? expires_ns : due_ns + p->late_limit_ns;
        return wait_until(min_ns(late_turn_ns(p, now_ns), hopeless_ns + 1));
    }
    return begin(p, now_ns, ready_ns, late);
}

struct ct_pace ct_pacer_next(struct ct_pacer *p, uint64_t now_ns, bool free_slot)
{
    uint64_t i, due_ns;
    if (!ct_plan_peek(&p->head, &i, &due_ns)) {
        if (!p->stopped && now_ns < p->duration_ns)
            return wait_until(p->duration_ns);
        return (struct ct_pace){.act = CT_PACE_END};
    }
    assert(now_ns >= p->horizon_ns);
    if (due_ns > p->horizon_ns) {
        p->capped = false;
        return wait_until(due_ns);
    }
    if (now_ns - p->horizon_ns > CT_PACER_TURN_NS) {
        if (due_ns > p->burst_ns)
            p->burst_ns = p->horizon_ns;
        return wait_until(now_ns);
    }
    return decide(p, due_ns, now_ns, free_slot);
}

uint64_t ct_pacer_count_due(struct ct_pacer *p, uint64_t until_ns)
{
    uint64_t i, due_ns, count = 0;
    while (!p->stopped && ct_plan_peek(&p->seen, &i, &due_ns) && due_ns < until_ns) {
        ct_plan_next(&p->seen, &i, &due_ns);
        count++;
    }
    return count;
}

uint64_t ct_pacer_stop(struct ct_pacer *p)
{
    p->stopped = true;
    return ct_plan_abandon(&p->head);
}
