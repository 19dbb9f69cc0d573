#include "engine/flight.h"

#include <assert.h>

#define TURN_NS (CT_NS_PER_MS / 4) /* of giving up before the loop gets a turn */
#define SLACK_MAX_NS CT_NS_PER_MS

enum {
    BODY_MAX = 64 * 1024 * 1024, /* of one answer */
    REQUESTS_READY = 1024,       /* allocated before t0 */
};

struct ct_flight_request {
    struct ct_exchange x; /* first: done gets a pointer to it */
    struct ct_flight *flight;
    struct ct_flight_request *older, *newer;
    uint64_t i, due_ns, begun_ns;
    bool given_up; /* timed out or cancelled: no longer in the list */
    bool cancelled;
};

/* Each thread makes its share of the new connections. */
static uint64_t new_connection_ns(const struct ct_run_plan *plan)
{
    const struct ct_rate rate = plan->new_connections;
    return rate.num > 0 ? rate.den_ns * plan->threads / rate.num : 0;
}

int ct_flight_open(struct ct_flight *f, struct ct_loop *loop, const struct ct_run_config *run,
                   const struct ct_request *request, uint32_t cap, uint32_t connections,
                   struct ct_err *err)
{
    const struct ct_run_plan *plan = &run->plan;
    const struct ct_transport_opts opts = {.mix = run->mix,
                                           .keep_alive = plan->keep_alive,
                                           .max_connections = connections > 0 ? connections : cap,
                                           .streams_per_connection = plan->streams,
                                           .connection_max_age_ns = plan->connection_lifetime_ns,
                                           .connection_max_requests = plan->connection_requests,
                                           .new_connection_ns = new_connection_ns(plan),
                                           .body_max = BODY_MAX,
                                           .keep_body = run->testcase->needs_body,
                                           .insecure = run->insecure};
    f->run = run;
    f->cap = cap;
    ct_pool_init(&f->requests, sizeof(struct ct_flight_request),
                 cap < REQUESTS_READY ? cap : REQUESTS_READY, cap);
    f->transport = ct_transport_for(plan->http2);
    return f->transport->open(loop, &run->endpoint, request, &opts, &f->client, err);
}

void ct_flight_prepare(struct ct_flight *f, uint32_t connections, void (*ready)(void *ctx),
                       void *ctx)
{
    if (connections > 0 && f->run->plan.keep_alive && f->transport->prepare)
        f->transport->prepare(f->client, connections, ready, ctx);
    else
        ready(ctx);
}

void ct_flight_close(struct ct_flight *f, void (*closed)(void *ctx), void *ctx)
{
    assert(f->count == 0);
    if (f->client)
        f->transport->close(f->client, closed, ctx);
    else
        closed(ctx);
}

void ct_flight_release(struct ct_flight *f)
{
    ct_pool_release(&f->requests);
}

static void link_newest(struct ct_flight *f, struct ct_flight_request *r)
{
    r->older = f->newest;
    *(f->newest ? &f->newest->newer : &f->oldest) = r;
    f->newest = r;
}

static void unlink_request(struct ct_flight *f, struct ct_flight_request *r)
{
    *(r->older ? &r->older->newer : &f->oldest) = r->newer;
    *(r->newer ? &r->newer->older : &f->newest) = r->older;
}

static uint64_t from_t0(const struct ct_flight *f, uint64_t mono_ns)
{
    return mono_ns > f->t0_ns ? mono_ns - f->t0_ns : 0;
}

static void judge(const struct ct_flight *f, const struct ct_exchange *x, struct ct_sample *s)
{
    const struct ct_answer answer = {.status = x->status, .body = x->body, .body_len = x->body_len};
    struct ct_judgement verdict = {.failure = CT_FAILURE_NONE};
    f->run->testcase->check(f->run->testcase, f->run->load, &answer, &verdict);
    s->failure = (uint8_t)verdict.failure;
    s->detail = verdict.detail;
    if (verdict.has_span) {
        s->server_start_ns = verdict.server_start_ns;
        s->server_end_ns = verdict.server_end_ns;
    }
}

static void set_failure(const struct ct_flight_request *r, struct ct_sample *s)
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

static void fill_sample(const struct ct_flight *f, const struct ct_flight_request *r,
                        struct ct_sample *out)
{
    const struct ct_exchange *x = &r->x;
    *out = (struct ct_sample){.i = r->i,
                              .due_ns = r->due_ns,
                              .begun_ns = r->begun_ns,
                              .sent_ns = x->sent_ns ? from_t0(f, x->sent_ns) : CT_NEVER,
                              .done_ns = from_t0(f, x->done_ns),
                              .bytes = x->bytes_received,
                              .status = (uint16_t)x->status,
                              .new_connection = x->new_connection};
    if (x->failure == CT_FAILURE_NONE)
        judge(f, x, out);
    else
        set_failure(r, out);
}

static void exchange_done(struct ct_exchange *x)
{
    struct ct_flight_request *r = (struct ct_flight_request *)x;
    struct ct_flight *f = r->flight;
    struct ct_sample sample;
    fill_sample(f, r, &sample);
    if (!r->given_up)
        unlink_request(f, r);
    f->count--;
    const struct ct_exchange ended = *x;
    ct_pool_give(&f->requests, r);
    f->landed(f->ctx, &sample, &ended);
}

void ct_flight_begin(struct ct_flight *f, uint64_t i, uint64_t due_ns, uint64_t begun_ns)
{
    struct ct_flight_request *r = ct_pool_take(&f->requests);
    assert(r);
    r->flight = f;
    r->i = i;
    r->due_ns = due_ns;
    r->begun_ns = begun_ns;
    r->x.done = exchange_done;
    r->x.i = i;
    link_newest(f, r);
    f->count++;
    f->transport->start(f->client, &r->x);
}

static uint64_t deadline_ns(const struct ct_flight *f)
{
    return f->oldest ? f->oldest->due_ns + f->run->plan.timeout_ns : UINT64_MAX;
}

uint64_t ct_flight_wake_ns(const struct ct_flight *f, uint64_t now_ns)
{
    uint64_t at_ns = deadline_ns(f), slack_ns = f->run->plan.timeout_ns / 1000;
    if (at_ns <= now_ns || at_ns == UINT64_MAX)
        return at_ns;
    return at_ns + (slack_ns < SLACK_MAX_NS ? slack_ns : SLACK_MAX_NS);
}

static void give_up(struct ct_flight *f, struct ct_flight_request *r, bool cancelled)
{
    unlink_request(f, r);
    r->given_up = true;
    r->cancelled = cancelled;
    f->transport->cancel(f->client, &r->x);
}

void ct_flight_time_out(struct ct_flight *f, uint64_t now_ns)
{
    uint64_t until_ns = ct_clock_ns() + TURN_NS;
    while (deadline_ns(f) <= now_ns && ct_clock_ns() < until_ns)
        give_up(f, f->oldest, false);
}

void ct_flight_cancel(struct ct_flight *f)
{
    while (f->oldest)
        give_up(f, f->oldest, true);
}
