#include "io/http2_memory.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

/* Before each block's bytes; as large as what malloc aligns to. */
struct ct_h2_block {
    _Alignas(max_align_t) size_t size; /* of the bytes behind it */
    struct ct_h2_block *next;          /* among the spare ones */
};

static size_t class_of(size_t size)
{
    return size > 0 ? (size - 1) / CT_H2_CLASS_BYTES : 0;
}

static struct ct_h2_block *block_of(void *bytes)
{
    return (struct ct_h2_block *)bytes - 1;
}

static void *take(size_t size, void *ctx)
{
    struct ct_h2_memory *m = ctx;
    size_t class = class_of(size);
    struct ct_h2_block *block = class < CT_H2_CLASSES ? m->spare[class] : NULL;
    if (block != NULL) {
        m->spare[class] = block->next;
        return block + 1;
    }
    size_t room = class < CT_H2_CLASSES ? (class + 1) * CT_H2_CLASS_BYTES : size;
    if (room > SIZE_MAX - sizeof(*block))
        return NULL;
    block = ct_xcalloc(1, sizeof(*block) + room);
    block->size = room;
    return block + 1;
}

static void give(void *bytes, void *ctx)
{
    struct ct_h2_memory *m = ctx;
    if (bytes == NULL)
        return;
    struct ct_h2_block *block = block_of(bytes);
    size_t class = class_of(block->size);
    if (class >= CT_H2_CLASSES) {
        free(block);
        return;
    }
    block->next = m->spare[class];
    m->spare[class] = block;
}

static void *take_zeroed(size_t count, size_t size, void *ctx)
{
    if (size > 0 && count > SIZE_MAX / size)
        return NULL;
    void *bytes = take(count * size, ctx);
    return bytes != NULL ? memset(bytes, 0, count * size) : NULL;
}

static void *resize(void *bytes, size_t size, void *ctx)
{
    if (bytes != NULL && block_of(bytes)->size >= size)
        return bytes;
    void *larger = take(size, ctx);
    if (larger != NULL && bytes != NULL) {
        memcpy(larger, bytes, block_of(bytes)->size);
        give(bytes, ctx);
    }
    return larger;
}

void ct_h2_memory_init(struct ct_h2_memory *m)
{
    memset(m, 0, sizeof(*m));
    m->mem = (nghttp2_mem){
        .mem_user_data = m, .malloc = take, .free = give, .calloc = take_zeroed, .realloc = resize};
}

void ct_h2_memory_release(struct ct_h2_memory *m)
{
    for (size_t class = 0; class < CT_H2_CLASSES; class ++) {
        struct ct_h2_block *block;
        while ((block = m->spare[class]) != NULL) {
            m->spare[class] = block->next;
            free(block);
        }
    }
}
