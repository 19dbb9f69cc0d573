#include <assert.h>
#include <math.h>
#include <string.h>

#include "base/histogram.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What is decoded is consistent, and encoded and decoded again the same. */
static void check(const struct ct_histogram *h)
{
    static struct ct_histogram again;
    uint64_t sum = 0, ns;
    for (uint32_t i = 0; i < CT_HIST_SLOTS; i++) {
        assert(h->slots[i] == 0 || (i >= h->slot_lo && i < h->slot_hi));
        sum += h->slots[i];
    }
    assert(sum == h->count && isfinite(h->sum_ns) && isfinite(h->sum2_ns2));
    if (h->count > 0) {
        assert(h->min_ns <= h->max_ns);
        assert(ct_histogram_quantile(h, 0.5, h->count, &ns) == 0);
        assert(ns >= h->min_ns && ns <= h->max_ns);
    }
    struct ct_buf bytes;
    ct_buf_init(&bytes, 1 << 20);
    ct_histogram_encode(h, &bytes);
    assert(!bytes.failed && ct_histogram_decode(&again, bytes.data, bytes.len, NULL) == 0);
    assert(memcmp(h, &again, sizeof(again)) == 0);
    ct_buf_release(&bytes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct ct_histogram h, empty;
    struct ct_err err = {0};
    if (ct_histogram_decode(&h, data, size, &err) == 0)
        check(&h);
    else
        assert(err.code == CT_EUSAGE && memcmp(&h, &empty, sizeof(h)) == 0);
    return 0;
}
