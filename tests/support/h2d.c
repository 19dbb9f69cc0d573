#include "h2d.h"

#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/mem.h"

enum { CONNS_MAX = 64, IN_MAX = 1 << 20, OUT_MAX = 8 << 20, PREFACE = 24, FRAME_HEAD = 9 };
enum { DATA = 0, HEADERS = 1, RST_STREAM = 3, SETTINGS = 4, GOAWAY = 7, CONTINUATION = 9 };
enum { END_STREAM = 1, ACK = 1, END_HEADERS = 4 };
enum { REFUSED_STREAM = 7, INTERNAL_ERROR = 2, NO_ERROR = 0, ENHANCE_YOUR_CALM = 11 };
enum { RACE_AFTER = 3, LIMIT = 2, FLOOD = 3000 };

enum after { KEEP, CLOSE, CLOSED /* nothing more is sent; what comes is dropped */, CUT };

struct conn {
    int fd; /* -1: free */
    bool prefaced;
    struct ct_buf in, out;
    enum after after;
    uint32_t first; /* id of the first request */
    unsigned requests, in_read;
};

struct h2d {
    enum h2d_kind kind;
    int listener, stop[2];
    uint16_t port;
    pthread_t thread;
    struct conn conns[CONNS_MAX];
    atomic_uint_fast64_t requests, connections, resets, goodbyes, most;
};

static void die(const char *what)
{
    perror(what);
    abort();
}

/* --- frames --- */

static void put32(struct ct_buf *out, uint32_t value)
{
    const uint8_t bytes[] = {(uint8_t)(value >> 24), (uint8_t)(value >> 16), (uint8_t)(value >> 8),
                             (uint8_t)value};
    (void)ct_buf_add(out, bytes, sizeof(bytes));
}

static void frame(struct ct_buf *out, uint8_t type, uint8_t flags, uint32_t id, const void *bytes,
                  size_t len)
{
    const uint8_t head[] = {(uint8_t)(len >> 16), (uint8_t)(len >> 8), (uint8_t)len, type, flags};
    (void)ct_buf_add(out, head, sizeof(head));
    put32(out, id);
    (void)ct_buf_add(out, bytes, len);
}

static void reset(struct ct_buf *out, uint32_t id, uint8_t code)
{
    frame(out, RST_STREAM, 0, id, (const uint8_t[]){0, 0, 0, code}, 4);
}

static void goaway(struct ct_buf *out, uint8_t last, uint8_t code)
{
    frame(out, GOAWAY, 0, 0, (const uint8_t[]){0, 0, 0, last, 0, 0, 0, code}, 8);
}

/* HPACK: \x88 is ":status: 200"; \x0f\x0d a literal content-length; \0 a literal name. */
#define STATUS_200 "\x88"
#define STATUS_103                                                                                 \
    "\x08\x03"                                                                                     \
    "103"
#define STATUS_101                                                                                 \
    "\x08\x03"                                                                                     \
    "101"
#define LENGTH(digits, text) "\x0f\x0d" digits text
#define X_FIELD "\0\x03x-f\x01y"
#define HEAD(out, id, flags, bytes)                                                                \
    frame(out, HEADERS, (flags) | END_HEADERS, id, bytes, sizeof(bytes) - 1)
#define BODY(out, id, flags, bytes) frame(out, DATA, flags, id, bytes, sizeof(bytes) - 1)

/* A field of some 4,000 bytes, never indexed. */
static size_t big_field(uint8_t *to)
{
    static const uint8_t begin[] = {0x10, 1, 'f', 0x7f, 0xa1, 0x1e}; /* 127 + 0x21 + 0x1e * 128 */
    size_t len = 127 + 0x21 + 0x1e * 128;
    memcpy(to, begin, sizeof(begin));
    memset(to + sizeof(begin), 'x', len);
    return sizeof(begin) + len;
}

/* A block of fields above 64 KiB: what is given, then big fields in a few frames. */
static void big_block(struct ct_buf *out, uint32_t id, uint8_t flags, const char *first, size_t n)
{
    uint8_t bytes[3 * 8192];
    frame(out, HEADERS, flags, id, first, n);
    for (int i = 0; i < 6; i++) {
        size_t len = 0;
        for (int k = 0; k < 3; k++)
            len += big_field(bytes + len);
        frame(out, CONTINUATION, i == 5 ? END_HEADERS : 0, id, bytes, len);
    }
}

