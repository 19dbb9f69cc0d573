#include "base/histogram.h"

#include <assert.h>
#include <math.h>
#include <string.h>

/*
 * HdrHistogram's layout for (1,000, 3.6e12, 3): values are counted in units of 512 ns (2^9, the
 * largest power of two not above the lowest value); 2,048 slots in the first bucket, then 1,024 in
 * each further one, where a slot is twice as wide as in the bucket before.
 */
enum { UNIT = 9, HALF = 10, HALF_SLOTS = 1 << HALF };

/* Here and in merge: what is 0 is not written, so that a page of slots between the usual value and
 * one rare outlier takes no memory. */
void ct_histogram_clear(struct ct_histogram *h)
{
    for (uint32_t i = h->slot_lo; i < h->slot_hi; i++)
        if (h->slots[i] != 0)
            h->slots[i] = 0;
    memset(h, 0, offsetof(struct ct_histogram, slots));
}

static uint32_t slot_of(uint64_t value_ns)
{
    /* bucket 0 holds everything below 2^(UNIT + HALF + 1); the mask makes small values fall into it
     */
    uint64_t mask = (UINT64_C(1) << (UNIT + HALF + 1)) - 1;
    unsigned bucket = 63 - (unsigned)__builtin_clzll(value_ns | mask) - (UNIT + HALF);
    uint32_t sub = (uint32_t)(value_ns >> (bucket + UNIT));
    return (bucket << HALF) + sub;
}

void ct_histogram_record(struct ct_histogram *h, uint64_t value_ns)
{
    double v = (double)value_ns;
    if (h->count == 0) {
        h->min_ns = value_ns;
        h->slot_lo = CT_HIST_SLOTS;
    }
    h->count++;
    h->sum_ns += v;
    h->sum2_ns2 += v * v;
    if (value_ns < h->min_ns)
        h->min_ns = value_ns;
    if (value_ns > h->max_ns)
        h->max_ns = value_ns;
    if (value_ns > CT_HIST_HIGHEST) {
        h->clamped++;
        value_ns = CT_HIST_HIGHEST;
    }
    uint32_t slot = slot_of(value_ns);
    h->slots[slot]++;
    if (slot < h->slot_lo)
        h->slot_lo = slot;
    if (slot >= h->slot_hi)
        h->slot_hi = slot + 1;
}

void ct_histogram_merge(struct ct_histogram *into, const struct ct_histogram *from)
{
    if (from->count == 0)
        return;
    if (into->count == 0 || from->min_ns < into->min_ns)
        into->min_ns = from->min_ns;
    if (from->max_ns > into->max_ns)
        into->max_ns = from->max_ns;
    if (into->count == 0 || from->slot_lo < into->slot_lo)
        into->slot_lo = from->slot_lo;
    if (from->slot_hi > into->slot_hi)
        into->slot_hi = from->slot_hi;
    into->count += from->count;
    into->clamped += from->clamped;
    into->sum_ns += from->sum_ns;
    into->sum2_ns2 += from->sum2_ns2;
    for (uint32_t i = from->slot_lo; i < from->slot_hi; i++)
        if (from->slots[i] != 0)
            into->slots[i] += from->slots[i];
}

uint64_t ct_histogram_slot_top_ns(uint32_t slot)
{
    unsigned bucket = slot >> HALF;
    uint64_t sub = slot & (HALF_SLOTS - 1);
    if (bucket == 0)
        bucket = 1;
    else
        sub += HALF_SLOTS;
    return ((sub + 1) << (bucket - 1 + UNIT)) - 1;
}

int ct_histogram_quantile(const struct ct_histogram *h, double q, uint64_t total, uint64_t *out_ns)
{
    assert(q > 0 && q <= 1 && total >= h->count);
    /* the tiny factor undoes the rounding of a product such as 0.99 * 100 */
    uint64_t rank = (uint64_t)ceil(q * (double)total * (1 - 1e-12));
    if (rank == 0)
        rank = 1;
    if (rank > h->count)
        return -1;
    uint64_t seen = 0;
    uint32_t slot = h->slot_lo;
    for (; slot < h->slot_hi; slot++) {
        seen += h->slots[slot];
        if (seen >= rank)
            break;
    }
    uint64_t top_ns = ct_histogram_slot_top_ns(slot);
    *out_ns = top_ns < h->max_ns ? top_ns : h->max_ns;
    return 0;
}

uint64_t ct_histogram_above(const struct ct_histogram *h, uint64_t limit_ns)
{
    uint64_t above = 0;
    for (uint32_t i = h->slot_lo; i < h->slot_hi; i++)
        if (ct_histogram_slot_top_ns(i) > limit_ns)
            above += h->slots[i];
    return above;
}

double ct_histogram_mean_ns(const struct ct_histogram *h)
{
    return h->count > 0 ? h->sum_ns / (double)h->count : 0;
}

double ct_histogram_stddev_ns(const struct ct_histogram *h)
{
    if (h->count == 0)
        return 0;
    double mean = ct_histogram_mean_ns(h);
    double variance = h->sum2_ns2 / (double)h->count - mean * mean;
    return variance > 0 ? sqrt(variance) : 0;
}
