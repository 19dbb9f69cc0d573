/* A histogram as a distribution with its quantiles given or withheld (architecture section 3).
 * Pure. */
#ifndef CT_ANALYSIS_DIST_H
#define CT_ANALYSIS_DIST_H

#include <stdint.h>

#include "base/histogram.h"
#include "model/summary.h"

/* failed and skipped requests rank above every value of h, skipped ones above failed ones. */
void ct_dist_make(const struct ct_histogram *h, uint64_t failed, uint64_t skipped,
                  struct ct_dist *out);

#endif
