/*
 * How far away is a server? One question per sample, of one of two kinds:
 *
 *   icmp  an echo, over a datagram socket where the kernel allows it (net.ipv4.ping_group_range),
 *         else over a raw socket
 *   tcp   the time to the answer of a port (SYN to SYN-ACK, as the kernel measures it). The last
 *         step of the handshake is held back and a reset goes out in its place (TCP_QUICKACK of
 *         tcp(7) switched off), so the server's program never sees a connection: sshd starts
 *         nothing, logs nothing and has nobody to penalise
 */
#ifndef CT_MONITOR_PING_H
#define CT_MONITOR_PING_H

#include <sys/socket.h>

#include "io/loop.h"
#include "model/snapshot.h"

struct ct_pinger;
typedef void ct_pinger_fn(void *ctx);
enum ct_ping_kind { CT_PING_ICMP, CT_PING_TCP };

/* addr is copied; its port is meant for TCP only. NULL when this process may not send ICMP, or addr
 * has no port. answered(ctx) is called from the loop when the answer to what was sent last has
 * come; never from inside ct_pinger_send. */
struct ct_pinger *ct_pinger_new(struct ct_loop *loop, enum ct_ping_kind kind,
                                const struct sockaddr *addr, socklen_t len, ct_pinger_fn *answered,
                                void *ctx);
enum ct_ping_kind ct_pinger_kind(const struct ct_pinger *p);

/* Send one; what came of the one before it is forgotten. */
void ct_pinger_send(struct ct_pinger *p);

/* What came of the last one so far: transmitted 1, received 0 (the times are NAN) or 1. */
void ct_pinger_result(const struct ct_pinger *p, struct ct_ping *out);
void ct_pinger_free(struct ct_pinger *p); /* NULL allowed */

#endif
