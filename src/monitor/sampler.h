/*
 * One server: connected, read, read again; what fails is a gap, and it is connected anew with
 * back-off (1 s, doubling, to 30 s). On the monitor's loop.
 *
 *   new -> open (told once) -> ask (any number of times) -> close (told once)
 */
#ifndef CT_MONITOR_SAMPLER_H
#define CT_MONITOR_SAMPLER_H

#include <stdbool.h>

#include "base/clock.h"
#include "base/err.h"
#include "io/ssh.h"
#include "model/snapshot.h"

struct ct_sampler;
typedef void ct_sampler_open_fn(void *ctx, int code, const struct ct_err *err);
typedef void ct_sampler_fn(void *ctx);

/* server is borrowed. */
struct ct_sampler *ct_sampler_new(struct ct_loop *loop, const struct ct_server *server);

/* Connect and read once, so that the next sample has CPU values. done later, from the loop. */
void ct_sampler_open(struct ct_sampler *s, uint64_t timeout_ns, ct_sampler_open_fn *done,
                     void *ctx);

/* Begin a sample; ready is called once when its reading and its ping are there (or it is known to
 * be a gap), never from inside. It replaces what was asked before and is not there yet: a reading
 * that is still under way becomes this sample's. */
void ct_sampler_ask(struct ct_sampler *s, uint64_t timeout_ns, ct_sampler_fn *ready, void *ctx);

#define CT_SAMPLER_NO_ANSWER "no answer within the interval" /* the gap of a reading under way */

/* The last sample, or the gap that it is (also while it is under way). t0_ns 0: at_ns is 0. */
void ct_sampler_result(const struct ct_sampler *s, uint64_t t0_ns, struct ct_server_sample *out);

const struct ct_server *ct_sampler_server(const struct ct_sampler *s);
bool ct_sampler_ssh_info(const struct ct_sampler *s,
                         struct ct_ssh_info *out); /* false: not over SSH */

/* The server is the machine that ct runs on; known once it was opened. */
bool ct_sampler_is_here(const struct ct_sampler *s);

/* A message about the server without its name in front. */
const char *ct_sampler_reason(const struct ct_server *server, const char *msg);

void ct_sampler_close(struct ct_sampler *s, ct_sampler_fn *closed, void *ctx); /* and free */

#endif
