#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <pthread.h>
#include <sched.h>

#include "engine/ring.h"

enum { SLOTS = 4, MANY = 200000 };

struct cargo {
    unsigned first, count;
};

static struct cargo cargo[SLOTS + 1];
static void *slots[SLOTS];

static void ring_of_four(struct ct_ring *r)
{
    for (int k = 0; k < SLOTS; k++)
        slots[k] = &cargo[k + 1];
    ct_ring_init(r, slots, SLOTS);
}

Test(ring, objects_come_out_in_the_order_they_went_in)
{
    struct ct_ring r;
    ring_of_four(&r);
    struct cargo *mine = &cargo[0];
    for (unsigned k = 0; k < 3; k++) {
        mine->first = k;
        mine = ct_ring_swap(&r, mine);
        cr_assert(ne(ptr, mine, NULL));
    }
    cr_assert(eq(uint, ct_ring_pending(&r), 3));
    for (unsigned k = 0; k < 3; k++) {
        struct cargo *full = ct_ring_front(&r);
        cr_assert(eq(uint, full->first, k));
        ct_ring_give_back(&r);
    }
    cr_assert(eq(ptr, ct_ring_front(&r), NULL));
}

Test(ring, a_full_ring_takes_nothing_and_keeps_what_it_has)
{
    struct ct_ring r;
    ring_of_four(&r);
    struct cargo *mine = &cargo[0];
    for (unsigned k = 0; k < SLOTS; k++)
        mine = ct_ring_swap(&r, mine);
    struct cargo *oldest = ct_ring_front(&r);
    cr_assert(eq(ptr, ct_ring_swap(&r, mine), NULL));
    cr_assert(eq(ptr, ct_ring_front(&r), oldest));
    ct_ring_give_back(&r);
    cr_assert(eq(ptr, ct_ring_swap(&r, mine), oldest), "the slot that was given back");
}

/* Counts 0, 1, 2 ... through the ring; while it is full the number at hand collects more. */
static void *produce(void *arg)
{
    struct ct_ring *r = arg;
    struct cargo *mine = &cargo[0];
    for (unsigned n = 0; n < MANY; n++) {
        mine->count++;
        struct cargo *empty = ct_ring_swap(r, mine);
        if (empty) {
            mine = empty;
            mine->first = n + 1;
        }
    }
    while (mine->count > 0) {
        struct cargo *empty = ct_ring_swap(r, mine);
        if (empty)
            mine = empty;
        sched_yield();
    }
    return NULL;
}

Test(ring, nothing_is_lost_or_doubled_between_two_threads)
{
    struct ct_ring r;
    ring_of_four(&r);
    pthread_t producer;
    pthread_create(&producer, NULL, produce, &r);
    unsigned next = 0;
    while (next < MANY) {
        struct cargo *full = ct_ring_front(&r);
        if (!full) {
            sched_yield();
            continue;
        }
        cr_assert(eq(uint, full->first, next));
        next += full->count;
        full->count = 0;
        ct_ring_give_back(&r);
    }
    pthread_join(producer, NULL);
    cr_assert(eq(uint, next, MANY));
}
