#include "services/watching.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "io/loop.h"
#include "monitor/watch.h"

#define TICK_NS (CT_NS_PER_S / 4)
static const uint64_t timeout_ns = 10 * CT_NS_PER_S;

struct watching {
    const struct ct_watching *opts;
    struct ct_loop *loop;
    struct ct_signals *signals;
    struct ct_alarm *alarm;
    struct ct_fd *keys; /* NULL */
    struct ct_watch *watch;
    uint64_t end_ns; /* 0: none */
    uint64_t snapshots;
    int signum;
    bool ended;
};

static void end(struct watching *w)
{
    w->ended = true;
    ct_loop_stop(w->loop);
}

/* --- snapshots: from the monitor's thread to ours --- */

struct parcel {
    struct watching *to;
    struct ct_snapshot snapshot;
    struct ct_server_sample servers[];
};

static void open_parcel(void *ctx)
{
    struct parcel *p = ctx;
    struct watching *w = p->to;
    if (!w->ended) {
        bool go_on = w->opts->snapshot(w->opts->ctx, &p->snapshot);
        if (++w->snapshots == w->opts->count || !go_on)
            end(w);
    }
    free(p);
}

static void send_parcel(void *ctx, const struct ct_snapshot *s)
{
    struct watching *w = ctx;
    struct parcel *p = ct_xcalloc(1, sizeof(*p) + s->n_servers * sizeof(p->servers[0]));
    p->to = w;
    p->snapshot = *s;
    p->snapshot.servers = p->servers;
    memcpy(p->servers, s->servers, s->n_servers * sizeof(p->servers[0]));
    ct_loop_post(w->loop, open_parcel, p);
}

/* --- on our loop --- */

static void signal_done(void *ctx, int signum)
{
    struct watching *w = ctx;
    w->signum = signum;
    end(w);
}

static void key_ready(void *ctx, unsigned events)
{
    struct watching *w = ctx;
    unsigned char key;
    (void)events;
    ssize_t n;
    while ((n = read(w->opts->keys, &key, 1)) == 1)
        if (!w->ended && !w->opts->key(w->opts->ctx, key))
            end(w);
    if (n == 0) /* the terminal is gone */
        end(w);
}

static void tick_done(void *ctx)
{
    struct watching *w = ctx;
    uint64_t now_ns = ct_clock_ns();
    if (w->end_ns != 0 && now_ns >= w->end_ns) {
        end(w);
        return;
    }
    w->opts->tick(w->opts->ctx);
    uint64_t next_ns = now_ns + TICK_NS;
    ct_alarm_set(w->alarm, w->end_ns != 0 && w->end_ns < next_ns ? w->end_ns : next_ns);
}

static int open_loop(struct watching *w, struct ct_err *err)
{
    int rc;
    if ((rc = ct_loop_new(&w->loop, err)) < 0 ||
        (rc = ct_signals_new(w->loop, signal_done, w, &w->signals, err)) < 0 ||
        (rc = ct_alarm_new(w->loop, tick_done, w, &w->alarm, err)) < 0)
        return rc;
    if (w->opts->keys >= 0 &&
        (rc = ct_fd_new(w->loop, w->opts->keys, key_ready, w, &w->keys, err)) < 0)
        return rc;
    if (w->keys != NULL)
        ct_fd_want(w->keys, CT_FD_READ);
    return 0;
}

/* What the monitor posted last is taken off the loop before that goes. */
static void close_all(struct watching *w)
{
    w->ended = true;
    ct_watch_free(w->watch);
    if (w->keys != NULL)
        ct_fd_free(w->keys);
    if (w->alarm != NULL)
        ct_alarm_free(w->alarm);
    ct_signals_free(w->signals);
    if (w->loop != NULL) {
        ct_loop_run(w->loop);
        ct_loop_free(w->loop);
    }
}

int ct_watching_run(const struct ct_watching *opts, int *out_signum, struct ct_err *err)
{
    struct watching w = {.opts = opts};
    if (opts->config->cluster.count == 0)
        return ct_fail(err, CT_EUSAGE, "%s: \"monitorServers\" is empty: there is nothing to watch",
                       opts->config->path);
    int rc = open_loop(&w, err);
    if (rc == 0)
        rc = ct_watch_begin(&opts->config->cluster, timeout_ns, &w.watch, err);
    if (rc == 0) {
        struct ct_instant now = ct_instant_now();
        struct ct_watch_sink sink = {.ctx = &w, .snapshot = send_parcel};
        w.end_ns = opts->duration_ns > 0 ? now.mono_ns + opts->duration_ns : 0;
        ct_watch_start(w.watch, &now, opts->interval_ns, &sink);
        tick_done(&w);
        ct_loop_run(w.loop);
        *out_signum = w.signum;
        opts->ended(opts->ctx);
    }
    close_all(&w);
    return rc;
}
