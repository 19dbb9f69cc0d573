#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <math.h>

#include "base/clock.h"
#include "engine/plan.h"
#include "model/plan_text.h"

static struct ct_run_plan plan_of(uint64_t num, uint64_t den_ns, uint64_t duration_ns)
{
    return (struct ct_run_plan){
        .rate = {.num = num, .den_ns = den_ns}, .duration_ns = duration_ns, .threads = 1};
}

Test(plan, first_request_is_due_at_once)
{
    struct ct_run_plan p = plan_of(997, CT_NS_PER_S, CT_NS_PER_S);
    cr_assert(eq(u64, ct_plan_due_ns(&p, 0), 0));
}

Test(plan, request_at_the_end_of_the_duration_is_not_planned)
{
    struct ct_run_plan p = plan_of(1, CT_NS_PER_MS, 10 * CT_NS_PER_S);
    cr_assert(eq(u64, ct_plan_count(&p), 10000));
    cr_assert(eq(u64, ct_plan_due_ns(&p, 9999), 9999 * CT_NS_PER_MS));
}

Test(plan, awkward_rates_neither_drift_nor_lose_a_request_in_days)
{
    const uint64_t day_ns = 86400 * CT_NS_PER_S;
    struct ct_run_plan p = plan_of(997, CT_NS_PER_S, 30 * day_ns);
    cr_assert(eq(u64, ct_plan_count(&p), 30 * UINT64_C(86400) * 997));
    for (uint64_t s = 1; s < 30 * UINT64_C(86400); s += 86399)
        cr_assert(eq(u64, ct_plan_due_ns(&p, s * 997), s * CT_NS_PER_S));
}

Test(plan, products_beyond_64_bits_are_exact)
{
    /* 9,999,991 requests in 1,000,000,007 ns for a year: i * den is about 2^78. */
    struct ct_run_plan p = plan_of(9999991, 1000000007, 365 * 86400 * CT_NS_PER_S);
    cr_assert(
        eq(u64, ct_plan_due_ns(&p, UINT64_C(9999991) * 31000000), UINT64_C(1000000007) * 31000000));
    uint64_t count = ct_plan_count(&p);
    cr_assert(lt(u64, ct_plan_due_ns(&p, count - 1), p.duration_ns));
    cr_assert(ge(u64, ct_plan_due_ns(&p, count), p.duration_ns));
}

Test(plan, rates_below_one_per_second_work)
{
    struct ct_run_plan p = plan_of(5, 3600 * CT_NS_PER_S, 3600 * CT_NS_PER_S);
    cr_assert(eq(u64, ct_plan_count(&p), 5));
    cr_assert(eq(u64, ct_plan_due_ns(&p, 4), 2880 * CT_NS_PER_S));
}

Test(plan, due_times_are_rounded_down)
{
    struct ct_run_plan p = plan_of(3, 10, 1000);
    cr_assert(eq(u64, ct_plan_due_ns(&p, 1), 3));
    cr_assert(eq(u64, ct_plan_due_ns(&p, 2), 6));
    cr_assert(eq(u64, ct_plan_due_ns(&p, 3), 10));
}

Test(plan, count_is_the_number_of_those_due_before_the_end)
{
    const struct ct_run_plan plans[] = {plan_of(997, CT_NS_PER_S, 1), plan_of(3, 10, 1),
                                        plan_of(10, 3, 1), plan_of(1, CT_NS_PER_MS, 1),
                                        plan_of(7, 3600 * CT_NS_PER_S, 1)};
    for (size_t k = 0; k < sizeof(plans) / sizeof(plans[0]); k++) {
        struct ct_run_plan p = plans[k];
        for (uint64_t i = 0; i < 3000; i++) {
            uint64_t due_ns = ct_plan_due_ns(&plans[k], i);
            p.duration_ns = due_ns + 1;
            cr_assert(ge(u64, ct_plan_count(&p), i + 1));
            p.duration_ns = due_ns;
            cr_assert(le(u64, ct_plan_count(&p), i));
        }
    }
}

Test(plan, threads_share_every_index_exactly_once)
{
    struct ct_run_plan p = plan_of(1, CT_NS_PER_MS, 101 * CT_NS_PER_MS);
    p.threads = 3;
    unsigned given[101] = {0};
    for (uint32_t thread = 0; thread < p.threads; thread++) {
        struct ct_plan_cursor c;
        ct_plan_cursor_init(&c, &p, thread);
        uint64_t i, due_ns, peeked_i, peeked_ns;
        while (ct_plan_peek(&c, &peeked_i, &peeked_ns) && ct_plan_next(&c, &i, &due_ns)) {
            cr_assert(eq(u64, i, peeked_i));
            cr_assert(eq(u64, due_ns, peeked_ns));
            cr_assert(eq(u64, i % p.threads, thread));
            cr_assert(eq(u64, due_ns, ct_plan_due_ns(&p, i)));
            given[i]++;
        }
    }
    for (size_t i = 0; i < 101; i++)
        cr_assert(eq(uint, given[i], 1));
}

