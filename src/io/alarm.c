#include <assert.h>
#include <stdlib.h>
#include <sys/timerfd.h>
#include <unistd.h>
#include <uv.h>

#include "base/clock.h"
#include "base/mem.h"
#include "io/loop.h"

/* The poll handle stays started for good; the alarm keeps the loop running (is referenced) only
 * while it is set. That spares two epoll_ctl per alarm. */
struct ct_alarm {
    uv_poll_t poll;
    int fd;
    uint64_t at_ns; /* 0: not set */
    ct_alarm_fn *fn;
    void *ctx;
};

/* Setting the timer also takes back the readiness of one that went off: it is never read. */
static void set_timer(struct ct_alarm *a, uint64_t at_ns)
{
    struct itimerspec spec = {.it_value = {.tv_sec = (time_t)(at_ns / CT_NS_PER_S),
                                           .tv_nsec = (long)(at_ns % CT_NS_PER_S)}};
    int rc = timerfd_settime(a->fd, TFD_TIMER_ABSTIME, &spec, NULL);
    assert(rc == 0);
    (void)rc;
}

static void alarm_done(uv_poll_t *poll, int status, int events)
{
    struct ct_alarm *a = poll->data;
    (void)status;
    (void)events;
    /* Set anew by an earlier callback of this turn: the event is of the time before. */
    if (a->at_ns == 0 || ct_clock_ns() < a->at_ns)
        return;
    a->at_ns = 0;
    a->fn(a->ctx);
    if (a->at_ns == 0)
        ct_alarm_unset(a);
}

int ct_alarm_new(struct ct_loop *loop, ct_alarm_fn *fn, void *ctx, struct ct_alarm **out,
                 struct ct_err *err)
{
    int fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
    if (fd < 0)
        return ct_fail_errno(err, CT_EFAIL, "cannot make a timer");
    struct ct_alarm *a = ct_xcalloc(1, sizeof(*a));
    a->fd = fd;
    a->fn = fn;
    a->ctx = ctx;
    int rc = uv_poll_init(ct_loop_uv(loop), &a->poll, fd);
    if (rc < 0) {
        (void)close(fd);
        free(a);
        return ct_fail(err, CT_EFAIL, "cannot watch a timer: %s", uv_strerror(rc));
    }
    a->poll.data = a;
    (void)uv_poll_start(&a->poll, UV_READABLE, alarm_done);
    uv_unref((uv_handle_t *)&a->poll);
    *out = a;
    return 0;
}

void ct_alarm_set(struct ct_alarm *a, uint64_t at_ns)
{
    a->at_ns = at_ns > 0 ? at_ns : 1; /* 0 would disarm the timer */
    set_timer(a, a->at_ns);
    uv_ref((uv_handle_t *)&a->poll);
}

void ct_alarm_unset(struct ct_alarm *a)
{
    a->at_ns = 0;
    set_timer(a, 0);
    uv_unref((uv_handle_t *)&a->poll);
}

static void close_done(uv_handle_t *handle)
{
    struct ct_alarm *a = handle->data;
    (void)close(a->fd);
    free(a);
}

void ct_alarm_free(struct ct_alarm *a)
{
    if (a == NULL)
        return;
    a->at_ns = 0;
    uv_close((uv_handle_t *)&a->poll, close_done);
}
