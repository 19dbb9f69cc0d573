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

/* Run until ct_loop_stop, or until nothing is left to wait for. */
void ct_loop_run(struct ct_loop *loop);

/* Let ct_loop_run return after the callbacks of this turn. */
void ct_loop_stop(struct ct_loop *loop);

/* Close what the loop itself opened and free it. Asserts that every operation on it has ended: a
 * leaked handle is a bug. */
void ct_loop_free(struct ct_loop *loop);

struct uv_loop_s *ct_loop_uv(struct ct_loop *loop); /* for modules of io only */

/* From any thread: have fn(ctx) called on the loop. Never dropped, in order; the loop stays alive
 * for it while it runs. */
void ct_loop_post(struct ct_loop *loop, void (*fn)(void *ctx), void *ctx);

/* When the poll of this turn of the loop returned, CLOCK_MONOTONIC ns (to some 100 ns). */
uint64_t ct_loop_woke_ns(struct ct_loop *loop);

/* Time spent waiting in the poll since the loop began, ns. */
uint64_t ct_loop_wait_ns(struct ct_loop *loop);

/* --- absolute alarm: a timerfd on CLOCK_MONOTONIC, exact to the kernel's wake-up --- */

struct ct_alarm;
typedef void ct_alarm_fn(void *ctx);

int ct_alarm_new(struct ct_loop *loop, ct_alarm_fn *fn, void *ctx, struct ct_alarm **out,
                 struct ct_err *err);
void ct_alarm_set(struct ct_alarm *a,
                  uint64_t at_ns); /* absolute; in the past: at once; replaces */
void ct_alarm_unset(struct ct_alarm *a);
void ct_alarm_free(struct ct_alarm *a); /* freed by the loop's next turn; fn is not called again */

/* --- signals, on the main loop only --- */

struct ct_signals;
typedef void ct_signal_fn(void *ctx, int signum);

/* Block SIGINT, SIGTERM in this and later threads, ignore SIGPIPE: call in main before any thread.
 */
void ct_signals_block(void);
int ct_signals_new(struct ct_loop *loop, ct_signal_fn *fn, void *ctx, struct ct_signals **out,
                   struct ct_err *err);
void ct_signals_free(struct ct_signals *s);

#endif
