/*
 * What is known of the capacity: the lowest of the rates at which one of the limits is reached. One
 * posterior (analysis/posterior.h) for each limit and one for stability; taken as independent, the
 * chance that the capacity lies beyond a rate is the product of theirs. A limit that nothing ever
 * came near has no say; stability has one when the backlog grew while every limit was kept. Far
 * overload only bounds the capacity from above, what was clean twice bounds it from below. Pure.
 */
#ifndef CT_ANALYSIS_CAPACITY_H
#define CT_ANALYSIS_CAPACITY_H

#include "analysis/posterior.h"
#include "analysis/visit.h"

/* Of the median: overload beyond it only bounds the capacity. What was clean twice bounds it as far
 * below itself, until an overload comes there. */
#define CT_CAPACITY_FAR 1.12

enum { CT_CAPACITY_LIMITS = CT_FIND_LIMITS_MAX + 1 }; /* the last one: stability */

struct ct_capacity {
    const struct ct_find_opts *opts; /* borrowed */
    struct ct_posterior limits[CT_CAPACITY_LIMITS];
    bool active[CT_CAPACITY_LIMITS];
    size_t leading;                 /* the limit most likely reached first */
    double *far, clean;             /* rates of far overload; highest clean rate */
    double clean_long, clean_twice; /* of clean visits that are long: highest, second highest */
    size_t n_far, far_room;
    double middle;    /* median before the last update; 0: none yet */
    double low, high; /* ln, of the grid */
    double weights[CT_POSTERIOR_POINTS];
};

void ct_capacity_init(struct ct_capacity *c, const struct ct_find_opts *opts);
void ct_capacity_release(struct ct_capacity *c);

/* far: it is overload, far above what is known. */
void ct_capacity_add(struct ct_capacity *c, const struct ct_visit *v, bool far);

/* The first time: the capacity is between these. */
void ct_capacity_between(struct ct_capacity *c, double low, double high);
void ct_capacity_update(struct ct_capacity *c); /* after visits were added */

double ct_capacity_quantile(const struct ct_capacity *c, double p);

#endif
