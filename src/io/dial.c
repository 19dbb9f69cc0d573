#include "io/dial.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <uv.h>

#include "base/mem.h"
#include "io/ssh.h"

/* resolving -> connecting (each address in turn) -> done */
struct ct_dial {
    struct ct_loop *loop;
    uv_getaddrinfo_t lookup;
    bool looking_up, cancelled;
    struct addrinfo *list, *next; /* next: the address to try after this one */
    int fd;
    struct ct_fd *watch;
    struct ct_err err;
    ct_dial_fn *done;
    void *ctx;
};

static void connect_next(struct ct_dial *d);

static void close_socket(struct ct_dial *d)
{
    ct_fd_free(d->watch);
    if (d->fd >= 0)
        (void)close(d->fd);
    d->watch = NULL;
    d->fd = -1;
}

static void finish(void *ctx)
{
    struct ct_dial *d = ctx;
    if (d->cancelled) {
        close_socket(d);
        (void)ct_fail(&d->err, CT_ECANCELED, "given up");
    }
    ct_fd_free(d->watch);
    if (d->list != NULL)
        uv_freeaddrinfo(d->list);
    d->done(d->ctx, d->fd, &d->err);
    free(d);
}

static void connect_done(void *ctx, unsigned events)
{
    struct ct_dial *d = ctx;
    int error = 0;
    socklen_t len = sizeof(error);
    (void)events;
    if (getsockopt(d->fd, SOL_SOCKET, SO_ERROR, &error, &len) != 0)
        error = errno;
    if (error == 0) {
        finish(d);
        return;
    }
    (void)ct_fail(&d->err, CT_EREACH, "%s", strerror(error));
    close_socket(d);
    connect_next(d);
}

static int begin(struct ct_dial *d, const struct addrinfo *a)
{
    d->fd = socket(a->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (d->fd < 0)
        return ct_fail_errno(&d->err, errno == EAFNOSUPPORT ? CT_EREACH : CT_EFAIL, "socket");
    if (connect(d->fd, a->ai_addr, a->ai_addrlen) != 0 && errno != EINPROGRESS)
        return ct_fail_errno(&d->err, CT_EREACH, "connect");
    int rc = ct_fd_new(d->loop, d->fd, connect_done, d, &d->watch, &d->err);
    if (rc == 0)
        ct_fd_want(d->watch, CT_FD_WRITE);
    return rc;
}

static void connect_next(struct ct_dial *d)
{
    while (d->next != NULL) {
        const struct addrinfo *a = d->next;
        d->next = a->ai_next;
        if (begin(d, a) == 0)
            return;
        close_socket(d);
    }
    finish(d);
}

static void lookup_done(uv_getaddrinfo_t *lookup, int status, struct addrinfo *list)
{
    struct ct_dial *d = lookup->data;
    d->looking_up = false;
    d->list = d->next = list;
    if (status < 0)
        (void)ct_fail(&d->err, CT_EREACH, "the name does not resolve: %s", uv_strerror(status));
    if (d->cancelled || status < 0)
        finish(d);
    else
        connect_next(d);
}

struct ct_dial *ct_dial_start(struct ct_loop *loop, const char *host, uint16_t port,
                              ct_dial_fn *done, void *ctx)
{
    char service[8];
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV};
    struct ct_dial *d = ct_xcalloc(1, sizeof(*d));
    d->loop = loop;
    d->lookup.data = d;
    d->fd = -1;
    d->done = done;
    d->ctx = ctx;
    (void)snprintf(service, sizeof(service), "%u", (unsigned)port);
    int rc = uv_getaddrinfo(ct_loop_uv(loop), &d->lookup, lookup_done, host, service, &hints);
    d->looking_up = rc == 0;
    if (rc < 0) {
        (void)ct_fail(&d->err, CT_EREACH, "the name does not resolve: %s", uv_strerror(rc));
        ct_loop_post(loop, finish, d);
    }
    return d;
}

void ct_dial_cancel(struct ct_dial *d)
{
    if (d->cancelled)
        return;
    d->cancelled = true;
    if (d->looking_up)
        (void)uv_cancel((uv_req_t *)&d->lookup);
    else if (d->watch != NULL)
        ct_loop_post(d->loop, finish, d);
    if (d->watch != NULL)
        ct_fd_want(d->watch, 0);
}

/* --- of a socket that is connected --- */

void ct_dial_address(int fd, char *out, size_t size)
{
    struct sockaddr_storage peer;
    socklen_t len = sizeof(peer);
    out[0] = '\0';
    if (fd >= 0 && getpeername(fd, (struct sockaddr *)&peer, &len) == 0)
        (void)getnameinfo((const struct sockaddr *)&peer, len, out, (socklen_t)size, NULL, 0,
                          NI_NUMERICHOST);
}

bool ct_dial_round_trip(int fd, struct ct_ssh_round_trip *out)
{
    struct tcp_info info;
    socklen_t len = sizeof(info);
    memset(&info, 0, sizeof(info));
    if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &len) != 0 || info.tcpi_rtt == 0)
        return false;
    out->mean_ms = (double)info.tcpi_rtt / 1e3;
    out->deviation_ms = (double)info.tcpi_rttvar / 1e3;
    return true;
}
