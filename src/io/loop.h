/*
 * An event loop of one thread (libuv underneath) and what everything on it shares: a way in from
 * other threads, an absolute alarm, and knowledge of how busy the loop is.
 *
 * The async contract of every io and engine operation: its done callback is called exactly once,
 * from the loop, never from inside the call that started it, after all its handles are closed.
 * Callbacks only record and step (docs/style.md). All functions are for the loop's own thread
 * unless they say otherwise.
 */
#ifndef CT_IO_LOOP_H
#define CT_IO_LOOP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

struct uv_loop_s;
struct ct_loop;

int ct_loop_new(struct ct_loop **out, struct ct_err *err);

/* Run until ct_loop_stop, or until nothing is left to wait for: an alarm that is set, a watched
 * descriptor, signals, an operation of io. What was posted before is called first. Sets the timer
 * slack of the calling thread to 1 ns, so that alarms are as exact as the kernel can. */
void ct_loop_run(struct ct_loop *loop);

/* From the loop's thread: let ct_loop_run return after the callbacks of this turn. */
void ct_loop_stop(struct ct_loop *loop);

/* Close what the loop itself opened and free it. Asserts that every operation on it has ended and
 * nothing posted is left: a leaked handle is a bug. */
void ct_loop_free(struct ct_loop *loop);

struct uv_loop_s *ct_loop_uv(struct ct_loop *loop); /* for modules of io only */

/* From any thread: have fn(ctx) called on the loop. Never dropped, in order. A post does not keep
 * the loop running: a loop that only waits for posts needs something else to wait for, or an owner
 * that runs it again; what was posted after it ended is called when it runs next. */
void ct_loop_post(struct ct_loop *loop, void (*fn)(void *ctx), void *ctx);

/* When the poll of this turn of the loop returned, CLOCK_MONOTONIC ns (to some 100 ns; when a turn
 * brings more than 1,024 events, the first of its polls). Inside callbacks only. */
uint64_t ct_loop_woke_ns(struct ct_loop *loop);

/* Time spent waiting in the poll since the loop began, ns. */
uint64_t ct_loop_wait_ns(struct ct_loop *loop);

/* Turn without waiting: while fn is set, fn(ctx) is called once a turn and the poll never waits, so
 * that answers are still read. NULL ends it. The last microseconds before an exact instant. */
void ct_loop_spin(struct ct_loop *loop, void (*fn)(void *ctx), void *ctx);

/* --- absolute alarm: a timerfd on CLOCK_MONOTONIC, exact to the kernel's wake-up --- */

struct ct_alarm;
typedef void ct_alarm_fn(void *ctx);

/* Not set at first. fn is called from the loop at or after the instant, never before it, once for
 * each ct_alarm_set; it may set the alarm again. */
int ct_alarm_new(struct ct_loop *loop, ct_alarm_fn *fn, void *ctx, struct ct_alarm **out,
                 struct ct_err *err);
/* Absolute; in the past: in the loop's next turn; replaces what was set. */
void ct_alarm_set(struct ct_alarm *a, uint64_t at_ns);
void ct_alarm_unset(struct ct_alarm *a);
void ct_alarm_free(struct ct_alarm *a); /* freed by the loop's next turn; fn is not called again */

/* --- a descriptor of the caller --- */

struct ct_fd;
enum ct_fd_events { CT_FD_READ = 1, CT_FD_WRITE = 2 };

/* events: which are ready; an error or hang-up on the descriptor comes as all that were wanted */
typedef void ct_fd_fn(void *ctx, unsigned events);

/* Watch fd, which stays the caller's; watched for nothing at first. It must be non-blocking, stay
 * open until ct_fd_free, and be a thing that can be polled (a socket, a pipe), else CT_EFAIL. */
int ct_fd_new(struct ct_loop *loop, int fd, ct_fd_fn *fn, void *ctx, struct ct_fd **out,
              struct ct_err *err);
void ct_fd_want(struct ct_fd *f, unsigned events); /* enum ct_fd_events or-ed; 0: nothing */
void ct_fd_free(struct ct_fd *f); /* fd may be closed afterwards; fn is not called again */

/* --- signals, on the main loop only --- */

struct ct_signals;
typedef void ct_signal_fn(void *ctx, int signum);

/* Block SIGINT and SIGTERM in this and later threads, ignore SIGPIPE: call in main before any
 * thread. From then on they wait until a ct_signals takes them; none is lost. */
void ct_signals_block(void);

/* Undo it for SIGINT and SIGTERM, in this thread: one of them ends the program at once. */
void ct_signals_let_kill(void);

/* Take SIGINT and SIGTERM; they must be blocked. Keeps the loop running until freed. */
int ct_signals_new(struct ct_loop *loop, ct_signal_fn *fn, void *ctx, struct ct_signals **out,
                   struct ct_err *err);
void ct_signals_free(struct ct_signals *s);

#endif
