#include "monitor/watch_once.h"

#include <pthread.h>
#include <string.h>

#include "base/clock.h"
#include "monitor/sampler.h"

struct check {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool begun, done; /* under lock */
    uint64_t until_ns;
    struct ct_watch_report *reports;
};

/* A server that is far away takes longer than the distance of two readings. */
static bool is_late(const struct ct_server_sample *s)
{
    return strcmp(s->gap, CT_SAMPLER_NO_ANSWER) == 0;
}

/* Of each server the first sample that is not late. */
static void check_snapshot(void *ctx, const struct ct_snapshot *snapshot)
{
    struct check *c = ctx;
    bool late = false;
    (void)pthread_mutex_lock(&c->lock);
    for (size_t i = 0; i < snapshot->n_servers && !c->done; i++) {
        struct ct_server_sample *kept = &c->reports[i].sample;
        if (!c->begun || is_late(kept))
            *kept = snapshot->servers[i];
        late |= is_late(kept);
    }
    c->begun = true;
    c->done |= !late || ct_clock_ns() >= c->until_ns;
    (void)pthread_cond_signal(&c->changed);
    (void)pthread_mutex_unlock(&c->lock);
}

void ct_watch_once(struct ct_watch *w, uint64_t timeout_ns, uint64_t wait_ns,
                   struct ct_watch_report *reports)
{
    struct check c = {.lock = PTHREAD_MUTEX_INITIALIZER,
                      .changed = PTHREAD_COND_INITIALIZER,
                      .until_ns = ct_clock_ns() + timeout_ns,
                      .reports = reports};
    struct ct_watch_sink sink = {.ctx = &c, .snapshot = check_snapshot};
    struct ct_instant now = ct_instant_now();
    ct_watch_start(w, &now, wait_ns, &sink);
    (void)pthread_mutex_lock(&c.lock);
    while (!c.done)
        (void)pthread_cond_wait(&c.changed, &c.lock);
    (void)pthread_mutex_unlock(&c.lock);
    ct_watch_stop(w);
}
