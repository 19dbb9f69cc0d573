/*
 * One value of a trace over time: when it stayed high, where it went. Pure; private to analysis.
 */
#ifndef CT_ANALYSIS_TREND_H
#define CT_ANALYSIS_TREND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "analysis/trace.h"

enum {
    CT_FINDING_SECONDS = 3, /* a shorter peak is no state: one sample of a second may hold a job of
                               cron, two neighbours share it */
    CT_FINDING_SAMPLES = 3,
    CT_DRIFT_SAMPLES = 6 /* for "grew" and "flat": two for each third of the run */
};

/* One value for each part: NAN where there is none. A part that was missed ends a span, one without
 * a sample (the interval is longer than a part) does not. */
struct ct_trend {
    double value[CT_TRACE_PARTS];
    uint32_t samples[CT_TRACE_PARTS];
    bool missed[CT_TRACE_PARTS];
    size_t count;
    uint64_t length_s;
};

/* Neighbouring parts of the trace in which a value stayed at or above a limit. */
struct ct_span {
    bool found;
    size_t first, last; /* parts */
    double from;        /* median before it; NAN: it begins with the run */
    double to;          /* the highest in it */
};

/* How a value moved between the first third of its samples and the last. */
enum ct_drift { CT_DRIFT_UNKNOWN, CT_DRIFT_FLAT, CT_DRIFT_UP, CT_DRIFT_DOWN, CT_DRIFT_VARIED };
struct ct_drift_found {
    enum ct_drift kind;
    double from, to;  /* medians of the first and the last third; NAN while UNKNOWN */
    double low, high; /* likewise */
};

void ct_trend_init(struct ct_trend *s, const struct ct_trace *t); /* without any value */
void ct_trend_of(struct ct_trend *s, const struct ct_trace *t, size_t server,
                 enum ct_trace_value which);
bool ct_trend_known(const struct ct_trend *s); /* it has a value at all */

/* The longest stretch at or above the limit: CT_FINDING_SECONDS and _SAMPLES at least. */
struct ct_span ct_trend_span(const struct ct_trend *s, double limit);

/* The same, where the value was less than half of it before: what is high from the beginning, or
 * always nearly so, did not rise. */
struct ct_span ct_trend_rise(const struct ct_trend *s, double limit);

/* Medians of thirds; they go one way when the middle lies between the others. slack: less is no
 * move. */
struct ct_drift_found ct_trend_drift(const struct ct_trend *s, double slack);

double ct_trend_usual(const struct ct_trend *s); /* median of the first third, at least two parts;
                                                    NAN: there are too few */
double ct_trend_end(const struct ct_trend *s);   /* median of the last CT_FINDING_SAMPLES parts; NAN
                                                    likewise */

/* The numbers of another value over the same parts. */
void ct_span_retell(struct ct_span *span, const struct ct_trend *s);

/* Parts that two spans have in common, give or take one: what is caused comes a little later. */
bool ct_spans_meet(const struct ct_span *a, const struct ct_span *b);

#endif
