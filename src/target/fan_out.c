#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/jsonscan.h"
#include "base/mem.h"
#include "io/transport.h"
#include "target/job.h"

/*
 * fibonacci(n) = the answers of url/fibonacci/(n-1) and url/fibonacci/(n-2), asked for at the same
 * time on a loop of its own. The two requests of one job are a family. Each n has a lane: a client
 * (its request is prepared once) with a limited number of connections, in which further requests
 * wait their turn. Requests for n wait for smaller ones only, so a target that fans out to itself
 * cannot block itself.
 */

enum { BODY_MAX = 4096 };
static const uint64_t timeout_ns = 30 * CT_NS_PER_S;
static const uint64_t give_up_ns = 1 * CT_NS_PER_S;       /* after stop */
static const uint64_t look_again_ns = 100 * CT_NS_PER_MS; /* for families that take too long */

struct half {
    struct ct_exchange exchange; /* first: an exchange is its half */
    struct family *family;
    bool in_flight;
    struct half *next;
};

struct family {
    struct ct_fan_out *fan_out;
    struct ct_job *job;
    struct half halves[2];
    int left;
    enum ct_failure failure;
    uint64_t sum;
    uint64_t began_ns;
    struct family *before, *after; /* in the order in which they began */
};

struct lane {
    struct ct_client *client;
    uint32_t in_flight;
    struct half *waiting, **last; /* in the order of their families */
};

struct ct_fan_out {
    struct ct_endpoint endpoint;
    uint32_t lane_connections;
    struct ct_loop *loop;
    struct ct_alarm *alarm; /* always set: it keeps the loop running */
    pthread_t thread;
    struct lane lanes[CT_FIBONACCI_FAN_OUT_MAX];
    struct family *oldest, *newest;
    uint64_t stopped_ns; /* 0: not stopped */
};

/* --- a lane --- */

static int lane_open(struct ct_fan_out *f, uint32_t n)
{
    struct lane *lane = &f->lanes[n];
    if (lane->client != NULL)
        return 0;
    char path[32];
    struct ct_request request;
    struct ct_transport_opts opts = {.keep_alive = true,
                                     .max_connections = f->lane_connections,
                                     .body_max = BODY_MAX,
                                     .keep_body = true};
    (void)snprintf(path, sizeof(path), "/fibonacci/%u", (unsigned)n);
    ct_request_init(&request, "GET", path);
    lane->last = &lane->waiting;
    int rc = ct_transport_http1.open(f->loop, &f->endpoint, &request, &opts, &lane->client, NULL);
    ct_request_release(&request);
    return rc;
}

static struct lane *lane_of(const struct half *h)
{
    struct family *fam = h->family;
    return &fam->fan_out->lanes[fam->job->work.n - 1 - (uint32_t)(h - fam->halves)];
}

static struct half *lane_pop(struct lane *lane)
{
    struct half *h = lane->waiting;
    lane->waiting = h->next;
    if (lane->waiting == NULL)
        lane->last = &lane->waiting;
    return h;
}

static void lane_start(struct lane *lane, struct half *h)
{
    lane->in_flight++;
    h->in_flight = true;
    ct_transport_http1.start(lane->client, &h->exchange);
}

static void lane_add(struct lane *lane, struct half *h, uint32_t connections)
{
    if (lane->in_flight < connections) {
        lane_start(lane, h);
        return;
    }
    *lane->last = h;
    lane->last = &h->next;
}

/* --- a family --- */

static void end_if_stopped(struct ct_fan_out *f);

static void unlink_family(struct family *fam)
{
    struct ct_fan_out *f = fam->fan_out;
    *(fam->before != NULL ? &fam->before->after : &f->oldest) = fam->after;
    *(fam->after != NULL ? &fam->after->before : &f->newest) = fam->before;
}

