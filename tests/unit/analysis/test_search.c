#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "analysis/search.h"
#include "base/buf.h"
#include "base/rng.h"

enum { ACTIONS_MAX = 2000 };

typedef struct ct_search_outcome model_fn(const struct ct_search_action *run, void *ctx);

static const struct ct_search_opts usual = {
    .load_min = 10,
    .load_max = 1000000,
    .has_load = true,
    .n_loads = 3,
    .rate_min = 1,
    .limit_s = 2.0,
};

/* What a search did: its lines, its counts, and the search itself for its points. */
struct course {
    struct ct_search *search;
    struct ct_buf lines;
    unsigned runs, rests;
    uint64_t rate_lowest, rate_highest;
};

static struct ct_search_outcome answers_in(double mean_s)
{
    return (struct ct_search_outcome){.valid = true, .ok = 1, .mean_s = mean_s};
}

static void note_run(struct course *c, const struct ct_search_action *a,
                     const struct ct_search_outcome *o)
{
    c->runs++;
    if (c->runs == 1 || a->rate < c->rate_lowest)
        c->rate_lowest = a->rate;
    if (a->rate > c->rate_highest)
        c->rate_highest = a->rate;
    (void)ct_buf_printf(&c->lines, "%s %u@%llu %.6g\n", a->monitored ? "watch" : "run", a->load,
                        (unsigned long long)a->rate, o->mean_s);
}

/* Runs a whole search against a model of the target; fails when it does not end. */
static void follow(struct course *c, const struct ct_search_opts *opts, model_fn *model, void *ctx)
{
    memset(c, 0, sizeof(*c));
    ct_buf_init(&c->lines, 1 << 20);
    c->search = ct_search_new(opts);
    for (unsigned n = 0; n < ACTIONS_MAX; n++) {
        struct ct_search_action a;
        ct_search_next(c->search, &a);
        if (a.kind == CT_SEARCH_DONE)
            return;
        if (a.kind == CT_SEARCH_REST) {
            c->rests++;
            (void)ct_buf_puts(&c->lines, "rest\n");
            continue;
        }
        struct ct_search_outcome o = model(&a, ctx);
        note_run(c, &a, &o);
        ct_search_tell(c->search, &o);
    }
    cr_fail("the search did not end in %d actions", ACTIONS_MAX);
}

static void end(struct course *c)
{
    ct_search_free(c->search);
    ct_buf_release(&c->lines);
}

static const struct ct_search_point *point(const struct course *c, size_t i, size_t count)
{
    size_t n;
    const struct ct_search_point *p = ct_search_points(c->search, &n);
    cr_assert(eq(sz, n, count));
    return &p[i];
}

/* --- the golden traces --- */

/* The model of the golden trace: each load doubles the work, each request a second adds to it. */
static struct ct_search_outcome growing(const struct ct_search_action *run, void *ctx)
{
    (void)ctx;
    double work = ldexp(1, (int)run->load - 10);
    return answers_in(0.05 * work + 0.02 * work * (double)(run->rate - 1));
}

static void compare_with_golden(unsigned n_loads, unsigned runs)
{
    struct ct_search_opts opts = usual;
    opts.n_loads = n_loads;
    struct course c;
    follow(&c, &opts, growing, NULL);
    size_t n;
    const struct ct_search_point *points = ct_search_points(c.search, &n);
    for (size_t i = 0; i < n; i++)
        (void)ct_buf_printf(&c.lines, "point %u %llu\n", points[i].load,
                            (unsigned long long)points[i].rate);
    char path[512];
    (void)snprintf(path, sizeof(path), "%s/golden/search-trace-n%u.txt", CT_TESTS_DIR, n_loads);
    struct ct_buf golden;
    struct ct_err err = {0};
    ct_buf_init(&golden, 1 << 20);
    cr_assert(zero(int, ct_buf_read_file(&golden, path, &err)), "%s", err.msg);
    cr_assert(eq(str, c.lines.data, golden.data));
    cr_assert(eq(uint, c.runs, runs));
    cr_assert(eq(uint, c.rests, runs + 1));
    ct_buf_release(&golden);
    end(&c);
}