Test(plan, thread_beyond_a_short_plan_has_nothing_to_do)
{
    struct ct_run_plan p = plan_of(1, CT_NS_PER_S, CT_NS_PER_S);
    p.threads = 4;
    struct ct_plan_cursor c;
    uint64_t i, due_ns;
    ct_plan_cursor_init(&c, &p, 3);
    cr_assert(not(ct_plan_next(&c, &i, &due_ns)));
    cr_assert(eq(u64, ct_plan_abandon(&c), 0));
}

Test(plan, abandoning_counts_what_is_left)
{
    struct ct_run_plan p = plan_of(1, CT_NS_PER_MS, 100 * CT_NS_PER_MS);
    p.threads = 3;
    for (uint32_t taken = 0; taken <= 34; taken++) {
        struct ct_plan_cursor c;
        uint64_t i, due_ns;
        ct_plan_cursor_init(&c, &p, 0); /* 0, 3, ... 99: 34 of them */
        for (uint32_t k = 0; k < taken; k++)
            ct_plan_next(&c, &i, &due_ns);
        cr_assert(eq(u64, ct_plan_abandon(&c), 34 - taken));
        cr_assert(not(ct_plan_peek(&c, &i, &due_ns)));
    }
}

/* --- stages --- */

static struct ct_run_plan staged(const char *text)
{
    struct ct_run_plan p = {.rate = {.num = 1, .den_ns = CT_NS_PER_S}, .threads = 1};
    struct ct_err err = {0};
    cr_assert(zero(int, ct_plan_text_parse(text, &p, &err)), "%s", err.msg);
    return p;
}

/* Every due time, taken from cursors of all threads; returns the count. */
static uint64_t walk(const struct ct_run_plan *p, uint64_t *due_ns, size_t cap)
{
    uint64_t count = 0;
    for (uint32_t thread = 0; thread < p->threads; thread++) {
        struct ct_plan_cursor c;
        uint64_t i, at_ns;
        ct_plan_cursor_init(&c, p, thread);
        for (; ct_plan_next(&c, &i, &at_ns); count++)
            if (i < cap)
                due_ns[i] = at_ns;
    }
    return count;
}

Test(plan, a_ramp_follows_its_integral_within_a_request)
{
    enum { N = 50500 };
    static uint64_t due_ns[N + 1];
    struct ct_run_plan p = staged("line(10,10k,10s) const(45,10s)");
    uint64_t count = walk(&p, due_ns, N + 1);
    cr_assert(eq(u64, count, 50050 + 450));
    for (uint64_t i = 0; i < 50050; i += 7) {
        double t = (double)due_ns[i] / 1e9;
        double integral = 10 * t + (10000 - 10) * t * t / 20;
        cr_assert(lt(dbl, fabs(integral - (double)i), 0.001), "i %lu: %.6f", i, integral);
    }
    for (uint64_t i = 50050; i < count; i++)
        cr_assert(eq(u64, due_ns[i], 10 * CT_NS_PER_S + (i - 50050) * CT_NS_PER_S / 45));
}

Test(plan, a_ramp_from_nothing_begins_at_once)
{
    struct ct_run_plan p = staged("line(0,1,10s)");
    cr_assert(eq(u64, ct_plan_count(&p), 5));
    cr_assert(eq(u64, ct_plan_due_ns(&p, 0), 0));
    cr_assert(eq(u64, ct_plan_due_ns(&p, 1), (uint64_t)(sqrt(20.0) * 1e9)));
}

Test(plan, a_ramp_may_go_down_to_nothing)
{
    struct ct_run_plan p = staged("line(1,0,10s)");
    cr_assert(eq(u64, ct_plan_count(&p), 5));
    for (uint64_t i = 0; i < 5; i++) {
        double t = 10 - sqrt(100 - 20 * (double)i);
        cr_assert(le(dbl, fabs((double)ct_plan_due_ns(&p, i) - t * 1e9), 2.0));
    }
}

Test(plan, nothing_is_due_in_a_pause_and_nothing_is_lost)
{
    struct ct_run_plan p = staged("const(3,1s) pause(2s) const(3,1s)");
    const uint64_t expected[] = {0, 333333333, 666666666, 3000000000, 3333333333, 3666666666};
    uint64_t due_ns[6];
    cr_assert(eq(u64, walk(&p, due_ns, 6), 6));
    for (size_t i = 0; i < 6; i++)
        cr_assert(le(u64, due_ns[i] - expected[i], 1), "%zu: %lu", i, due_ns[i]);
}

Test(plan, a_request_that_spans_two_stages_is_due_where_the_integral_says)
{
    /* half a request in the first stage, the other half takes 5 s of the second */
    struct ct_run_plan p = staged("const(1,1.5s) const(0.1,10s)");
    cr_assert(eq(u64, ct_plan_count(&p), 3));
    cr_assert(eq(u64, ct_plan_due_ns(&p, 2), 6500 * CT_NS_PER_MS));
}

