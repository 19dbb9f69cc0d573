#include "analysis/window.h"

#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

void ct_stretch_clear(struct ct_stretch *e)
{
    memset(e, 0, offsetof(struct ct_stretch, response));
    ct_histogram_clear(&e->response);
}

void ct_stretch_add(struct ct_stretch *e, const struct ct_stretch *more)
{
    e->started += more->started;
    e->ok += more->ok;
    e->failed += more->failed;
    e->cancelled += more->cancelled;
    e->skipped += more->skipped;
    ct_histogram_merge(&e->response, &more->response);
}

void ct_stretch_add_block(struct ct_stretch *e, const struct ct_block *b)
{
    e->started += b->started;
    e->ok += b->ok;
    e->failed += ct_block_failed(b);
    e->cancelled += b->cancelled;
    e->skipped += ct_block_skipped(b) - b->skipped[CT_SKIP_STOPPED];
    ct_histogram_merge(&e->response, &b->series[CT_SERIES_RESPONSE]);
}

/* --- requests --- */

/* A second's histogram without its empty slots. */
struct packed {
    uint64_t started, ok, failed, cancelled, skipped, clamped, min_ns, max_ns;
    double sum_ns, sum2_ns2;
    struct slot {
        uint32_t slot;
        uint64_t count;
    } * slots;
    uint32_t n_slots, cap_slots;
};

struct ct_window {
    struct ct_stretch sum;
    struct packed *ring; /* length of them; NULL: it only grows */
    uint32_t length, seconds, first;
};

struct ct_window *ct_window_new(uint32_t length)
{
    struct ct_window *w = ct_xcalloc(1, sizeof(*w));
    w->length = length;
    w->ring = length > 0 ? ct_xcalloc(length, sizeof(*w->ring)) : NULL;
    return w;
}

void ct_window_free(struct ct_window *w)
{
    if (w == NULL)
        return;
    for (uint32_t i = 0; i < w->length; i++)
        free(w->ring[i].slots);
    free(w->ring);
    free(w);
}

static void pack(struct packed *p, const struct ct_stretch *e)
{
    const struct ct_histogram *h = &e->response;
    p->started = e->started;
    p->ok = e->ok;
    p->failed = e->failed;
    p->cancelled = e->cancelled;
    p->skipped = e->skipped;
    p->clamped = h->clamped;
    p->min_ns = h->min_ns;
    p->max_ns = h->max_ns;
    p->sum_ns = h->sum_ns;
    p->sum2_ns2 = h->sum2_ns2;
    p->n_slots = 0;
    for (uint32_t i = h->slot_lo; i < h->slot_hi; i++) {
        if (h->slots[i] == 0)
            continue;
        if (p->n_slots == p->cap_slots) {
            p->cap_slots = p->cap_slots * 2 + 16;
            p->slots = ct_xrealloc(p->slots, p->cap_slots, sizeof(*p->slots));
        }
        p->slots[p->n_slots++] = (struct slot){.slot = i, .count = h->slots[i]};
    }
}

/* The range of slots stays as wide as it was; minimum and maximum are found again by extremes. */
static void take_off(struct ct_stretch *sum, const struct packed *p)
{
    struct ct_histogram *h = &sum->response;
    sum->started -= p->started;
    sum->ok -= p->ok;
    sum->failed -= p->failed;
    sum->cancelled -= p->cancelled;
    sum->skipped -= p->skipped;
    h->clamped -= p->clamped;
    h->sum_ns -= p->sum_ns;
    h->sum2_ns2 -= p->sum2_ns2;
    for (uint32_t i = 0; i < p->n_slots; i++) {
        h->slots[p->slots[i].slot] -= p->slots[i].count;
        h->count -= p->slots[i].count;
    }
}

static void find_extremes(struct ct_window *w)
{
    struct ct_histogram *h = &w->sum.response;
    h->min_ns = UINT64_MAX;
    h->max_ns = 0;
    for (uint32_t i = 0; i < w->seconds; i++) {
        const struct packed *p = &w->ring[(w->first + i) % w->length];
        if (p->n_slots > 0 && p->min_ns < h->min_ns)
            h->min_ns = p->min_ns;
        if (p->n_slots > 0 && p->max_ns > h->max_ns)
            h->max_ns = p->max_ns;
    }
}

void ct_window_slide(struct ct_window *w, const struct ct_stretch *second)
{
    bool full = w->ring != NULL && w->seconds == w->length;
    if (full) {
        take_off(&w->sum, &w->ring[w->first]);
        w->first = (w->first + 1) % w->length;
        w->seconds--;
        if (w->sum.response.count == 0)
            ct_histogram_clear(&w->sum.response);
    }
    if (w->ring != NULL)
        pack(&w->ring[(w->first + w->seconds) % w->length], second);
    w->seconds++;
    ct_stretch_add(&w->sum, second);
    if (full && w->sum.response.count > 0)
        find_extremes(w);
}

uint32_t ct_window_seconds(const struct ct_window *w)
{
    return w->seconds;
}

const struct ct_stretch *ct_window_sum(const struct ct_window *w)
{
    return &w->sum;
}

/* --- means --- */

void ct_mean_window_init(struct ct_mean_window *w, uint32_t length)
{
    *w = (struct ct_mean_window){.length = length};
    w->parts = length > 0 ? ct_xcalloc(length, sizeof(*w->parts)) : NULL;
}

void ct_mean_window_release(struct ct_mean_window *w)
{
    free(w->parts);
    w->parts = NULL;
}

static void sum_parts(struct ct_mean_window *w)
{
    w->total = (struct ct_mean_part){0};
    for (uint32_t i = 0; i < w->seconds; i++) {
        const struct ct_mean_part *p = &w->parts[(w->first + i) % w->length];
        w->total.sum += p->sum;
        w->total.count += p->count;
    }
}

void ct_mean_window_slide(struct ct_mean_window *w, const struct ct_mean_part *second)
{
    if (w->parts == NULL) {
        w->seconds++;
        w->total.sum += second->sum;
        w->total.count += second->count;
        return;
    }
    if (w->seconds == w->length) {
        w->first = (w->first + 1) % w->length;
        w->seconds--;
    }
    w->parts[(w->first + w->seconds) % w->length] = *second;
    w->seconds++;
    sum_parts(w); /* anew: differences of doubles would drift */
}

double ct_mean_window_mean(const struct ct_mean_window *w)
{
    return w->total.count > 0 ? w->total.sum / (double)w->total.count : NAN;
}