Test(search, one_load_goes_the_way_of_cluster_tester)
{
    compare_with_golden(1, 12);
}

Test(search, three_loads_go_the_way_of_cluster_tester)
{
    compare_with_golden(3, 30);
}

Test(search, five_loads_go_the_way_of_cluster_tester)
{
    compare_with_golden(5, 51);
}

Test(search, found_points_are_confirmed_and_limited_by_the_response_time)
{
    struct course c;
    follow(&c, &usual, growing, NULL);
    for (size_t i = 0; i < 3; i++) {
        const struct ct_search_point *p = point(&c, i, 3);
        cr_assert(p->confirmed && !p->at_least);
        cr_assert(eq(int, p->limited_by, CT_LIMITED_MAX_RESPONSE_TIME));
    }
    end(&c);
}

static struct ct_search_outcome slow_when_watched(const struct ct_search_action *run, void *ctx)
{
    return run->monitored && run->load == 14 ? answers_in(2.5) : growing(run, ctx);
}

Test(search, point_whose_last_run_fails_is_not_confirmed)
{
    struct course c;
    follow(&c, &usual, slow_when_watched, NULL);
    cr_assert(point(&c, 0, 3)->confirmed);
    cr_assert(not(point(&c, 1, 3)->confirmed));
    cr_assert(eq(u64, point(&c, 1, 3)->rate, 4));
    cr_assert(point(&c, 2, 3)->confirmed);
    end(&c);
}

Test(search, fixed_load_has_no_load_search)
{
    struct ct_search_opts opts = usual;
    opts.load_fixed = 13;
    struct course c;
    follow(&c, &opts, growing, NULL);
    cr_assert(eq(u32, point(&c, 0, 3)->load, 13));
    cr_assert(eq(u64, point(&c, 0, 3)->rate, 11));
    cr_assert(eq(u32, point(&c, 2, 3)->load, 11));
    size_t n;
    const struct ct_search_trial *trials = ct_search_trials(c.search, &n);
    for (size_t i = 0; i < n; i++)
        cr_assert(ne(int, trials[i].phase, CT_PHASE_LOAD));
    end(&c);
}

Test(search, loads_end_at_one)
{
    struct ct_search_opts opts = usual;
    opts.load_fixed = 2;
    opts.n_loads = 5;
    struct course c;
    follow(&c, &opts, growing, NULL);
    cr_assert(eq(u32, point(&c, 1, 2)->load, 1));
    end(&c);
}

Test(search, rates_below_the_minimum_are_not_run)
{
    struct ct_search_opts opts = usual;
    opts.rate_min = 4;
    struct course c;
    follow(&c, &opts, growing, NULL);
    cr_assert(eq(u64, c.rate_lowest, 4));
    cr_assert(eq(u32, point(&c, 0, 3)->load, 14));
    cr_assert(eq(u64, point(&c, 0, 3)->rate, 4));
    cr_assert(eq(u64, point(&c, 1, 3)->rate, 11));
    end(&c);
}

/* --- targets without a limit, and without an answer --- */

static struct ct_search_outcome fast(const struct ct_search_action *run, void *ctx)
{
    (void)run;
    (void)ctx;
    return answers_in(0.001);
}

Test(search, target_without_a_limit_ends_at_a_hundred_loads_and_ten_million)
{
    struct course c;
    follow(&c, &usual, fast, NULL);
    const struct ct_search_point *p = point(&c, 0, 3);
    cr_assert(eq(u32, p->load, 109));
    cr_assert(p->at_least && p->confirmed);
    cr_assert(le(u64, c.rate_highest, UINT64_C(10000000)));
    cr_assert(eq(u64, p->rate, UINT64_C(1) << 23));
    cr_assert(eq(int, p->limited_by, CT_LIMITED_GENERATOR));
    end(&c);
}

