#include "monitor/watch.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/mem.h"
#include "monitor/sampler.h"
#include "monitor/watch_once.h"

#define STOP_WAIT_NS CT_NS_PER_S

/* One server's place in the watch. */
struct post {
    struct ct_watch *watch;
    struct ct_sampler *sampler;
    int code; /* of opening */
    struct ct_err err;
};

/* The monitor: a thread with a loop. The owner's thread posts to it and waits for the answer under
 * lock. */
struct ct_watch {
    struct ct_loop *loop;
    struct ct_alarm *alarm;   /* the next instant */
    struct ct_alarm *forever; /* never comes: keeps the loop running between posts */
    pthread_t thread;
    struct post *posts;
    size_t count;
    uint64_t timeout_ns;

    pthread_mutex_t lock;
    pthread_cond_t changed;
    size_t waiting; /* openings or closings that have not ended */
    bool sampling;  /* of the owner's thread: between start and stop */
    bool eager;     /* nobody waits for the openings */

    /* of the loop's thread */
    struct ct_watch_sink sink;
    struct ct_instant t0;
    uint64_t interval_ns, round_at_ns; /* round_at_ns: instant of the round under way; 0: none */
    size_t pending;                    /* servers that have not answered in this round */
    bool active, stopping;
    struct ct_server_sample *samples;
};

static void one_less(struct ct_watch *w)
{
    (void)pthread_mutex_lock(&w->lock);
    w->waiting--;
    (void)pthread_cond_broadcast(&w->changed);
    (void)pthread_mutex_unlock(&w->lock);
}

static void wait_for_all(struct ct_watch *w)
{
    (void)pthread_mutex_lock(&w->lock);
    while (w->waiting > 0)
        (void)pthread_cond_wait(&w->changed, &w->lock);
    (void)pthread_mutex_unlock(&w->lock);
}

/* --- rounds: all servers at one instant --- */

static void end_sampling(struct ct_watch *w)
{
    w->active = w->stopping = false;
    ct_alarm_unset(w->alarm);
    one_less(w);
}

static void end_round(struct ct_watch *w)
{
    for (size_t i = 0; i < w->count; i++)
        ct_sampler_result(w->posts[i].sampler, w->t0.mono_ns, &w->samples[i]);
    uint64_t at_ns = w->round_at_ns - w->t0.mono_ns;
    struct ct_snapshot snapshot = {
        .at_ns = at_ns,
        .wall_ns = w->t0.wall_ns + at_ns,
        .n_servers = w->count,
        .servers = w->samples,
    };
    w->round_at_ns = 0;
    w->sink.snapshot(w->sink.ctx, &snapshot);
    if (w->stopping)
        end_sampling(w);
}

static void sample_ready(void *ctx)
{
    const struct post *p = ctx;
    struct ct_watch *w = p->watch;
    if (w->round_at_ns != 0 && --w->pending == 0)
        end_round(w);
}

static void begin_round(struct ct_watch *w, uint64_t at_ns)
{
    w->round_at_ns = at_ns;
    w->pending = w->count;
    for (size_t i = 0; i < w->count; i++)
        ct_sampler_ask(w->posts[i].sampler, w->timeout_ns, sample_ready, &w->posts[i]);
}

/* An instant has come: who has not answered since the last one is a gap in that. */
static void instant_done(void *ctx)
{
    struct ct_watch *w = ctx;
    if (w->round_at_ns != 0)
        end_round(w);
    if (!w->active)
        return;
    uint64_t since_ns = ct_clock_ns() - w->t0.mono_ns;
    uint64_t at_ns = w->t0.mono_ns + since_ns / w->interval_ns * w->interval_ns;
    begin_round(w, at_ns);
    ct_alarm_set(w->alarm, at_ns + w->interval_ns);
}

/* The reading at t0 is the baseline of the first sample's CPU; nobody waits for it. */
static void baseline_ready(void *ctx)
{
    (void)ctx;
}

static void post_start(void *ctx)
{
    struct ct_watch *w = ctx;
    w->active = true;
    w->round_at_ns = 0;
    for (size_t i = 0; i < w->count; i++)
        ct_sampler_ask(w->posts[i].sampler, w->timeout_ns, baseline_ready, NULL);
    if (w->count > 0)
        ct_alarm_set(w->alarm, w->t0.mono_ns + w->interval_ns);
}

