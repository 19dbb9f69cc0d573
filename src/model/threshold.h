/*
 * What a run must keep ("p(99)<250ms", "cpu(web-1)<80% over 30s") and whether it did. Data only:
 * analysis reads and judges it, store and report write it.
 */
#ifndef CT_MODEL_THRESHOLD_H
#define CT_MODEL_THRESHOLD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum ct_metric {
    CT_METRIC_QUANTILE,   /* p(Q) of the response */
    CT_METRIC_AVG,        /* of the response of ok requests */
    CT_METRIC_MIN,        /* the same */
    CT_METRIC_MAX,        /* of the response; a request that was not ok is longer than any */
    CT_METRIC_ERROR_RATE, /* failed / started */
    CT_METRIC_SENT,       /* started / planned */
    CT_METRIC_ACHIEVED,   /* ok per second, or (limit in percent) ok / planned */
    CT_METRIC_CPU,        /* of a server: mean of 100 - idle - iowait */
    CT_METRIC_MEMORY,     /* mean of used */
    CT_METRIC_PING,       /* mean */
    CT_METRIC_COUNT
};

enum ct_relation { CT_BELOW, CT_AT_MOST, CT_ABOVE, CT_AT_LEAST }; /* < <= > >= */

/* What a limit and a value of it are counted in. */
enum ct_measure {
    CT_MEASURE_TIME,  /* ns */
    CT_MEASURE_SHARE, /* 0..1 */
    CT_MEASURE_RATE,  /* per second */
    CT_MEASURE_BYTES,
};

enum {
    CT_THRESHOLDS_MAX = 32,
    CT_THRESHOLD_HOST = 128,
    CT_THRESHOLD_TEXT = 256,
    CT_THRESHOLD_OVER_MAX_S = 3600
};

struct ct_threshold {
    enum ct_metric metric;
    enum ct_relation relation;
    enum ct_measure measure;
    double quantile;              /* QUANTILE: 0.99 */
    double limit;                 /* in measure */
    uint32_t over_s;              /* judged in each window of this length; 0: once, for the whole */
    uint32_t stage;               /* 1..: of this stage of the plan only; 0: of the whole */
    char host[CT_THRESHOLD_HOST]; /* CPU, MEMORY, PING: id of the server */
    char text[CT_THRESHOLD_TEXT]; /* canonical: reads back as the same threshold */
};

/* All that a run must keep. */
struct ct_criteria {
    struct ct_threshold list[CT_THRESHOLDS_MAX];
    size_t count;
    bool abort; /* end the run as soon as one is certain to be broken */
};

enum ct_kept {
    CT_KEPT,
    CT_KEPT_NOT,     /* broken */
    CT_KEPT_UNKNOWN, /* too little was measured to say: it does not count as kept */
};

enum { CT_KEPT_TEXT = 160 };

struct ct_threshold_result {
    struct ct_threshold threshold;
    enum ct_kept kept;
    double value;           /* in the threshold's measure; the worst window's; NAN: none */
    bool windowed;          /* from_s is meant */
    uint64_t from_s;        /* second from t0 in which the worst window begins */
    char why[CT_KEPT_TEXT]; /* when there is more to say than the value; "" */
};

#endif
