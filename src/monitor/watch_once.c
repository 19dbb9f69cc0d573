#include "monitor/watch_once.h"

#include <pthread.h>

struct check {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool done; /* under lock */
    struct ct_watch_report *reports;
};

static void check_snapshot(void *ctx, const struct ct_snapshot *snapshot)
{
    struct check *c = ctx;
    (void)pthread_mutex_lock(&c->lock);
    for (size_t i = 0; i < snapshot->n_servers && !c->done; i++)
        c->reports[i].sample = snapshot->servers[i];
    c->done = true;
    (void)pthread_cond_signal(&c->changed);
    (void)pthread_mutex_unlock(&c->lock);
}

/* One snapshot into the reports. */
void ct_watch_once(struct ct_watch *w, uint64_t wait_ns, struct ct_watch_report *reports)
{
    struct check c = {
        .lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER, .reports = reports};
    struct ct_watch_sink sink = {.ctx = &c, .snapshot = check_snapshot};
    struct ct_instant now = ct_instant_now();
    ct_watch_start(w, &now, wait_ns, &sink);
    (void)pthread_mutex_lock(&c.lock);
    while (!c.done)
        (void)pthread_cond_wait(&c.changed, &c.lock);
    (void)pthread_mutex_unlock(&c.lock);
    ct_watch_stop(w);
}
