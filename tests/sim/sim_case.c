#include "sim_case.h"

#include <string.h>

#define P99(seconds)                                                                               \
    {                                                                                              \
        CT_FIND_SHARE, 0.01, seconds                                                               \
    }

const struct sim_case sim_cases[] = {
    {"exponential, p99 < 10 ms", SIM_EXPONENTIAL, P99(0.010), true, 0.09},
    {"exponential, p99 < 20 ms", SIM_EXPONENTIAL, P99(0.020), true, 0.09},
    {"exponential, p99 < 50 ms", SIM_EXPONENTIAL, P99(0.050), true, 0.05},
    {"exponential, p99 < 100 ms", SIM_EXPONENTIAL, P99(0.100), true, 0.05},
    {"lognormal, p99 < 20 ms", SIM_LOGNORMAL, P99(0.020), true, 0},
    {"lognormal, p99 < 50 ms", SIM_LOGNORMAL, P99(0.050), true, 0.09},
    {"M/D/1, p99 < 20 ms", SIM_CONSTANT, P99(0.020), true, 0.05},
    {"1 % stalls, p99 < 300 ms", SIM_STALLS, P99(0.300), true, 0},
    {"GC pauses, p99 < 120 ms", SIM_GC, P99(0.120), true, 0},
    {"pauses, p99 < 50 ms", SIM_PAUSES, P99(0.050), true, 0},
    {"M/D/1, p99 < 50 ms", SIM_CONSTANT, P99(0.050), true, 0},
    {"cliff, p99 < 20 ms", SIM_CLIFF, P99(0.020), true, 0.05},
    {"exponential, mean < 5 ms", SIM_EXPONENTIAL, {CT_FIND_MEAN, 0, 0.005}, true, 0},
    {"exponential, p99 < 10 s", SIM_EXPONENTIAL, P99(10), true, 0},
    {"drift", SIM_DRIFT, P99(0.020), false, 0},
    {"dip", SIM_DIP, P99(0.020), false, 0},
    {"warm-up", SIM_WARM_UP, P99(0.020), false, 0},
    {"generator", SIM_GENERATOR, P99(0.020), false, 0},
    {"does not recover", SIM_STUCK, P99(0.020), false, 0},
    {"unreachable", SIM_EXPONENTIAL, P99(0.0005), false, 0},
};
const size_t sim_n_cases = sizeof(sim_cases) / sizeof(*sim_cases);

const struct sim_case *sim_case_named(const char *name)
{
    for (size_t i = 0; i < sim_n_cases; i++)
        if (strcmp(sim_cases[i].name, name) == 0)
            return &sim_cases[i];
    return NULL;
}

void sim_case_run(const struct sim_case *c, uint64_t seed, double budget_s, struct sim_result *out)
{
    struct ct_find_opts opts;
    struct sim_server server;
    ct_find_opts_init(&opts);
    opts.limits[0] = c->limit;
    opts.n_limits = 1;
    opts.budget_s = budget_s;
    sim_server_init(&server, c->kind, &opts, seed);
    struct ct_find *f = ct_find_new(&opts);
    sim_search(&server, f, out);
    ct_find_free(f);
}
