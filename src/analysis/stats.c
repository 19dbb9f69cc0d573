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

/* --- the incomplete beta function --- */

/* Continued fraction of the incomplete beta function, by Lentz's method (Applied Optics 15, 1976).
 */
static double beta_fraction(double a, double b, double x)
{
    enum { STEPS_MAX = 20000 }; /* about the root of the larger of a and b are needed */
    const double tiny = 1e-300;
    double c = 1, d = 1 - (a + b) * x / (a + 1), f;
    d = 1 / (fabs(d) < tiny ? tiny : d);
    f = d;
    for (int m = 1; m <= STEPS_MAX; m++) {
        double even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
        double odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
        for (int half = 0; half < 2; half++) {
            double t = half == 0 ? even : odd;
            d = 1 + t * d;
            c = 1 + t / c;
            d = 1 / (fabs(d) < tiny ? tiny : d);
            c = fabs(c) < tiny ? tiny : c;
            f *= c * d;
        }
        if (fabs(c * d - 1) < 1e-14)
            break;
    }
    return f;
}

static double beta_share(double a, double b, double x)
{
    double front =
        exp(lgamma(a + b) - lgamma(a) - lgamma(b) + a * log(x) + b * log1p(-x)); /* 0 < x < 1 */
    if (x < (a + 1) / (a + b + 2))
        return front * beta_fraction(a, b, x) / a;
    return 1 - front * beta_fraction(b, a, 1 - x) / b;
}

double ct_stats_binomial_beyond(double k, double n, double p)
{
    if (k <= 0 || k > n)
        return k <= 0 ? 1 : 0;
    return p <= 0 ? 0 : p >= 1 ? 1 : beta_share(k, n - k + 1, p);
}

/* --- Student's t --- */

/* Probability of more than t > 0. */
static double t_beyond(double t, double df)
{
    return beta_share(df / 2, 0.5, df / (df + t * t)) / 2;
}

double ct_stats_t_beyond(double t, double df)
{
    if (t == 0)
        return 0.5;
    double beyond = isinf(t) ? 0 : t_beyond(fabs(t), df);
    return t > 0 ? beyond : 1 - beyond;
}

double ct_stats_t_quantile(double p, double df)
{
    double low = 0, high = 1;
    if (p <= 0.5)
        return 0;
    while (t_beyond(high, df) > 1 - p)
        high *= 2;
    while (high - low > 1e-10 * high) {
        double middle = (low + high) / 2;
        *(t_beyond(middle, df) > 1 - p ? &low : &high) = middle;
    }
    return (low + high) / 2;
}
