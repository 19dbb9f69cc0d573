#include "io/loop.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <uv.h>

#include "base/clock.h"
#include "base/mem.h"

struct post {
    void (*fn)(void *ctx);
    void *ctx;
};

struct posts {
    struct post *items;
    size_t count, cap;
};

struct ct_loop {
    uv_loop_t uv;
    uv_async_t wake;     /* something was posted; unreferenced */
    uv_prepare_t before; /* stamps the poll's beginning; unreferenced */
    uv_idle_t spin;      /* active only while spinning */
    void (*spin_fn)(void *ctx);
    void *spin_ctx;
    bool stopping;

    uint64_t before_ns;      /* when this turn's poll began */
    uint64_t before_wait_ns; /* time waited before it */
    uint64_t woke_ns;        /* 0 until asked for in this turn */

    pthread_mutex_t lock; /* guards posted */
    struct posts posted;
    struct posts taken; /* being called; the loop's thread only */
};

/* --- posts --- */

static bool take_posts(struct ct_loop *loop)
{
    pthread_mutex_lock(&loop->lock);
    struct posts empty = loop->taken;
    loop->taken = loop->posted;
    loop->posted = empty;
    loop->posted.count = 0;
    pthread_mutex_unlock(&loop->lock);
    return loop->taken.count > 0;
}

/* What a post posts is called in a later turn, so that posts cannot starve the sockets. */
static void call_posts(struct ct_loop *loop)
{
    if (!take_posts(loop))
        return;
    for (size_t i = 0; i < loop->taken.count; i++)
        loop->taken.items[i].fn(loop->taken.items[i].ctx);
    loop->taken.count = 0;
}

static bool has_posts(struct ct_loop *loop)
{
    pthread_mutex_lock(&loop->lock);
    bool any = loop->posted.count > 0;
    pthread_mutex_unlock(&loop->lock);
    return any;
}

static void wake_done(uv_async_t *wake)
{
    call_posts(wake->data);
}

void ct_loop_post(struct ct_loop *loop, void (*fn)(void *ctx), void *ctx)
{
    assert(fn != NULL);
    pthread_mutex_lock(&loop->lock);
    struct posts *q = &loop->posted;
    if (q->count == q->cap) {
        q->cap = q->cap == 0 ? 16 : 2 * q->cap;
        q->items = ct_xrealloc(q->items, q->cap, sizeof(*q->items));
    }
    q->items[q->count++] = (struct post){fn, ctx};
    /* Under the lock: a loop whose last post was seen may be freed as soon as it is unlocked. */
    (void)uv_async_send(&loop->wake);
    pthread_mutex_unlock(&loop->lock);
}

/* --- time --- */

static void before_poll(uv_prepare_t *before)
{
    struct ct_loop *loop = before->data;
    loop->before_wait_ns = uv_metrics_idle_time(&loop->uv);
    loop->before_ns = ct_clock_ns();
    loop->woke_ns = 0;
}

uint64_t ct_loop_woke_ns(struct ct_loop *loop)
{
    if (loop->woke_ns == 0)
        loop->woke_ns = loop->before_ns + (uv_metrics_idle_time(&loop->uv) - loop->before_wait_ns);
    return loop->woke_ns;
}

uint64_t ct_loop_wait_ns(struct ct_loop *loop)
{
    return uv_metrics_idle_time(&loop->uv);
}

/* --- spinning: an active idle handle keeps the poll from waiting --- */

static void spin_done(uv_idle_t *spin)
{
    struct ct_loop *loop = spin->data;
    loop->spin_fn(loop->spin_ctx);
}

void ct_loop_spin(struct ct_loop *loop, void (*fn)(void *ctx), void *ctx)
{
    loop->spin_fn = fn;
    loop->spin_ctx = ctx;
    if (fn != NULL)
        (void)uv_idle_start(&loop->spin, spin_done);
    else
        (void)uv_idle_stop(&loop->spin);
}

/* --- the loop --- */

static int open_handles(struct ct_loop *loop, struct ct_err *err)
{
    int rc = uv_async_init(&loop->uv, &loop->wake, wake_done);
    if (rc < 0)
        return ct_fail(err, CT_EFAIL, "cannot make an event loop: %s", uv_strerror(rc));
    (void)uv_prepare_init(&loop->uv, &loop->before);
    (void)uv_idle_init(&loop->uv, &loop->spin);
    loop->wake.data = loop->before.data = loop->spin.data = loop;
    (void)uv_prepare_start(&loop->before, before_poll);
    uv_unref((uv_handle_t *)&loop->wake);
    uv_unref((uv_handle_t *)&loop->before);
    return 0;
}

int ct_loop_new(struct ct_loop **out, struct ct_err *err)
{
    struct ct_loop *loop = ct_xcalloc(1, sizeof(*loop));
    int rc = uv_loop_init(&loop->uv);
    if (rc < 0) {
        free(loop);
        return ct_fail(err, CT_EFAIL, "cannot make an event loop: %s", uv_strerror(rc));
    }
    (void)uv_loop_configure(&loop->uv, UV_METRICS_IDLE_TIME);
    if ((rc = open_handles(loop, err)) < 0) {
        (void)uv_loop_close(&loop->uv);
        free(loop);
        return rc;
    }
    (void)pthread_mutex_init(&loop->lock, NULL);
    *out = loop;
    return 0;
}

void ct_loop_run(struct ct_loop *loop)
{
    (void)prctl(PR_SET_TIMERSLACK, 1UL, 0UL, 0UL, 0UL);
    loop->stopping = false;
    do {
        call_posts(loop);
        if (!loop->stopping)
            (void)uv_run(&loop->uv, UV_RUN_DEFAULT);
    } while (!loop->stopping && has_posts(loop));
}

void ct_loop_stop(struct ct_loop *loop)
{
    loop->stopping = true;
    uv_stop(&loop->uv);
}

void ct_loop_free(struct ct_loop *loop)
{
    if (loop == NULL)
        return;
    assert(!has_posts(loop));
    uv_close((uv_handle_t *)&loop->wake, NULL);
    uv_close((uv_handle_t *)&loop->before, NULL);
    uv_close((uv_handle_t *)&loop->spin, NULL);
    /* One turn closes these and what was freed last; a second one what those turns began. */
    (void)uv_run(&loop->uv, UV_RUN_NOWAIT);
    (void)uv_run(&loop->uv, UV_RUN_NOWAIT);
    int rc = uv_loop_close(&loop->uv);
    assert(rc == 0);
    (void)rc;
    (void)pthread_mutex_destroy(&loop->lock);
    free(loop->posted.items);
    free(loop->taken.items);
    free(loop);
}

struct uv_loop_s *ct_loop_uv(struct ct_loop *loop)
{
    return &loop->uv;
}