/* --- answers --- */

static void answer_ok(struct ct_buf *out, uint32_t id)
{
    HEAD(out, id, 0, STATUS_200);
    BODY(out, id, END_STREAM, "ok\n");
}

static void answer_half(struct ct_buf *out, uint32_t id)
{
    HEAD(out, id, 0, STATUS_200 LENGTH("\x03", "100"));
    BODY(out, id, 0, "half");
}

static void answer_well(struct h2d *h, struct conn *c, uint32_t id)
{
    struct ct_buf *out = &c->out;
    if (h->kind == H2D_INTERIM)
        HEAD(out, id, 0, STATUS_103 X_FIELD);
    if (h->kind == H2D_HEAD) {
        HEAD(out, id, END_STREAM, STATUS_200 LENGTH("\x01", "3"));
    } else if (h->kind == H2D_TRAILERS) {
        HEAD(out, id, 0, STATUS_200);
        BODY(out, id, 0, "ok\n");
        HEAD(out, id, END_STREAM, X_FIELD);
    } else if (h->kind == H2D_LIMIT && c->in_read > LIMIT) {
        reset(out, id, REFUSED_STREAM);
    } else {
        answer_ok(out, id);
    }
    if (h->kind == H2D_EARLY_NO)
        reset(out, id, NO_ERROR);
}

static void answer_pair(struct conn *c, uint32_t id)
{
    if (c->requests == 1) {
        c->first = id;
    } else if (c->requests == 2) {
        goaway(&c->out, (uint8_t)c->first, NO_ERROR);
        answer_ok(&c->out, c->first);
    }
}

static void answer_too_large(struct h2d *h, struct conn *c, uint32_t id)
{
    static const char block[16 * 1024];
    uint8_t bytes[8192] = STATUS_103;
    struct ct_buf *out = &c->out;
    if (h->kind == H2D_BIG_HEAD) {
        big_block(out, id, 0, STATUS_200, 1);
    } else if (h->kind == H2D_CONTINUATIONS) {
        frame(out, HEADERS, 0, id, STATUS_200, 1);
        for (int i = 0; i < FLOOD; i++)
            frame(out, CONTINUATION, 0, id, "", 0);
    } else if (h->kind == H2D_INTERIM_FLOOD) {
        for (int i = 0; i < 20; i++)
            frame(out, HEADERS, END_HEADERS, id, bytes, 5 + big_field(bytes + 5));
    } else if (h->kind == H2D_BIG_TRAILERS) {
        HEAD(out, id, 0, STATUS_200);
        BODY(out, id, 0, "ok\n");
        big_block(out, id, END_STREAM, "", 0);
    } else {
        HEAD(out, id, 0, STATUS_200);
        for (int i = 0; i < 64; i++)
            frame(out, DATA, 0, id, block, sizeof(block));
    }
}

static void answer_wrongly(struct h2d *h, struct conn *c, uint32_t id)
{
    struct ct_buf *out = &c->out;
    switch ((int)h->kind) {
    case H2D_GOAWAY_CALM:
        goaway(out, 0, ENHANCE_YOUR_CALM);
        break;
    case H2D_REFUSED:
        reset(out, id, REFUSED_STREAM);
        break;
    case H2D_RESET_BODY:
        answer_half(out, id);
        reset(out, id, INTERNAL_ERROR);
        break;
    case H2D_SHORT:
        HEAD(out, id, 0, STATUS_200 LENGTH("\x03", "100"));
        BODY(out, id, END_STREAM, "half");
        break;
    case H2D_LONG:
        HEAD(out, id, 0, STATUS_200 LENGTH("\x01", "2"));
        BODY(out, id, END_STREAM, "too long");
        break;
    case H2D_NO_STATUS:
        HEAD(out, id, END_STREAM, X_FIELD);
        break;
    case H2D_101:
        HEAD(out, id, 0, STATUS_101);
        break;
    case H2D_BAD_FRAME:
        BODY(out, 0, 0, "nobody's");
        break;
    default:
        answer_too_large(h, c, id);
        break;
    }
}

