#include "engine/worker.h"

#include <assert.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/pool.h"
#include "engine/pacer.h"
#include "engine/self.h"

#define HEARTBEAT_NS (20 * CT_NS_PER_MS)  /* a stall is noticed even when nothing is due */
#define LAST_ANSWERS_NS (2 * CT_NS_PER_S) /* how long a gentle stop waits for them */

enum {
    BODY_MAX = 64 * 1024 * 1024, /* of one answer */
    REQUESTS_READY = 1024,       /* allocated before t0 */
};

/* One request in flight, from its begin to its done; in the list unless it was given up. */
struct request {
    struct ct_exchange x; /* first: done gets a pointer to it */
    struct ct_worker *worker;
    struct request *older, *newer; /* by due time, so by deadline too */
    uint64_t i, due_ns, begun_ns;
    bool given_up; /* timed out or cancelled */
    bool cancelled;
};

struct ct_worker {
    const struct ct_run_config *run;
    const atomic_int *stop;
    struct ct_loop *loop;
    struct ct_alarm *pace; /* set to the next due instant */
    struct ct_alarm *tick; /* set to the next deadline, at most a heartbeat away */
    const struct ct_transport *transport;
    struct ct_client *client;

    struct ct_pacer pacer;
    struct ct_recorder recorder;
    struct ct_pool requests;
    struct request *oldest, *newest;
    uint32_t in_flight, cap;

    uint64_t t0_ns;            /* CLOCK_MONOTONIC; all other times are from it */
    uint64_t now_ns;           /* when the pacer last had a turn, and while it has one */
    uint64_t pace_ns, tick_ns; /* what the alarms are set to */
    uint64_t give_up_ns;       /* a stopped run waits no longer than this for answers */
    int stopping;              /* the stop that was obeyed: 0 or enum ct_stop */
    bool sent_all;             /* the pacer is at its end */
    bool finished;             /* and everything in flight has ended */

    uint64_t counted_ns, counted_wait_ns; /* loop times up to here are in blocks */
    struct ct_client_stats counted_stats;
    uint64_t cpu_start_ns;
    struct ct_worker_result result;
};

static uint64_t since_t0(const struct ct_worker *w, uint64_t mono_ns)
{
    return mono_ns > w->t0_ns ? mono_ns - w->t0_ns : 0;
}

static uint64_t now_ns(const struct ct_worker *w)
{
    return since_t0(w, ct_clock_ns());
}

/* --- seconds --- */

/* Counts that are read rather than counted, at the end of a second. */
static void close_block(struct ct_worker *w, uint64_t at_ns)
{
    struct ct_block *b = w->recorder.open;
    uint64_t wait_ns = ct_loop_wait_ns(w->loop);
    struct ct_client_stats stats;
    w->transport->stats(w->client, &stats);

    b->in_flight = w->in_flight;
    b->loop_ns += at_ns - w->counted_ns;
    b->wait_ns += wait_ns - w->counted_wait_ns;
    b->connections_opened += stats.opened - w->counted_stats.opened;
    b->connections_closed += stats.closed - w->counted_stats.closed;
    w->counted_ns = at_ns;
    w->counted_wait_ns = wait_ns;
    w->counted_stats = stats;
}

/* To be called before anything that happened at at_ns is recorded. */
static void reach(struct ct_worker *w, uint64_t at_ns)
{
    while (at_ns >= w->recorder.end_ns) {
        ct_recorder_due(&w->recorder, ct_pacer_count_due(&w->pacer, w->recorder.end_ns));
        close_block(w, at_ns > w->counted_ns ? at_ns : w->counted_ns);
        ct_recorder_next_second(&w->recorder);
    }
}

/* --- requests in flight --- */

static void link_newest(struct ct_worker *w, struct request *r)
{
    r->older = w->newest;
    if (w->newest)
        w->newest->newer = r;
    else
        w->oldest = r;
    w->newest = r;
}

static void unlink_request(struct ct_worker *w, struct request *r)
{
    *(r->older ? &r->older->newer : &w->oldest) = r->newer;
    *(r->newer ? &r->newer->older : &w->newest) = r->older;
}

static uint64_t deadline_ns(const struct ct_worker *w, const struct request *r)
{
    return r->due_ns + w->run->plan.timeout_ns;
}

static void give_up(struct ct_worker *w, struct request *r, bool cancelled)
{
    unlink_request(w, r);
    r->given_up = true;
    r->cancelled = cancelled;
    w->transport->cancel(w->client, &r->x);
}

static void set_failure(struct ct_sample *s, const struct request *r)
{
    s->failure = (uint8_t)r->x.failure;
    s->detail = r->x.detail;
    if (r->x.failure != CT_FAILURE_TIMEOUT)
        return;
    s->cancelled = r->cancelled;
    s->detail = ct_stage_name(r->x.stage);
    if (r->cancelled)
        s->failure = CT_FAILURE_NONE;
    else if (r->x.stage == CT_STAGE_CONNECT)
        s->failure = CT_FAILURE_CONNECT_TIMEOUT;
}

