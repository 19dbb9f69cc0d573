#include "monitor/watch.h"

#include <assert.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "monitor/sampler.h"

/* One server's place in the watch. */
struct post {
    struct ct_watch *watch;
    struct ct_sampler *sampler;
    int code; /* of opening */
    struct ct_err err;
    bool pending; /* asked in this round, not ready yet */
};

/* The monitor: a thread with a loop. The owner's thread posts to it and waits for the answer under
 * lock. */
struct ct_watch {
    struct ct_loop *loop;
    struct ct_alarm *alarm;
    pthread_t thread;
    struct post *posts;
    size_t count;
    uint64_t timeout_ns;

    pthread_mutex_t lock;
    pthread_cond_t changed;
    size_t waiting; /* openings or closings that have not ended */
    bool sampling;  /* under lock: callbacks may come */

    /* of the loop's thread */
    struct ct_watch_sink sink;
    struct ct_instant t0;
    uint64_t interval_ns, round_at_ns; /* round_at_ns: instant of the round under way; 0: none */
    size_t pending;
    bool active;
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

static void end_round(struct ct_watch *w)
{
    if (w->round_at_ns == 0)
        return;
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
}

static void post_ready(void *ctx)
{
    struct post *p = ctx;
    struct ct_watch *w = p->watch;
    if (!p->pending)
        return;
    p->pending = false;
    w->pending--;
}

/* The instant after now_ns, or the one that now_ns is. */
static uint64_t next_instant(const struct ct_watch *w, uint64_t now_ns)
{
    uint64_t since_ns = now_ns - w->t0.mono_ns;
    return w->t0.mono_ns + (since_ns / w->interval_ns + 1) * w->interval_ns;
}

static void begin_round(struct ct_watch *w, uint64_t at_ns)
{
    w->round_at_ns = at_ns;
    w->pending = 0;
    for (size_t i = 0; i < w->count; i++) {
        w->posts[i].pending = true;
        w->pending++;
        ct_sampler_ask(w->posts[i].sampler, w->timeout_ns, post_ready, &w->posts[i]);
    }
}

/* A round lasts until the next instant but a tenth of the interval, so that pings have come back
 * too. */
static void alarm_done(void *ctx)
{
    struct ct_watch *w = ctx;
    uint64_t now_ns = ct_clock_ns();
    if (!w->active)
        return;
    if (w->round_at_ns != 0) {
        end_round(w);
        ct_alarm_set(w->alarm, next_instant(w, now_ns));
        return;
    }
    uint64_t at_ns = next_instant(w, now_ns) - w->interval_ns;
    begin_round(w, at_ns);
    ct_alarm_set(w->alarm, at_ns + w->interval_ns - w->interval_ns / 10);
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
    ct_alarm_set(w->alarm, w->t0.mono_ns + w->interval_ns);
}

static void post_stop(void *ctx)
{
    struct ct_watch *w = ctx;
    if (w->active && w->round_at_ns != 0)
        end_round(w);
    w->active = false;
    ct_alarm_unset(w->alarm);
    one_less(w);
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
    p->code = code;
    if (code < 0)
        p->err = *err;
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
    ct_loop_stop(w->loop);
}

static void *run(void *ctx)
{
    const struct ct_watch *w = ctx;
    ct_loop_run(w->loop);
    return NULL;
}

static int watch_new(const struct ct_cluster *cluster, uint64_t timeout_ns, struct ct_watch **out,
                     struct ct_err *err)
{
    struct ct_watch *w = ct_xcalloc(1, sizeof(*w));
    int rc;
    w->count = cluster->count;
    w->timeout_ns = timeout_ns;
    (void)pthread_mutex_init(&w->lock, NULL);
    (void)pthread_cond_init(&w->changed, NULL);
    if ((rc = ct_loop_new(&w->loop, err)) < 0 ||
        (rc = ct_alarm_new(w->loop, alarm_done, w, &w->alarm, err)) < 0) {
        if (w->loop != NULL)
            ct_loop_free(w->loop);
        free(w);
        return rc;
    }
    w->posts = ct_xcalloc(w->count, sizeof(*w->posts));
    w->samples = ct_xcalloc(w->count, sizeof(*w->samples));
    for (size_t i = 0; i < w->count; i++) {
        w->posts[i].watch = w;
        w->posts[i].sampler = ct_sampler_new(w->loop, &cluster->servers[i]);
    }
    int failed = pthread_create(&w->thread, NULL, run, w);
    assert(failed == 0);
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
    ct_loop_free(w->loop);
    (void)pthread_mutex_destroy(&w->lock);
    (void)pthread_cond_destroy(&w->changed);
    free(w->posts);
    free(w->samples);
    free(w);
}

/* Open all, wait for all; the gravest code, its message in err. */
static int open_all(struct ct_watch *w, struct ct_err *err)
{
    int worst = 0;
    w->waiting = w->count;
    ct_loop_post(w->loop, post_open, w);
    wait_for_all(w);
    for (size_t i = 0; i < w->count; i++) {
        int code = w->posts[i].code == CT_ETIMEOUT ? CT_EREACH : w->posts[i].code;
        if (code >= worst)
            continue;
        worst = code;
        if (err != NULL)
            *err = w->posts[i].err;
    }
    if (worst < 0 && err != NULL)
        err->code = worst;
    return worst;
}

int ct_watch_open(const struct ct_cluster *cluster, uint64_t timeout_ns, struct ct_watch **out,
                  struct ct_err *err)
{
    struct ct_watch *w;
    int rc = watch_new(cluster, timeout_ns, &w, err);
    if (rc < 0)
        return rc;
    rc = open_all(w, err);
    if (rc < 0)
        ct_watch_free(w);
    else
        *out = w;
    return rc;
}

/* --- everything once --- */

struct check {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool done;
    struct ct_watch_report *reports;
};

static void check_snapshot(void *ctx, const struct ct_snapshot *snapshot)
{
    struct check *c = ctx;
    (void)pthread_mutex_lock(&c->lock);
    for (size_t i = 0; i < snapshot->n_servers && !c->done; i++) {
        c->reports[i].sample = snapshot->servers[i];
        c->reports[i].sample.host = c->reports[i].server->id;
    }
    c->done = true;
    (void)pthread_cond_signal(&c->changed);
    (void)pthread_mutex_unlock(&c->lock);
}

int ct_watch_check(const struct ct_cluster *cluster, uint64_t timeout_ns, uint64_t wait_ns,
                   struct ct_watch_report *reports, struct ct_err *err)
{
    struct ct_watch *w;
    int rc = watch_new(cluster, timeout_ns, &w, err);
    if (rc < 0)
        return rc;
    rc = open_all(w, err);
    for (size_t i = 0; i < w->count; i++) {
        reports[i] = (struct ct_watch_report){
            .server = &cluster->servers[i], .code = w->posts[i].code, .err = w->posts[i].err};
        reports[i].over_ssh = ct_sampler_ssh_info(w->posts[i].sampler, &reports[i].ssh);
    }
    struct check c = {
        .lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER, .reports = reports};
    struct ct_watch_sink sink = {.ctx = &c, .snapshot = check_snapshot};
    struct ct_instant now = ct_instant_now();
    if (w->count > 0) {
        ct_watch_start(w, &now, wait_ns, &sink);
        (void)pthread_mutex_lock(&c.lock);
        while (!c.done)
            (void)pthread_cond_wait(&c.changed, &c.lock);
        (void)pthread_mutex_unlock(&c.lock);
    }
    ct_watch_free(w);
    return rc;
}