static void answer_by_ending(struct h2d *h, struct conn *c, uint32_t id)
{
    bool cut = h->kind == H2D_CUT || h->kind == H2D_CUT_BODY;
    if (h->kind == H2D_RACE && c->requests <= RACE_AFTER) {
        answer_ok(&c->out, id);
        return;
    }
    if (h->kind == H2D_CLOSE_BODY || h->kind == H2D_CUT_BODY)
        answer_half(&c->out, id);
    c->after = cut ? CUT : CLOSE;
}

static void answer(struct h2d *h, struct conn *c, uint32_t id)
{
    atomic_fetch_add(&h->requests, 1);
    c->requests++;
    if (++c->in_read > h->most)
        h->most = c->in_read;
    if (h->kind <= H2D_HEAD)
        answer_well(h, c, id);
    else if (h->kind == H2D_PAIR_GOAWAY)
        answer_pair(c, id);
    else if (h->kind == H2D_STALL)
        answer_half(&c->out, id);
    else if (h->kind >= H2D_CLOSE)
        answer_by_ending(h, c, id);
    else if (h->kind < H2D_GARBAGE)
        answer_wrongly(h, c, id);
}

/* --- connections --- */

static void greet(struct h2d *h, struct conn *c)
{
    static const uint8_t limit[] = {0, 3, 0, 0, 0, LIMIT};
    static const char http1[] = "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n";
    if (h->kind == H2D_GARBAGE) {
        (void)ct_buf_add(&c->out, http1, sizeof(http1) - 1);
        return;
    }
    frame(&c->out, SETTINGS, 0, 0, limit, h->kind == H2D_LIMIT ? sizeof(limit) : 0);
    for (int i = 0; h->kind == H2D_SETTINGS_FLOOD && i < FLOOD; i++)
        frame(&c->out, SETTINGS, 0, 0, "", 0);
}

static void end_conn(struct conn *c)
{
    const struct linger none = {.l_onoff = 1, .l_linger = 0};
    if (c->after == CUT)
        (void)setsockopt(c->fd, SOL_SOCKET, SO_LINGER, &none, sizeof(none));
    (void)close(c->fd);
    ct_buf_release(&c->in);
    ct_buf_release(&c->out);
    c->fd = -1;
}

static void take_frame(struct h2d *h, struct conn *c, const uint8_t *head)
{
    uint32_t id =
        (uint32_t)head[5] << 24 | (uint32_t)head[6] << 16 | (uint32_t)head[7] << 8 | head[8];
    if (head[3] == SETTINGS && (head[4] & ACK) == 0 && h->kind != H2D_GARBAGE)
        frame(&c->out, SETTINGS, ACK, 0, "", 0);
    else if (head[3] == HEADERS)
        answer(h, c, id);
    else if (head[3] == RST_STREAM)
        atomic_fetch_add(&h->resets, 1);
    else if (head[3] == GOAWAY)
        atomic_fetch_add(&h->goodbyes, 1);
}

static void take_frames(struct h2d *h, struct conn *c)
{
    const uint8_t *in = (const uint8_t *)c->in.data;
    size_t at = 0;
    if (!c->prefaced && c->in.len < PREFACE)
        return;
    if (!c->prefaced)
        at = PREFACE;
    c->prefaced = true;
    while (c->after == KEEP && c->in.len - at >= FRAME_HEAD) {
        size_t len = (size_t)in[at] << 16 | (size_t)in[at + 1] << 8 | in[at + 2];
        if (c->in.len - at < FRAME_HEAD + len)
            break;
        take_frame(h, c, in + at);
        at += FRAME_HEAD + len;
    }
    ct_buf_consume(&c->in, at);
}

/* false: the connection is to end. */
static bool send_out(struct conn *c)
{
    for (size_t at = 0; at < c->out.len;) {
        ssize_t n = send(c->fd, c->out.data + at, c->out.len - at, MSG_NOSIGNAL);
        if (n <= 0)
            return false;
        at += (size_t)n;
    }
    ct_buf_clear(&c->out);
    if (c->after == CLOSE) {
        (void)shutdown(c->fd, SHUT_WR);
        c->after = CLOSED;
    }
    return c->after != CUT;
}