/* A round under way is waited for, but not long: until the next instant or for a second. */
static void post_stop(void *ctx)
{
    struct ct_watch *w = ctx;
    if (w->round_at_ns == 0) {
        end_sampling(w);
        return;
    }
    uint64_t wait_ns = w->interval_ns < STOP_WAIT_NS ? w->interval_ns : STOP_WAIT_NS;
    w->stopping = true;
    ct_alarm_set(w->alarm, ct_clock_ns() + wait_ns);
}

void ct_watch_start(struct ct_watch *w, const struct ct_instant *t0, uint64_t interval_ns,
                    const struct ct_watch_sink *sink)
{
    w->t0 = *t0;
    w->interval_ns = interval_ns;
    w->sink = *sink;
    w->sampling = true;
    ct_loop_post(w->loop, post_start, w);
}

void ct_watch_stop(struct ct_watch *w)
{
    if (!w->sampling)
        return;
    w->sampling = false;
    w->waiting = 1;
    ct_loop_post(w->loop, post_stop, w);
    wait_for_all(w);
}

/* --- life --- */

static void opened(void *ctx, int code, const struct ct_err *err)
{
    struct post *p = ctx;
    p->code = code == CT_ETIMEOUT ? CT_EREACH : code;
    if (code < 0)
        p->err = *err;
    p->err.code = p->code;
    if (!p->watch->eager)
        one_less(p->watch);
}

static void post_open(void *ctx)
{
    struct ct_watch *w = ctx;
    for (size_t i = 0; i < w->count; i++)
        ct_sampler_open(w->posts[i].sampler, w->timeout_ns, opened, &w->posts[i]);
}

static void closed(void *ctx)
{
    one_less(ctx);
}

static void post_close(void *ctx)
{
    struct ct_watch *w = ctx;
    for (size_t i = 0; i < w->count; i++)
        ct_sampler_close(w->posts[i].sampler, closed, w);
}

static void post_end(void *ctx)
{
    struct ct_watch *w = ctx;
    ct_alarm_free(w->alarm);
    ct_alarm_free(w->forever);
    ct_loop_stop(w->loop);
}

static void step_back(void)
{
    (void)setpriority(PRIO_PROCESS, (id_t)gettid(), getpriority(PRIO_PROCESS, 0) + 5);
}

static void *run(void *ctx)
{
    const struct ct_watch *w = ctx;
    step_back(); /* where it shares a CPU with the sender, that goes first */
    ct_loop_run(w->loop);
    return NULL;
}

static void release(struct ct_watch *w)
{
    ct_loop_free(w->loop);
    (void)pthread_mutex_destroy(&w->lock);
    (void)pthread_cond_destroy(&w->changed);
    free(w->posts);
    free(w->samples);
    free(w);
}

static int start_thread(struct ct_watch *w, struct ct_err *err)
{
    int rc;
    if ((rc = ct_loop_new(&w->loop, err)) < 0 ||
        (rc = ct_alarm_new(w->loop, instant_done, w, &w->alarm, err)) < 0 ||
        (rc = ct_alarm_new(w->loop, instant_done, w, &w->forever, err)) < 0)
        return rc;
    ct_alarm_set(w->forever, UINT64_MAX);
    errno = pthread_create(&w->thread, NULL, run, w);
    return errno == 0 ? 0 : ct_fail_errno(err, CT_EFAIL, "cannot start the monitor's thread");
}

static int watch_new(const struct ct_cluster *cluster, uint64_t timeout_ns, struct ct_watch **out,
                     struct ct_err *err)
{
    struct ct_watch *w = ct_xcalloc(1, sizeof(*w));
    w->timeout_ns = timeout_ns;
    (void)pthread_mutex_init(&w->lock, NULL);
    (void)pthread_cond_init(&w->changed, NULL);
    int rc = start_thread(w, err);
    if (rc < 0) {
        ct_alarm_free(w->alarm);
        ct_alarm_free(w->forever);
        release(w);
        return rc;
    }
    w->count = cluster->count;
    w->posts = ct_xcalloc(w->count, sizeof(*w->posts));
    w->samples = ct_xcalloc(w->count, sizeof(*w->samples));
    for (size_t i = 0; i < w->count; i++) {
        w->posts[i].watch = w;
        w->posts[i].sampler = ct_sampler_new(w->loop, &cluster->servers[i]);
    }
    *out = w;
    return 0;
}

