#include "faultd.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/mem.h"
#include "identity.h"

/* What follows the bytes of a mode. */
enum after {
    KEEP,   /* read the next request */
    CLOSE,  /* an orderly end */
    CUT,    /* the end, with TLS without saying so */
    GARBLE, /* with TLS bytes that are none, then HANG */
    RESET,  /* RST */
    HANG,   /* nothing more, the connection stays open */
    REPEAT, /* the mode's endless part again and again */
    DRIP,   /* the bytes one at a time, 2 ms apart; then KEEP */
};

struct mode {
    const char *path;
    const char *bytes;
    enum after after;
    const char *endless;
};

#define OK_HEAD "HTTP/1.1 200 OK\r\n"
#define OK_ANSWER OK_HEAD "Content-Length: 3\r\n\r\nok\n"
#define CHUNKED OK_HEAD "Transfer-Encoding: chunked\r\n\r\n"
#define FILL_64 "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static const struct mode modes[] = {
    {"/ok", OK_ANSWER, KEEP, NULL},
    {"/500", "HTTP/1.1 500 Oops\r\nContent-Length: 5\r\n\r\noops\n", KEEP, NULL},
    {"/204", "HTTP/1.1 204 No Content\r\n\r\n", KEEP, NULL},
    {"/302", "HTTP/1.1 302 Found\r\nLocation: /ok\r\nContent-Length: 0\r\n\r\n", KEEP, NULL},
    {"/chunked", CHUNKED "2\r\nok\r\n1;x=y\r\n\n\r\n0\r\nX-Sum: 1\r\n\r\n", KEEP, NULL},
    {"/until-close", OK_HEAD "\r\nok\n", CLOSE, NULL},
    {"/cut", OK_HEAD "\r\nok\n", CUT, NULL},
    {"/cut-after", OK_ANSWER, CUT, NULL},
    {"/garble", OK_HEAD "Content-Length: 100\r\n\r\nhalf", GARBLE, NULL},
    {"/garble0", "", GARBLE, NULL},
    {"/interim",
     "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" OK_ANSWER, KEEP,
     NULL},
    {"/surplus", OK_ANSWER "HTTP/1.1 200 OK\r\n", KEEP, NULL},
    {"/close", OK_HEAD "Connection: close\r\nContent-Length: 3\r\n\r\nok\n", CLOSE, NULL},
    {"/slow", OK_ANSWER, DRIP, NULL},
    {"/rst0", "", RESET, NULL},
    {"/rstbody", OK_HEAD "Content-Length: 100\r\n\r\nhalf", RESET, NULL},
    {"/short", OK_HEAD "Content-Length: 100\r\n\r\nhalf", CLOSE, NULL},
    {"/shorthead", OK_HEAD "Content-Length: 3\r\nX-Ha", CLOSE, NULL},
    {"/close0", "", CLOSE, NULL},
    {"/garbage", "this is not HTTP, whatever it is\r\n\r\n", CLOSE, NULL},
    {"/badchunk", CHUNKED "2\r\nok\r\nzz\r\nok\r\n0\r\n\r\n", HANG, NULL},
    {"/shortchunk", CHUNKED "10\r\nhalf", CLOSE, NULL},
    {"/dupcl", OK_HEAD "Content-Length: 2\r\nContent-Length: 100\r\n\r\nok", HANG, NULL},
    {"/bothcl",
     OK_HEAD "Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n", HANG,
     NULL},
    {"/101", "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n", HANG,
     NULL},
    {"/hang", "", HANG, NULL},
    {"/stall", OK_HEAD "Content-Length: 100\r\n\r\nhalf", HANG, NULL},
    {"/bighdr", OK_HEAD, REPEAT, "X-Fill: " FILL_64 FILL_64 "\r\n"},
    {"/1xx", "", REPEAT, "HTTP/1.1 100 Continue\r\n\r\n"},
    {"/endless", CHUNKED, REPEAT, "80\r\n" FILL_64 FILL_64 "\r\n"},
    {"/trailers", CHUNKED "2\r\nok\r\n0\r\n", REPEAT, "X-Fill: " FILL_64 FILL_64 "\r\n"},
};

