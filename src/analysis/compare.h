/*
 * Is B worse than A? The unit is the segment: a run, or a stretch of one. Nothing smaller is
 * independent: seconds and requests of one run share its fate (in a simulation with correlated
 * seconds, a bootstrap over seconds called 15 % of clean pairs worse).
 *
 * Of each metric the logarithms are compared (shares themselves), by Welch's t (Welch, Biometrika
 * 34, 1947; degrees of freedom after Satterthwaite, Biometrics Bulletin 2, 1946):
 *   at least four valid runs a side: over the runs;
 *   fewer on one side: the runs of the other, if it has four, or the noise given (the history of
 *     the plan) say how runs differ; what a run shows in itself by batch means is used when it is
 *     more;
 *   neither: by batch means only, and a difference counts only beyond 15 %: two runs of one program
 *     may well differ by more than each shows in itself.
 *
 * Deciding metrics of all points are one family: Holm's step-down (Scandinavian Journal of
 * Statistics 6, 1979) at 2.5 % one-sided. A metric that has one and the same value in all runs of
 * both sides cannot show anything and is not in the family (Tarone, Biometrics 46, 1990).
 *
 * Worse is what passes that, is at least min_effect, and is no artefact of the measurement: times
 * must differ by max(20 us, 2 x the difference of the median latenesses), error rates by 0.1 points
 * and min_effect of A's, CPU by a percent of a server. Severity: minor, major from 20 %, critical
 * from 30 % (error rates: from 1 and 5 points). Steal that differs by more than 2 points makes the
 * whole inconclusive.
 *
 * Pure.
 */
#ifndef CT_ANALYSIS_COMPARE_H
#define CT_ANALYSIS_COMPARE_H

#include "model/comparison.h"

enum { CT_COMPARE_RUNS_MIN = 4 };

#define CT_COMPARE_LEVEL 0.025         /* one-sided, of the whole family */
#define CT_COMPARE_UNKNOWN_EFFECT 0.15 /* what counts while the noise between runs is not known */

#define CT_COMPARE_STEAL_POINTS 2.0 /* of percent; more between the sides is inconclusive */

/* Compare everything: c->min_effect and c->points with their sides and noise are given; results,
 * verdict, sentence and notes are filled. */
void ct_compare(struct ct_comparison *c);

/* A difference with its noise. */
struct ct_difference {
    double d;        /* of the means, b - a */
    double variance; /* of d; 0: no noise at all */
    double df;
};

/* Welch's: of means with the variances of these means and their degrees of freedom. */
struct ct_difference ct_difference_welch(double mean_a, double var_a, double df_a, double mean_b,
                                         double var_b, double df_b);

/* One-sided: probability of a difference of at least d when there is none. */
double ct_difference_p(const struct ct_difference *x);

/* One metric of a point, but status, severity and can_detect, which depend on the others. The
 * achieved rate comes before CPU, which uses it. Part of ct_compare. */
void ct_compare_metric(struct ct_compare_point *p, enum ct_compare_metric m, double min_effect);

/* The verdict in words, from the statuses: sentence and notes. Part of ct_compare. */
void ct_compare_explain(struct ct_comparison *c);

/* It should decide, and one of its sides has no valid run; its sides' steal differs too much. Parts
 * of ct_compare. */
bool ct_compare_is_spoilt(const struct ct_compare_point *p);
bool ct_compare_steal_differs(const struct ct_compare_point *p);

/* Holm's step-down: out[i] says whether hypothesis i, with p[i], is rejected at level. */
void ct_holm(const double *p, size_t count, double level, bool *out);

#endif