static void judge(const struct ct_worker *w, const struct ct_exchange *x, struct ct_sample *s)
{
    const struct ct_answer answer = {.status = x->status, .body = x->body, .body_len = x->body_len};
    struct ct_judgement verdict = {.failure = CT_FAILURE_NONE};
    w->run->testcase->check(w->run->testcase, w->run->load, &answer, &verdict);
    s->failure = (uint8_t)verdict.failure;
    s->detail = verdict.detail;
    if (verdict.has_span) {
        s->server_start_ns = verdict.server_start_ns;
        s->server_end_ns = verdict.server_end_ns;
    }
}

static struct ct_sample sample_of(const struct ct_worker *w, const struct request *r)
{
    const struct ct_exchange *x = &r->x;
    struct ct_sample s = {.i = r->i,
                          .due_ns = r->due_ns,
                          .begun_ns = r->begun_ns,
                          .sent_ns = x->sent_ns ? since_t0(w, x->sent_ns) : CT_NEVER,
                          .done_ns = since_t0(w, x->done_ns),
                          .bytes = x->bytes_received,
                          .status = (uint16_t)x->status,
                          .new_connection = x->new_connection};
    if (x->failure == CT_FAILURE_NONE)
        judge(w, x, &s);
    else
        set_failure(&s, r);
    return s;
}

static void pump(struct ct_worker *w, uint64_t at_ns);

static void request_done(struct ct_exchange *x)
{
    struct request *r = (struct request *)x;
    struct ct_worker *w = r->worker;
    struct ct_sample sample = sample_of(w, r);

    reach(w, sample.done_ns);
    ct_recorder_done(&w->recorder, &sample, x);
    if (!r->given_up)
        unlink_request(w, r);
    ct_pool_give(&w->requests, r);
    w->in_flight--;

    if (sample.done_ns > w->result.end_ns)
        w->result.end_ns = sample.done_ns;
    if (w->sent_all && w->in_flight == 0)
        ct_alarm_set(w->tick, w->t0_ns);
    else if (w->pacer.capped)
        pump(w, sample.done_ns);
}

/* --- the pacer's turn --- */

static void set_tick(struct ct_worker *w)
{
    w->tick_ns = w->now_ns + HEARTBEAT_NS;
    if (w->oldest && deadline_ns(w, w->oldest) < w->tick_ns)
        w->tick_ns = deadline_ns(w, w->oldest);
    ct_alarm_set(w->tick, w->t0_ns + w->tick_ns);
}

static void begin(struct ct_worker *w, const struct ct_pace *p)
{
    struct request *r = ct_pool_take(&w->requests);
    assert(r);
    r->worker = w;
    r->i = p->i;
    r->due_ns = p->due_ns;
    r->begun_ns = p->begun_ns;
    r->x.done = request_done;
    link_newest(w, r);
    w->in_flight++;
    w->transport->start(w->client, &r->x);

    reach(w, w->now_ns);
    ct_recorder_begun(&w->recorder, r->due_ns, r->begun_ns, w->in_flight);
    w->result.planned++;
    if (deadline_ns(w, r) < w->tick_ns)
        set_tick(w);
    w->now_ns = r->x.sent_ns ? since_t0(w, r->x.sent_ns) : now_ns(w);
}

static void skip(struct ct_worker *w, enum ct_skip why, uint64_t count)
{
    ct_recorder_skipped(&w->recorder, why, count);
    w->result.planned += count;
}

static void obey_stop(struct ct_worker *w)
{
    int how = atomic_load_explicit(w->stop, memory_order_relaxed);
    if (how <= w->stopping)
        return;
    if (!w->sent_all)
        w->result.stopped = true;
    w->stopping = how;
    w->give_up_ns = how == CT_STOP_NOW ? w->now_ns : w->now_ns + LAST_ANSWERS_NS;
    skip(w, CT_SKIP_STOPPED, ct_pacer_stop(&w->pacer));
}

/* The loop runs at at_ns: note the time, a gap, what became due, and the wish to stop. */
static void wake(struct ct_worker *w, uint64_t at_ns)
{
    uint64_t expected_ns = w->pace_ns < w->tick_ns ? w->pace_ns : w->tick_ns;
    if (expected_ns < w->now_ns)
        expected_ns = w->now_ns;
    if (at_ns > w->now_ns)
        w->now_ns = at_ns;
    reach(w, w->now_ns);
    uint64_t gap_ns = ct_pacer_wake(&w->pacer, w->now_ns, expected_ns);
    if (gap_ns > 0)
        ct_recorder_gap(&w->recorder, gap_ns);
    ct_recorder_due(&w->recorder, ct_pacer_count_due(&w->pacer, w->now_ns + 1));
    obey_stop(w);
}

