#include "engine/worker.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/mem.h"
#include "engine/flight.h"
#include "engine/metronome.h"
#include "engine/opening.h"
#include "engine/pacer.h"
#include "engine/self.h"
#include "engine/users.h"

#define HEARTBEAT_NS (20 * CT_NS_PER_MS)  /* a stall is noticed even when nothing is due */
#define LAST_ANSWERS_NS (2 * CT_NS_PER_S) /* how long a gentle stop waits for them */

struct ct_worker {
    const atomic_int *stop;
    const struct ct_run_plan *plan; /* borrowed */
    uint32_t thread;
    struct ct_loop *loop;
    struct ct_metronome pace; /* set to the next due instant */
    struct ct_alarm *tick;    /* set to the next deadline, at most a heartbeat away */
    struct ct_opening opening;
    struct ct_flight flight;
    struct ct_pacer pacer; /* open model */
    struct ct_users users; /* closed model */
    struct ct_recorder recorder;

    uint64_t t0_ns;            /* CLOCK_MONOTONIC; all other times are from it */
    uint64_t now_ns;           /* when the pacer last had a turn, and while it has one */
    uint64_t pace_ns, tick_ns; /* when the pacer wants its turn, and the next deadline */
    uint64_t read_ns;    /* the last turn began late, at this time: read first; 0: it did not */
    uint64_t give_up_ns; /* a stopped run waits no longer than this for answers */
    int stopping;        /* the stop that was obeyed: 0 or enum ct_stop */
    bool closed;         /* the model */
    bool running;        /* t0 has come */
    bool sent_all;       /* the pacer is at its end */
    bool finished;       /* and everything in flight has ended */

    uint64_t counted_ns, counted_wait_ns, counted_spin_ns; /* loop times up to here are in blocks */
    struct ct_client_stats counted_stats;
    uint64_t cpu_start_ns, wait_start_ns;
    struct ct_worker_result result;
};

static uint64_t now_ns(const struct ct_worker *w)
{
    uint64_t mono_ns = ct_clock_ns();
    return mono_ns > w->t0_ns ? mono_ns - w->t0_ns : 0;
}

/* --- seconds --- */

/* Counts that are read rather than counted, at the end of a second. */
static void close_block(struct ct_worker *w, uint64_t at_ns)
{
    struct ct_block *b = ct_recorder_clock(&w->recorder);
    uint64_t wait_ns = ct_loop_wait_ns(w->loop);
    struct ct_client_stats stats;
    w->flight.transport->stats(w->flight.client, &stats);

    w->recorder.open->in_flight = w->flight.count;
    b->loop_ns += at_ns - w->counted_ns;
    b->wait_ns += wait_ns - w->counted_wait_ns;
    b->connections_opened += stats.opened - w->counted_stats.opened;
    b->connections_closed += stats.closed - w->counted_stats.closed;
    b->spin_ns += w->pace.spin_ns - w->counted_spin_ns;
    w->counted_ns = at_ns;
    w->counted_wait_ns = wait_ns;
    w->counted_spin_ns = w->pace.spin_ns;
    w->counted_stats = stats;
}

/* Count what became due before until_ns; in the closed model what is due begins, and counts then.
 */
static void count_due(struct ct_worker *w, uint64_t until_ns)
{
    uint64_t warm_up_ns = w->recorder.warm_up_ns;
    if (w->closed)
        return;
    if (warm_up_ns > 0)
        ct_recorder_due(
            &w->recorder, 0,
            ct_pacer_count_due(&w->pacer, until_ns < warm_up_ns ? until_ns : warm_up_ns));
    ct_recorder_due(&w->recorder, warm_up_ns, ct_pacer_count_due(&w->pacer, until_ns));
}

/* To be called before anything that happened at at_ns is recorded. */
static void reach(struct ct_worker *w, uint64_t at_ns)
{
    while (at_ns >= w->recorder.end_ns) {
        count_due(w, w->recorder.end_ns);
        close_block(w, at_ns > w->counted_ns ? at_ns : w->counted_ns);
        ct_recorder_next_second(&w->recorder);
    }
}

/* --- the pacer's turn --- */

static void set_pace(struct ct_worker *w, uint64_t at_ns)
{
    w->pace_ns = at_ns;
    ct_metronome_set(&w->pace, w->t0_ns + at_ns, w->t0_ns + w->now_ns);
}

static void set_tick(struct ct_worker *w)
{
    uint64_t at_ns = ct_flight_wake_ns(&w->flight, w->now_ns);
    w->tick_ns = w->now_ns + HEARTBEAT_NS;
    if (at_ns < w->tick_ns)
        w->tick_ns = at_ns > w->now_ns ? at_ns : w->now_ns; /* what is overdue makes no turn late */
    ct_alarm_set(w->tick, w->t0_ns + w->tick_ns);
}

