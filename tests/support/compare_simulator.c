#include "compare_simulator.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/compare.h"
#include "analysis/compare_run.h"
#include "base/mem.h"

enum { SERIES = 2, REQUESTS = 40 };
static const double base_ns[SERIES] = {1.2e6, 3e6}; /* service p50, response p90 */

static double gauss(struct ct_rng *r)
{
    double u = 1 - ct_rng_unit(r);
    return sqrt(-2 * log(u)) * cos(2 * M_PI * ct_rng_unit(r));
}

/* Requests of one second around its median; the tail is given, so that p90 follows its series. */
static void fill(struct ct_rng *r, double log_median, struct ct_histogram *h)
{
    ct_histogram_clear(h);
    for (int i = 0; i < REQUESTS; i++)
        ct_histogram_record(h, (uint64_t)exp(log_median + 0.1 * gauss(r)));
}

/* What seconds of a run are made into, when its batches are wanted. */
struct seconds {
    struct ct_compare_batches *batches;
    struct ct_histogram service, response;
};

static void one_second(struct ct_rng *r, const double level[SERIES], struct seconds *s)
{
    if (s == NULL)
        return;
    fill(r, level[0], &s->service);
    fill(r, level[1], &s->response);
    struct ct_compare_second second = {
        .ok = REQUESTS, .cpu_percent = NAN, .response = &s->response, .service = &s->service};
    ct_compare_batches_second(s->batches, &second);
}

static void one_run(const struct simulation *sim, struct ct_rng *r, double shift,
                    struct seconds *seconds, struct ct_compare_run *out)
{
    double x[SERIES], mean[SERIES] = {0}, level[SERIES];
    double rho = sim->correlation, step = sim->deviation * sqrt(1 - rho * rho);
    double offset = shift + sim->run_deviation * gauss(r);
    memset(out, 0, sizeof(*out));
    for (int m = 0; m < CT_COMPARE_METRICS; m++)
        out->value[m] = out->variance[m] = out->df[m] = NAN;
    for (int k = 0; k < SERIES; k++)
        x[k] = sim->deviation * gauss(r);
    for (unsigned i = 0; i < sim->seconds; i++) {
        for (int k = 0; k < SERIES; k++) {
            x[k] = rho * x[k] + step * gauss(r);
            mean[k] += x[k] / sim->seconds;
            level[k] = log(base_ns[k]) + offset + x[k];
        }
        one_second(r, level, seconds);
    }
    if (seconds != NULL)
        ct_compare_batches_end(seconds->batches, out);
    out->value[CT_COMPARE_SERVICE_P50] = base_ns[0] * exp(offset + mean[0]);
    out->value[CT_COMPARE_RESPONSE_P90] = base_ns[1] * exp(offset + mean[1]);
    out->value[CT_COMPARE_ERRORS] = 0;
    out->value[CT_COMPARE_ACHIEVED] = REQUESTS;
    out->requests = (double)sim->seconds * REQUESTS;
    out->lateness_p50_ns = 4e4;
    out->steal_percent = 0;
}

static void one_side(const struct simulation *sim, struct ct_rng *r, double shift,
                     struct seconds *seconds, unsigned runs, struct ct_compare_side *out)
{
    *out = (struct ct_compare_side){ct_xcalloc(runs, sizeof(*out->runs)), runs};
    for (unsigned i = 0; i < runs; i++)
        one_run(sim, r, shift, seconds, &out->runs[i]);
}

/* As a history estimates it: the variance over earlier runs. */
static bool earlier_noise(const struct simulation *sim, struct ct_rng *r, struct ct_run_noise *out)
{
    struct ct_compare_run run;
    double mean[CT_COMPARE_METRICS] = {0};
    if (sim->history == 0)
        return false;
    memset(out, 0, sizeof(*out));
    for (unsigned i = 1; i <= sim->history; i++) {
        one_run(sim, r, 0, NULL, &run);
        for (int m = 0; m < CT_COMPARE_METRICS; m++) {
            double x = log(run.value[m]), delta = x - mean[m];
            mean[m] += delta / i;
            out->variance[m] += delta * (x - mean[m]) / (sim->history - 1);
            out->df[m] = sim->history - 1;
        }
    }
    out->variance[CT_COMPARE_ERRORS] = 0;
    return true;
}

static enum ct_compare_verdict one_pair(const struct simulation *sim, struct ct_rng *r,
                                        double shift, struct seconds *seconds)
{
    struct ct_comparison c = {.min_effect = 0.05, .n_points = 1};
    c.points = ct_xcalloc(1, sizeof(*c.points));
    one_side(sim, r, 0, seconds, sim->runs_a, &c.points[0].a);
    one_side(sim, r, shift, seconds, sim->runs_b, &c.points[0].b);
    c.points[0].has_noise = earlier_noise(sim, r, &c.points[0].noise);
    ct_compare(&c);
    enum ct_compare_verdict v = c.verdict;
    ct_comparison_release(&c);
    return v;
}

struct simulated simulate(const struct simulation *s, double factor, unsigned pairs, uint64_t seed)
{
    struct simulated out = {.pairs = pairs};
    struct ct_rng r;
    struct seconds *seconds = NULL;
    ct_rng_init(&r, seed);
    if (s->batches) {
        seconds = ct_xcalloc(1, sizeof(*seconds));
        seconds->batches = ct_compare_batches_new();
    }
    for (unsigned i = 0; i < pairs; i++) {
        enum ct_compare_verdict v = one_pair(s, &r, log(factor), seconds);
        out.worse += v == CT_COMPARISON_WORSE;
        out.better += v == CT_COMPARISON_BETTER;
        out.inconclusive += v == CT_COMPARISON_INCONCLUSIVE;
    }
    if (seconds != NULL)
        ct_compare_batches_free(seconds->batches);
    free(seconds);
    return out;
}
