/*
 * Private to the transports: exchanges that have ended and whose done is yet to be called, from the
 * loop. What ends inside start or cancel waits here for the loop's next turn.
 */
#ifndef CT_IO_ENDED_H
#define CT_IO_ENDED_H

#include <uv.h>

#include "io/transport.h"

struct ct_ended {
    uv_idle_t soon; /* active while there are such */
    struct ct_exchange *first, *last;
    void (*release)(void *conn);
    void (*closed)(struct ct_ended *e);
};

/* release may be NULL; else it is called with x->conn, when that is set, once x->done has returned
 * and the body in it is not needed any more. */
void ct_ended_init(struct ct_ended *e, struct ct_loop *loop, void (*release)(void *conn));

/* Have x->done called in the next turn. Its result is complete. */
void ct_ended_add(struct ct_ended *e, struct ct_exchange *x);

/* Call done now for all that are waiting; not for those that end meanwhile. Never inside start. */
void ct_ended_deliver(struct ct_ended *e);

/* None is waiting. closed(e) is called once, from the loop. */
void ct_ended_close(struct ct_ended *e, void (*closed)(struct ct_ended *e));

/* Zero the result fields of x, before it starts. */
void ct_exchange_clear(struct ct_exchange *x);

#endif