/* It is at_ns, and the loop should have gone on by expected_ns. */
static void look_up(struct ct_worker *w, uint64_t at_ns, uint64_t expected_ns)
{
    if (at_ns > w->now_ns)
        w->now_ns = at_ns;
    reach(w, w->now_ns);
    uint64_t gap_ns = w->closed ? ct_pacer_gap_ns(w->now_ns, expected_ns)
                                : ct_pacer_wake(&w->pacer, w->now_ns, expected_ns);
    if (gap_ns > 0)
        ct_recorder_gap(&w->recorder, gap_ns);
}

static void begin(struct ct_worker *w, const struct ct_pace *p)
{
    ct_flight_begin(&w->flight, p->i, p->due_ns, p->begun_ns);
    reach(w, w->now_ns);
    if (w->closed)
        ct_recorder_due(&w->recorder, p->due_ns, 1);
    ct_recorder_begun(&w->recorder, p->due_ns, p->begun_ns, w->flight.count);
    w->result.planned++;
    w->pace.worked = true;
    if (ct_flight_wake_ns(&w->flight, w->now_ns) < w->tick_ns)
        set_tick(w);

    uint64_t at_ns = now_ns(w);
    if (ct_pacer_gap_ns(at_ns, w->now_ns) > 0)
        look_up(w, at_ns, w->now_ns); /* the thread stood still in here */
    else
        w->now_ns = at_ns;
}

static void skip(struct ct_worker *w, enum ct_skip why, uint64_t due_ns, uint64_t count)
{
    ct_recorder_skipped(&w->recorder, why, due_ns, count);
    w->result.planned += count;
}

static void obey_stop(struct ct_worker *w)
{
    int how = atomic_load_explicit(w->stop, memory_order_relaxed);
    if (how <= w->stopping)
        return;
    w->stopping = how;
    w->give_up_ns = how == CT_STOP_NOW ? w->now_ns : w->now_ns + LAST_ANSWERS_NS;
    if (!w->sent_all)
        w->result.stopped = true;
    if (w->closed)
        ct_users_stop(&w->users);
    else
        skip(w, CT_SKIP_STOPPED, w->recorder.warm_up_ns, ct_pacer_stop(&w->pacer));
}

/* The loop runs at at_ns: note the time, what became due, and the wish to stop. */
static void wake(struct ct_worker *w, uint64_t at_ns)
{
    uint64_t expected_ns = w->pace_ns < w->tick_ns ? w->pace_ns : w->tick_ns;
    if (expected_ns < w->now_ns)
        expected_ns = w->now_ns;
    look_up(w, at_ns, expected_ns);
    count_due(w, w->now_ns + 1);
    obey_stop(w);
}

static void all_sent(struct ct_worker *w)
{
    if (w->sent_all)
        return;
    w->sent_all = true;
    w->result.sending_end_ns = w->now_ns;
    w->pace_ns = UINT64_MAX;
    ct_metronome_unset(&w->pace);
}

static struct ct_pace next(struct ct_worker *w)
{
    if (w->closed)
        return ct_users_next(&w->users, w->now_ns);
    return ct_pacer_next(&w->pacer, w->now_ns, w->flight.count < w->flight.cap);
}

static void pump(struct ct_worker *w, uint64_t at_ns)
{
    wake(w, at_ns);
    for (;;) {
        struct ct_pace p = next(w);
        switch (p.act) {
        case CT_PACE_BEGIN:
            begin(w, &p);
            break;
        case CT_PACE_SKIP:
            skip(w, p.why, p.due_ns, 1);
            break;
        case CT_PACE_WAIT:
            set_pace(w, p.wake_ns);
            return;
        case CT_PACE_END:
            all_sent(w);
            return;
        }
    }
}

static void pace_fired(void *ctx)
{
    struct ct_worker *w = ctx;
    pump(w, now_ns(w));
}

static void request_landed(void *ctx, const struct ct_sample *sample, const struct ct_exchange *x)
{
    struct ct_worker *w = ctx;
    reach(w, sample->done_ns);
    ct_recorder_done(&w->recorder, sample, x);
    if (sample->done_ns > w->result.end_ns)
        w->result.end_ns = sample->done_ns;
    w->pace.worked = true;
    if (w->closed)
        ct_users_back(&w->users, sample->done_ns, x->failure != CT_FAILURE_NONE);
    if (w->closed ? !w->sent_all : w->pacer.capped)
        pump(w, sample->done_ns);
}

/* --- deadlines and the end --- */

static void free_alarms(struct ct_worker *w)
{
    ct_metronome_release(&w->pace);
    ct_opening_release(&w->opening);
    if (w->tick)
        ct_alarm_free(w->tick);
}

static void flight_closed(void *ctx)
{
    struct ct_worker *w = ctx;
    free_alarms(w);
    ct_loop_stop(w->loop);
}

