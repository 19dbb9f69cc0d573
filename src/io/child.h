/*
 * A program beside us on a loop: a socket that is its standard input and output, a pipe that is its
 * standard error, and its end, which is awaited through a descriptor (pidfd_open(2), Linux 5.3):
 * no signal handler, so that no thread of the load is ever interrupted.
 */
#ifndef CT_IO_CHILD_H
#define CT_IO_CHILD_H

#include "base/err.h"
#include "io/loop.h"

struct ct_child;

/* It has ended and is reaped; what it wrote may still wait in the descriptors. Called once. */
typedef void ct_child_fn(void *ctx);

/* Start argv[0], looked for in PATH, in a session of its own (no terminal to ask at, no Ctrl-C of
 * ours), signals as they are by default. ended is called from the loop, never from inside. CT_EFAIL
 * with nothing started. */
int ct_child_start(struct ct_loop *loop, char *const *argv, ct_child_fn *ended, void *ctx,
                   struct ct_child **out, struct ct_err *err);

/* Non-blocking; the child's until ct_child_free. */
int ct_child_io(const struct ct_child *c);     /* write: its stdin; read: its stdout */
int ct_child_errors(const struct ct_child *c); /* read: its stderr */

/* Its group is sent a signal; nothing when it has ended. */
void ct_child_signal(const struct ct_child *c, int signum);

void ct_child_free(struct ct_child *c); /* after ended */

#endif
