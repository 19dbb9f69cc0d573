#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "analysis/sweep.h"
#include "sim_search.h"

static struct ct_sweep_opts sweep_of(double limit_s)
{
    struct ct_sweep_opts o = {
        .load_min = 10, .load_max = 1000000, .has_load = true, .n_loads = 3, .rate_min = 1};
    ct_find_opts_init(&o.find);
    o.find.limits[0] = (struct ct_find_limit){CT_FIND_MEAN, 0, limit_s};
    o.find.limits[1] = (struct ct_find_limit){CT_FIND_SHARE, 0.01, 0}; /* errors */
    o.find.n_limits = 2;
    o.find.budget_s = 600;
    return o;
}

/* --- without noise: how long a request takes is a formula --- */

typedef double model_fn(uint32_t load, double rate);

struct trace {
    char runs[2000];
    double load, rate[4], high[4], first[4], budget_s[4];
    uint32_t loads[4];
    size_t n_rates;
    bool confirmed;
    double spent_s, highest_tried;
};

static void answer(struct ct_find *f, const struct ct_find_action *a, double response_s)
{
    static struct ct_find_block blocks[CT_FIND_BLOCKS_MAX];
    struct ct_find_outcome o = {.valid = true, .blocks = blocks, .spent_s = a->seconds};
    o.counted_s = a->seconds - a->drop_s;
    for (o.n_blocks = 0; (double)o.n_blocks < o.counted_s; o.n_blocks++) {
        struct ct_find_block *b = &blocks[o.n_blocks];
        *b = (struct ct_find_block){.n = (uint32_t)fmax(a->rate, 1)};
        b->sum_s = b->sum[0] = response_s * b->n;
    }
    ct_find_tell(f, &o);
}

static void go(struct ct_find *f, uint32_t load, bool confirm, model_fn *model, struct trace *t)
{
    struct ct_find_action a;
    for (ct_find_next(f, &a); a.kind != CT_FIND_DONE && (a.phase == CT_FIND_CONFIRM) == confirm;
         ct_find_next(f, &a)) {
        uint32_t at = a.axis == CT_FIND_LOAD ? (uint32_t)a.load : load;
        size_t len = strlen(t->runs);
        (void)snprintf(t->runs + len, sizeof(t->runs) - len, "%u@%.0f ", at, a.rate);
        t->spent_s += a.seconds;
        t->highest_tried = fmax(t->highest_tried, at);
        answer(f, &a, model(at, a.rate));
    }
}

static void follow(const struct ct_sweep_opts *opts, model_fn *model, struct trace *t)
{
    struct ct_find *rates[4];
    struct ct_sweep s;
    struct ct_sweep_leg leg;
    *t = (struct trace){.confirmed = true};
    ct_sweep_init(&s, opts);
    while (ct_sweep_next(&s, &leg) && t->n_rates < 4) {
        struct ct_find *f = ct_find_new(&leg.find);
        struct ct_find_answer a;
        go(f, leg.load, false, model, t);
        ct_sweep_tell(&s, f);
        ct_find_answer(f, &a);
        if (leg.find.axis == CT_FIND_LOAD) {
            t->load = a.capacity;
            ct_find_free(f);
            continue;
        }
        size_t i = t->n_rates++;
        t->loads[i] = leg.load;
        t->first[i] = leg.find.first;
        t->budget_s[i] = leg.find.budget_s;
        rates[i] = f;
    }
    for (size_t i = 0; i < t->n_rates; i++) {
        struct ct_find_answer a;
        go(rates[i], t->loads[i], true, model, t);
        ct_find_answer(rates[i], &a);
        t->rate[i] = a.capacity;
        t->high[i] = a.high;
        t->confirmed = t->confirmed && (a.confirmed || isnan(a.capacity));
        ct_find_free(rates[i]);
    }
}

/* The golden trace of Cluster Tester: each load doubles the work, each request a second adds. */
static double golden(uint32_t load, double rate)
{
    double work = ldexp(1, (int)load - 10);
    return 0.05 * work + 0.02 * work * (rate - 1);
}

Test(sweep, the_golden_benchmark_takes_less_than_four_minutes_of_load_with_its_re_runs)
{
    struct ct_sweep_opts opts = sweep_of(2.0);
    struct trace t;
    follow(&opts, golden, &t);
    cr_log_info("the golden benchmark: %.0f s of load: %s", t.spent_s, t.runs);
    cr_assert(eq(dbl, t.load, 15));
    cr_assert(eq(sz, t.n_rates, 3));
    static const double rates[] = {1, 4, 11};
    for (uint32_t i = 0; i < 3; i++) {
        cr_expect(eq(u32, t.loads[i], 15 - i));
        cr_expect(eq(dbl, t.rate[i], rates[i]));
        cr_expect(eq(dbl, t.high[i], rates[i] + 1));
    }
    cr_assert(t.confirmed);
    cr_assert(le(dbl, t.spent_s, 240));
    cr_assert(ne(ptr, strstr(t.runs, "13@12 15@1 14@4 13@11 "), NULL), "re-runs last: %s", t.runs);
}

Test(sweep, no_load_is_tried_that_asks_for_more_than_twice_what_is_allowed)
{
    struct ct_sweep_opts opts = sweep_of(2.0);
    struct trace t;
    follow(&opts, golden, &t);
    cr_assert(eq(dbl, t.highest_tried, 16)); /* 3.2 s */
}

