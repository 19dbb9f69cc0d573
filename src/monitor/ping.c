#include "monitor/ping.h"

#include <errno.h>
#include <math.h>
#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <netinet/ip_icmp.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"

enum { HEADER = 8, TOKEN = 8, SIZE = 64 };

struct ct_pinger {
    struct ct_loop *loop;
    enum ct_ping_kind kind;
    struct sockaddr_storage addr;
    socklen_t addr_len;
    bool v6, raw;
    int fd; /* -1: none (TCP between two questions) */
    struct ct_fd *watch;
    unsigned char token[TOKEN]; /* tells our echoes from those of others on a raw socket */
    uint16_t sequence;
    struct ct_instant sent; /* by the wall clock, too: that is how the kernel stamps what comes */
    uint64_t rtt_ns;        /* 0: nothing came */
    ct_pinger_fn *answered;
    void *ctx;
};

static void close_socket(struct ct_pinger *p)
{
    if (p->watch != NULL)
        ct_fd_free(p->watch);
    if (p->fd >= 0)
        (void)close(p->fd);
    p->watch = NULL;
    p->fd = -1;
}

/* --- ICMP --- */

/* The Internet checksum (RFC 1071) of an even number of bytes. The kernel writes its own on a
 * datagram socket and for IPv6. */
static uint16_t checksum(const unsigned char *bytes, size_t len)
{
    uint32_t sum = 0;
    for (size_t i = 0; i + 1 < len; i += 2)
        sum += (uint32_t)bytes[i] << 8 | bytes[i + 1];
    while (sum >> 16 != 0)
        sum = (sum & 0xffff) + (sum >> 16);
    return (uint16_t)~sum;
}

static void put_u16(unsigned char *at, unsigned v)
{
    at[0] = (unsigned char)(v >> 8);
    at[1] = (unsigned char)v;
}

static bool is_reply(const struct ct_pinger *p, const unsigned char *bytes, size_t len)
{
    if (p->raw && !p->v6) { /* comes with the IP header */
        size_t skip = len > 0 ? (size_t)(bytes[0] & 15) * 4 : 0;
        if (skip > len)
            return false;
        bytes += skip;
        len -= skip;
    }
    if (len < HEADER + TOKEN || bytes[0] != (p->v6 ? ICMP6_ECHO_REPLY : ICMP_ECHOREPLY))
        return false;
    unsigned sequence = (unsigned)bytes[6] << 8 | bytes[7];
    return sequence == p->sequence && memcmp(bytes + HEADER, p->token, TOKEN) == 0;
}

/* From the wall clock at sending to the kernel's receive stamp (SO_TIMESTAMPNS): what this process
 * did meanwhile is not in it. A wall clock that was set gives what cannot be; then our own. */
static uint64_t echo_ns(const struct ct_pinger *p, struct msghdr *m)
{
    uint64_t since_ns = ct_clock_ns() - p->sent.mono_ns;
    const struct cmsghdr *c = CMSG_FIRSTHDR(m);
    struct timespec at;
    if (c == NULL || c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_TIMESTAMPNS)
        return since_ns;
    memcpy(&at, CMSG_DATA(c), sizeof(at));
    int64_t ns = (int64_t)at.tv_sec * (int64_t)CT_NS_PER_S + at.tv_nsec - (int64_t)p->sent.wall_ns;
    return ns > 0 && (uint64_t)ns < since_ns ? (uint64_t)ns : since_ns;
}

/* Reads one packet; false when there is none. */
static bool take_echo(struct ct_pinger *p)
{
    unsigned char bytes[512];
    _Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(struct timespec))];
    struct iovec into = {.iov_base = bytes, .iov_len = sizeof(bytes)};
    struct msghdr m = {.msg_iov = &into,
                       .msg_iovlen = 1,
                       .msg_control = control,
                       .msg_controllen = sizeof(control)};
    ssize_t n = recvmsg(p->fd, &m, MSG_DONTWAIT);
    if (n > 0 && p->rtt_ns == 0 && is_reply(p, bytes, (size_t)n))
        p->rtt_ns = echo_ns(p, &m);
    return n > 0;
}

static void echo_ready(void *ctx, unsigned events)
{
    struct ct_pinger *p = ctx;
    bool was_answered = p->rtt_ns != 0;
    (void)events;
    while (take_echo(p)) {
    }
    if (!was_answered && p->rtt_ns != 0)
        p->answered(p->ctx);
}

static void send_echo(struct ct_pinger *p)
{
    unsigned char bytes[SIZE] = {0};
    p->sequence++;
    bytes[0] = p->v6 ? ICMP6_ECHO_REQUEST : ICMP_ECHO;
    put_u16(bytes + 6, p->sequence);
    memcpy(bytes + HEADER, p->token, TOKEN);
    put_u16(bytes + 2, checksum(bytes, SIZE));
    p->sent = ct_instant_now();
    (void)send(p->fd, bytes, SIZE, MSG_DONTWAIT);
}

