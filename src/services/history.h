/*
 * The history in use: results find their way into it, series are read out of it with what changed
 * in them, and how far runs of one plan differ.
 */
#ifndef CT_SERVICES_HISTORY_H
#define CT_SERVICES_HISTORY_H

#include <stddef.h>

#include "analysis/change_points.h"
#include "base/err.h"
#include "store/history.h"

/* A result file became durable: it is added. What goes wrong is a warning: the run stands in its
 * file all the same. */
void ct_history_keep(const char *storage, const char *result_path);

/* A level of one figure that changed between two runs. */
struct ct_history_change {
    enum ct_figure figure;
    size_t before, after; /* indices of the last run before and the first run behind */
    double from, to;      /* geometric means of the stretches on both sides (shares: means) */
    double change;        /* to / from - 1; of shares: to - from */
    double p;             /* of the permutation test */
};

/* Runs of one plan on one machine, by time. */
struct ct_history_series {
    struct ct_past past;
    struct ct_history_change *changes;
    size_t n_changes;
};

enum { CT_HISTORY_SERIES_MAX = 300 }; /* change points are looked for in so many, the newest */

/* Splits what was read into series, the one with the newest run last, and looks for changes of at
 * least min_effect in valid runs. *out_count series, owned by caller. past is emptied. */
struct ct_history_series *ct_history_split(struct ct_past *past, double min_effect,
                                           size_t *out_count);
void ct_history_series_release(struct ct_history_series *series, size_t count);

/* "response p90 rose by 12 % (1.2 ms to 1.34 ms) between run 14 (commit 4be1d24) and 15". Runs are
 * counted from 1 in the series. */
void ct_history_change_text(const struct ct_history_series *s, const struct ct_history_change *c,
                            char *text, size_t size);

/* How far the figures of one plan differ from one run to the next. */
struct ct_run_spread {
    double log_sd[CT_FIGURE_COUNT]; /* of logarithms (shares: of themselves); NAN: too few runs */
    size_t df[CT_FIGURE_COUNT];     /* runs less the levels they lie on */
    size_t runs;                    /* that were looked at */
};

/* From the valid runs of that plan key (at most CT_HISTORY_SERIES_MAX, the newest) that ran on that
 * host (NULL: any) and are not among others, pooled within the stretches between change points: a
 * step is no noise. Fewer than 4 runs: all NAN. CT_EFAIL. */
int ct_history_spread(const char *storage, const char *key, const char *hostname,
                      const struct ct_past *others, struct ct_run_spread *out, struct ct_err *err);

#endif