static void finish(struct ct_worker *w)
{
    w->finished = true;
    close_block(w, w->now_ns);
    w->result.samples_dropped = w->recorder.samples_dropped;
    w->result.cpu_ns = ct_self_thread_cpu_ns() - w->cpu_start_ns;
    uint64_t waited_ns = ct_self_thread_wait_ns();
    bool known = waited_ns != UINT64_MAX && w->wait_start_ns <= waited_ns;
    w->result.cpu_wait_ns = known ? waited_ns - w->wait_start_ns : UINT64_MAX;
    if (w->result.end_ns < w->result.sending_end_ns)
        w->result.end_ns = w->result.sending_end_ns;
    ct_flight_close(&w->flight, flight_closed, w);
}

static void start_counting(struct ct_worker *w)
{
    w->running = true;
    w->counted_wait_ns = ct_loop_wait_ns(w->loop);
    w->cpu_start_ns = ct_self_thread_cpu_ns();
}

/* When the loop did not run for a while, nothing is given up before what came in meanwhile was
 * read: only in the next turn, and by the time of this one. */
static bool reads_first(struct ct_worker *w)
{
    if (w->read_ns != 0 || w->now_ns <= w->tick_ns + CT_PACER_LATE_NS)
        return false;
    w->read_ns = w->now_ns;
    w->tick_ns = w->now_ns;
    ct_alarm_set(w->tick, w->t0_ns + w->tick_ns);
    return true;
}

static void give_up(struct ct_worker *w)
{
    uint64_t by_ns = w->read_ns != 0 ? w->read_ns : w->now_ns;
    w->read_ns = 0;
    ct_flight_time_out(&w->flight, by_ns);
    if (w->stopping != 0 && by_ns >= w->give_up_ns)
        ct_flight_cancel(&w->flight);
}

/* Also meets the end: never inside a callback of the client. */
static void tick_fired(void *ctx)
{
    struct ct_worker *w = ctx;
    if (w->finished)
        return;
    if (!w->running)
        start_counting(w);
    pump(w, now_ns(w));
    if (reads_first(w))
        return;
    give_up(w);
    if (w->sent_all && w->flight.count == 0)
        finish(w);
    else
        set_tick(w);
}

/* --- life --- */

int ct_worker_new(const struct ct_worker_config *config, struct ct_worker **out, struct ct_err *err)
{
    const struct ct_run_plan *plan = &config->run->plan;
    uint32_t cap = ct_plan_in_flight(plan, config->thread);
    uint32_t connections = ct_plan_connections(plan, config->thread);
    struct ct_worker *w = ct_xcalloc(1, sizeof(*w));
    w->stop = config->stop;
    w->plan = plan;
    w->thread = config->thread;
    w->flight.landed = request_landed;
    w->flight.ctx = w;
    w->closed = plan->closed;
    bool spins = plan->pacing == CT_PACING_SPIN;
    if (w->closed)
        ct_users_init(&w->users, plan, config->thread);
    else
        ct_pacer_init(&w->pacer, plan, config->thread);
    ct_recorder_init(&w->recorder, plan, config->run->want_samples, config->writer);

    int rc;
    if ((rc = ct_loop_new(&w->loop, err)) < 0 ||
        (rc = ct_metronome_init(&w->pace, w->loop, spins, pace_fired, w, err)) < 0 ||
        (rc = ct_alarm_new(w->loop, tick_fired, w, &w->tick, err)) < 0 ||
        (rc = ct_opening_init(&w->opening, w->loop, w->stop, err)) < 0 ||
        (rc = ct_flight_open(&w->flight, w->loop, config->run, config->request, cap, connections,
                             err)) < 0) {
        ct_worker_free(w);
        return rc;
    }
    *out = w;
    return 0;
}

void ct_worker_prepare(struct ct_worker *w)
{
    ct_opening_wait(&w->opening, &w->flight, ct_plan_connections(w->plan, w->thread),
                    CT_WORKER_PREPARE_NS);
}

void ct_worker_run(struct ct_worker *w, uint64_t t0_ns)
{
    w->t0_ns = w->flight.t0_ns = t0_ns;
    w->wait_start_ns = ct_self_thread_wait_ns();
    ct_alarm_set(w->tick, t0_ns);
    ct_loop_run(w->loop);
}

struct ct_recorder *ct_worker_recorder(struct ct_worker *w)
{
    return &w->recorder;
}

void ct_worker_result(const struct ct_worker *w, struct ct_worker_result *out)
{
    *out = w->result;
}

void ct_worker_free(struct ct_worker *w)
{
    bool ran = w->t0_ns != 0;
    if (w->loop && !ran) {
        ct_flight_close(&w->flight, flight_closed, w);
        ct_loop_run(w->loop);
    }
    ct_loop_free(w->loop);
    ct_flight_release(&w->flight);
    ct_recorder_release(&w->recorder);
    ct_users_release(&w->users);
    free(w);
}
