/*
 * The floor under any client on this machine: epoll, send and recv (and a timerfd where requests
 * have an instant), without a parser or bookkeeping. Answers are taken to be as long as the first.
 *
 *   bare_loop closed PORT CONNECTIONS SECONDS       each connection sends when it was answered
 *   bare_loop open PORT CONNECTIONS SECONDS RATE    even instants; latency counts from the instant
 *
 * Prints one JSON object; times of open in microseconds.
 */
#include <arpa/inet.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/units.h"

enum { BATCH = 256 };
static const char request[] = "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n";

struct conn {
    int fd;
    uint64_t due_ns;
    size_t got;
    struct conn *next; /* of those that are idle */
};

static struct bare {
    bool open;
    uint64_t port, connections, seconds, rate;
    int epoll, timer;
    struct conn *conns, *idle;
    uint64_t begin_ns, end_ns, armed_ns;
    uint64_t sent, answered, starved, broken;
    size_t answer_len;
    uint64_t *late_ns, *response_ns; /* open: one for each answer */
    char buffer[1 << 16];
} bare;

static int by_size(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

static void print_quantiles(const char *name, uint64_t *values_ns, size_t count)
{
    qsort(values_ns, count, sizeof(*values_ns), by_size);
    double at[] = {0.5, 0.9, 0.99}, us[3] = {0};
    for (size_t i = 0; i < 3 && count > 0; i++)
        us[i] = (double)values_ns[(size_t)(at[i] * (double)(count - 1))] / (double)CT_NS_PER_US;
    printf(",\"%s\":{\"p50\":%.3f,\"p90\":%.3f,\"p99\":%.3f}", name, us[0], us[1], us[2]);
}

static int connect_one(struct conn *c)
{
    const int on = 1;
    struct sockaddr_in to = {.sin_family = AF_INET,
                             .sin_port = htons((uint16_t)bare.port),
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = c};
    c->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (c->fd < 0 || connect(c->fd, (const struct sockaddr *)(const void *)&to, sizeof(to)) < 0 ||
        setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)) < 0)
        return -1;
    return epoll_ctl(bare.epoll, EPOLL_CTL_ADD, c->fd, &event);
}

static int open_all(void)
{
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = NULL};
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        (void)setrlimit(RLIMIT_NOFILE, &limit);
    }
    bare.epoll = epoll_create1(EPOLL_CLOEXEC);
    bare.timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
    bare.conns = ct_xcalloc(bare.connections, sizeof(*bare.conns));
    if (bare.timer < 0 || epoll_ctl(bare.epoll, EPOLL_CTL_ADD, bare.timer, &event) < 0)
        return -1;
    for (uint64_t i = 0; i < bare.connections; i++) {
        if (connect_one(&bare.conns[i]) < 0)
            return -1;
        bare.conns[i].next = bare.idle;
        bare.idle = &bare.conns[i];
    }
    return 0;
}

static void begin(struct conn *c, uint64_t due_ns)
{
    c->due_ns = due_ns;
    c->got = 0;
    if (bare.open)
        bare.late_ns[bare.sent] = ct_clock_ns() - due_ns;
    bare.sent++;
    if (send(c->fd, request, sizeof(request) - 1, MSG_NOSIGNAL) != sizeof(request) - 1)
        bare.broken++;
}

static uint64_t due_ns(uint64_t i)
{
    return bare.begin_ns + i * CT_NS_PER_S / bare.rate;
}

static void answered(struct conn *c)
{
    uint64_t now_ns = ct_clock_ns();
    if (bare.open) {
        bare.response_ns[bare.answered++] = now_ns - c->due_ns;
        c->next = bare.idle;
        bare.idle = c;
        return;
    }
    bare.answered++;
    if (now_ns < bare.end_ns)
        begin(c, now_ns);
}

static void readable(struct conn *c)
{
    ssize_t n = recv(c->fd, bare.buffer, sizeof(bare.buffer), MSG_DONTWAIT);
    if (n <= 0) {
        bare.broken += n == 0;
        if (n == 0)
            (void)epoll_ctl(bare.epoll, EPOLL_CTL_DEL, c->fd, NULL);
        return;
    }
    c->got += (size_t)n;
    if (bare.answer_len == 0)
        bare.answer_len = c->got;
    if (c->got >= bare.answer_len)
        answered(c);
}

