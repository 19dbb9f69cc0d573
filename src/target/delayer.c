#include "target/delayer.h"

#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/pool.h"
#include "base/rng.h"
#include "target/delayer_conn.h"

enum { BACKLOG = 4096, BATCH = 256, CONNS_READY = 64, CONNS_MAX = 1 << 20 };

struct ct_delayer {
    struct ct_delayer_opts opts;
    struct ct_rng rng;
    struct ct_delayer_answers answers;
    struct ct_delayer_stamps stamps;
    struct ct_delayer_counts counts;
    struct ct_delayer_record *records;
    size_t n_records;
    struct ct_pool pool;
    struct ct_delayer_conn *conns; /* those that are open */
    struct ct_due_heap heap;
    uint64_t armed_ns; /* what the timer is set to; 0: off */
    uint64_t start_ns;
    int listener, epoll, timer, stopper;
    bool full; /* no descriptor was left: the listener waits for one */
};

static int parse_address(const struct ct_delayer_opts *opts, struct sockaddr_storage *out,
                         struct ct_err *err)
{
    const char *text = opts->listen != NULL ? opts->listen : "127.0.0.1";
    struct sockaddr_in *v4 = (struct sockaddr_in *)(void *)out;
    struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)(void *)out;
    *out = (struct sockaddr_storage){0};
    if (inet_pton(AF_INET, text, &v4->sin_addr) == 1) {
        v4->sin_family = AF_INET;
        v4->sin_port = htons(opts->port);
        return 0;
    }
    if (inet_pton(AF_INET6, text, &v6->sin6_addr) == 1) {
        v6->sin6_family = AF_INET6;
        v6->sin6_port = htons(opts->port);
        return 0;
    }
    return ct_fail(err, CT_EUSAGE, "'%s' is no address: write 127.0.0.1", text);
}

