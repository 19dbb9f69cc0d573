/*
 * Charts for papers: grouped bars and violins, drawn by plplot on our own cairo surface. The file's
 * extension decides: .png (300 dpi), .svg, .pdf. One thread at a time (plplot has global state).
 */
#ifndef CT_CHART_H
#define CT_CHART_H

#include <stddef.h>

#include "base/err.h"

/* Grouped vertical bars: one group per host, one bar per benchmark. */
struct ct_bars {
    const char *y_label;    /* "Mean CPU usage (usr), %" */
    int value_decimals;     /* of the label above a bar */
    const char *value_unit; /* after it: "%", " MB" */
    const char *legend_title;
    const char *const *groups; /* hosts */
    size_t n_groups;
    const char *const *series; /* benchmarks */
    size_t n_series;
    const double *values; /* [series * n_groups + group]; NAN: missing, an empty place */
    const double *rates;  /* per series: "N RPS" inside the bar; NAN: none */
};

/* One violin per benchmark. Statistics are exact and given by the caller; values may be a sample.
 */
struct ct_violin {
    const char *name;
    const double *values; /* seconds */
    size_t count;         /* 0: an empty place that says "no data" */
    double mean, median, stddev, min, max;
    double rate; /* NAN: none */
};
struct ct_violins {
    const char *x_label, *y_label;
    const struct ct_violin *items;
    size_t count;
};

/* A search: at which rates a limit was kept, the curve that was fitted, where it breaks. */
enum ct_knee_kind { CT_KNEE_KEPT, CT_KNEE_BROKE, CT_KNEE_APART }; /* APART: not part of the fit */
struct ct_knee_point {
    double at, value; /* rate; what the limit is on, in y's unit */
    enum ct_knee_kind kind;
};
struct ct_knee {
    const char *title, *x_label, *y_label;
    double limit;               /* in y's unit; > 0 */
    double low, capacity, high; /* in x's unit; NAN: none */
    const struct ct_knee_point *points;
    size_t n_points;
    const struct ct_knee_point *curve; /* ascending; kind is not read */
    size_t n_curve;
};

/* path's extension decides; written to a temporary file and renamed (charts overwrite); "-" is a
 * PNG on standard output. CT_EUSAGE for an unknown extension, CT_EFAIL for the rest. Names may be
 * of any length and content; up to 8 series and 12 groups stay well readable. */
int ct_chart_bars(const struct ct_bars *bars, const char *path, struct ct_err *err);
int ct_chart_violins(const struct ct_violins *violins, const char *path, struct ct_err *err);
int ct_chart_knee(const struct ct_knee *knee, const char *path, struct ct_err *err);

/* What the loadable library ct-charts.so offers, under this name (services/charts.h). */
struct ct_charts {
    int (*bars)(const struct ct_bars *bars, const char *path, struct ct_err *err);
    int (*violins)(const struct ct_violins *violins, const char *path, struct ct_err *err);
    int (*knee)(const struct ct_knee *knee, const char *path, struct ct_err *err);
};
extern const struct ct_charts ct_charts;

#endif
