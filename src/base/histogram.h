/*
 * A histogram of nanoseconds with 3 significant digits: counts in log-linear buckets, laid out as
 * HdrHistogram lays them out (lowest 1,000, highest 3.6e12, 3 digits), so that merges are exact
 * sums and the encoding is HdrHistogram's V2 (hdrhistogram.org, HdrHistogram/HdrHistogram V2
 * format). Exact count, sum, sum of squares, minimum and maximum are kept beside the counts.
 * A zeroed struct is an empty one. Recording is a few instructions and allocates nothing. Not
 * thread-safe.
 */
#ifndef CT_BASE_HISTOGRAM_H
#define CT_BASE_HISTOGRAM_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"

#define CT_HIST_LOWEST UINT64_C(1000)
#define CT_HIST_HIGHEST UINT64_C(3600000000000)
enum { CT_HIST_SLOTS = 24 * 1024 }; /* fixed by lowest, highest and digits; checked by a test */

struct ct_histogram {
    uint64_t count;            /* values recorded */
    uint64_t clamped;          /* of these, larger than the highest: counted in the highest slot */
    uint64_t min_ns, max_ns;   /* exact; undefined while count is 0 */
    double sum_ns, sum2_ns2;   /* of the exact values */
    uint32_t slot_lo, slot_hi; /* slots in use: [lo, hi); lo == hi == 0 while empty */
    uint64_t slots[CT_HIST_SLOTS];
};

void ct_histogram_clear(struct ct_histogram *h); /* only the slots in use are touched */
void ct_histogram_record(struct ct_histogram *h, uint64_t value_ns);
void ct_histogram_merge(struct ct_histogram *into, const struct ct_histogram *from); /* exact */

/* The value at quantile q in (0, 1] counted among total values, of which h has h->count and the
 * rest rank above all of them: the smallest recordable value such that at least ceil(q * total)
 * values are <= it, as the upper end of its slot but never above max_ns. Returns 0 and *out_ns, or
 * -1 when the rank falls among the values that h does not have (or total is 0). */
int ct_histogram_quantile(const struct ct_histogram *h, double q, uint64_t total, uint64_t *out_ns);

/* How many values are > limit_ns, to the resolution of the slots. */
uint64_t ct_histogram_above(const struct ct_histogram *h, uint64_t limit_ns);

double ct_histogram_mean_ns(const struct ct_histogram *h);   /* exact; 0 while empty */
double ct_histogram_stddev_ns(const struct ct_histogram *h); /* of the population */

/* Upper end of slot i in ns (the largest value that is counted there). */
uint64_t ct_histogram_slot_top_ns(uint32_t slot);

/* Append the V2 encoding, uncompressed (cookie 0x1c849303 with its header, big-endian, then ZigZag
 * LEB128 counts). store adds zlib and base64 for HISTFAAA... */
void ct_histogram_encode(const struct ct_histogram *h, struct ct_buf *out);

/* Read what encode wrote (any V2 with the same lowest, highest, digits). Moments are estimated from
 * slot middles; callers that have the exact ones set them. CT_EUSAGE on anything else; h is then
 * empty. */
int ct_histogram_decode(struct ct_histogram *h, const void *bytes, size_t len, struct ct_err *err);

#endif
