#include "answerer.h"

#include <arpa/inet.h>
#include <assert.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/futex.h>
#include <stdbool.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/clock.h"

enum { HELD_MAX = 65536, EVENTS = 64 };

/* Answers that are held back, in the order they are due: the delay is the same for all. */
static struct held {
    int fd;
    uint64_t at_ns;
} held[HELD_MAX];
static unsigned held_first, held_count;

static const char answer_ok[] = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
static const char answer_503[] = "HTTP/1.1 503 No\r\nContent-Length: 2\r\n\r\nno";
static_assert(sizeof(answer_ok) - 1 == ANSWERER_ANSWER_LEN, "length of an answer");
static_assert(sizeof(answer_503) - 1 == ANSWERER_ANSWER_LEN, "length of an answer");

static void watch(struct answerer *a, int fd)
{
    struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};
    int rc = epoll_ctl(a->epoll, EPOLL_CTL_ADD, fd, &event);
    assert(rc == 0);
    (void)rc;
}

static void accept_all(struct answerer *a)
{
    int fd;
    while ((fd = accept4(a->listener, NULL, NULL, SOCK_NONBLOCK)) >= 0)
        watch(a, fd);
}

static void reset(int fd)
{
    const struct linger now = {.l_onoff = 1, .l_linger = 0};
    setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
    close(fd);
}

static void answer(const struct answerer *a, int fd)
{
    (void)!send(fd, a->mode == ANSWERER_503 ? answer_503 : answer_ok, ANSWERER_ANSWER_LEN,
                MSG_NOSIGNAL);
}

static void take_request(struct answerer *a, int fd)
{
    bool odd = atomic_fetch_add(&a->requests, 1) % 2 != 0;
    bool silent = a->mode == ANSWERER_SILENT || (a->mode == ANSWERER_MOODY && odd);
    syscall(SYS_futex, &a->requests, FUTEX_WAKE, INT_MAX, NULL, NULL, 0);
    if (a->mode == ANSWERER_RESETS) {
        reset(fd);
    } else if (!silent && a->hold_ns == 0) {
        answer(a, fd);
    } else if (!silent) {
        assert(held_count < HELD_MAX);
        held[(held_first + held_count++) % HELD_MAX] =
            (struct held){.fd = fd, .at_ns = ct_clock_ns() + a->hold_ns};
    }
}

/* Requests are small and come one at a time: one read is one request. A connection with a held
 * answer is not closed by the peers of these tests. */
static void read_request(struct answerer *a, int fd)
{
    char bytes[4096];
    ssize_t n = recv(fd, bytes, sizeof(bytes), 0);
    if (n <= 0)
        close(fd);
    else
        take_request(a, fd);
}

static int answer_held(const struct answerer *a)
{
    while (held_count > 0) {
        const struct held *h = &held[held_first];
        uint64_t now_ns = ct_clock_ns();
        if (h->at_ns > now_ns)
            return (int)((h->at_ns - now_ns) / CT_NS_PER_MS) + 1;
        answer(a, h->fd);
        held_first = (held_first + 1) % HELD_MAX;
        held_count--;
    }
    return -1;
}

static void *serve(void *arg)
{
    struct answerer *a = arg;
    for (;;) {
        struct epoll_event events[EVENTS];
        int n = epoll_wait(a->epoll, events, EVENTS, answer_held(a));
        for (int k = 0; k < n; k++) {
            if (events[k].data.fd == a->wake)
                return NULL;
            if (events[k].data.fd == a->listener)
                accept_all(a);
            else
                read_request(a, events[k].data.fd);
        }
    }
}

static int listen_anywhere(struct answerer *a, int backlog)
{
    struct sockaddr_in addr = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof(addr);
    a->listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    assert(a->listener >= 0);
    if (bind(a->listener, (struct sockaddr *)&addr, len) < 0 || listen(a->listener, backlog) < 0 ||
        getsockname(a->listener, (struct sockaddr *)&addr, &len) < 0)
        return -1;
    a->port = ntohs(addr.sin_port);
    return 0;
}

/* Connections nobody accepts: further ones wait for an answer to their SYN. */
static void fill_backlog(struct answerer *a)
{
    const struct sockaddr_in addr = {.sin_family = AF_INET,
                                     .sin_port = htons(a->port),
                                     .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    for (size_t k = 0; k < sizeof(a->filler) / sizeof(a->filler[0]); k++) {
        a->filler[k] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
        (void)connect(a->filler[k], (const struct sockaddr *)&addr, sizeof(addr));
    }
}

void answerer_start(struct answerer *a, enum answerer_mode mode, uint64_t hold_ns)
{
    memset(a, 0, sizeof(*a));
    a->mode = mode;
    a->hold_ns = hold_ns;
    int rc = listen_anywhere(a, mode == ANSWERER_DEAF ? 0 : 1024);
    assert(rc == 0);
    a->epoll = epoll_create1(0);
    a->wake = eventfd(0, 0);
    watch(a, a->wake);
    if (mode == ANSWERER_DEAF)
        fill_backlog(a);
    else
        watch(a, a->listener);
    rc = pthread_create(&a->thread, NULL, serve, a);
    assert(rc == 0);
    (void)rc;
}

void answerer_stop(struct answerer *a)
{
    const uint64_t one = 1;
    if (a->epoll == 0)
        return;
    (void)!write(a->wake, &one, sizeof(one));
    pthread_join(a->thread, NULL);
    close(a->wake);
    close(a->epoll);
    close(a->listener);
    for (size_t k = 0; a->mode == ANSWERER_DEAF && k < sizeof(a->filler) / sizeof(a->filler[0]);
         k++)
        close(a->filler[k]);
    a->epoll = 0;
}

unsigned answerer_requests(struct answerer *a)
{
    return atomic_load(&a->requests);
}

void answerer_await(struct answerer *a, unsigned at_least)
{
    unsigned seen;
    while ((seen = atomic_load(&a->requests)) < at_least)
        syscall(SYS_futex, &a->requests, FUTEX_WAIT, seen, NULL, NULL, 0);
}
