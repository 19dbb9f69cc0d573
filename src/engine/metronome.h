/*
 * Calls its owner at an exact instant: an absolute alarm, which sleeps until the kernel wakes it;
 * or, when it spins, an alarm somewhat before and from then on turns of the loop that do not wait,
 * so that answers are still read (a spin that keeps the loop waits with them). Loop thread only.
 */
#ifndef CT_ENGINE_METRONOME_H
#define CT_ENGINE_METRONOME_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "io/loop.h"

struct ct_metronome {
    struct ct_loop *loop;
    struct ct_alarm *alarm;
    void (*fn)(void *ctx);
    void *ctx;
    bool spins;
    uint64_t at_ns;   /* when fn is to be called; UINT64_MAX: not set. CLOCK_MONOTONIC */
    uint64_t spin_ns; /* time spent in turns that brought nothing */
    bool worked;      /* set by the owner when this turn brought something */

    /* private */
    uint64_t alarm_ns; /* what the alarm is set to: at_ns, or somewhat before it */
    uint64_t spun_ns;  /* up to here it is counted */
    uint64_t lead_ns;  /* how long before at_ns it spins */
    bool spinning;
};

int ct_metronome_init(struct ct_metronome *m, struct ct_loop *loop, bool spins,
                      void (*fn)(void *ctx), void *ctx, struct ct_err *err);

/* fn is called once at or after at_ns, perhaps earlier when an earlier instant was set before: it
 * looks at the clock itself. Costs a system call at most. */
void ct_metronome_set(struct ct_metronome *m, uint64_t at_ns, uint64_t now_ns);
void ct_metronome_unset(struct ct_metronome *m);
void ct_metronome_release(struct ct_metronome *m); /* accepts a zeroed struct */

#endif
