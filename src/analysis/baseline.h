/*
 * Is a new run worse than the runs of a baseline? Of each figure the logarithms are taken (shares
 * themselves); the mean of m new runs is held against the prediction bound of n old ones,
 *
 *     mean + t(n-1) s sqrt(1/n + 1/m)
 *
 * (Whitmore, "Prediction limits for a univariate normal observation", The American Statistician 40,
 * 1986; Hahn and Meeker, "Statistical Intervals", 1991, chapter 4), not against the interval of the
 * mean, which calls a quarter of all clean runs worse. One-sided; 5 % for all figures together:
 * they share it equally (Bonferroni), and a figure whose smallest effect (below) is already rarer
 * by chance than its share leaves the rest to the others.
 *
 * Worse is what passes its bound and is at least the smallest effect: min_effect, for times at
 * least 20 us, for error rates at least 0.1 points. An error rate must pass the bound of chance,
 * too: the fewest failures of so many requests that are too many beside those of the old runs by
 * the exact conditional binomial test (Przyborowski and Wilenski, Biometrika 31, 1940).
 *
 * Pure.
 */
#ifndef CT_ANALYSIS_BASELINE_H
#define CT_ANALYSIS_BASELINE_H

#include <stdbool.h>
#include <stddef.h>

#include "model/past.h"

#define CT_BASELINE_LEVEL 0.05
#define CT_BASELINE_CV_MAX 0.15 /* of an established one */
enum { CT_BASELINE_RUNS_MIN = 3, CT_BASELINE_ESTABLISHED = 5, CT_BASELINE_OUTSIDE_MAX = 32 };

/* One figure over runs. NAN where there are too few. */
struct ct_level {
    size_t count;    /* runs that count */
    double requests; /* of these runs; 0: one of them does not say how many it had */
    double mean, sd; /* scaled (model/past.h) */
    double typical;  /* mean, unscaled: of times and rates the geometric mean */
    double cv;       /* coefficient of variation: of logarithms sqrt(exp(sd^2) - 1) */
    size_t outside[CT_BASELINE_OUTSIDE_MAX]; /* runs beyond two deviations of all, by index */
    size_t n_outside;
    double typical_without, cv_without; /* without these; NAN when there are none */
    bool two_modes; /* a gap in the middle wider than both sides: perhaps two kinds of runs */
};

/* Runs that are not valid or lack the figure do not count. */
void ct_level_make(const struct ct_past *past, enum ct_figure f, bool drop_outliers,
                   struct ct_level *out);

enum ct_baseline_status {
    CT_BASELINE_NONE, /* too few runs, or none of the new ones has it */
    CT_BASELINE_KEPT,
    CT_BASELINE_WORSE,
    CT_BASELINE_BETTER, /* as far on the other side */
};
const char *ct_baseline_status_name(enum ct_baseline_status s); /* "none" "kept" ... */

struct ct_baseline_result {
    struct ct_level old;
    size_t new_count;     /* m */
    double new_typical;   /* NAN */
    double change;        /* new / old - 1; of shares new - old */
    double bound;         /* the figure itself, beyond which it is worse */
    double detect;        /* the change that so many new runs can show, in the unit of change */
    double level;         /* its share of the 5 % */
    double least;         /* the smallest effect, as detect */
    size_t runs_needed;   /* m that shows it; 0: none does, with this baseline */
    size_t record_needed; /* runs of a baseline with which 5 new ones show it; 0: more than 500 */
    enum ct_baseline_status status;
};

/* new_runs: NULL or empty: what a check of new_count runs could show. Returns true when a figure is
 * worse. */
bool ct_baseline_judge(const struct ct_baseline *b, const struct ct_past *new_runs,
                       size_t new_count, double min_effect,
                       struct ct_baseline_result out[CT_FIGURES_JUDGED]);

/* Fills runs_needed and record_needed. */
void ct_baseline_plan_ahead(struct ct_baseline_result results[CT_FIGURES_JUDGED],
                            double min_effect);

/* Deviation small enough (service p50 and response p90), and at least five runs. */
bool ct_baseline_established(const struct ct_baseline_result results[CT_FIGURES_JUDGED]);

#endif
