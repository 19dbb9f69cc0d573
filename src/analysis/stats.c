#include "analysis/stats.h"

#include <math.h>
#include <stdlib.h>

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Mean and deviation in one pass by Welford's recurrence (Technometrics 4, 1962). */
void ct_stats_make(double *values, size_t count, struct ct_stats *out)
{
    *out = (struct ct_stats){count, NAN, NAN, NAN, NAN, NAN};
    if (count == 0)
        return;
    double mean = 0, m2 = 0;
    for (size_t i = 0; i < count; i++) {
        double delta = values[i] - mean;
        mean += delta / (double)(i + 1);
        m2 += delta * (values[i] - mean);
    }
    qsort(values, count, sizeof(*values), ascending);
    out->mean = mean;
    out->stddev = sqrt(m2 / (double)count);
    out->median =
        count % 2 == 1 ? values[count / 2] : (values[count / 2 - 1] + values[count / 2]) / 2;
    out->min = values[0];
    out->max = values[count - 1];
}