enum { REQUEST_MAX = 64 * 1024 * 1024, DRIP_MS = 2 };

struct conn {
    int fd;
    SSL *ssl; /* NULL: plain */
    struct ct_buf in, out;
    size_t written; /* of out */
    enum after after;
    const char *endless;
    bool answering;
    unsigned requests;
    struct conn *next;
};

struct faultd {
    int epoll, listener, stop;
    uint16_t port;
    pthread_t thread;
    SSL_CTX *context; /* NULL: plain */
    struct conn *conns;
    atomic_uint_fast64_t requests, connections;
};

static void die(const char *what)
{
    perror(what);
    abort();
}

/* --- connections --- */

static void accept_one(struct faultd *f)
{
    int fd = accept4(f->listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0)
        return;
    int on = 1;
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    struct conn *c = ct_xcalloc(1, sizeof(*c));
    c->fd = fd;
    if (f->context != NULL) {
        c->ssl = SSL_new(f->context);
        (void)SSL_set_fd(c->ssl, fd);
        SSL_set_accept_state(c->ssl);
    }
    ct_buf_init(&c->in, REQUEST_MAX);
    ct_buf_init(&c->out, REQUEST_MAX);
    c->next = f->conns;
    f->conns = c;
    struct epoll_event ev = {.events = EPOLLIN, .data.ptr = c};
    (void)epoll_ctl(f->epoll, EPOLL_CTL_ADD, fd, &ev);
    atomic_fetch_add(&f->connections, 1);
}

static void end_conn(struct faultd *f, struct conn *c, bool reset)
{
    struct linger none = {.l_onoff = 1, .l_linger = 0};
    if (reset)
        (void)setsockopt(c->fd, SOL_SOCKET, SO_LINGER, &none, sizeof(none));
    SSL_free(c->ssl);
    (void)close(c->fd);
    for (struct conn **at = &f->conns; *at != NULL; at = &(*at)->next) {
        if (*at == c) {
            *at = c->next;
            break;
        }
    }
    ct_buf_release(&c->in);
    ct_buf_release(&c->out);
    free(c);
}

static void watch(struct faultd *f, struct conn *c, bool for_write)
{
    struct epoll_event ev = {.events = EPOLLIN, .data.ptr = c};
    if (for_write)
        ev.events |= EPOLLOUT;
    (void)epoll_ctl(f->epoll, EPOLL_CTL_MOD, c->fd, &ev);
}

/* --- requests --- */

/* Length of the first whole request in the buffer, body included; 0: not there yet. */
static size_t whole_request(const struct ct_buf *in)
{
    const char *end = strstr(in->data, "\r\n\r\n");
    if (end == NULL)
        return 0;
    size_t head = (size_t)(end - in->data) + 4;
    const char *length = strcasestr(in->data, "\r\nContent-Length:");
    size_t body = length != NULL && length < end ? strtoul(length + 17, NULL, 10) : 0;
    return in->len >= head + body ? head + body : 0;
}

static void answer(struct conn *c, const char *bytes, enum after after, const char *endless)
{
    (void)ct_buf_puts(&c->out, bytes);
    c->after = after;
    c->endless = endless;
}

static void answer_path(struct faultd *f, struct conn *c, const char *path, size_t all)
{
    bool race = strcmp(path, "/race") == 0, race_reset = strcmp(path, "/race-reset") == 0;
    if ((race || race_reset) && c->requests > FAULTD_RACE_AFTER) {
        answer(c, "", race ? CLOSE : RESET, NULL);
        return;
    }
    if (strcmp(path, "/echo") == 0) {
        (void)ct_buf_printf(&c->out, OK_HEAD "Content-Length: %zu\r\n\r\n", all);
        (void)ct_buf_add(&c->out, c->in.data, all);
        answer(c, "", KEEP, NULL);
        return;
    }
    if (strcmp(path, "/stats") == 0) {
        char text[128];
        int len = snprintf(text, sizeof(text), "{\"requests\":%llu,\"connections\":%llu}\n",
                           (unsigned long long)faultd_requests(f),
                           (unsigned long long)faultd_connections(f));
        (void)ct_buf_printf(&c->out, OK_HEAD "Content-Length: %d\r\n\r\n%s", len, text);
        answer(c, "", KEEP, NULL);
        return;
    }
    for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
        if (strcmp(path, modes[i].path) == 0) {
            answer(c, modes[i].bytes, modes[i].after, modes[i].endless);
            return;
        }
    }
    answer(c, OK_ANSWER, KEEP, NULL);
}

