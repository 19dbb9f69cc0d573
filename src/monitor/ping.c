#include "monitor/ping.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <netinet/ip_icmp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"

struct ct_pinger {
    struct ct_loop *loop;
    struct sockaddr_storage address;
    socklen_t address_len;
    uint16_t tcp_port; /* 0 with ICMP */
    bool raw;
    int fd; /* ICMP: kept; TCP: of the connection under way, or -1 */
    struct ct_fd *watch;
    uint16_t id, sequence;
    uint64_t sent_ns, rtt_ns; /* rtt 0: nothing came */
};

/* The Internet checksum (RFC 1071); a datagram socket lets the kernel do it, a raw one does not. */
static uint16_t checksum(const unsigned char *bytes, size_t len)
{
    uint32_t sum = 0;
    for (size_t i = 0; i + 1 < len; i += 2)
        sum += (uint32_t)bytes[i] << 8 | bytes[i + 1];
    while (sum >> 16 != 0)
        sum = (sum & 0xffff) + (sum >> 16);
    return (uint16_t)~sum;
}

static void answered(struct ct_pinger *p)
{
    p->rtt_ns = ct_clock_ns() - p->sent_ns;
}

/* The echo reply inside what a socket gave; its sequence is ours. */
static bool is_reply(const struct ct_pinger *p, const unsigned char *bytes, size_t len)
{
    bool v6 = p->address.ss_family == AF_INET6;
    if (p->raw && !v6) { /* raw IPv4 comes with the IP header */
        size_t skip = len > 0 ? (size_t)(bytes[0] & 15) * 4 : 0;
        if (skip > len)
            return false;
        bytes += skip;
        len -= skip;
    }
    if (len < 8 || bytes[0] != (v6 ? ICMP6_ECHO_REPLY : ICMP_ECHOREPLY))
        return false;
    unsigned id = (unsigned)bytes[4] << 8 | bytes[5], sequence = (unsigned)bytes[6] << 8 | bytes[7];
    return sequence == p->sequence && (!p->raw || id == p->id);
}

static void icmp_ready(void *ctx, unsigned events)
{
    struct ct_pinger *p = ctx;
    unsigned char bytes[512];
    ssize_t n;
    (void)events;
    while ((n = recv(p->fd, bytes, sizeof(bytes), MSG_DONTWAIT)) > 0)
        if (p->rtt_ns == 0 && is_reply(p, bytes, (size_t)n))
            answered(p);
}

static void send_icmp(struct ct_pinger *p)
{
    enum { SIZE = 64 };
    unsigned char bytes[SIZE] = {0};
    p->sequence++;
    bytes[0] = p->address.ss_family == AF_INET6 ? ICMP6_ECHO_REQUEST : ICMP_ECHO;
    bytes[4] = (unsigned char)(p->id >> 8);
    bytes[5] = (unsigned char)p->id;
    bytes[6] = (unsigned char)(p->sequence >> 8);
    bytes[7] = (unsigned char)p->sequence;
    uint16_t sum = checksum(bytes, SIZE);
    bytes[2] = (unsigned char)(sum >> 8);
    bytes[3] = (unsigned char)sum;
    (void)sendto(p->fd, bytes, SIZE, MSG_DONTWAIT, (const struct sockaddr *)&p->address,
                 p->address_len);
}

static void tcp_close(struct ct_pinger *p)
{
    if (p->watch != NULL)
        ct_fd_free(p->watch);
    if (p->fd >= 0)
        (void)close(p->fd);
    p->watch = NULL;
    p->fd = -1;
}

static void tcp_ready(void *ctx, unsigned events)
{
    struct ct_pinger *p = ctx;
    int error = 0;
    socklen_t len = sizeof(error);
    (void)events;
    /* a refusal took the way there and back too */
    if (getsockopt(p->fd, SOL_SOCKET, SO_ERROR, &error, &len) == 0 &&
        (error == 0 || error == ECONNREFUSED))
        answered(p);
    tcp_close(p);
}

static void send_tcp(struct ct_pinger *p)
{
    tcp_close(p);
    p->fd = socket(p->address.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (p->fd < 0)
        return;
    (void)connect(p->fd, (const struct sockaddr *)&p->address, p->address_len);
    if (ct_fd_new(p->loop, p->fd, tcp_ready, p, &p->watch, NULL) == 0)
        ct_fd_want(p->watch, CT_FD_WRITE);
    else
        tcp_close(p);
}

void ct_pinger_send(struct ct_pinger *p)
{
    p->sent_ns = ct_clock_ns();
    p->rtt_ns = 0;
    if (p->tcp_port != 0)
        send_tcp(p);
    else
        send_icmp(p);
}

void ct_pinger_result(const struct ct_pinger *p, struct ct_ping *out)
{
    double ms = (double)p->rtt_ns / 1e6;
    *out = (struct ct_ping){
        .transmitted = 1,
        .received = p->rtt_ns > 0,
        .min_ms = ms,
        .avg_ms = ms,
        .max_ms = ms,
        .method = p->tcp_port != 0 ? "tcp" : "icmp",
    };
}

/* --- life --- */

static bool open_icmp(struct ct_pinger *p)
{
    int family = p->address.ss_family;
    int protocol = family == AF_INET6 ? IPPROTO_ICMPV6 : IPPROTO_ICMP;
    p->fd = socket(family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, protocol);
    if (p->fd < 0) {
        p->raw = true;
        p->fd = socket(family, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, protocol);
    }
    if (p->fd < 0)
        return false;
    if (ct_fd_new(p->loop, p->fd, icmp_ready, p, &p->watch, NULL) < 0) {
        tcp_close(p);
        return false;
    }
    ct_fd_want(p->watch, CT_FD_READ);
    return true;
}

static bool resolve(struct ct_pinger *p, const char *host, uint16_t tcp_port)
{
    char port[8];
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
    struct addrinfo *list = NULL;
    (void)snprintf(port, sizeof(port), "%u", (unsigned)tcp_port);
    if (getaddrinfo(host, port, &hints, &list) != 0)
        return false;
    memcpy(&p->address, list->ai_addr, list->ai_addrlen);
    p->address_len = list->ai_addrlen;
    freeaddrinfo(list);
    return true;
}

struct ct_pinger *ct_pinger_new(struct ct_loop *loop, const char *host, uint16_t tcp_port)
{
    struct ct_pinger *p = ct_xcalloc(1, sizeof(*p));
    p->loop = loop;
    p->fd = -1;
    p->id = (uint16_t)getpid();
    bool resolved = resolve(p, host, tcp_port);
    if (resolved && open_icmp(p))
        return p;
    if (resolved && tcp_port != 0) {
        p->tcp_port = tcp_port;
        return p;
    }
    free(p);
    return NULL;
}

void ct_pinger_free(struct ct_pinger *p)
{
    if (p == NULL)
        return;
    tcp_close(p);
    free(p);
}
