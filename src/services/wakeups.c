#include "services/wakeups.h"

#include <math.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "analysis/dist.h"
#include "base/clock.h"
#include "base/mem.h"
#include "engine/self.h"

struct waiter {
    int timer, epoll;
};

static int waiter_open(struct waiter *w, struct ct_err *err)
{
    struct epoll_event event = {.events = EPOLLIN};
    w->timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
    w->epoll = epoll_create1(EPOLL_CLOEXEC);
    if (w->timer < 0 || w->epoll < 0 || epoll_ctl(w->epoll, EPOLL_CTL_ADD, w->timer, &event) < 0)
        return ct_fail_errno(err, CT_EFAIL, "a timer to measure with");
    return 0;
}

static void waiter_close(struct waiter *w)
{
    if (w->timer >= 0)
        (void)close(w->timer);
    if (w->epoll >= 0)
        (void)close(w->epoll);
}

static void wait_until(const struct waiter *w, uint64_t at_ns)
{
    const struct itimerspec spec = {.it_value = {.tv_sec = (time_t)(at_ns / CT_NS_PER_S),
                                                 .tv_nsec = (long)(at_ns % CT_NS_PER_S)}};
    struct epoll_event event;
    (void)timerfd_settime(w->timer, TFD_TIMER_ABSTIME, &spec, NULL);
    while (epoll_wait(w->epoll, &event, 1, -1) != 1)
        continue;
}

int ct_wakeups_measure(uint64_t rate_per_s, uint64_t count, struct ct_wakeups *out,
                       uint64_t *out_slack_ns, struct ct_err *err)
{
    struct waiter w;
    int rc = waiter_open(&w, err);
    if (rc < 0) {
        waiter_close(&w);
        return rc;
    }
    (void)prctl(PR_SET_TIMERSLACK, 1UL, 0UL, 0UL, 0UL); /* as the loop threads of a run */
    (void)ct_self_short_turns();
    int slack = prctl(PR_GET_TIMERSLACK, 0UL, 0UL, 0UL, 0UL);
    if (out_slack_ns != NULL)
        *out_slack_ns = slack > 0 ? (uint64_t)slack : 0;
    struct ct_histogram *late = ct_xcalloc(1, sizeof(*late));
    uint64_t t0_ns = ct_clock_ns() + CT_NS_PER_MS;
    for (uint64_t i = 0; i < count; i++) {
        uint64_t due_ns = t0_ns + i * CT_NS_PER_S / rate_per_s, now_ns = ct_clock_ns();
        if (now_ns < due_ns) {
            wait_until(&w, due_ns);
            now_ns = ct_clock_ns();
        }
        ct_histogram_record(late, now_ns - due_ns);
    }
    struct ct_dist d;
    ct_dist_make(late, 0, 0, &d);
    *out = (struct ct_wakeups){.rate_rps = (double)rate_per_s,
                               .count = count,
                               .p50_us = d.quantile[CT_P50] / 1e3,
                               .p90_us = d.quantile[CT_P90] / 1e3,
                               .p99_us = d.quantile[CT_P99] / 1e3,
                               .max_us = d.max / 1e3};
    free(late);
    waiter_close(&w);
    return 0;
}
