/*
 * What is known of the capacity: the lowest of the rates at which one of the limits is reached. One
 * posterior (analysis/posterior.h) for each limit and one for stability; taken as independent, the
 * chance that the capacity lies beyond a rate is the product of theirs. A limit that nothing ever
 * came near has no say; stability has one when the backlog grew while every limit was kept. Far
 * overload only bounds the capacity from above. Pure.
 */
#ifndef CT_ANALYSIS_CAPACITY_H
#define CT_ANALYSIS_CAPACITY_H

#include "analysis/posterior.h"
#include "analysis/visit.h"

/* Of the median: overload beyond it only bounds the capacity. */
#define CT_CAPACITY_FAR 1.12

enum { CT_CAPACITY_LIMITS = CT_FIND_LIMITS_MAX + 1 }; /* the last one: stability */

/* A long clean visit, or an overload that is not far: on which side of its rate the capacity seems
 * to be. Where clusters of violations are so large that shares say little, the sides count too: the
 * chance of an overload is logistic in ln(rate / C), its spread one of four with equal chances (a
 * psychometric function: Watson and Pelli, QUEST, Perception & Psychophysics 33, 1983). */
struct ct_capacity_side {
    double ln_rate;
    bool over; /* overload: below it; else above */
};

struct ct_capacity {
    const struct ct_find_opts *opts; /* borrowed */
    struct ct_posterior limits[CT_CAPACITY_LIMITS];
    bool active[CT_CAPACITY_LIMITS];
    size_t leading;     /* the limit most likely reached first */
    double *far, clean; /* rates of far overload; highest clean rate */
    size_t n_far, far_room;
    struct ct_capacity_side *sides;
    size_t n_sides, sides_room;
    double side_requests; /* of the longest of these visits */
    double broken;        /* lowest rate that broke a limit; 0: none yet */
    double middle;        /* median before the last update; 0: none yet */
    double low, high;     /* ln, of the grid */
    double weights[CT_POSTERIOR_POINTS];
};

void ct_capacity_init(struct ct_capacity *c, const struct ct_find_opts *opts);
void ct_capacity_release(struct ct_capacity *c);

/* far: it is overload, far above what is known. */
void ct_capacity_add(struct ct_capacity *c, const struct ct_visit *v, bool far);

/* The first time: the capacity is between these. */
void ct_capacity_between(struct ct_capacity *c, double low, double high);
void ct_capacity_update(struct ct_capacity *c); /* after visits were added */

/* Where clusters are so large, no visit is lower than this: a fifth below the lowest rate that
 * broke a limit. The next one that does moves it. 0: none. */
double ct_capacity_floor(const struct ct_capacity *c);

double ct_capacity_quantile(const struct ct_capacity *c, double p);

#endif