/* The time does not depend on the load until it is far above. */
static double sudden(uint32_t load, double rate)
{
    return load <= 30 ? 0.001 + 1e-5 * rate : 1.5 * ldexp(1, (int)load - 31) + 0.6 * rate;
}

Test(sweep, loads_that_cost_nothing_are_climbed_in_long_steps)
{
    struct ct_sweep_opts opts = sweep_of(2.0);
    struct trace t;
    follow(&opts, sudden, &t);
    cr_assert(eq(dbl, t.load, 30));
    unsigned tried = 0;
    for (const char *p = t.runs; (p = strstr(p, "@1 ")) != NULL; p++)
        tried++;
    cr_assert(le(uint, tried, 14), "%s", t.runs);
}

static double sudden_after_10_ms(uint32_t load, double rate)
{
    return sudden(load, rate) + 0.009;
}

Test(sweep, rates_begin_where_ct_find_begins)
{
    struct ct_sweep_opts opts = sweep_of(2.0);
    struct trace t;
    follow(&opts, sudden_after_10_ms, &t);
    cr_assert(eq(dbl, t.first[0], 20), "and not at a twentieth of 100/s");
}

static double slow(uint32_t load, double rate)
{
    (void)load;
    return 3 + rate;
}

Test(sweep, a_target_that_is_too_slow_at_the_lowest_load_is_asked_for_no_rate)
{
    struct ct_sweep_opts opts = sweep_of(2.0);
    struct trace t;
    follow(&opts, slow, &t);
    cr_assert(isnan(t.load));
    cr_assert(eq(sz, t.n_rates, 0));
    cr_assert(eq(str, t.runs, (char *)"10@1 "));
}

Test(sweep, a_given_load_and_a_case_without_one_skip_the_search_for_it)
{
    struct ct_sweep_opts opts = sweep_of(2.0);
    struct trace t;
    opts.load_fixed = 14;
    opts.n_loads = 2;
    follow(&opts, golden, &t);
    cr_assert(eq(sz, t.n_rates, 2));
    cr_assert(eq(u32, t.loads[0], 14));
    cr_assert(eq(u32, t.loads[1], 13));
    cr_assert(eq(dbl, t.rate[1], 11));
    opts = sweep_of(2.0);
    opts.has_load = false;
    follow(&opts, golden, &t);
    cr_assert(eq(sz, t.n_rates, 1));
    cr_assert(eq(u32, t.loads[0], 10));
}

Test(sweep, the_search_for_a_load_sends_the_lowest_rate_that_was_asked_for)
{
    struct ct_sweep_opts opts = sweep_of(2.0);
    struct trace t;
    opts.rate_min = 4;
    follow(&opts, golden, &t); /* 15@4 takes 3.5 s, 14@4 1.76 s */
    cr_assert(eq(dbl, t.load, 14));
    cr_assert(eq(dbl, t.rate[0], 4));
}

Test(sweep, what_a_search_leaves_of_the_budget_goes_to_the_others)
{
    struct ct_sweep_opts opts = sweep_of(2.0);
    struct trace t;
    follow(&opts, golden, &t);
    cr_expect(eq(dbl, t.budget_s[0], (600.0 - 46) / 3), "all but what the search for a load took");
    cr_expect(ge(dbl, t.budget_s[2], t.budget_s[1] + 50));
    cr_expect(eq(dbl, t.first[1], 1));
    cr_expect(eq(dbl, t.first[2], 4), "the power of two below what was found");
}

/* --- one queue whose service times are exponential, 2^(load - 10) ms in the mean --- */

/* Requests a second at which an M/M/1 queue has that mean response. */
static double truth(uint32_t load, double limit_s)
{
    return 1000 / exp2((double)load - 10) - 1 / limit_s;
}

Test(sweep, of_a_noisy_queue_loads_and_rates_are_found)
{
    const double limit_s = 0.1;
    struct ct_sweep_opts opts = sweep_of(limit_s);
    unsigned covers = 0, all = 0, right = 0, searches = 12;
    opts.rate_min = 10; /* 16: 1 / (15.6 - 10) = 178 ms; 15: 47 ms */
    for (uint64_t seed = 1; seed <= searches; seed++) {
        struct sim_server server;
        struct sim_sweep_result r;
        sim_server_init(&server, SIM_EXPONENTIAL, &opts.find, seed);
        sim_sweep(&server, &opts, &r);
        right += r.load.capacity == 15;
        cr_expect(le(dbl, r.most_work, 128), "at most twice the limit, seed %zu", (size_t)seed);
        for (size_t i = 0; i < r.n_rates; i++) {
            double at = truth(r.loads[i], limit_s);
            all++;
            covers += r.rates[i].low <= at + 1 && at - 1 <= r.rates[i].high;
        }
        cr_expect(le(dbl, r.spent_s, 600 + 3 * 30 + 120));
    }
    cr_log_info("right load in %u of %u, intervals that hold the truth: %u of %u", right, searches,
                covers, all);
    cr_expect(ge(uint, right, searches - 2));
    cr_expect(ge(uint, covers, all * 8 / 10));
}
