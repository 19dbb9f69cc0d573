#include "sim_truth.h"

#include <complex.h>
#include <math.h>

/* Euler: so many terms, then a binomial mean of so many partial sums. */
enum { TERMS = 30, AVERAGED = 12, POINTS = TERMS + AVERAGED + 1, NORMAL_STEPS = 1600 };

static const double mean_s = 1e-3, discretisation = 18.4;

/* Laplace transform of a lognormal service time, by quadrature over the normal. */
static double complex lognormal(double complex s)
{
    double complex sum = 0;
    for (int i = 0; i <= NORMAL_STEPS; i++) {
        double z = -8 + 16.0 * i / NORMAL_STEPS;
        double weight = exp(-z * z / 2) / sqrt(2 * M_PI) * 16 / NORMAL_STEPS;
        sum += weight * cexp(-s * exp(log(mean_s) - 0.5 + z));
    }
    return sum;
}

static double complex service(enum sim_kind kind, double complex s)
{
    if (kind == SIM_LOGNORMAL)
        return lognormal(s);
    if (kind == SIM_CONSTANT || kind == SIM_PAUSES)
        return cexp(-mean_s * s);
    double complex exponential = 1 / (1 + mean_s * s);
    return kind == SIM_STALLS ? exponential * (0.99 + 0.01 * cexp(-0.1 * s)) : exponential;
}

/* The points at which the transform is needed, and the service's transform there. */
struct transform {
    enum sim_kind kind;
    double limit_s;
    double complex s[POINTS], service[POINTS];
};

static void prepare(struct transform *t, enum sim_kind kind, double limit_s)
{
    t->kind = kind;
    t->limit_s = limit_s;
    for (int k = 0; k < POINTS; k++) {
        t->s[k] = discretisation / (2 * limit_s) + (double complex)I * (k * M_PI / limit_s);
        t->service[k] = service(kind, t->s[k]);
    }
}

/* Transform of P(response > t) at point k. */
static double complex tail_at(const struct transform *t, double rate, double busy, int k)
{
    double complex s = t->s[k], b = t->service[k], d = s - rate * (1 - b);
    if (t->kind == SIM_GC)
        d -= 0.1 * (1 - cexp(-0.1 * s));
    if (t->kind == SIM_PAUSES)
        d -= 1 - 1 / (1 + 0.005 * s) + 0.025 * (1 - 1 / (1 + 0.04 * s));
    return (1 - (1 - busy) * s / d * b) / s;
}

static double tail(const struct transform *t, double rate)
{
    static const double choose[] = {1, 12, 66, 220, 495, 792, 924, 792, 495, 220, 66, 12, 1};
    double busy = rate * mean_s * (t->kind == SIM_STALLS ? 2 : 1);
    busy += t->kind == SIM_GC ? 0.01 : t->kind == SIM_PAUSES ? 0.006 : 0;
    if (busy >= 1)
        return 1;
    double sum = creal(tail_at(t, rate, busy, 0)) / 2, averaged = 0;
    for (int k = 1; k < POINTS; k++) {
        sum += (k % 2 ? -1 : 1) * creal(tail_at(t, rate, busy, k));
        if (k >= TERMS)
            averaged += choose[k - TERMS] * sum / (1 << AVERAGED);
    }
    return exp(discretisation / 2) / t->limit_s * averaged;
}

double sim_truth_share(enum sim_kind kind, double rate, double limit_s)
{
    struct transform t;
    prepare(&t, kind, limit_s);
    return tail(&t, rate);
}

double sim_truth_capacity(enum sim_kind kind, const struct ct_find_limit *limit)
{
    struct transform t;
    if (kind == SIM_CLIFF)
        return 1 / mean_s;
    if (kind > SIM_CLIFF)
        return NAN;
    if (limit->kind == CT_FIND_MEAN) /* M/M/1: 1 / (mu - lambda) */
        return kind == SIM_EXPONENTIAL ? 1 / mean_s - 1 / limit->limit_s : NAN;
    prepare(&t, kind, limit->limit_s);
    double low = 1, high = 1 / mean_s;
    for (int i = 0; i < 50; i++) {
        double middle = (low + high) / 2;
        if (tail(&t, middle) > limit->share)
            high = middle;
        else
            low = middle;
    }
    return (low + high) / 2;
}