/* Any load, but a hundred requests a second at most. */
static struct ct_search_outcome hundred_a_second(const struct ct_search_action *run, void *ctx)
{
    (void)ctx;
    return answers_in(run->rate > 100 ? 3 : 0.1);
}

Test(search, largest_load_of_the_case_is_at_least_that)
{
    struct ct_search_opts opts = usual;
    opts.load_max = 12;
    opts.n_loads = 2;
    struct course c;
    follow(&c, &opts, hundred_a_second, NULL);
    const struct ct_search_point *p = point(&c, 0, 2);
    cr_assert(eq(u32, p->load, 12));
    cr_assert(eq(u64, p->rate, 100));
    cr_assert(p->at_least);
    cr_assert(eq(int, p->limited_by, CT_LIMITED_LOAD_MAX));
    p = point(&c, 1, 2);
    cr_assert(not(p->at_least));
    cr_assert(eq(int, p->limited_by, CT_LIMITED_MAX_RESPONSE_TIME));
    end(&c);
}

Test(search, case_without_a_load_has_one_point)
{
    struct ct_search_opts opts = usual;
    opts.has_load = false;
    opts.load_min = 1;
    struct course c;
    follow(&c, &opts, hundred_a_second, NULL);
    const struct ct_search_point *p = point(&c, 0, 1);
    cr_assert(eq(u32, p->load, 1));
    cr_assert(eq(u64, p->rate, 100));
    cr_assert(not(p->at_least));
    end(&c);
}

static struct ct_search_outcome dead(const struct ct_search_action *run, void *ctx)
{
    (void)run;
    (void)ctx;
    return (struct ct_search_outcome){.valid = true, .failed = 5, .mean_s = NAN};
}

static struct ct_search_outcome slow(const struct ct_search_action *run, void *ctx)
{
    (void)run;
    (void)ctx;
    return answers_in(3);
}

static void ends_after_one_run(model_fn *model)
{
    struct course c;
    follow(&c, &usual, model, NULL);
    (void)point(&c, 0, 0);
    cr_assert(eq(uint, c.runs, 1));
    cr_assert(eq(uint, c.rests, 2));
    end(&c);
}

Test(search, dead_target_ends_the_search_at_once)
{
    ends_after_one_run(dead);
}

Test(search, slow_target_ends_the_search_at_once)
{
    ends_after_one_run(slow);
}

static void has_no_rate(model_fn *model, enum ct_limited_by why)
{
    struct ct_search_opts opts = usual;
    opts.load_fixed = 20;
    struct course c;
    follow(&c, &opts, model, NULL);
    for (size_t i = 0; i < 3; i++) {
        const struct ct_search_point *p = point(&c, i, 3);
        cr_assert(eq(u32, p->load, 20 - (uint32_t)i));
        cr_assert(zero(u64, p->rate));
        cr_assert(not(p->at_least || p->confirmed));
        cr_assert(eq(int, p->limited_by, why));
    }
    cr_assert(eq(uint, c.rests, c.runs + 1));
    end(&c);
}

Test(search, fixed_load_of_a_dead_target_has_no_rate)
{
    has_no_rate(dead, CT_LIMITED_ERRORS);
}

Test(search, fixed_load_of_a_slow_target_has_no_rate)
{
    has_no_rate(slow, CT_LIMITED_MAX_RESPONSE_TIME);
}

/* --- a generator at fault --- */

static struct ct_search_outcome never_valid(const struct ct_search_action *run, void *ctx)
{
    (void)run;
    (void)ctx;
    return (struct ct_search_outcome){.ok = 10, .mean_s = 0.01};
}