Test(plan, connections_and_what_is_in_flight_are_shared_without_a_rest)
{
    struct ct_run_plan plan = {.threads = 3, .connections = 8, .max_in_flight = 800};
    for (uint32_t thread = 0; thread < 3; thread++) {
        cr_expect(eq(u32, ct_plan_connections(&plan, thread), thread < 2 ? 3 : 2));
        cr_expect(eq(u32, ct_plan_in_flight(&plan, thread), thread < 2 ? 267 : 266));
    }
    plan.http2 = true; /* 100 streams for each connection */
    for (uint32_t thread = 0; thread < 3; thread++)
        cr_expect(eq(u32, ct_plan_in_flight(&plan, thread), thread < 2 ? 300 : 200));
}

Test(plan, stages_are_shared_among_threads_without_a_change)
{
    enum { N = 20000 };
    static uint64_t one[N], three[N];
    struct ct_run_plan p = staged("line(1,5k,2s) pause(1s) step(100,500,100,2s)");
    uint64_t count = walk(&p, one, N);
    p.threads = 3;
    cr_assert(eq(u64, walk(&p, three, N), count));
    cr_assert(lt(u64, count, N));
    cr_assert(zero(int, memcmp(one, three, count * sizeof(one[0]))));
}

/* --- Poisson --- */

static struct ct_run_plan poisson(uint64_t rate, uint64_t seconds, uint64_t seed)
{
    struct ct_run_plan p = plan_of(rate, CT_NS_PER_S, seconds * CT_NS_PER_S);
    p.arrivals = CT_ARRIVALS_POISSON;
    p.seed = seed;
    return p;
}

Test(plan, the_same_seed_gives_the_same_instants_on_any_number_of_threads)
{
    enum { N = 12000 };
    static uint64_t one[N], four[N];
    struct ct_run_plan p = poisson(1000, 10, 7);
    uint64_t count = walk(&p, one, N);
    cr_assert(eq(u64, count, ct_plan_count(&p)));
    p.threads = 4;
    cr_assert(eq(u64, walk(&p, four, N), count));
    cr_assert(zero(int, memcmp(one, four, count * sizeof(one[0]))));
    p.seed = 8;
    walk(&p, four, N);
    cr_assert(ne(u64, one[0], four[0]));
}

/* Index of dispersion of the counts in windows: 1 for a Poisson process. */
static double dispersion(const uint64_t *due_ns, uint64_t count, uint64_t window_ns, uint64_t total)
{
    uint64_t n = total / window_ns, k = 0;
    double sum = 0, squares = 0;
    for (uint64_t w = 0; w < n; w++) {
        double in = 0;
        for (; k < count && due_ns[k] < (w + 1) * window_ns; k++)
            in++;
        sum += in;
        squares += in * in;
    }
    double mean = sum / (double)n;
    return (squares / (double)n - mean * mean) / mean;
}

Test(plan, poisson_counts_vary_as_they_should_at_every_scale)
{
    enum { N = 4200000 };
    static uint64_t due_ns[N];
    struct ct_run_plan p = poisson(1000, 4000, 3);
    uint64_t count = walk(&p, due_ns, N);
    cr_assert(lt(u64, count, N));
    cr_assert(lt(dbl, fabs((double)count - 4e6), 5 * 2000.0)); /* five standard deviations */
    const uint64_t windows_ms[] = {10, 100, 1000};
    for (size_t k = 0; k < 3; k++) {
        double d = dispersion(due_ns, count, windows_ms[k] * CT_NS_PER_MS, p.duration_ns);
        cr_assert(lt(dbl, fabs(d - 1), 0.1), "%lu ms: %.3f", windows_ms[k], d);
    }
}

Test(plan, poisson_arrivals_follow_a_ramp)
{
    static uint64_t due_ns[60000];
    struct ct_run_plan p = staged("line(0,10k,10s)");
    p.arrivals = CT_ARRIVALS_POISSON;
    p.seed = 5;
    uint64_t count = walk(&p, due_ns, 60000), half = 0;
    while (due_ns[half] < 5 * CT_NS_PER_S)
        half++;
    cr_assert(lt(dbl, fabs((double)count - 50000), 5 * sqrt(50000)));
    cr_assert(lt(dbl, fabs((double)half - 12500), 5 * sqrt(12500)));
}

/* --- replay --- */

Test(plan, a_replay_is_due_when_the_file_says)
{
    const uint64_t at_ns[] = {0, 5, 5, 900, 1000};
    struct ct_run_plan p = plan_of(1, CT_NS_PER_S, 1000);
    p.arrivals = CT_ARRIVALS_REPLAY;
    p.replay_ns = at_ns;
    p.n_replay = 5;
    p.threads = 2;
    uint64_t due_ns[5] = {0};
    cr_assert(eq(u64, walk(&p, due_ns, 5), 4)); /* the last is not before the end */
    cr_assert(zero(int, memcmp(due_ns, at_ns, 4 * sizeof(due_ns[0]))));
}
