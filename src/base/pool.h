/*
 * Objects of one size, reused; grown in blocks, never shrunk, addresses stable. Not thread-safe.
 */
#ifndef CT_BASE_POOL_H
#define CT_BASE_POOL_H

#include <stddef.h>

struct ct_pool {
    size_t size;  /* bytes of one object */
    size_t max;   /* most objects that will ever exist */
    size_t made;  /* objects that exist */
    size_t used;  /* taken and not given back */
    size_t peak;  /* largest used */
    void *free;   /* list through the objects */
    void *blocks; /* list of allocations */
};

/* ready objects are allocated now; more, in blocks, when fewer than an eighth of those made are
 * free. */
void ct_pool_init(struct ct_pool *p, size_t size, size_t ready, size_t max);
void ct_pool_release(struct ct_pool *p); /* asserts that all were given back */

/* A zeroed object, or NULL at max. */
void *ct_pool_take(struct ct_pool *p);
void ct_pool_give(struct ct_pool *p, void *object);

#endif
