#include "target/due.h"

#include <assert.h>
#include <stdlib.h>

#include "base/mem.h"

enum { ROOM_FIRST = 1024 };

static void put(struct ct_due_heap *h, size_t i, struct ct_due *d)
{
    h->entries[i] = d;
    d->place = i + 1;
}

static void rise(struct ct_due_heap *h, size_t i, struct ct_due *d)
{
    while (i > 0 && h->entries[(i - 1) / 2]->at_ns > d->at_ns) {
        put(h, i, h->entries[(i - 1) / 2]);
        i = (i - 1) / 2;
    }
    put(h, i, d);
}

static void sink(struct ct_due_heap *h, size_t i, struct ct_due *d)
{
    for (;;) {
        size_t child = 2 * i + 1;
        if (child + 1 < h->count && h->entries[child + 1]->at_ns < h->entries[child]->at_ns)
            child++;
        if (child >= h->count || h->entries[child]->at_ns >= d->at_ns)
            break;
        put(h, i, h->entries[child]);
        i = child;
    }
    put(h, i, d);
}

void ct_due_release(struct ct_due_heap *h)
{
    free(h->entries);
    *h = (struct ct_due_heap){0};
}

void ct_due_add(struct ct_due_heap *h, struct ct_due *d, uint64_t at_ns)
{
    assert(d->place == 0);
    if (h->count == h->room) {
        h->room = h->room > 0 ? 2 * h->room : ROOM_FIRST;
        h->entries = ct_xrealloc(h->entries, h->room, sizeof(struct ct_due *));
    }
    d->at_ns = at_ns;
    rise(h, h->count++, d);
}

void ct_due_remove(struct ct_due_heap *h, struct ct_due *d)
{
    if (d->place == 0)
        return;
    size_t i = d->place - 1;
    struct ct_due *last = h->entries[--h->count];
    d->place = 0;
    if (last == d)
        return;
    if (last->at_ns < d->at_ns)
        rise(h, i, last);
    else
        sink(h, i, last);
}

struct ct_due *ct_due_first(const struct ct_due_heap *h)
{
    return h->count > 0 ? h->entries[0] : NULL;
}