static void finish(struct family *fam)
{
    struct ct_fan_out *f = fam->fan_out;
    if (fam->failure == CT_FAILURE_NONE) {
        ct_job_answer(fam->job, fam->sum);
    } else {
        char why[64];
        (void)snprintf(why, sizeof(why), "upstream: %s", ct_failure_name(fam->failure));
        ct_job_refuse(fam->job, 502, why);
    }
    ct_job_finish(fam->job);
    unlink_family(fam);
    free(fam);
    end_if_stopped(f);
}

static void half_ended(struct half *h, enum ct_failure failure, uint64_t number)
{
    struct family *fam = h->family;
    if (fam->failure == CT_FAILURE_NONE)
        fam->failure = failure;
    fam->sum += number;
    if (--fam->left == 0)
        finish(fam);
}

/* The number in an answer. */
static enum ct_failure read_number(const struct ct_exchange *x, uint64_t *out)
{
    enum { DIGITS_MAX = 18 };
    struct ct_json_want want = {.name = "fibonacci"};
    if (x->failure != CT_FAILURE_NONE)
        return x->failure;
    if (x->status != 200)
        return CT_FAILURE_HTTP_STATUS;
    if (!ct_json_scan(x->body, x->body_len, &want, 1) || want.kind != CT_JSON_NUMBER ||
        want.len > DIGITS_MAX)
        return CT_FAILURE_BAD_ANSWER;
    uint64_t number = 0;
    for (size_t i = 0; i < want.len; i++) {
        if (want.text[i] < '0' || want.text[i] > '9')
            return CT_FAILURE_BAD_ANSWER;
        number = number * 10 + (uint64_t)(want.text[i] - '0');
    }
    *out = number;
    return CT_FAILURE_NONE;
}

static void half_done(struct ct_exchange *x)
{
    struct half *h = (struct half *)x;
    struct lane *lane = lane_of(h);
    uint64_t number = 0;
    enum ct_failure failure = read_number(x, &number);
    h->in_flight = false;
    lane->in_flight--;
    if (lane->waiting != NULL)
        lane_start(lane, lane_pop(lane));
    half_ended(h, failure, number);
}

static void begin(struct ct_fan_out *f, struct ct_job *job)
{
    struct family *fam = ct_xcalloc(1, sizeof(*fam));
    *fam = (struct family){.fan_out = f, .job = job, .left = 2, .began_ns = ct_clock_ns()};
    job->start_ns = ct_clock_wall_ns();
    fam->before = f->newest;
    *(f->newest != NULL ? &f->newest->after : &f->oldest) = fam;
    f->newest = fam;
    if (lane_open(f, job->work.n - 1) < 0 || lane_open(f, job->work.n - 2) < 0) {
        fam->failure = CT_FAILURE_GEN_MEMORY;
        finish(fam);
        return;
    }
    for (int i = 0; i < 2; i++) {
        fam->halves[i].family = fam;
        fam->halves[i].exchange.done = half_done;
        lane_add(lane_of(&fam->halves[i]), &fam->halves[i], f->lane_connections);
    }
}

/* --- time --- */

/* Give up the families that began before an instant. Those that wait are the first in their lanes;
 * a cancelled one is done later, from the loop. */
static void give_up_before(struct ct_fan_out *f, uint64_t instant_ns)
{
    for (uint32_t n = 0; n < CT_FIBONACCI_FAN_OUT_MAX; n++) {
        struct lane *lane = &f->lanes[n];
        while (lane->waiting != NULL && lane->waiting->family->began_ns < instant_ns)
            half_ended(lane_pop(lane), CT_FAILURE_TIMEOUT, 0);
    }
    for (struct family *fam = f->oldest; fam != NULL && fam->began_ns < instant_ns;
         fam = fam->after)
        for (int i = 0; i < 2; i++)
            if (fam->halves[i].in_flight)
                ct_transport_http1.cancel(lane_of(&fam->halves[i])->client,
                                          &fam->halves[i].exchange);
}

