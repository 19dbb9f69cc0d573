/*
 * A TCP connection to a host by name, without blocking: resolve, then try one address after the
 * other. The caller's deadline ends it, through ct_dial_cancel.
 */
#ifndef CT_IO_DIAL_H
#define CT_IO_DIAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "io/loop.h"

struct ct_dial;

/* fd: connected, non-blocking, the caller's from here on; -1: err says why (CT_EREACH, CT_EFAIL,
 * CT_ECANCELED), without the host's name. The dial is freed when this returns. */
typedef void ct_dial_fn(void *ctx, int fd, const struct ct_err *err);

/* done is called exactly once, from the loop, never from inside. host is copied. */
struct ct_dial *ct_dial_start(struct ct_loop *loop, const char *host, uint16_t port,
                              ct_dial_fn *done, void *ctx);

/* done comes with CT_ECANCELED: at once from the loop, but not before a lookup that is under way
 * has ended (the resolver cannot be interrupted). */
void ct_dial_cancel(struct ct_dial *d);

/* Of a connected socket: the address it reached, as numbers; "": none. */
void ct_dial_address(int fd, char *out, size_t size);

/* Its round-trip time as the kernel has it (tcp(7), TCP_INFO); false: not known. */
struct ct_ssh_round_trip;
bool ct_dial_round_trip(int fd, struct ct_ssh_round_trip *out);

#endif
