/*
 * How far away is a server? One echo per sample: an ICMP datagram socket where the kernel allows it
 * (net.ipv4.ping_group_range), else a raw socket, else the time of a TCP connection to the SSH
 * port.
 */
#ifndef CT_MONITOR_PING_H
#define CT_MONITOR_PING_H

#include <stdint.h>

#include "io/loop.h"
#include "model/snapshot.h"

struct ct_pinger;

/* host is resolved here (blocking). tcp_port 0: ICMP or nothing. NULL when no way works. */
struct ct_pinger *ct_pinger_new(struct ct_loop *loop, const char *host, uint16_t tcp_port);

/* Send one; what came of the one before it is forgotten. */
void ct_pinger_send(struct ct_pinger *p);

/* What came of the last one so far: transmitted 1, received 0 or 1. */
void ct_pinger_result(const struct ct_pinger *p, struct ct_ping *out);
void ct_pinger_free(struct ct_pinger *p); /* NULL allowed */

#endif
