/*
 * The floor under any sleeping pacer on this machine: a timerfd and epoll, nothing else. Wakes at
 * each instant of a plan and prints how late it was, as "p50 p99 p999 max" in microseconds.
 *
 *   pacer_floor RATE SECONDS
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/units.h"

static int by_size(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

static double quantile_us(const uint64_t *sorted, size_t count, double q)
{
    return (double)sorted[(size_t)(q * (double)(count - 1))] / (double)CT_NS_PER_US;
}

static int open_timer(int *epoll_fd)
{
    int timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
    struct epoll_event event = {.events = EPOLLIN};
    *epoll_fd = epoll_create1(0);
    return timer < 0 || *epoll_fd < 0 || epoll_ctl(*epoll_fd, EPOLL_CTL_ADD, timer, &event) < 0
               ? -1
               : timer;
}

static void sleep_until(int timer, int epoll_fd, uint64_t at_ns)
{
    const struct itimerspec spec = {.it_value = {.tv_sec = (time_t)(at_ns / CT_NS_PER_S),
                                                 .tv_nsec = (long)(at_ns % CT_NS_PER_S)}};
    struct epoll_event event;
    timerfd_settime(timer, TFD_TIMER_ABSTIME, &spec, NULL);
    while (epoll_wait(epoll_fd, &event, 1, -1) != 1)
        continue;
}

static int measure(uint64_t rate, uint64_t count)
{
    int epoll_fd, timer = open_timer(&epoll_fd);
    if (timer < 0) {
        perror("pacer_floor");
        return 1;
    }
    (void)prctl(PR_SET_TIMERSLACK, 1UL, 0UL, 0UL, 0UL);
    uint64_t *late_ns = ct_xcalloc(count, sizeof(*late_ns));
    const uint64_t t0_ns = ct_clock_ns() + 100 * CT_NS_PER_MS;
    for (uint64_t i = 0; i < count; i++) {
        uint64_t due_ns = t0_ns + i * CT_NS_PER_S / rate, now_ns = ct_clock_ns();
        if (now_ns < due_ns) {
            sleep_until(timer, epoll_fd, due_ns);
            now_ns = ct_clock_ns();
        }
        late_ns[i] = now_ns - due_ns;
    }
    qsort(late_ns, count, sizeof(*late_ns), by_size);
    printf("%.1f %.1f %.1f %.1f\n", quantile_us(late_ns, count, 0.5),
           quantile_us(late_ns, count, 0.99), quantile_us(late_ns, count, 0.999),
           quantile_us(late_ns, count, 1.0));
    free(late_ns);
    close(timer);
    close(epoll_fd);
    return 0;
}

int main(int argc, char **argv)
{
    struct ct_err err;
    uint64_t rate, seconds;
    if (argc != 3 || ct_count_parse(argv[1], &rate, &err) < 0 ||
        ct_count_parse(argv[2], &seconds, &err) < 0 || rate == 0 || seconds == 0) {
        fprintf(stderr, "usage: pacer_floor RATE SECONDS\n");
        return 2;
    }
    return measure(rate, rate * seconds);
}