static int open_icmp(struct ct_pinger *p)
{
    const int on = 1;
    int protocol = p->v6 ? IPPROTO_ICMPV6 : IPPROTO_ICMP;
    struct sockaddr_storage peer = p->addr;
    if (p->v6)
        ((struct sockaddr_in6 *)&peer)->sin6_port =
            0; /* a raw socket would take it for a protocol */
    else
        ((struct sockaddr_in *)&peer)->sin_port = 0;
    if (getrandom(p->token, TOKEN, 0) != TOKEN)
        return -1;
    p->fd = socket(p->addr.ss_family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, protocol);
    p->raw = p->fd < 0;
    if (p->raw)
        p->fd = socket(p->addr.ss_family, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, protocol);
    /* connected: only what that server sends comes in */
    if (p->fd < 0 || connect(p->fd, (const struct sockaddr *)&peer, p->addr_len) != 0 ||
        ct_fd_new(p->loop, p->fd, echo_ready, p, &p->watch, NULL) != 0)
        return -1;
    (void)setsockopt(p->fd, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof(on));
    ct_fd_want(p->watch, CT_FD_READ);
    return 0;
}

/* --- TCP --- */

static bool has_port(const struct ct_pinger *p)
{
    return p->v6 ? ((const struct sockaddr_in6 *)&p->addr)->sin6_port != 0
                 : ((const struct sockaddr_in *)&p->addr)->sin_port != 0;
}

/* What the kernel measured does not hold how long this process took to wake up. */
static uint64_t round_trip_ns(const struct ct_pinger *p)
{
    struct tcp_info info = {0};
    socklen_t len = sizeof(info);
    uint64_t since_ns = ct_clock_ns() - p->sent.mono_ns;
    if (getsockopt(p->fd, IPPROTO_TCP, TCP_INFO, &info, &len) != 0 || info.tcpi_rtt == 0)
        return since_ns;
    return info.tcpi_rtt * UINT64_C(1000);
}

static void port_ready(void *ctx, unsigned events)
{
    struct ct_pinger *p = ctx;
    int error = 0;
    socklen_t len = sizeof(error);
    (void)events;
    bool open = getsockopt(p->fd, SOL_SOCKET, SO_ERROR, &error, &len) == 0 && error == 0;
    if (open)
        p->rtt_ns = round_trip_ns(p);
    close_socket(p); /* the reset */
    if (open)
        p->answered(p->ctx);
}

static void knock(struct ct_pinger *p)
{
    const int off = 0;
    const struct linger reset = {.l_onoff = 1, .l_linger = 0};
    close_socket(p);
    p->fd = socket(p->addr.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_TCP);
    if (p->fd < 0 || ct_fd_new(p->loop, p->fd, port_ready, p, &p->watch, NULL) != 0) {
        close_socket(p);
        return;
    }
    (void)setsockopt(p->fd, IPPROTO_TCP, TCP_QUICKACK, &off, sizeof(off));
    (void)setsockopt(p->fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
    p->sent = ct_instant_now();
    if (connect(p->fd, (const struct sockaddr *)&p->addr, p->addr_len) != 0 && errno != EINPROGRESS)
        close_socket(p);
    else
        ct_fd_want(p->watch, CT_FD_WRITE);
}

/* --- both --- */

void ct_pinger_send(struct ct_pinger *p)
{
    p->rtt_ns = 0;
    if (p->kind == CT_PING_ICMP)
        send_echo(p);
    else
        knock(p);
}

void ct_pinger_result(const struct ct_pinger *p, struct ct_ping *out)
{
    bool received = p->rtt_ns != 0;
    double ms = received ? (double)p->rtt_ns / 1e6 : NAN;
    *out = (struct ct_ping){
        .transmitted = 1,
        .received = received,
        .min_ms = ms,
        .avg_ms = ms,
        .max_ms = ms,
        .mdev_ms = received ? 0 : NAN,
        .method = p->kind == CT_PING_ICMP ? "icmp" : "tcp",
    };
}

enum ct_ping_kind ct_pinger_kind(const struct ct_pinger *p)
{
    return p->kind;
}

struct ct_pinger *ct_pinger_new(struct ct_loop *loop, enum ct_ping_kind kind,
                                const struct sockaddr *addr, socklen_t len, ct_pinger_fn *answered,
                                void *ctx)
{
    struct ct_pinger *p = ct_xcalloc(1, sizeof(*p));
    p->loop = loop;
    p->kind = kind;
    memcpy(&p->addr, addr, len);
    p->addr_len = len;
    p->v6 = addr->sa_family == AF_INET6;
    p->fd = -1;
    p->answered = answered;
    p->ctx = ctx;
    if (kind == CT_PING_ICMP ? open_icmp(p) == 0 : has_port(p))
        return p;
    ct_pinger_free(p);
    return NULL;
}

void ct_pinger_free(struct ct_pinger *p)
{
    if (p == NULL)
        return;
    close_socket(p);
    free(p);
}