Test(search, invalid_run_is_repeated_once_and_gives_no_capacity)
{
    struct course c;
    follow(&c, &usual, never_valid, NULL);
    (void)point(&c, 0, 0);
    cr_assert(eq(uint, c.runs, 2));
    end(&c);
    has_no_rate(never_valid, CT_LIMITED_GENERATOR);
}

static struct ct_search_outcome invalid_once(const struct ct_search_action *run, void *ctx)
{
    unsigned *runs = ctx;
    struct ct_search_outcome o = growing(run, NULL);
    o.valid = ++*runs % 2 == 0;
    return o;
}

Test(search, search_in_which_every_run_is_invalid_once_finds_the_same)
{
    struct course c;
    unsigned runs = 0;
    follow(&c, &usual, invalid_once, &runs);
    cr_assert(eq(uint, c.runs, 60));
    cr_assert(eq(uint, c.rests, 61));
    cr_assert(eq(u64, point(&c, 0, 3)->rate, 1));
    cr_assert(eq(u64, point(&c, 1, 3)->rate, 4));
    cr_assert(eq(u64, point(&c, 2, 3)->rate, 11));
    for (size_t i = 0; i < 3; i++)
        cr_assert(point(&c, i, 3)->confirmed && !point(&c, i, 3)->at_least);
    end(&c);
}

static struct ct_search_outcome generator_to_fifty(const struct ct_search_action *run, void *ctx)
{
    (void)ctx;
    struct ct_search_outcome o = answers_in(run->load > 12 ? 3 : 0.1);
    o.valid = run->rate <= 50;
    return o;
}

Test(search, generator_at_its_limit_gives_at_least_the_last_rate_that_passed)
{
    struct course c;
    follow(&c, &usual, generator_to_fifty, NULL);
    for (size_t i = 0; i < 3; i++) {
        const struct ct_search_point *p = point(&c, i, 3);
        cr_assert(eq(u32, p->load, 12 - (uint32_t)i));
        cr_assert(eq(u64, p->rate, 32));
        cr_assert(p->at_least);
        cr_assert(eq(int, p->limited_by, CT_LIMITED_GENERATOR));
    }
    end(&c);
}

/* It has its bad moments once the bisection goes on. */
static struct ct_search_outcome bad_moments(const struct ct_search_action *run, void *ctx)
{
    (void)ctx;
    struct ct_search_outcome o = answers_in(run->load > 12 || run->rate > 700 ? 3 : 0.1);
    o.valid = run->phase != CT_PHASE_BISECT || run->rate > 512;
    return o;
}

Test(search, what_passed_while_doubling_is_not_undone_by_an_invalid_run)
{
    struct course c;
    follow(&c, &usual, bad_moments, NULL);
    cr_assert(eq(u64, point(&c, 0, 3)->rate, 700));
    cr_assert(not(point(&c, 0, 3)->at_least));
    end(&c);
}

static struct ct_search_outcome generator_to_load_twelve(const struct ct_search_action *run,
                                                         void *ctx)
{
    struct ct_search_outcome o = hundred_a_second(run, ctx);
    o.valid = run->load <= 12;
    return o;
}

Test(search, generator_at_its_limit_gives_at_least_the_last_load_that_passed)
{
    struct course c;
    follow(&c, &usual, generator_to_load_twelve, NULL);
    const struct ct_search_point *p = point(&c, 0, 3);
    cr_assert(eq(u32, p->load, 12));
    cr_assert(eq(u64, p->rate, 100));
    cr_assert(p->at_least);
    cr_assert(eq(int, p->limited_by, CT_LIMITED_GENERATOR));
    cr_assert(not(point(&c, 1, 3)->at_least));
    end(&c);
}

/* --- a target that fails as it likes --- */

