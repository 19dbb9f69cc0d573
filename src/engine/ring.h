/*
 * Full objects from one thread to another and empty ones back, without a lock and without waiting:
 * a ring of slots that always hold an object each. The producer swaps its full object for an empty
 * one; the consumer empties objects in place and gives the slot back. What was used before is used
 * again first: objects that no backlog ever needed take no memory. Exactly one thread on each side.
 */
#ifndef CT_ENGINE_RING_H
#define CT_ENGINE_RING_H

#include <stdatomic.h>
#include <stddef.h>

struct ct_ring {
    void **slots;
    unsigned count;
    char apart_from_owner[64]; /* each side writes a cache line of its own */
    atomic_uint pushed;        /* by the producer, ever */
    unsigned reused;           /* of those that were given back, by the producer, ever */
    char apart_from_consumer[64];
    atomic_uint taken; /* by the consumer, ever */
};

/* slots: owned by caller, filled with count empty objects; count is a power of two. */
void ct_ring_init(struct ct_ring *r, void **slots, unsigned count);

/* Producer: hand full over and get an empty object for it; NULL (full is still the caller's) when
 * the consumer has not emptied any. */
void *ct_ring_swap(struct ct_ring *r, void *full);

/* Either side: objects handed over and not given back. The other side can only make it better:
 * smaller for the producer, larger for the consumer. */
unsigned ct_ring_pending(struct ct_ring *r);

/* Consumer: the oldest full object, or NULL. Empty it, then give its slot back. */
void *ct_ring_front(struct ct_ring *r);
void ct_ring_give_back(struct ct_ring *r);

#endif
