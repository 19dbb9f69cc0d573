#include "engine/ring.h"

#include <assert.h>

void ct_ring_init(struct ct_ring *r, void **slots, unsigned count)
{
    assert(count > 0 && (count & (count - 1)) == 0);
    r->slots = slots;
    r->count = count;
    r->reused = 0;
    atomic_init(&r->pushed, 0);
    atomic_init(&r->taken, 0);
}

unsigned ct_ring_pending(struct ct_ring *r)
{
    unsigned taken = atomic_load_explicit(&r->taken, memory_order_acquire);
    return atomic_load_explicit(&r->pushed, memory_order_acquire) - taken;
}

/* The slots from reused on hold what was given back, from taken on what is full, from pushed on
 * what was never used. */
void *ct_ring_swap(struct ct_ring *r, void *full)
{
    unsigned pushed = atomic_load_explicit(&r->pushed, memory_order_relaxed);
    unsigned taken = atomic_load_explicit(&r->taken, memory_order_acquire);
    void **to = &r->slots[pushed % r->count];
    void *empty = *to;
    if (r->reused != taken) {
        void **from = &r->slots[r->reused++ % r->count];
        empty = *from;
        *from = *to;
    } else if (pushed - r->reused == r->count) {
        return NULL;
    }
    *to = full;
    atomic_store_explicit(&r->pushed, pushed + 1, memory_order_release);
    return empty;
}

void *ct_ring_front(struct ct_ring *r)
{
    unsigned taken = atomic_load_explicit(&r->taken, memory_order_relaxed);
    return ct_ring_pending(r) > 0 ? r->slots[taken % r->count] : NULL;
}

void ct_ring_give_back(struct ct_ring *r)
{
    assert(ct_ring_pending(r) > 0);
    atomic_fetch_add_explicit(&r->taken, 1, memory_order_release);
}
