#include "analysis/dist.h"

#include <math.h>

void ct_dist_make(const struct ct_histogram *h, uint64_t failed, uint64_t skipped,
                  struct ct_dist *out)
{
    bool any = h->count > 0;
    uint64_t total = h->count + failed + skipped;
    out->count = h->count;
    out->min = any ? (double)h->min_ns : NAN;
    out->max = any ? (double)h->max_ns : NAN;
    out->mean = any ? ct_histogram_mean_ns(h) : NAN;
    out->stddev = any ? ct_histogram_stddev_ns(h) : NAN;
    for (int q = 0; q < CT_QUANTILE_COUNT; q++) {
        uint64_t ns;
        out->quantile[q] = NAN;
        if (total < ct_quantile_needs[q]) {
            out->withheld[q] = CT_WITHHELD_SAMPLES;
        } else if (ct_histogram_quantile(h, ct_quantile_value[q], total, &ns) == 0) {
            out->withheld[q] = CT_GIVEN;
            out->quantile[q] = (double)ns;
        } else {
            double rank = ct_quantile_value[q] * (double)total;
            bool among_failed = rank <= (double)(h->count + failed);
            out->withheld[q] = among_failed ? CT_WITHHELD_FAILED : CT_WITHHELD_SKIPPED;
        }
    }
}