/* An answer to HEAD ends with its head. */
static void cut_body(struct ct_buf *out)
{
    const char *end = strstr(out->data, "\r\n\r\n");
    if (end != NULL) {
        out->len = (size_t)(end - out->data) + 4;
        out->data[out->len] = '\0';
    }
}

static bool begin_answer(struct faultd *f, struct conn *c)
{
    char method[16], path[256];
    size_t all = whole_request(&c->in);
    if (all == 0 || sscanf(c->in.data, "%15s %255s", method, path) != 2)
        return false;
    path[strcspn(path, "?")] = '\0';
    c->requests++;
    if (strcmp(path, "/stats") != 0)
        atomic_fetch_add(&f->requests, 1);
    ct_buf_clear(&c->out);
    c->written = 0;
    c->answering = true;
    answer_path(f, c, path, all);
    if (strcmp(method, "HEAD") == 0)
        cut_body(&c->out);
    ct_buf_consume(&c->in, all);
    return true;
}

/* --- answers --- */

/* Bytes taken; -1: not now. */
static ssize_t put(const struct conn *c, const char *bytes, size_t len)
{
    size_t n;
    if (c->ssl == NULL)
        return send(c->fd, bytes, len, MSG_NOSIGNAL | MSG_DONTWAIT);
    ERR_clear_error();
    return SSL_write_ex(c->ssl, bytes, len, &n) == 1 ? (ssize_t)n : -1;
}

/* Bytes that came; 0: the peer has gone; -1: none now. */
static ssize_t get(const struct conn *c, char *bytes, size_t len)
{
    if (c->ssl == NULL) {
        ssize_t n = recv(c->fd, bytes, len, MSG_DONTWAIT);
        return n < 0 && errno != EAGAIN ? 0 : n;
    }
    ERR_clear_error();
    int n = SSL_read(c->ssl, bytes, (int)len);
    if (n > 0)
        return n;
    return SSL_get_error(c->ssl, n) == SSL_ERROR_WANT_READ ? -1 : 0;
}

/* Write what there is; true when all is written. */
static bool write_some(struct conn *c)
{
    while (c->written < c->out.len) {
        size_t left = c->out.len - c->written;
        ssize_t n = put(c, c->out.data + c->written, c->after == DRIP ? 1 : left);
        if (n < 0)
            return false;
        c->written += (size_t)n;
        if (c->after == DRIP)
            return c->written == c->out.len;
    }
    return true;
}

static void step(struct faultd *f, struct conn *c)
{
    for (;;) {
        if (!c->answering && !begin_answer(f, c))
            return;
        if (!write_some(c)) {
            watch(f, c, c->after != DRIP);
            return;
        }
        switch (c->after) {
        case DRIP:
        case KEEP:
            c->answering = false;
            watch(f, c, false);
            break;
        case GARBLE:
            (void)send(c->fd, "this is no record", 17, MSG_NOSIGNAL | MSG_DONTWAIT);
            c->after = HANG;
            watch(f, c, false);
            return;
        case CLOSE:
            if (c->ssl != NULL)
                (void)SSL_shutdown(c->ssl);
            end_conn(f, c, false);
            return;
        case CUT:
        case RESET:
            end_conn(f, c, c->after == RESET);
            return;
        case HANG:
            watch(f, c, false);
            return;
        case REPEAT:
            ct_buf_clear(&c->out);
            c->written = 0;
            while (c->out.len < 4096)
                (void)ct_buf_puts(&c->out, c->endless);
            watch(f, c, true);
            return;
        }
    }
}