/* Options of a listener pass on to what it accepts. */
static int listen_on(struct ct_delayer *d, struct ct_err *err)
{
    struct sockaddr_storage address;
    const int on = 1;
    int rc = parse_address(&d->opts, &address, err);
    if (rc < 0)
        return rc;
    d->listener = socket(address.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (d->listener < 0)
        return ct_fail_errno(err, CT_EFAIL, "opening a socket");
    (void)setsockopt(d->listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    (void)setsockopt(d->listener, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof(on));
    (void)setsockopt(d->listener, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    if (bind(d->listener, (const struct sockaddr *)(const void *)&address, sizeof(address)) < 0 ||
        listen(d->listener, BACKLOG) < 0)
        return ct_fail_errno(err, CT_EFAIL, "listening on port %u", d->opts.port);
    return 0;
}

static int watch(struct ct_delayer *d, int fd, uint32_t events, void *what)
{
    struct epoll_event e = {.events = events, .data.ptr = what};
    return epoll_ctl(d->epoll, EPOLL_CTL_ADD, fd, &e);
}

static int open_waits(struct ct_delayer *d, struct ct_err *err)
{
    d->epoll = epoll_create1(EPOLL_CLOEXEC);
    d->timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
    d->stopper = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (d->epoll < 0 || d->timer < 0 || d->stopper < 0 ||
        watch(d, d->listener, EPOLLIN, &d->listener) < 0 ||
        watch(d, d->timer, EPOLLIN, &d->timer) < 0 ||
        watch(d, d->stopper, EPOLLIN, &d->stopper) < 0)
        return ct_fail_errno(err, CT_EFAIL, "preparing to wait");
    return 0;
}

int ct_delayer_new(const struct ct_delayer_opts *opts, struct ct_delayer **out, struct ct_err *err)
{
    int rc;
    assert(opts->body_len <= CT_DELAYER_BODY_MAX);
    struct ct_delayer *d = ct_xcalloc(1, sizeof(*d));
    *d = (struct ct_delayer){.opts = *opts, .listener = -1, .epoll = -1, .timer = -1};
    d->stopper = -1;
    ct_rng_init(&d->rng, opts->seed);
    ct_delayer_answers_init(&d->answers, opts->body_len);
    ct_pool_init(&d->pool, sizeof(struct ct_delayer_conn), CONNS_READY, CONNS_MAX);
    d->records = ct_xcalloc(opts->records_max + 1, sizeof(*d->records));
    if ((rc = listen_on(d, err)) < 0 || (rc = open_waits(d, err)) < 0) {
        ct_delayer_free(d);
        return rc;
    }
    *out = d;
    return 0;
}

uint16_t ct_delayer_port(const struct ct_delayer *d)
{
    struct sockaddr_in6 s = {0}; /* the port lies in the same place in an address of v4 */
    socklen_t len = sizeof(s);
    (void)getsockname(d->listener, (struct sockaddr *)(void *)&s, &len);
    return ntohs(s.sin6_port);
}

static void close_conn(struct ct_delayer *d, struct ct_delayer_conn *c)
{
    ct_due_remove(&d->heap, &c->due);
    if (c->session != NULL)
        c->wire->close(c->session);
    close(c->fd);
    if (c->prev != NULL)
        c->prev->next = c->next;
    else
        d->conns = c->next;
    if (c->next != NULL)
        c->next->prev = c->prev;
    ct_pool_give(&d->pool, c);
    if (d->full)
        d->full = watch(d, d->listener, EPOLLIN, &d->listener) < 0;
}

void ct_delayer_free(struct ct_delayer *d)
{
    if (d == NULL)
        return;
    d->full = false;
    while (d->conns != NULL)
        close_conn(d, d->conns);
    ct_pool_release(&d->pool);
    ct_due_release(&d->heap);
    ct_delayer_answers_release(&d->answers);
    free(d->records);
    int fds[] = {d->listener, d->epoll, d->timer, d->stopper};
    for (size_t i = 0; i < sizeof(fds) / sizeof(fds[0]); i++) {
        if (fds[i] >= 0)
            close(fds[i]);
    }
    free(d);
}

static void adopt(struct ct_delayer *d, int fd)
{
    struct ct_delayer_conn *c = ct_pool_take(&d->pool);
    if (c == NULL) {
        close(fd);
        return;
    }
    c->fd = fd;
    c->wire = d->opts.wire;
    c->stamps = &d->stamps;
    c->next = d->conns;
    if (d->conns != NULL)
        d->conns->prev = c;
    d->conns = c;
    d->counts.connections++;
    if (d->counts.open_max < d->pool.used)
        d->counts.open_max = d->pool.used;
    if (c->wire != NULL)
        c->session = c->wire->open(c->wire->ctx, c);
    if ((c->wire != NULL && c->session == NULL) ||
        watch(d, fd, EPOLLIN | EPOLLRDHUP | EPOLLET, c) < 0)
        close_conn(d, c);
}

static void accept_all(struct ct_delayer *d)
{
    for (;;) {
        int fd = accept4(d->listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd >= 0) {
            adopt(d, fd);
        } else if (errno == EMFILE || errno == ENFILE) {
            d->full =
                d->conns != NULL && epoll_ctl(d->epoll, EPOLL_CTL_DEL, d->listener, NULL) == 0;
            return;
        } else if (errno != EINTR && errno != ECONNABORTED) {
            return;
        }
    }
}

/* false: the connection ends with this answer. */
static bool answer(struct ct_delayer *d, struct ct_delayer_conn *c)
{
    uint64_t now_ns = ct_clock_ns();
    c->waiting = false;
    if (!ct_delayer_conn_answer(c, &d->answers))
        return false;
    d->counts.answered++;
    if (c->record != NULL)
        c->record->answered_ns = now_ns;
    return c->head.keep_alive;
}

static void begin(struct ct_delayer *d, struct ct_delayer_conn *c)
{
    c->waiting = true;
    c->record = NULL;
    d->counts.requests++;
    if (d->n_records < d->opts.records_max) {
        c->record = &d->records[d->n_records++];
        c->record->index = c->head.index;
        c->record->arrival_ns = c->arrival_ns;
    }
}

/* Take and answer, or put off, what was read. false: the connection is to be closed. */
static bool serve(struct ct_delayer *d, struct ct_delayer_conn *c)
{
    while (!c->waiting) {
        enum ct_head_state state = ct_delayer_conn_take(c);
        if (state == CT_HEAD_BAD) {
            d->counts.refused++;
            ct_delayer_conn_refuse(c);
            return false;
        }
        if (state == CT_HEAD_MORE && c->unread) {
            if (!ct_delayer_conn_read(c))
                return false;
            continue;
        }
        if (state == CT_HEAD_MORE)
            return !c->gone;
        begin(d, c);
        uint64_t delay_ns = ct_delay_draw_ns(&d->opts.delay, &d->rng);
        if (delay_ns > 0)
            ct_due_add(&d->heap, &c->due, c->arrival_ns + delay_ns);
        else if (!answer(d, c))
            return false;
    }
    return !c->gone;
}

static void answer_due(struct ct_delayer *d)
{
    struct ct_due *first;
    while ((first = ct_due_first(&d->heap)) != NULL && first->at_ns <= ct_clock_ns()) {
        struct ct_delayer_conn *c = (struct ct_delayer_conn *)(void *)first;
        ct_due_remove(&d->heap, first);
        if (!answer(d, c) || !serve(d, c))
            close_conn(d, c);
    }
}

static void arm(struct ct_delayer *d)
{
    const struct ct_due *first = ct_due_first(&d->heap);
    uint64_t at_ns = first != NULL ? first->at_ns : 0;
    if (at_ns == d->armed_ns)
        return;
    const struct itimerspec spec = {.it_value = {.tv_sec = (time_t)(at_ns / CT_NS_PER_S),
                                                 .tv_nsec = (long)(at_ns % CT_NS_PER_S)}};
    (void)timerfd_settime(d->timer, TFD_TIMER_ABSTIME, &spec, NULL);
    d->armed_ns = at_ns;
}

/* Sleep through the deaf time that now lies in. true: stopped meanwhile. */
static bool be_deaf(const struct ct_delayer *d)
{
    uint64_t end_ns = ct_deafness_end_ns(&d->opts.deaf, ct_clock_ns() - d->start_ns);
    struct pollfd stopper = {.fd = d->stopper, .events = POLLIN};
    for (uint64_t now_ns; end_ns > 0 && (now_ns = ct_clock_ns()) < d->start_ns + end_ns;) {
        uint64_t left_ns = d->start_ns + end_ns - now_ns;
        const struct timespec left = {.tv_sec = (time_t)(left_ns / CT_NS_PER_S),
                                      .tv_nsec = (long)(left_ns % CT_NS_PER_S)};
        if (ppoll(&stopper, 1, &left, NULL) == 1)
            return true;
    }
    return false;
}

/* The clocks are read within a microsecond of each other, or as near as five attempts come. */
static void take_stamp_base(struct ct_delayer *d)
{
    uint64_t width_ns = UINT64_MAX;
    for (int i = 0; i < 5 && width_ns > CT_NS_PER_US; i++) {
        uint64_t before_ns = ct_clock_ns(), wall_ns = ct_clock_wall_ns(), after_ns = ct_clock_ns();
        if (after_ns - before_ns >= width_ns)
            continue;
        width_ns = after_ns - before_ns;
        d->stamps.now_ns = after_ns;
        d->stamps.mono_less_wall_ns = (int64_t)(before_ns + width_ns / 2) - (int64_t)wall_ns;
    }
}

/* A pass over what happened. A connection has at most one event in it, so that none is met after it
 * was closed. true: stopped. */
static bool handle(struct ct_delayer *d, const struct epoll_event *events, int count)
{
    take_stamp_base(d);
    for (int i = 0; i < count; i++) {
        void *what = events[i].data.ptr;
        if (what == &d->stopper)
            return true;
        if (what == &d->listener) {
            accept_all(d);
        } else if (what == &d->timer) {
            d->armed_ns = 0; /* fired: nothing more comes of it; what is due is answered below */
        } else {
            struct ct_delayer_conn *c = what;
            bool ok = ct_delayer_conn_read(c);
            c->gone = c->gone || (events[i].events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0;
            if (!ok || !serve(d, c))
                close_conn(d, c);
        }
    }
    return false;
}

int ct_delayer_run(struct ct_delayer *d, struct ct_err *err)
{
    struct epoll_event events[BATCH];
    d->start_ns = ct_clock_ns();
    for (;;) {
        int count = epoll_wait(d->epoll, events, BATCH, -1);
        if (count < 0 && errno != EINTR)
            return ct_fail_errno(err, CT_EFAIL, "waiting for requests");
        if (be_deaf(d) || handle(d, events, count))
            return 0;
        answer_due(d);
        arm(d);
    }
}

void ct_delayer_stop(struct ct_delayer *d)
{
    const uint64_t one = 1;
    int kept = errno;
    (void)!write(d->stopper, &one, sizeof(one));
    errno = kept;
}

const struct ct_delayer_record *ct_delayer_records(const struct ct_delayer *d, size_t *count)
{
    *count = d->n_records;
    return d->records;
}

struct ct_delayer_counts ct_delayer_counts(const struct ct_delayer *d)
{
    struct ct_delayer_counts counts = d->counts;
    counts.kernel_stamps = d->stamps.kernel;
    counts.clock_stamps = d->stamps.clock;
    return counts;
}
