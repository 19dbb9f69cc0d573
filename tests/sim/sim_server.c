#include "sim_server.h"

#include <math.h>

static const double mean_s = 1e-3;

void sim_server_init(struct sim_server *s, enum sim_kind kind, const struct ct_find_opts *opts,
                     uint64_t seed)
{
    *s = (struct sim_server){.kind = kind, .opts = opts, .load_work = 1, .spare = NAN};
    ct_rng_init(&s->rng, seed);
    s->pause_in_s = 10 * ct_rng_exponential(&s->rng);
}

void sim_server_load(struct sim_server *s, uint64_t load)
{
    s->load_work = exp2((double)load - 10);
}

/* Box and Muller. */
static double normal(struct sim_server *s)
{
    double z = s->spare;
    if (!isnan(z)) {
        s->spare = NAN;
        return z;
    }
    double radius = sqrt(2 * ct_rng_exponential(&s->rng));
    double angle = 2 * M_PI * ct_rng_unit(&s->rng);
    s->spare = radius * sin(angle);
    return radius * cos(angle);
}

/* How much slower than usual it is now. */
static double slowness(const struct sim_server *s, double rate)
{
    if (s->kind == SIM_DRIFT)
        return 1 + 0.001 * s->clock_s;
    if (s->kind == SIM_WARM_UP)
        return 1 + 2 * exp(-s->clock_s / 60);
    if (s->kind == SIM_DIP)
        return rate > 150 && rate < 350 ? 10 : 1;
    return s->broken ? 1e6 : 1;
}

static double service(struct sim_server *s, double slow)
{
    if (s->kind == SIM_CLIFF || s->kind == SIM_CONSTANT || s->kind == SIM_PAUSES)
        return mean_s;
    if (s->kind == SIM_LOGNORMAL)
        return exp(log(mean_s) - 0.5 + normal(s));
    bool stalls = s->kind == SIM_STALLS && ct_rng_unit(&s->rng) < 0.01;
    return slow * mean_s * ct_rng_exponential(&s->rng) + (stalls ? 0.1 : 0);
}

static void count(const struct sim_server *s, double response_s, struct ct_find_block *b)
{
    b->n++;
    b->sum_s += response_s;
    for (size_t i = 0; i < s->opts->n_limits; i++) {
        const struct ct_find_limit *l = &s->opts->limits[i];
        b->over[i] += l->kind == CT_FIND_SHARE && l->limit_s > 0 && response_s > l->limit_s;
        b->sum[i] += response_s;
    }
}

static double pause(struct sim_server *s)
{
    if (s->kind == SIM_GC)
        return 0.1;
    double mean = ct_rng_unit(&s->rng) < 0.025 / 1.025 ? 0.04 : 0.005;
    return mean * ct_rng_exponential(&s->rng);
}

static void pass(struct sim_server *s, double gap_s)
{
    s->work_s = fmax(s->work_s - gap_s, 0);
    if (s->kind != SIM_GC && s->kind != SIM_PAUSES)
        return;
    s->pause_in_s -= gap_s;
    if (s->pause_in_s < 0) {
        s->work_s += pause(s);
        s->pause_in_s += (s->kind == SIM_GC ? 10 : 1 / 1.025) * ct_rng_exponential(&s->rng);
    }
}

void sim_server_second(struct sim_server *s, double rate, struct ct_find_block *block)
{
    double whole = floor(rate + ct_rng_unit(&s->rng)), n = fmax(whole, 1);
    double slow = slowness(s, rate);
    *block = (struct ct_find_block){0};
    for (double i = 0; i < n; i++) {
        pass(s, (s->kind == SIM_CLIFF ? 1 : ct_rng_exponential(&s->rng)) / n);
        s->work_s += s->load_work * service(s, slow);
        count(s, s->work_s, block);
    }
    s->clock_s += 1;
    if (s->kind == SIM_STUCK && s->work_s > 300 * mean_s)
        s->broken = true;
}

void sim_server_closed(struct sim_server *s, struct ct_find_block *block)
{
    double slow = slowness(s, 1);
    *block = (struct ct_find_block){0};
    for (double t = 0; t < 1;) {
        double took = s->load_work * service(s, slow);
        count(s, took, block);
        pass(s, took);
        t += took;
    }
    s->work_s = 0;
    s->clock_s += 1;
}

double sim_server_backlog(const struct sim_server *s)
{
    double each = s->kind == SIM_STALLS ? 2 * mean_s : mean_s * slowness(s, 1);
    return s->work_s / each / s->load_work;
}

double sim_server_drain(struct sim_server *s, double at_most_s, bool *stuck)
{
    double took = fmin(s->work_s, at_most_s);
    *stuck = s->broken || s->work_s > at_most_s;
    s->clock_s += took;
    pass(s, took);
    return took;
}
