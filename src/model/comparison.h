/*
 * Two sides of runs and what their difference is worth: is B worse than A? Data only: analysis
 * computes it, report and services write it.
 */
#ifndef CT_MODEL_COMPARISON_H
#define CT_MODEL_COMPARISON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/histogram.h"
#include "base/units.h"
#include "model/summary.h"

/* What is compared. Times are in ns, rates per second, shares 0..1, memory in KiB. */
enum ct_compare_metric {
    CT_COMPARE_SERVICE_P50, /* these decide */
    CT_COMPARE_RESPONSE_P90,
    CT_COMPARE_RESPONSE_P99, /* decides only from CT_COMPARE_P99_REQUESTS a side */
    CT_COMPARE_ERRORS,       /* failed / started */
    CT_COMPARE_ACHIEVED,
    CT_COMPARE_CPU,          /* CPU of the servers per request: time of a whole server */
    CT_COMPARE_RESPONSE_P50, /* these are shown */
    CT_COMPARE_RESPONSE_MEAN,
    CT_COMPARE_SERVICE_P90,
    CT_COMPARE_SERVICE_P99,
    CT_COMPARE_SETUP_P50,
    CT_COMPARE_SERVER_P50, /* the server's own span */
    CT_COMPARE_MEMORY,     /* used, all servers together */
    CT_COMPARE_METRICS
};

enum { CT_COMPARE_P99_REQUESTS = 20000, CT_COMPARE_NOTES_MAX = 16, CT_COMPARE_TEXT = 400 };

enum ct_compare_scale { CT_SCALE_TIME, CT_SCALE_RATE, CT_SCALE_SHARE, CT_SCALE_MEMORY };

struct ct_compare_metric_info {
    const char *name; /* for people: "service p50" */
    const char *key;  /* for programs: "service_p50" */
    enum ct_compare_scale scale;
    bool decides;
    bool less_is_worse;
};
extern const struct ct_compare_metric_info ct_compare_metrics[CT_COMPARE_METRICS];

/* For people: "1.24 ms", "500/s", "0.1 %", "12 MiB"; "-" for what is not finite. */
const char *ct_compare_value_text(enum ct_compare_metric m, double value, char out[CT_UNIT_TEXT]);

/* "+12.3 %"; of shares "+0.10 points". */
const char *ct_compare_change_text(enum ct_compare_metric m, double change, char out[CT_UNIT_TEXT]);

/* One run of a side. What is not known is NAN. */
struct ct_compare_run {
    enum ct_verdict verdict;
    char why[CT_REASON_TEXT]; /* why it is not valid; "" */
    double value[CT_COMPARE_METRICS];
    bool beyond[CT_COMPARE_METRICS]; /* more than any value: it lies among requests that failed or
                                        were not sent, as too many were in flight */
    double variance[CT_COMPARE_METRICS]; /* of the value (of its logarithm; of shares themselves),
                                            as far as the run shows it in itself: batch means */
    double df[CT_COMPARE_METRICS];       /* of that variance */
    double requests;                     /* started */
    double lateness_p50_ns;
    double steal_percent; /* of the generator's machine */
};

/* One second of a run, of all threads. */
struct ct_compare_second {
    uint64_t second; /* [t0 + second, + 1 s) */
    uint64_t ok, failed;
    double cpu_percent; /* of all servers, added up; NAN: not read in this second */
    const struct ct_histogram *response, *service; /* of ok requests; NULL: not there. Borrowed */
};

/* One side at one point. Owned by whoever filled it. */
struct ct_compare_side {
    struct ct_compare_run *runs;
    size_t count;
};

/* How far the values of runs of this plan differ from one run to the next, all their noise
 * included: variance of logarithms (of shares themselves), with its degrees of freedom. NAN: not
 * known. What the history of a plan gives. */
struct ct_run_noise {
    double variance[CT_COMPARE_METRICS];
    double df[CT_COMPARE_METRICS];
};

enum ct_compare_status {
    CT_COMPARE_NONE, /* one side has no value, or nothing is known of its noise */
    CT_COMPARE_UNCLEAR,
    CT_COMPARE_ALIKE, /* not worse by the smallest effect or more */
    CT_COMPARE_BETTER,
    CT_COMPARE_WORSE,
};
const char *ct_compare_status_name(enum ct_compare_status s); /* "none" ... "worse" */

