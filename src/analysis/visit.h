/*
 * What one run of a search came to, summed up: all that the search keeps of its outcome. Pure.
 *
 * The unit of a search is the visit: one rate for some seconds, its beginning dropped. Requests
 * within a visit go together (a queue remembers), so visits are replicated, not requests. Of the
 * 1 s blocks only what the over-dispersion needs is kept: the sum of k^2 / n, over blocks and over
 * pairs of them.
 */
#ifndef CT_ANALYSIS_VISIT_H
#define CT_ANALYSIS_VISIT_H

#include "analysis/find.h"

struct ct_visit {
    double at;     /* rate, connections or load */
    double when_s; /* load spent before it */
    double n;
    double k[CT_FIND_LIMITS_MAX];        /* over each SHARE limit */
    double square[CT_FIND_LIMITS_MAX];   /* sum over blocks of k^2 / n */
    double pairs[CT_FIND_LIMITS_MAX];    /* the same over pairs of neighbours */
    double mean[CT_FIND_LIMITS_MAX];     /* of each MEAN limit; NAN without a request */
    double relative[CT_FIND_LIMITS_MAX]; /* its standard error over itself, by batch means */
    double mean_s;                       /* response; NAN without a request */
    double growth, growth_sd;            /* of the backlog, as a share of n */
    size_t blocks;
    bool stopped;  /* it ended early */
    bool hopeless; /* so, at a load: an overload, however few requests it had */
    bool grew;     /* the backlog, beyond its noise */
};

void ct_visit_make(struct ct_visit *v, const struct ct_find_opts *opts, double at, double when_s,
                   const struct ct_find_outcome *o);

/* Measured over allowed, of limit i: 1 is exactly at it. NAN: nothing was measured. */
double ct_visit_ratio(const struct ct_visit *v, const struct ct_find_opts *opts, size_t i);

/* The limit that was exceeded most, CT_FIND_STABILITY when only the backlog grew, or
 * CT_FIND_NOTHING: every limit was kept. */
int ct_visit_broke(const struct ct_visit *v, const struct ct_find_opts *opts);

/* So far beyond a limit that more of it says nothing about where the limit is. */
bool ct_visit_overload(const struct ct_visit *v, const struct ct_find_opts *opts);

/* From what share of the requests on it is one, of a share that is allowed: eight times that, or
 * half way to all of them. */
double ct_visit_overload_share(double share);

/* So many requests say that the limits were kept: 20 of them were allowed to be over. */
double ct_visit_enough(const struct ct_find_opts *opts);

/* Well within every limit: a quarter of what is allowed, from enough requests to say so. */
bool ct_visit_clean(const struct ct_visit *v, const struct ct_find_opts *opts);

/* Is the judgement beyond its own noise (two standard errors)? Errors that did not happen are no
 * doubt. */
bool ct_visit_sure(const struct ct_visit *v, const struct ct_find_opts *opts);

#endif