void ct_watch_free(struct ct_watch *w)
{
    if (w == NULL)
        return;
    ct_watch_stop(w);
    w->waiting = w->count;
    ct_loop_post(w->loop, post_close, w);
    wait_for_all(w);
    ct_loop_post(w->loop, post_end, w);
    (void)pthread_join(w->thread, NULL);
    release(w);
}

/* Open all, wait for all; the gravest code, its message in err. */
static int open_all(struct ct_watch *w, struct ct_err *err)
{
    int worst = 0;
    w->waiting = w->count;
    ct_loop_post(w->loop, post_open, w);
    wait_for_all(w);
    for (size_t i = 0; i < w->count; i++) {
        if (w->posts[i].code >= worst)
            continue;
        worst = w->posts[i].code;
        if (err != NULL)
            *err = w->posts[i].err;
    }
    return worst;
}

/* The samplers are the monitor's, but none is opened anew before the watch is started. */
static void tell_new_keys(const struct ct_watch *w, ct_watch_new_key_fn *new_key)
{
    struct ct_ssh_info info;
    for (size_t i = 0; new_key != NULL && i < w->count; i++)
        if (ct_sampler_ssh_info(w->posts[i].sampler, &info) && info.new_key)
            new_key(ct_sampler_server(w->posts[i].sampler), &info);
}

int ct_watch_open(const struct ct_cluster *cluster, uint64_t timeout_ns,
                  ct_watch_new_key_fn *new_key, struct ct_watch **out, struct ct_err *err)
{
    struct ct_watch *w;
    int rc = watch_new(cluster, timeout_ns, &w, err);
    if (rc < 0)
        return rc;
    rc = open_all(w, err);
    tell_new_keys(w, new_key);
    if (rc < 0)
        ct_watch_free(w);
    else
        *out = w;
    return rc;
}

int ct_watch_begin(const struct ct_cluster *cluster, uint64_t timeout_ns, struct ct_watch **out,
                   struct ct_err *err)
{
    int rc = watch_new(cluster, timeout_ns, out, err);
    if (rc < 0)
        return rc;
    (*out)->eager = true;
    ct_loop_post((*out)->loop, post_open, *out);
    return 0;
}

bool ct_watch_is_here(const struct ct_watch *w, size_t i)
{
    return ct_sampler_is_here(w->posts[i].sampler);
}

/* --- everything once --- */

static void report_opening(const struct post *p, struct ct_watch_report *out)
{
    memset(out, 0, sizeof(*out));
    out->server = ct_sampler_server(p->sampler);
    out->code = p->code;
    out->err = p->err;
    out->over_ssh = ct_sampler_ssh_info(p->sampler, &out->ssh);
}

/* It could be opened, but not be read again. */
static void report_gap(struct ct_watch_report *r)
{
    if (r->code == 0 && r->sample.gap[0] != '\0')
        r->code = ct_fail(&r->err, CT_EREACH, "%s: %s", r->server->id, r->sample.gap);
    r->reason = ct_sampler_reason(r->server, r->err.msg);
}

int ct_watch_check(const struct ct_cluster *cluster, uint64_t timeout_ns, uint64_t wait_ns,
                   struct ct_watch_report *reports, struct ct_err *err)
{
    struct ct_watch *w;
    int rc = watch_new(cluster, timeout_ns, &w, err);
    if (rc < 0)
        return rc;
    rc = open_all(w, err);
    for (size_t i = 0; i < w->count; i++)
        report_opening(&w->posts[i], &reports[i]);
    if (w->count > 0)
        ct_watch_once(w, timeout_ns, wait_ns, reports);
    for (size_t i = 0; i < w->count; i++) {
        report_gap(&reports[i]);
        if (reports[i].code < rc && err != NULL)
            *err = reports[i].err;
        rc = reports[i].code < rc ? reports[i].code : rc;
    }
    ct_watch_free(w);
    return rc;
}