static struct ct_search_outcome fails_at_random(const struct ct_search_action *run, void *ctx)
{
    struct ct_rng *rng = ctx;
    struct ct_search_outcome o = growing(run, NULL);
    uint64_t dice = ct_rng_next(rng) % 10;
    o.valid = dice != 0;
    o.failed = dice == 1;
    o.skipped = dice == 2;
    if (dice == 3)
        o = (struct ct_search_outcome){.valid = true, .failed = 1, .mean_s = NAN};
    return o;
}

Test(search, search_ends_whatever_fails_and_every_rate_it_gives_has_passed)
{
    for (uint64_t seed = 0; seed < 500; seed++) {
        struct ct_rng rng;
        ct_rng_init(&rng, seed);
        struct course c;
        follow(&c, &usual, fails_at_random, &rng);
        size_t n, n_trials;
        const struct ct_search_point *points = ct_search_points(c.search, &n);
        const struct ct_search_trial *trials = ct_search_trials(c.search, &n_trials);
        cr_assert(eq(sz, n_trials, c.runs));
        for (size_t i = 0; i < n; i++) {
            bool passed = points[i].rate == 0;
            for (size_t t = 0; t < n_trials && !passed; t++)
                passed = trials[t].passed && trials[t].load == points[i].load &&
                         trials[t].rate == points[i].rate && trials[t].phase != CT_PHASE_CONFIRM;
            cr_assert(passed, "seed %llu, point %zu", (unsigned long long)seed, i);
        }
        end(&c);
    }
}

/* --- one outcome --- */

Test(search, outcome_passes_only_when_valid_answered_whole_and_in_time)
{
    static const struct {
        struct ct_search_outcome outcome;
        bool passes;
        enum ct_limited_by why;
    } table[] = {
        {{true, 10, 0, 0, 1.999}, true, CT_LIMITED_SERVER},
        {{true, 10, 0, 0, 2.0}, true, CT_LIMITED_SERVER},
        {{true, 10, 0, 0, 2.001}, false, CT_LIMITED_MAX_RESPONSE_TIME},
        {{true, 10, 0, 0, NAN}, false, CT_LIMITED_MAX_RESPONSE_TIME},
        {{true, 0, 0, 0, NAN}, false, CT_LIMITED_ERRORS},
        {{true, 10, 1, 0, 0.1}, false, CT_LIMITED_ERRORS},
        {{true, 10, 0, 1, 0.1}, false, CT_LIMITED_SKIPPED},
        {{false, 10, 0, 0, 0.1}, false, CT_LIMITED_GENERATOR},
        {{false, 0, 1, 1, 9}, false, CT_LIMITED_GENERATOR},
    };
    for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
        enum ct_limited_by why = CT_LIMITED_SERVER;
        bool passes = ct_search_passes(&usual, &table[i].outcome, &why);
        cr_assert(eq(int, passes, table[i].passes), "row %zu", i);
        cr_assert(eq(int, why, table[i].why), "row %zu", i);
    }
}

Test(search, next_says_the_same_run_until_it_is_told)
{
    struct ct_search *s = ct_search_new(&usual);
    struct ct_search_action a, b;
    ct_search_next(s, &a);
    cr_assert(eq(int, a.kind, CT_SEARCH_REST));
    ct_search_next(s, &a);
    ct_search_next(s, &b);
    cr_assert(eq(int, a.kind, CT_SEARCH_RUN));
    cr_assert(a.kind == b.kind && a.load == b.load && a.rate == b.rate && a.phase == b.phase);
    ct_search_free(s);
}

Test(search, names_are_those_of_the_result_files)
{
    cr_assert_str_eq(ct_search_phase_name(CT_PHASE_LOAD), "load");
    cr_assert_str_eq(ct_search_phase_name(CT_PHASE_CONFIRM), "confirm");
    cr_assert_str_eq(ct_limited_by_name(CT_LIMITED_MAX_RESPONSE_TIME), "max_response_time");
    cr_assert_str_eq(ct_limited_by_name(CT_LIMITED_LOAD_MAX), "load_max");
}
