/* The value of a threshold's metric over a population of requests. Pure. */
#ifndef CT_ANALYSIS_MEASURE_H
#define CT_ANALYSIS_MEASURE_H

#include "base/histogram.h"
#include "model/threshold.h"

/* Requests of one stretch of time. */
struct ct_population {
    uint64_t started, ok, failed, cancelled, skipped;
    const struct ct_histogram *response; /* of ok ones */
    double seconds;
};

/* In the threshold's measure. INFINITY: it lies among requests that were not ok. NAN: there are too
 * few to say. Only for metrics of requests. */
double ct_measure_value(const struct ct_threshold *t, const struct ct_population *p);

/* How many values break the limit of a threshold on times, by the slots that its quantile is read
 * from. */
uint64_t ct_measure_beyond(const struct ct_threshold *t, const struct ct_histogram *h);

/* True when the threshold is broken whatever the requests still to come bring: planned of them in
 * all, for seconds. planned 0: any number may come. */
bool ct_measure_lost(const struct ct_threshold *t, const struct ct_population *p, uint64_t planned,
                     double seconds);

#endif