static void serve_conn(struct h2d *h, struct conn *c)
{
    char bytes[64 * 1024];
    ssize_t n = recv(c->fd, bytes, sizeof(bytes), 0);
    c->in_read = 0;
    if (n > 0 && c->after == KEEP) {
        (void)ct_buf_add(&c->in, bytes, (size_t)n);
        take_frames(h, c);
    }
    if (n <= 0 || !send_out(c))
        end_conn(c);
}

static void accept_one(struct h2d *h)
{
    struct conn *c = h->conns;
    while (c < h->conns + CONNS_MAX && c->fd >= 0)
        c++;
    int fd = accept(h->listener, NULL, NULL);
    if (fd < 0 || c == h->conns + CONNS_MAX)
        die("h2d: accept");
    memset(c, 0, sizeof(*c));
    c->fd = fd;
    ct_buf_init(&c->in, IN_MAX);
    ct_buf_init(&c->out, OUT_MAX);
    atomic_fetch_add(&h->connections, 1);
    greet(h, c);
    /* Who will be cut off in the body is greeted with the answer: it has nothing to write, and to
     * meet the end by, before it has read that. */
    if (h->kind != H2D_CUT_BODY && !send_out(c))
        end_conn(c);
}

static void *serve(void *ctx)
{
    struct h2d *h = ctx;
    for (;;) {
        struct pollfd fds[CONNS_MAX + 2];
        for (int i = 0; i < CONNS_MAX; i++)
            fds[i] = (struct pollfd){.fd = h->conns[i].fd, .events = POLLIN};
        fds[CONNS_MAX] = (struct pollfd){.fd = h->listener, .events = POLLIN};
        fds[CONNS_MAX + 1] = (struct pollfd){.fd = h->stop[0], .events = POLLIN};
        if (poll(fds, CONNS_MAX + 2, -1) < 0)
            die("h2d: poll");
        if (fds[CONNS_MAX + 1].revents != 0)
            return NULL;
        for (int i = 0; i < CONNS_MAX; i++)
            if (fds[i].fd >= 0 && fds[i].revents != 0)
                serve_conn(h, &h->conns[i]);
        if (fds[CONNS_MAX].revents != 0)
            accept_one(h);
    }
}

/* --- the interface --- */

struct h2d *h2d_start(enum h2d_kind kind)
{
    struct sockaddr_in addr = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof(addr);
    struct h2d *h = ct_xcalloc(1, sizeof(*h));
    h->kind = kind;
    for (int i = 0; i < CONNS_MAX; i++)
        h->conns[i].fd = -1;
    h->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (bind(h->listener, (struct sockaddr *)&addr, len) < 0 || listen(h->listener, 64) < 0 ||
        getsockname(h->listener, (struct sockaddr *)&addr, &len) < 0 || pipe(h->stop) < 0)
        die("h2d: listen");
    h->port = ntohs(addr.sin_port);
    if (pthread_create(&h->thread, NULL, serve, h) != 0)
        die("h2d: thread");
    return h;
}

void h2d_stop(struct h2d *h)
{
    (void)close(h->stop[1]);
    (void)pthread_join(h->thread, NULL);
    (void)close(h->stop[0]);
    (void)close(h->listener);
    for (int i = 0; i < CONNS_MAX; i++)
        if (h->conns[i].fd >= 0)
            end_conn(&h->conns[i]);
    free(h);
}

uint16_t h2d_port(const struct h2d *h)
{
    return h->port;
}

uint64_t h2d_requests(const struct h2d *h)
{
    return atomic_load(&h->requests);
}

uint64_t h2d_connections(const struct h2d *h)
{
    return atomic_load(&h->connections);
}

uint64_t h2d_resets(const struct h2d *h)
{
    return atomic_load(&h->resets);
}

uint64_t h2d_goodbyes(const struct h2d *h)
{
    return atomic_load(&h->goodbyes);
}

uint64_t h2d_most(const struct h2d *h)
{
    return atomic_load(&h->most);
}
