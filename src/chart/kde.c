#include "chart/kde.h"

#include <math.h>

static double sample_stddev(const double *values, size_t count)
{
    double mean = 0, squares = 0;

    for (size_t i = 0; i < count; i++) {
        double delta = values[i] - mean;
        mean += delta / (double)(i + 1);
        squares += delta * (values[i] - mean);
    }
    return sqrt(squares / (double)(count - 1));
}

static double density_at(const double *values, size_t count, double bandwidth, double y)
{
    double sum = 0;

    for (size_t i = 0; i < count; i++) {
        double z = (y - values[i]) / bandwidth;
        sum += exp(-0.5 * z * z);
    }
    return sum / ((double)count * bandwidth * sqrt(2 * M_PI));
}

void ct_kde_init(struct ct_kde *k, const double *values, size_t count)
{
    double min = count > 0 ? values[0] : 0, max = min;

    for (size_t i = 1; i < count; i++) {
        min = fmin(min, values[i]);
        max = fmax(max, values[i]);
    }
    *k = (struct ct_kde){.flat = true, .y = {min}};
    if (!(max > min))
        return;
    k->flat = false;
    k->bandwidth = pow((double)count, -0.2) * sample_stddev(values, count);
    for (int i = 0; i < CT_KDE_POINTS; i++) {
        k->y[i] = min + (max - min) * i / (CT_KDE_POINTS - 1);
        k->density[i] = density_at(values, count, k->bandwidth, k->y[i]);
        k->density_max = fmax(k->density_max, k->density[i]);
    }
}
