#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/jsonscan.h"
#include "base/mem.h"
#include "io/transport.h"
#include "target/job.h"

/*
 * fibonacci(n) = the answers of url/fibonacci/(n-1) and url/fibonacci/(n-2), asked for at the same
 * time on a loop of its own. Each n has a client (its request is prepared once) that is opened when
 * it is first needed.
 */

enum { CONNECTIONS_MAX = 4096, BODY_MAX = 4096 };

struct half {
    struct ct_exchange exchange; /* first: an exchange is its half */
    struct family *family;
    struct half *next;
};

/* The two requests of one job. */
struct family {
    struct ct_fan_out *fan_out;
    struct ct_job *job;
    struct half halves[2];
    int left;
    bool failed;
    uint64_t sum;
};

struct lane { /* requests for one n */
    struct ct_client *client;
    uint32_t in_flight;
    struct half *waiting, **last; /* beyond the connections a lane may have */
};

struct ct_fan_out {
    struct ct_endpoint endpoint;
    struct ct_loop *loop;
    pthread_t thread;
    struct lane lanes[CT_FIBONACCI_FAN_OUT_MAX + 1];
    uint32_t families, open_clients;
    bool stopping;
};

static void stop_when_idle(struct ct_fan_out *f);

static void finish(struct family *fam)
{
    struct ct_fan_out *f = fam->fan_out;
    if (fam->failed)
        ct_job_refuse(fam->job, 502, "upstream failed");
    else
        ct_job_answer(fam->job, fam->sum);
    MHD_resume_connection(fam->job->connection);
    free(fam);
    f->families--;
    stop_when_idle(f);
}

/* The number in an answer; false when it is not one. */
static bool read_number(const struct ct_exchange *x, uint64_t *out)
{
    struct ct_json_want want = {.name = "fibonacci"};
    if (x->failure != CT_FAILURE_NONE || x->status != 200 ||
        !ct_json_scan(x->body, x->body_len, &want, 1) || want.kind != CT_JSON_NUMBER ||
        want.len > 18)
        return false;
    *out = 0;
    for (size_t i = 0; i < want.len; i++) {
        if (want.text[i] < '0' || want.text[i] > '9')
            return false;
        *out = *out * 10 + (uint64_t)(want.text[i] - '0');
    }
    return true;
}

static struct lane *lane_of(const struct half *h)
{
    struct family *fam = h->family;
    uint32_t n = fam->job->work.n - 1 - (uint32_t)(h - fam->halves);
    return &fam->fan_out->lanes[n];
}

static void start_half(struct lane *lane, struct half *h)
{
    if (lane->in_flight == CONNECTIONS_MAX) {
        h->next = NULL;
        *lane->last = h;
        lane->last = &h->next;
        return;
    }
    lane->in_flight++;
    ct_transport_http1.start(lane->client, &h->exchange);
}

static void half_done(struct ct_exchange *x)
{
    struct half *h = (struct half *)x;
    struct family *fam = h->family;
    struct lane *lane = lane_of(h);
    uint64_t number = 0;
    fam->failed = !read_number(x, &number) || fam->failed;
    fam->sum += number;
    lane->in_flight--;
    struct half *next = lane->waiting;
    if (next != NULL) {
        lane->waiting = next->next;
        if (lane->waiting == NULL)
            lane->last = &lane->waiting;
        start_half(lane, next);
    }
    if (--fam->left == 0)
        finish(fam);
}

static int open_lane(struct ct_fan_out *f, uint32_t n)
{
    struct lane *lane = &f->lanes[n];
    if (lane->client != NULL)
        return 0;
    char path[32];
    struct ct_request request;
    struct ct_transport_opts opts = {.keep_alive = true,
                                     .max_connections = CONNECTIONS_MAX,
                                     .body_max = BODY_MAX,
                                     .keep_body = true};
    (void)snprintf(path, sizeof(path), "/fibonacci/%u", (unsigned)n);
    ct_request_init(&request, "GET", path);
    int rc = ct_transport_http1.open(f->loop, &f->endpoint, &request, &opts, &lane->client, NULL);
    ct_request_release(&request);
    lane->last = &lane->waiting;
    f->open_clients += rc == 0;
    return rc;
}

struct arrival {
    struct ct_fan_out *fan_out;
    struct ct_job *job;
};

static void arrive(void *ctx)
{
    struct arrival *a = ctx;
    struct ct_fan_out *f = a->fan_out;
    struct family *fam = ct_xcalloc(1, sizeof(*fam));
    fam->fan_out = f;
    fam->job = a->job;
    fam->left = 2;
    free(a);
    f->families++;
    fam->job->start_ns = ct_clock_wall_ns();
    if (open_lane(f, fam->job->work.n - 1) < 0 || open_lane(f, fam->job->work.n - 2) < 0) {
        fam->failed = true;
        finish(fam);
        return;
    }
    for (int i = 0; i < 2; i++) {
        fam->halves[i].family = fam;
        fam->halves[i].exchange.done = half_done;
    }
    start_half(lane_of(&fam->halves[0]), &fam->halves[0]);
    start_half(lane_of(&fam->halves[1]), &fam->halves[1]);
}

void ct_fan_out_add(struct ct_fan_out *f, struct ct_job *job)
{
    struct arrival *a = ct_xcalloc(1, sizeof(*a));
    *a = (struct arrival){.fan_out = f, .job = job};
    ct_loop_post(f->loop, arrive, a);
}

/* --- its thread --- */

static void client_closed(void *ctx)
{
    struct ct_fan_out *f = ctx;
    if (--f->open_clients == 0)
        ct_loop_stop(f->loop);
}

static void stop_when_idle(struct ct_fan_out *f)
{
    if (!f->stopping || f->families > 0)
        return;
    if (f->open_clients == 0)
        ct_loop_stop(f->loop);
    for (uint32_t n = 0; n <= CT_FIBONACCI_FAN_OUT_MAX; n++)
        if (f->lanes[n].client != NULL)
            ct_transport_http1.close(f->lanes[n].client, client_closed, f);
}

static void stop(void *ctx)
{
    struct ct_fan_out *f = ctx;
    f->stopping = true;
    stop_when_idle(f);
}

static void *run(void *ctx)
{
    const struct ct_fan_out *f = ctx;
    ct_loop_run(f->loop);
    return NULL;
}

int ct_fan_out_new(const char *url, struct ct_fan_out **out, struct ct_err *err)
{
    struct ct_fan_out *f = ct_xcalloc(1, sizeof(*f));
    int rc;
    if ((rc = ct_endpoint_parse(url, &f->endpoint, NULL, err)) < 0 ||
        (rc = ct_endpoint_resolve(&f->endpoint, err)) < 0)
        goto fail;
    if (f->endpoint.https) {
        rc = ct_fail(err, CT_EUSAGE, "--fan-out: only http");
        goto fail;
    }
    if ((rc = ct_loop_new(&f->loop, err)) < 0)
        goto fail;
    if (pthread_create(&f->thread, NULL, run, f) != 0) {
        ct_loop_free(f->loop);
        rc = ct_fail(err, CT_EFAIL, "no thread for the fan-out");
        goto fail;
    }
    *out = f;
    return 0;
fail:
    free(f);
    return rc;
}

void ct_fan_out_free(struct ct_fan_out *f)
{
    ct_loop_post(f->loop, stop, f);
    (void)pthread_join(f->thread, NULL);
    ct_loop_free(f->loop);
    free(f);
}