/* False when the peer has gone. */
static bool read_some(struct conn *c)
{
    char bytes[16384];
    for (;;) {
        ssize_t n = get(c, bytes, sizeof(bytes));
        if (n <= 0)
            return n < 0;
        (void)ct_buf_add(&c->in, bytes, (size_t)n);
    }
}

/* --- the thread --- */

static void drip_all(struct faultd *f)
{
    for (struct conn *c = f->conns, *next; c != NULL; c = next) {
        next = c->next;
        if (c->answering && c->after == DRIP)
            step(f, c);
    }
}

static bool drips(const struct faultd *f)
{
    for (const struct conn *c = f->conns; c != NULL; c = c->next)
        if (c->answering && c->after == DRIP)
            return true;
    return false;
}

static void *serve(void *ctx)
{
    struct faultd *f = ctx;
    for (;;) {
        struct epoll_event ev;
        int n = epoll_wait(f->epoll, &ev, 1, drips(f) ? DRIP_MS : -1);
        if (n == 0)
            drip_all(f);
        if (n <= 0)
            continue;
        if (ev.data.ptr == &f->stop)
            return NULL;
        if (ev.data.ptr == &f->listener) {
            accept_one(f);
            continue;
        }
        struct conn *c = ev.data.ptr;
        if (!read_some(c))
            end_conn(f, c, false);
        else if (!c->answering || c->after != DRIP)
            step(f, c);
    }
}

static void add(struct faultd *f, int *fd)
{
    struct epoll_event ev = {.events = EPOLLIN, .data.ptr = fd};
    if (*fd < 0 || epoll_ctl(f->epoll, EPOLL_CTL_ADD, *fd, &ev) < 0)
        die("faultd: epoll");
}

static struct faultd *start(SSL_CTX *context)
{
    struct faultd *f = ct_xcalloc(1, sizeof(*f));
    struct sockaddr_in addr = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof(addr);
    f->context = context;
    f->epoll = epoll_create1(EPOLL_CLOEXEC);
    f->stop = eventfd(0, EFD_CLOEXEC);
    f->listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (bind(f->listener, (struct sockaddr *)&addr, len) < 0 || listen(f->listener, 1024) < 0 ||
        getsockname(f->listener, (struct sockaddr *)&addr, &len) < 0)
        die("faultd: listen");
    f->port = ntohs(addr.sin_port);
    add(f, &f->listener);
    add(f, &f->stop);
    if (pthread_create(&f->thread, NULL, serve, f) != 0)
        die("faultd: thread");
    return f;
}

struct faultd *faultd_start(void)
{
    return start(NULL);
}

struct faultd *faultd_start_tls(void)
{
    SSL_CTX *context = identity_context("IP:127.0.0.1", false);
    (void)SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE);
    (void)SSL_CTX_set_mode(context, SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    (void)signal(SIGPIPE, SIG_IGN); /* OpenSSL writes with write(2) */
    return start(context);
}

void faultd_stop(struct faultd *f)
{
    uint64_t one = 1;
    if (write(f->stop, &one, sizeof(one)) != (ssize_t)sizeof(one))
        die("faultd: stop");
    (void)pthread_join(f->thread, NULL);
    while (f->conns != NULL)
        end_conn(f, f->conns, false);
    (void)close(f->listener);
    (void)close(f->stop);
    (void)close(f->epoll);
    SSL_CTX_free(f->context);
    free(f);
}

uint16_t faultd_port(const struct faultd *f)
{
    return f->port;
}

uint64_t faultd_requests(const struct faultd *f)
{
    return atomic_load(&f->requests);
}

uint64_t faultd_connections(const struct faultd *f)
{
    return atomic_load(&f->connections);
}

void faultd_save_certificate(const struct faultd *f, const char *path)
{
    identity_save(f->context, path);
}
