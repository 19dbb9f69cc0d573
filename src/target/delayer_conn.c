#include "target/delayer_conn.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include "base/buf.h"
#include "base/clock.h"

/* A stamp that is older than this is no stamp of this run: the wall clock was stepped. */
#define STAMP_AGE_MAX_NS (UINT64_C(60) * CT_NS_PER_S)

void ct_delayer_answers_init(struct ct_delayer_answers *a, uint32_t body_len)
{
    static const char *const lines[] = {
        [CT_ANSWER_PLAIN] = "",
        [CT_ANSWER_KEEP_ALIVE] = "Connection: keep-alive\r\n",
        [CT_ANSWER_CLOSE] = "Connection: close\r\n",
    };
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        struct ct_buf b;
        ct_buf_init(&b, CT_DELAYER_BODY_MAX + 256);
        (void)ct_buf_printf(&b,
                            "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n%s"
                            "Content-Length: %u\r\n\r\n",
                            lines[i], body_len);
        for (uint32_t n = 0; n < body_len; n++)
            (void)ct_buf_add(&b, "x", 1);
        a->bytes[i] = b.data;
        a->len[i] = b.len;
    }
}

void ct_delayer_answers_release(struct ct_delayer_answers *a)
{
    for (size_t i = 0; i < sizeof(a->bytes) / sizeof(a->bytes[0]); i++)
        free(a->bytes[i]);
}

static const struct timespec *find_stamp(struct msghdr *m)
{
    for (struct cmsghdr *c = CMSG_FIRSTHDR(m); c != NULL; c = CMSG_NXTHDR(m, c)) {
        if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_TIMESTAMPNS)
            return (const struct timespec *)(const void *)CMSG_DATA(c);
    }
    return NULL;
}

static uint64_t arrival_ns(struct msghdr *m, struct ct_delayer_stamps *stamps)
{
    const struct timespec *wall = find_stamp(m);
    if (wall != NULL) {
        int64_t ns = (int64_t)wall->tv_sec * (int64_t)CT_NS_PER_S + wall->tv_nsec +
                     stamps->mono_less_wall_ns;
        /* bytes may come after now_ns was read, while others are served: the clock bounds them */
        if (ns > 0 && (uint64_t)ns <= ct_clock_ns() &&
            (uint64_t)ns + STAMP_AGE_MAX_NS >= stamps->now_ns) {
            stamps->kernel++;
            return (uint64_t)ns;
        }
    }
    stamps->clock++;
    return stamps->now_ns;
}

ssize_t ct_delayer_receive(struct ct_delayer_conn *socket, void *to, size_t room)
{
    char control[CMSG_SPACE(sizeof(struct timespec)) + 64];
    struct iovec into = {.iov_base = to, .iov_len = room};
    struct msghdr m = {.msg_iov = &into,
                       .msg_iovlen = 1,
                       .msg_control = control,
                       .msg_controllen = sizeof(control)};
    ssize_t n;
    do
        n = recvmsg(socket->fd, &m, 0);
    while (n < 0 && errno == EINTR);
    if (n > 0)
        socket->arrival_ns = arrival_ns(&m, socket->stamps);
    return n;
}

ssize_t ct_delayer_transmit(struct ct_delayer_conn *socket, const void *bytes, size_t len)
{
    return send(socket->fd, bytes, len, MSG_NOSIGNAL);
}

static ssize_t read_some(struct ct_delayer_conn *c, void *to, size_t room)
{
    return c->wire != NULL ? c->wire->read(c->session, to, room) : ct_delayer_receive(c, to, room);
}

static ssize_t write_all(struct ct_delayer_conn *c, const void *bytes, size_t len)
{
    return c->wire != NULL ? c->wire->write(c->session, bytes, len)
                           : ct_delayer_transmit(c, bytes, len);
}

bool ct_delayer_conn_read(struct ct_delayer_conn *c)
{
    for (;;) {
        size_t room = sizeof(c->in) - c->len;
        if ((c->unread = room == 0))
            return true;
        ssize_t n = read_some(c, c->in + c->len, room);
        if (n < 0)
            return errno == EAGAIN;
        c->gone = n == 0;
        c->len += (size_t)n;
        /* a socket that gave less than it could is empty; a wire may hold more */
        if (n == 0 || (c->wire == NULL && (size_t)n < room))
            return true;
    }
}

static void drop(struct ct_delayer_conn *c, size_t n)
{
    c->len -= n;
    if (c->len > 0)
        memmove(c->in, c->in + n, c->len);
}

enum ct_head_state ct_delayer_conn_take(struct ct_delayer_conn *c)
{
    if (c->skip == 0) {
        enum ct_head_state state = ct_head_parse(c->in, c->len, &c->head);
        if (state == CT_HEAD_MORE && c->len == sizeof(c->in))
            return CT_HEAD_BAD;
        if (state != CT_HEAD_DONE)
            return state;
        drop(c, c->head.len);
        c->skip = c->head.body_len;
        if (c->skip == 0)
            return CT_HEAD_DONE;
    }
    size_t n = c->skip < c->len ? (size_t)c->skip : c->len;
    drop(c, n);
    c->skip -= n;
    return c->skip == 0 ? CT_HEAD_DONE : CT_HEAD_MORE;
}

bool ct_delayer_conn_answer(struct ct_delayer_conn *c, const struct ct_delayer_answers *a)
{
    enum ct_delayer_answer which = !c->head.keep_alive ? CT_ANSWER_CLOSE
                                   : c->head.say_so    ? CT_ANSWER_KEEP_ALIVE
                                                       : CT_ANSWER_PLAIN;
    ssize_t n = write_all(c, a->bytes[which], a->len[which]);
    return n == (ssize_t)a->len[which];
}

void ct_delayer_conn_refuse(struct ct_delayer_conn *c)
{
    static const char text[] =
        "HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";
    (void)write_all(c, text, sizeof(text) - 1);
}
