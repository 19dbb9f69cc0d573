/* Density of a sample: a Gaussian kernel estimate as violins draw it. Pure. */
#ifndef CT_CHART_KDE_H
#define CT_CHART_KDE_H

#include <stdbool.h>
#include <stddef.h>

enum { CT_KDE_POINTS = 100 };

struct ct_kde {
    bool flat;                     /* fewer than two different values: no body, y[0] is the value */
    double bandwidth;              /* 0 when flat */
    double y[CT_KDE_POINTS];       /* evenly from the smallest to the largest value */
    double density[CT_KDE_POINTS]; /* integrates to nearly 1 over all reals */
    double density_max;
};

/* Scott's bandwidth (Scott 1992, Multivariate Density Estimation): n^(-1/5) x the standard
 * deviation of the sample (n - 1). count 0: flat at 0. */
void ct_kde_init(struct ct_kde *k, const double *values, size_t count);

#endif