static void set_pace(struct ct_worker *w, uint64_t at_ns)
{
    w->pace_ns = at_ns;
    ct_alarm_set(w->pace, w->t0_ns + at_ns);
}

static void all_sent(struct ct_worker *w)
{
    if (!w->sent_all) {
        w->sent_all = true;
        w->result.sending_end_ns = w->now_ns;
        ct_alarm_unset(w->pace);
        w->pace_ns = UINT64_MAX;
        ct_alarm_set(w->tick, w->t0_ns);
    }
}

static void pump(struct ct_worker *w, uint64_t at_ns)
{
    wake(w, at_ns);
    for (;;) {
        struct ct_pace p = ct_pacer_next(&w->pacer, w->now_ns, w->in_flight < w->cap);
        switch (p.act) {
        case CT_PACE_BEGIN:
            begin(w, &p);
            break;
        case CT_PACE_SKIP:
            skip(w, p.why, 1);
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

/* --- deadlines and the end --- */

static void free_alarms(struct ct_worker *w)
{
    if (w->pace)
        ct_alarm_free(w->pace);
    if (w->tick)
        ct_alarm_free(w->tick);
}

static void client_closed(void *ctx)
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
    if (w->result.end_ns < w->result.sending_end_ns)
        w->result.end_ns = w->result.sending_end_ns;
    w->transport->close(w->client, client_closed, w);
}

static void give_up_overdue(struct ct_worker *w)
{
    bool cancel_all = w->stopping != 0 && w->now_ns >= w->give_up_ns;
    while (w->oldest && (cancel_all || deadline_ns(w, w->oldest) <= w->now_ns))
        give_up(w, w->oldest, cancel_all);
}

static void tick_fired(void *ctx)
{
    struct ct_worker *w = ctx;
    if (w->finished)
        return;
    pump(w, now_ns(w));
    give_up_overdue(w);
    if (w->sent_all && w->in_flight == 0)
        finish(w);
    else
        set_tick(w);
}

/* --- life --- */

static int open_client(struct ct_worker *w, const struct ct_worker_config *config,
                       struct ct_err *err)
{
    const struct ct_run_config *run = config->run;
    const struct ct_transport_opts opts = {.keep_alive = run->plan.keep_alive,
                                           .max_connections = w->cap,
                                           .body_max = BODY_MAX,
                                           .keep_body = run->testcase->needs_body,
                                           .insecure = run->insecure};
    w->transport = ct_transport_for(&run->endpoint);
    return w->transport->open(w->loop, &run->endpoint, config->request, &opts, &w->client, err);
}

int ct_worker_new(const struct ct_worker_config *config, struct ct_worker **out, struct ct_err *err)
{
    const struct ct_run_plan *plan = &config->run->plan;
    struct ct_worker *w = ct_xcalloc(1, sizeof(*w));
    w->run = config->run;
    w->stop = config->stop;
    w->cap = plan->max_in_flight / plan->threads;
    if (config->thread < plan->max_in_flight % plan->threads)
        w->cap++;
    ct_pacer_init(&w->pacer, plan, config->thread);
    ct_recorder_init(&w->recorder, plan->duration_ns, config->run->want_samples, config->writer);
    uint32_t ready = w->cap < REQUESTS_READY ? w->cap : REQUESTS_READY;
    ct_pool_init(&w->requests, sizeof(struct request), ready, w->cap);

    int rc;
    if ((rc = ct_loop_new(&w->loop, err)) < 0 ||
        (rc = ct_alarm_new(w->loop, pace_fired, w, &w->pace, err)) < 0 ||
        (rc = ct_alarm_new(w->loop, tick_fired, w, &w->tick, err)) < 0 ||
        (rc = open_client(w, config, err)) < 0) {
        ct_worker_free(w);
        return rc;
    }
    *out = w;
    return 0;
}

void ct_worker_run(struct ct_worker *w, uint64_t t0_ns)
{
    w->t0_ns = t0_ns;
    w->counted_wait_ns = ct_loop_wait_ns(w->loop);
    w->cpu_start_ns = ct_self_thread_cpu_ns();
    ct_alarm_set(w->pace, t0_ns);
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

/* A worker that never ran still has all its handles. */
static void close_unused(struct ct_worker *w)
{
    if (w->client)
        w->transport->close(w->client, client_closed, w);
    else
        free_alarms(w);
    ct_loop_run(w->loop);
}

void ct_worker_free(struct ct_worker *w)
{
    bool ran = w->t0_ns != 0;
    if (w->loop && !ran)
        close_unused(w);
    if (w->loop)
        ct_loop_free(w->loop);
    ct_pool_release(&w->requests);
    ct_recorder_release(&w->recorder);
    free(w);
}