static void look(void *ctx)
{
    struct ct_fan_out *f = ctx;
    uint64_t now_ns = ct_clock_ns();
    ct_alarm_set(f->alarm, now_ns + look_again_ns);
    if (f->stopped_ns != 0 && now_ns - f->stopped_ns >= give_up_ns)
        give_up_before(f, UINT64_MAX);
    else if (now_ns > timeout_ns)
        give_up_before(f, now_ns - timeout_ns);
}

/* --- its thread --- */

struct arrival {
    struct ct_fan_out *fan_out;
    struct ct_job *job;
};

static void arrive(void *ctx)
{
    struct arrival a = *(struct arrival *)ctx;
    free(ctx);
    begin(a.fan_out, a.job);
}

void ct_fan_out_add(struct ct_fan_out *f, struct ct_job *job)
{
    struct arrival *a = ct_xcalloc(1, sizeof(*a));
    *a = (struct arrival){.fan_out = f, .job = job};
    ct_loop_post(f->loop, arrive, a);
}

static void client_closed(void *ctx)
{
    (void)ctx;
}

/* Once nothing is left to do, the loop has nothing to wait for: it ends by itself. */
static void end_if_stopped(struct ct_fan_out *f)
{
    if (f->stopped_ns == 0 || f->oldest != NULL || f->alarm == NULL)
        return;
    ct_alarm_free(f->alarm);
    f->alarm = NULL;
    for (uint32_t n = 0; n < CT_FIBONACCI_FAN_OUT_MAX; n++)
        if (f->lanes[n].client != NULL)
            ct_transport_http1.close(f->lanes[n].client, client_closed, NULL);
}

static void stop(void *ctx)
{
    struct ct_fan_out *f = ctx;
    f->stopped_ns = ct_clock_ns();
    end_if_stopped(f);
}

static void *run(void *ctx)
{
    const struct ct_fan_out *f = ctx;
    ct_loop_run(f->loop);
    return NULL;
}

static int start_thread(struct ct_fan_out *f, struct ct_err *err)
{
    int rc = ct_loop_new(&f->loop, err);
    if (rc < 0)
        return rc;
    if ((rc = ct_alarm_new(f->loop, look, f, &f->alarm, err)) < 0) {
        ct_loop_free(f->loop);
        return rc;
    }
    ct_alarm_set(f->alarm, ct_clock_ns() + look_again_ns);
    if (pthread_create(&f->thread, NULL, run, f) == 0)
        return 0;
    ct_alarm_free(f->alarm);
    ct_loop_free(f->loop);
    return ct_fail(err, CT_EFAIL, "cannot make a thread for the fan-out");
}

static int read_url(struct ct_fan_out *f, const char *url, struct ct_err *err)
{
    int rc;
    if ((rc = ct_endpoint_parse(url, &f->endpoint, NULL, err)) == 0 && f->endpoint.https)
        rc = ct_fail(err, CT_EUSAGE, "'%s': fanning out over https is not possible", url);
    if (rc == 0)
        rc = ct_endpoint_resolve(&f->endpoint, err);
    return rc < 0 ? ct_fail_while(err, "--fan-out") : 0;
}

int ct_fan_out_new(const char *url, uint32_t connections, struct ct_fan_out **out,
                   struct ct_err *err)
{
    struct ct_fan_out *f = ct_xcalloc(1, sizeof(*f));
    f->lane_connections = connections / CT_FIBONACCI_FAN_OUT_MAX;
    if (f->lane_connections == 0)
        f->lane_connections = 1;
    int rc;
    if ((rc = read_url(f, url, err)) < 0 || (rc = start_thread(f, err)) < 0) {
        free(f);
        return rc;
    }
    *out = f;
    return 0;
}

void ct_fan_out_stop(struct ct_fan_out *f)
{
    ct_loop_post(f->loop, stop, f);
}

void ct_fan_out_free(struct ct_fan_out *f)
{
    (void)pthread_join(f->thread, NULL);
    ct_loop_free(f->loop);
    free(f);
}