/* Send what is due; true when all was sent. */
static bool pace(void)
{
    uint64_t planned = bare.rate * bare.seconds, at_ns;
    while (bare.sent < planned && (at_ns = due_ns(bare.sent)) <= ct_clock_ns()) {
        struct conn *c = bare.idle;
        if (c == NULL) {
            bare.starved++;
            return false;
        }
        bare.idle = c->next;
        begin(c, at_ns);
    }
    at_ns = bare.sent < planned ? due_ns(bare.sent) : 0;
    if (bare.armed_ns != at_ns) {
        const struct itimerspec spec = {.it_value = {.tv_sec = (time_t)(at_ns / CT_NS_PER_S),
                                                     .tv_nsec = (long)(at_ns % CT_NS_PER_S)}};
        (void)timerfd_settime(bare.timer, TFD_TIMER_ABSTIME, &spec, NULL);
        bare.armed_ns = at_ns;
    }
    return bare.sent == planned;
}

static void run(void)
{
    struct epoll_event events[BATCH];
    bool all_sent = !bare.open;
    while (bare.broken == 0 && !(all_sent && bare.answered == bare.sent)) {
        if (bare.open)
            all_sent = pace();
        if (all_sent && bare.answered == bare.sent)
            break;
        int count = epoll_wait(bare.epoll, events, BATCH, -1);
        for (int i = 0; i < count; i++) {
            if (events[i].data.ptr != NULL)
                readable(events[i].data.ptr);
        }
    }
}

static double cpu_us(void)
{
    struct rusage r;
    (void)getrusage(RUSAGE_SELF, &r);
    return (double)(r.ru_utime.tv_sec + r.ru_stime.tv_sec) * 1e6 +
           (double)(r.ru_utime.tv_usec + r.ru_stime.tv_usec);
}

static void print_result(double seconds, double cpu)
{
    printf("{\"requests\":%" PRIu64 ",\"seconds\":%.6f,\"rate\":%.1f,\"starved\":%" PRIu64
           ",\"cpu_us\":%.0f,\"cpu_us_per_request\":%.4f,\"first_due_ns\":%" PRIu64,
           bare.answered, seconds, (double)bare.answered / seconds, bare.starved, cpu,
           cpu / (double)bare.answered, bare.begin_ns);
    if (bare.open) {
        print_quantiles("late_us", bare.late_ns, bare.sent);
        print_quantiles("response_us", bare.response_ns, bare.answered);
    }
    printf("}\n");
}

static int measure(void)
{
    if (bare.open) {
        bare.late_ns = ct_xcalloc(bare.rate * bare.seconds, sizeof(uint64_t));
        bare.response_ns = ct_xcalloc(bare.rate * bare.seconds, sizeof(uint64_t));
    }
    (void)prctl(PR_SET_TIMERSLACK, 1UL, 0UL, 0UL, 0UL);
    if (open_all() < 0) {
        perror("bare_loop");
        return 1;
    }
    double cpu = cpu_us();
    uint64_t start_ns = ct_clock_ns();
    bare.begin_ns = start_ns + (bare.open ? 100 * CT_NS_PER_MS : 0);
    bare.end_ns = bare.begin_ns + bare.seconds * CT_NS_PER_S;
    for (uint64_t i = 0; i < bare.connections && !bare.open; i++)
        begin(&bare.conns[i], start_ns);
    run();
    if (bare.broken > 0) {
        (void)fprintf(stderr, "bare_loop: a connection broke\n");
        return 1;
    }
    print_result((double)(ct_clock_ns() - bare.begin_ns) / 1e9, cpu_us() - cpu);
    free(bare.late_ns);
    free(bare.response_ns);
    free(bare.conns);
    return 0;
}

int main(int argc, char **argv)
{
    struct ct_err err;
    bare.open = argc == 6 && strcmp(argv[1], "open") == 0;
    if ((!bare.open && (argc != 5 || strcmp(argv[1], "closed") != 0)) ||
        ct_count_parse(argv[2], &bare.port, &err) < 0 ||
        ct_count_parse(argv[3], &bare.connections, &err) < 0 ||
        ct_count_parse(argv[4], &bare.seconds, &err) < 0 ||
        (bare.open && ct_count_parse(argv[5], &bare.rate, &err) < 0) || bare.connections == 0 ||
        bare.seconds == 0 || (bare.open && bare.rate == 0)) {
        (void)fprintf(stderr, "usage: bare_loop closed PORT CONNECTIONS SECONDS\n"
                              "       bare_loop open PORT CONNECTIONS SECONDS RATE\n");
        return 2;
    }
    return measure();
}
