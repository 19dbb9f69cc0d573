/*
 * What is due next: a heap of instants. The entries belong to the caller and are embedded in what
 * they are about; an entry may leave at any time. Not thread-safe.
 */
#ifndef CT_TARGET_DUE_H
#define CT_TARGET_DUE_H

#include <stddef.h>
#include <stdint.h>

struct ct_due {
    uint64_t at_ns;
    size_t place; /* private: 1 + its index in the heap; 0: in none. Zeroed before the first use. */
};

struct ct_due_heap {
    struct ct_due **entries; /* a heap: none is earlier than the one above it */
    size_t count, room;
};

/* A zeroed heap is empty. */
void ct_due_release(struct ct_due_heap *h);
void ct_due_add(struct ct_due_heap *h, struct ct_due *d, uint64_t at_ns); /* d is in no heap */
void ct_due_remove(struct ct_due_heap *h, struct ct_due *d); /* nothing when d is in none */
struct ct_due *ct_due_first(const struct ct_due_heap *h);    /* the earliest; NULL when empty */

#endif
