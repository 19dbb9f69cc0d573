/*
 * How far away is a server? One ICMP echo per sample, over a datagram socket where the kernel
 * allows it (net.ipv4.ping_group_range), else over a raw socket.
 */
#ifndef CT_MONITOR_PING_H
#define CT_MONITOR_PING_H

#include <sys/socket.h>

#include "io/loop.h"
#include "model/snapshot.h"

struct ct_pinger;
typedef void ct_pinger_fn(void *ctx);

/* addr is copied. NULL when this process may not send ICMP. answered(ctx) is called from the loop
 * when the echo that was sent last has come back; never from inside ct_pinger_send. */
struct ct_pinger *ct_pinger_new(struct ct_loop *loop, const struct sockaddr *addr, socklen_t len,
                                ct_pinger_fn *answered, void *ctx);

/* Send one; what came of the one before it is forgotten. */
void ct_pinger_send(struct ct_pinger *p);

/* What came of the last one so far: transmitted 1, received 0 (the times are NAN) or 1. */
void ct_pinger_result(const struct ct_pinger *p, struct ct_ping *out);
void ct_pinger_free(struct ct_pinger *p); /* NULL allowed */

#endif
