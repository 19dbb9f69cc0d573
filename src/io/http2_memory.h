/*
 * Memory for nghttp2, which allocates and frees a dozen small things for each stream: free lists by
 * size, no lock. malloc's own cache keeps seven blocks of a size, and a batch of answers frees
 * more. One thread; what was taken goes back to the system with the whole.
 */
#ifndef CT_IO_HTTP2_MEMORY_H
#define CT_IO_HTTP2_MEMORY_H

#include <nghttp2/nghttp2.h>
#include <stddef.h>

enum { CT_H2_CLASSES = 64, CT_H2_CLASS_BYTES = 32 }; /* up to 2 KiB; above, malloc's */

struct ct_h2_block;

struct ct_h2_memory {
    nghttp2_mem mem;                          /* to hand to nghttp2; points back to this */
    struct ct_h2_block *spare[CT_H2_CLASSES]; /* by size */
};

/* It must not move afterwards. */
void ct_h2_memory_init(struct ct_h2_memory *m);

/* Every block was freed. */
void ct_h2_memory_release(struct ct_h2_memory *m);

#endif
