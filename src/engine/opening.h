/*
 * The pool's connections are opened before t0: the loop runs until each is open or has failed. One
 * thread: the worker's.
 */
#ifndef CT_ENGINE_OPENING_H
#define CT_ENGINE_OPENING_H

#include <stdatomic.h>

#include "engine/flight.h"

struct ct_opening {
    struct ct_loop *loop;
    struct ct_alarm *look;  /* has it taken long enough? */
    const atomic_int *stop; /* borrowed; not 0: wait no longer */
    uint64_t give_up_ns;    /* CLOCK_MONOTONIC */
    bool waits, done;
};

/* o stays where it is until ct_opening_release and the loop's last turn. */
int ct_opening_init(struct ct_opening *o, struct ct_loop *loop, const atomic_int *stop,
                    struct ct_err *err);

/* Blocks, at most longest_ns. What is not open then will open meanwhile. */
void ct_opening_wait(struct ct_opening *o, struct ct_flight *f, uint32_t connections,
                     uint64_t longest_ns);

void ct_opening_release(struct ct_opening *o); /* accepts a zeroed struct */

#endif
