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

Test(ring, takes_again_what_was_used_before_it_touches_another)
{
    struct ct_ring r;
    ring_of_four(&r);
    struct cargo *mine = &cargo[0], *other = NULL;
    for (unsigned k = 0; k < 100; k++) {
        mine->count = 1;
        mine = ct_ring_swap(&r, mine);
        if (k == 0)
            other = mine;
        cr_assert(eq(ptr, mine, k % 2 == 0 ? other : &cargo[0]));
        ct_ring_give_back(&r);
    }
    /* a backlog of three takes one more that is new each, and every object is still there once */
    mine = ct_ring_swap(&r, mine);
    mine = ct_ring_swap(&r, mine);
    mine = ct_ring_swap(&r, mine);
    cr_assert(mine != &cargo[0] && mine != other, "a new one");
    mine = ct_ring_swap(&r, mine);
    cr_assert(eq(ptr, ct_ring_swap(&r, mine), NULL), "four of four are full");
    for (int k = 0; k <= SLOTS; k++) {
        int seen = mine == &cargo[k];
        for (int n = 0; n < SLOTS; n++)
            seen += slots[n] == &cargo[k];
        cr_assert(eq(int, seen, 1), "object %d", k);
    }
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
