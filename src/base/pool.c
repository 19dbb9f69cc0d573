#include "base/pool.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

/* A free object's first bytes link to the next; a block's first bytes link to the block before. */
struct link {
    struct link *next;
};

enum { ALIGN = 16 };

static void add_block(struct ct_pool *p, size_t count)
{
    if (count > p->max - p->made)
        count = p->max - p->made;
    if (count == 0)
        return;
    char *block = ct_xcalloc(1, ALIGN + count * p->size);
    ((struct link *)(void *)block)->next = p->blocks;
    p->blocks = block;
    for (size_t i = 0; i < count; i++) {
        struct link *object = (struct link *)(void *)(block + ALIGN + i * p->size);
        object->next = p->free;
        p->free = object;
    }
    p->made += count;
}

void ct_pool_init(struct ct_pool *p, size_t size, size_t ready, size_t max)
{
    assert(size > 0 && max > 0);
    memset(p, 0, sizeof(*p));
    p->size = (size + ALIGN - 1) / ALIGN * ALIGN;
    p->max = max;
    add_block(p, ready);
}

void ct_pool_release(struct ct_pool *p)
{
    assert(p->used == 0);
    for (struct link *b = p->blocks, *before; b != NULL; b = before) {
        before = b->next;
        free(b);
    }
    memset(p, 0, sizeof(*p));
}

void *ct_pool_take(struct ct_pool *p)
{
    if (p->made - p->used <= p->made / 8)
        add_block(p, p->made / 4 + 16);
    struct link *object = p->free;
    if (object == NULL)
        return NULL;
    p->free = object->next;
    p->used++;
    if (p->used > p->peak)
        p->peak = p->used;
    return memset(object, 0, p->size);
}

void ct_pool_give(struct ct_pool *p, void *object)
{
    assert(p->used > 0);
    struct link *link = object;
    link->next = p->free;
    p->free = link;
    p->used--;
}