enum ct_severity { CT_SEVERITY_NONE, CT_SEVERITY_MINOR, CT_SEVERITY_MAJOR, CT_SEVERITY_CRITICAL };
const char *ct_severity_name(enum ct_severity s); /* "none" "minor" "major" "critical" */

/* Where a difference's noise was taken from. */
enum ct_compare_method {
    CT_COMPARE_BY_RUNS,    /* at least four valid runs on both sides */
    CT_COMPARE_BY_NOISE,   /* from elsewhere: the history, or the side that has at least four */
    CT_COMPARE_BY_BATCHES, /* only within the runs: how runs differ is not known */
    CT_COMPARE_BY_NOTHING, /* the runs are too short for that, too */
};
const char *ct_compare_method_name(enum ct_compare_method m); /* "runs" "noise" "batches" "none" */

struct ct_compare_result {
    bool decides;
    bool beyond; /* more of B's runs than of A's have no value, as it lies beyond all values */
    enum ct_compare_method method;
    double a, b;         /* of the sides: geometric means over the runs (shares: means) */
    double change;       /* b / a - 1; of shares: b - a */
    double low, high;    /* 95 % interval of the change; NAN: no noise is known */
    double noise, df;    /* standard error of the logarithms' (shares') difference, and its degrees
                            of freedom; NAN */
    double p_worse;      /* one-sided, that there is no worsening; NAN: not tested */
    double p_better;     /* the other way */
    double can_detect;   /* a worsening of this size would be found in nine of ten comparisons like
                            this one; in the unit of change; NAN */
    double effect_floor; /* in the metric's unit: a smaller difference of the values is none */
    enum ct_compare_status status;
    enum ct_severity severity; /* of a worsening */
};

/* One thing that was measured on both sides: a test case at a load, or a plain run. */
struct ct_compare_point {
    char test_case[128];
    double load;     /* 0: none */
    double rps;      /* offered, of A; NAN: closed model */
    bool shown_only; /* the sides were measured at different rates: nothing is decided here */
    struct ct_compare_side a, b;
    bool has_noise; /* noise is known */
    struct ct_run_noise noise;
    size_t valid_a, valid_b;
    double steal_a, steal_b;             /* means; NAN */
    double lateness_a_ns, lateness_b_ns; /* medians, means over runs; NAN */
    double deviation_a; /* of the runs' log service p50: what one run differs from the next; NAN */
    struct ct_compare_result results[CT_COMPARE_METRICS];
};

enum ct_compare_verdict {
    CT_COMPARISON_NOT_WORSE,
    CT_COMPARISON_BETTER,
    CT_COMPARISON_WORSE,
    CT_COMPARISON_INCONCLUSIVE,
    CT_COMPARISON_INVALID, /* a side has no valid run */
};
const char *ct_compare_verdict_name(enum ct_compare_verdict v); /* "not_worse" ... "invalid" */

/* What differs between the sides besides what is meant to. Strings are owned. */
struct ct_compare_difference {
    char *what, *a, *b;
};

struct ct_comparison {
    char *name_a, *name_b;           /* files, or URLs; owned */
    struct ct_compare_point *points; /* owned, with their runs */
    size_t n_points;
    struct ct_compare_difference *differences;
    size_t n_differences;
    double min_effect;
    bool forced;
    enum ct_compare_verdict verdict;
    enum ct_severity severity;
    char sentence[CT_COMPARE_TEXT];                    /* the verdict in words */
    char notes[CT_COMPARE_NOTES_MAX][CT_COMPARE_TEXT]; /* what limits it, in words */
    size_t n_notes;
};

void ct_comparison_release(struct ct_comparison *c); /* accepts a zeroed struct */

/* One more note; the last place is kept by the last. */
void ct_comparison_note(struct ct_comparison *c, const char *fmt, ...) CT_PRINTF(2, 3);

void ct_comparison_differs(struct ct_comparison *c, const char *what, const char *a, const char *b);

#endif
