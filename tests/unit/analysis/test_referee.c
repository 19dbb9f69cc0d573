#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "analysis/referee.h"
#include "analysis/threshold.h"
#include "base/clock.h"

static struct ct_criteria criteria;
static struct ct_run_plan plan;
static struct ct_block block, measured;
static struct ct_referee *referee;
static struct ct_threshold_result results[CT_THRESHOLDS_MAX];

static void begin(const char *text)
{
    criteria.count = 0;
    struct ct_err err;
    cr_assert(eq(int, ct_threshold_parse(text, &criteria, &err), 0), "%s", err.msg);
    if (plan.duration_ns == 0)
        plan = (struct ct_run_plan){.duration_ns = 10 * CT_NS_PER_S, .planned = 1000, .threads = 1};
    ct_block_init(&measured, 0);
    referee = ct_referee_new(&criteria, &plan);
}

/* A second in which ok requests took this long, and others failed or were skipped. */
static void give(uint64_t second, unsigned ok, uint64_t ns, unsigned failed, unsigned skipped)
{
    ct_block_init(&block, second);
    block.started = ok + failed;
    block.ok = block.ok_due_in_window = ok;
    block.failed[CT_FAILURE_TIMEOUT] = failed;
    block.skipped[CT_SKIP_IN_FLIGHT] = skipped;
    for (unsigned i = 0; i < ok; i++)
        ct_histogram_record(&block.series[CT_SERIES_RESPONSE], ns);
    ct_block_merge(&measured, &block);
    ct_referee_block(referee, &block);
}

static struct ct_referee_whole whole(void)
{
    return (struct ct_referee_whole){.measured = &measured,
                                     .planned = plan.planned,
                                     .window_ns = plan.duration_ns - plan.warm_up_ns};
}

static const struct ct_threshold *broken(void)
{
    struct ct_referee_whole w = whole();
    return ct_referee_broken(referee, &w);
}

static const struct ct_threshold_result *end_at(uint64_t offered_ns)
{
    struct ct_referee_whole w = whole();
    ct_referee_finish(referee, &w, offered_ns, results);
    ct_referee_free(referee);
    return results;
}

static const struct ct_threshold_result *end(void)
{
    return end_at(plan.duration_ns);
}

/* --- the whole run --- */

Test(referee, values_of_the_whole_run_are_the_summary_s)
{
    begin("p(50)<10ms, avg<6ms, min>=5ms, max<6ms, error_rate<1%, sent>=99%, achieved>=89/s, "
          "achieved>=99%");
    for (uint64_t s = 0; s < 10; s++)
        give(s, 90, 5 * CT_NS_PER_MS, s == 4 ? 10 : 0, s == 5 ? 90 : 0);
    const struct ct_threshold_result *r = end();
    const double values[] = {5e6, 5e6, 5e6, INFINITY, 10 / 910.0, 910 / 1000.0, 90, 0.9};
    const bool kept[] = {true, true, true, false, false, false, true, false};
    for (size_t i = 0; i < 8; i++) {
        cr_assert(eq(int, r[i].kept, kept[i] ? CT_KEPT : CT_KEPT_NOT), "%s", r[i].threshold.text);
        cr_assert(isinf(values[i]) ? isinf(r[i].value)
                                   : fabs(r[i].value - values[i]) <= 1e-3 * values[i],
                  "%s: %g", r[i].threshold.text, r[i].value);
        cr_assert(not(r[i].windowed));
    }
    cr_assert(strstr(r[3].why, "failed") != NULL, "%s", r[3].why);
}

Test(referee, failed_and_skipped_requests_rank_above_every_value)
{
    begin("p(90)<1h, p(80)<1h");
    for (uint64_t s = 0; s < 10; s++)
        give(s, 85, CT_NS_PER_MS, 8, 7);
    const struct ct_threshold_result *r = end();
    cr_assert(eq(int, r[0].kept, CT_KEPT_NOT));
    cr_assert(isinf(r[0].value));
    cr_assert(eq(int, r[1].kept, CT_KEPT));
}

Test(referee, cancelled_requests_rank_above_too)
{
    begin("p(90)<1h, max<1h, error_rate<=0%");
    ct_block_init(&block, 0);
    block.started = 100;
    block.ok = 85;
    block.cancelled = 15;
    for (int i = 0; i < 85; i++)
        ct_histogram_record(&block.series[CT_SERIES_RESPONSE], CT_NS_PER_MS);
    ct_block_merge(&measured, &block);
    ct_referee_block(referee, &block);
    const struct ct_threshold_result *r = end();
    cr_assert(eq(int, r[0].kept, CT_KEPT_NOT));
    cr_assert(strstr(r[0].why, "cancelled") != NULL, "%s", r[0].why);
    cr_assert(eq(int, r[1].kept, CT_KEPT_NOT));
    cr_assert(eq(int, r[2].kept, CT_KEPT), "cancelled is not failed");
}

Test(referee, too_few_requests_say_nothing_and_how_many_it_needs)
{
    begin("p(99.9)<1s, p(99)<1s over 5s, avg<1s");
    give(0, 999, CT_NS_PER_MS, 0, 0);
    const struct ct_threshold_result *r = end();
    cr_assert(eq(int, r[0].kept, CT_KEPT_UNKNOWN));
    cr_assert(isnan(r[0].value));
    cr_assert_str_eq(r[0].why, "it needs 10,000 requests; 999 were measured");
    cr_assert(eq(int, r[1].kept, CT_KEPT_UNKNOWN));
    cr_assert_str_eq(r[1].why, "it needs 1,000 requests, and no window of 5s had them");
    cr_assert(eq(int, r[2].kept, CT_KEPT));
}

/* --- certain before the end --- */

Test(referee, a_quantile_is_lost_when_the_rest_cannot_mend_it)
{
    begin("p(90)<10ms");
    give(0, 100, 20 * CT_NS_PER_MS, 0, 0);
    cr_assert(broken() == NULL, "100 of 1,000 is what p(90) allows");
    give(1, 1, 10 * CT_NS_PER_MS, 0, 0);
    cr_assert(broken() == &criteria.list[0]);
    const struct ct_threshold_result *r = end_at(2 * CT_NS_PER_S);
    cr_assert(eq(int, r[0].kept, CT_KEPT_NOT));
    cr_assert(epsilon_eq(dbl, r[0].value, 20e6, 2e4));
}

/* A limit that is the upper end of a slot: values in that slot are read as the limit itself. */
Test(referee, what_is_lost_and_what_is_read_agree_at_the_limit)
{
    uint64_t top_ns = ct_histogram_slot_top_ns(5000);
    char text[64];
    (void)snprintf(text, sizeof(text), "p(90)<%lluns, p(90)<=%lluns", (unsigned long long)top_ns,
                   (unsigned long long)top_ns);
    begin(text);
    give(0, 101, top_ns - 1, 0, 0);
    give(1, 1, 2 * top_ns, 0, 0);
    cr_assert(broken() == &criteria.list[0]);
    const struct ct_threshold_result *r = end_at(2 * CT_NS_PER_S);
    cr_assert(eq(int, r[0].kept, CT_KEPT_NOT));
    cr_assert(eq(int, r[1].kept, CT_KEPT));
}

Test(referee, what_was_certain_stays_broken_when_the_end_has_too_few_requests)
{
    plan = (struct ct_run_plan){.duration_ns = 10 * CT_NS_PER_S, .planned = 10000, .threads = 1};
    begin("p(99)<10ms");
    give(0, 101, 20 * CT_NS_PER_MS, 0, 0);
    cr_assert(broken() != NULL);
    const struct ct_threshold_result *r = end_at(CT_NS_PER_S);
    cr_assert(eq(int, r[0].kept, CT_KEPT_NOT));
    cr_assert_str_eq(r[0].why, "certain from 101 of 10,000 planned requests");
}

Test(referee, other_metrics_are_lost_when_the_rest_cannot_mend_them)
{
    static const struct {
        const char *text;
        unsigned ok, ms, failed, skipped; /* of 1,000 in 10 s */
        bool lost;
    } table[] = {
        {"avg<10ms", 100, 99, 0, 0, false},     {"avg<10ms", 100, 101, 0, 0, true},
        {"error_rate<1%", 10, 1, 9, 0, false},  {"error_rate<1%", 0, 1, 10, 0, true},
        {"sent>=99%", 100, 1, 0, 10, false},    {"sent>=99%", 100, 1, 0, 11, true},
        {"achieved>=99/s", 1, 1, 10, 0, false}, {"achieved>=99/s", 1, 1, 5, 6, true},
        {"achieved>=99%", 1, 1, 10, 0, false},  {"achieved>=99%", 1, 1, 11, 0, true},
        {"max<10ms", 1, 9, 0, 0, false},        {"max<10ms", 1, 10, 0, 0, true},
        {"max<10ms", 1, 1, 1, 0, true},         {"min>10ms", 1, 10, 0, 0, true},
        {"p(50)>10ms", 1000, 1, 0, 0, false},
    };
    for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
        begin(table[i].text);
        give(0, table[i].ok, table[i].ms * CT_NS_PER_MS, table[i].failed, table[i].skipped);
        cr_assert(eq(int, broken() != NULL, table[i].lost), "%zu: %s", i, table[i].text);
        const struct ct_threshold_result *r = end_at(CT_NS_PER_S);
        cr_assert(r[0].kept == CT_KEPT_NOT || !table[i].lost, "%zu: %s", i, table[i].text);
    }
}

/* --- windows --- */

Test(referee, one_broken_window_breaks_and_the_worst_is_told)
{
    begin("p(50)<10ms over 3s, avg<30ms over 3s, avg<1ms over 3s");
    for (uint64_t s = 0; s < 10; s++)
        give(s, 30, (s >= 4 && s <= 5 ? 20 : 5) * CT_NS_PER_MS, 0, 0);
    const struct ct_threshold_result *r = end();
    cr_assert(eq(int, r[0].kept, CT_KEPT_NOT));
    cr_assert(r[0].windowed && r[0].from_s == 3,
              "seconds 3 to 5 are the first with more slow ones");
    cr_assert(epsilon_eq(dbl, r[0].value, 20e6, 2e4));
    cr_assert(eq(int, r[1].kept, CT_KEPT));
    cr_assert(epsilon_eq(dbl, r[1].value, 15e6, 2e4), "two of three seconds: the worst mean");
    cr_assert(eq(int, r[2].kept, CT_KEPT_NOT));
}

Test(referee, a_window_is_judged_when_its_last_second_is_over)
{
    begin("avg<10ms over 2s");
    give(0, 10, 50 * CT_NS_PER_MS, 0, 0);
    cr_assert(broken() == NULL);
    give(1, 10, 50 * CT_NS_PER_MS, 0, 0);
    cr_assert(broken() == &criteria.list[0]);
    (void)end();
}

Test(referee, a_second_is_over_when_all_threads_gave_their_block)
{
    plan = (struct ct_run_plan){.duration_ns = 10 * CT_NS_PER_S, .planned = 1000, .threads = 2};
    begin("avg<10ms over 1s");
    give(0, 10, 50 * CT_NS_PER_MS, 0, 0);
    cr_assert(broken() == NULL);
    give(0, 90, CT_NS_PER_MS, 0, 0);
    give(1, 1, CT_NS_PER_MS, 0, 0);
    cr_assert(broken() == NULL, "together they are fast");
    give(2, 1, CT_NS_PER_MS, 0, 0);
    give(2, 1, 50 * CT_NS_PER_MS, 0, 0);
    cr_assert(broken() == NULL, "second 1 lacks a block");
    give(5, 1, CT_NS_PER_MS, 0, 0);
    cr_assert(broken() != NULL, "no thread is so far behind");
    (void)end();
}

Test(referee, sums_are_exact_however_far_a_window_slides)
{
    plan = (struct ct_run_plan){.duration_ns = 500 * CT_NS_PER_S, .planned = 50000, .threads = 1};
    begin("max<1h over 2s, p(50)<1h over 2s, error_rate<100% over 2s");
    for (uint64_t s = 0; s < 499; s++)
        give(s, 100, (1 + s % 7) * CT_NS_PER_MS, (unsigned)(s % 3 == 0), 0);
    give(499, 100, CT_NS_PER_MS, 1, 0);
    const struct ct_threshold_result *r = end();
    cr_assert(eq(int, r[0].kept, CT_KEPT_NOT));
    cr_assert(eq(int, r[1].kept, CT_KEPT));
    cr_assert(epsilon_eq(dbl, r[1].value, 7e6, 1e4));
    cr_assert(epsilon_eq(dbl, r[2].value, 2 / 202.0, 1e-9), "%g", r[2].value);
    cr_assert(eq(u64, r[2].from_s, 498));
}

Test(referee, extremes_leave_with_their_second)
{
    begin("max>=10ms over 2s, min<=5ms over 2s");
    for (uint64_t s = 0; s < 10; s++) {
        give(s, 1, (s == 0 ? 50 : 4) * CT_NS_PER_MS, 0, 0);
        cr_assert(eq(int, broken() != NULL, s >= 2), "second %u", (unsigned)s);
    }
    const struct ct_threshold_result *r = end();
    cr_assert(eq(int, r[0].kept, CT_KEPT_NOT), "without the first second 4 ms is the most");
    cr_assert(eq(int, r[1].kept, CT_KEPT));
}

Test(referee, what_ends_behind_the_plan_counts_in_its_last_second)
{
    begin("error_rate<1% over 2s, achieved>=10/s over 1s, sent>=100% over 1s");
    for (uint64_t s = 0; s < 10; s++)
        give(s, 10, CT_NS_PER_MS, 0, 0);
    give(12, 90, CT_NS_PER_MS, 10, 1);
    const struct ct_threshold_result *r = end();
    cr_assert(eq(int, r[0].kept, CT_KEPT_NOT));
    cr_assert(epsilon_eq(dbl, r[0].value, 10 / 120.0, 1e-9));
    cr_assert(eq(u64, r[0].from_s, 8));
    cr_assert(eq(int, r[1].kept, CT_KEPT));
    cr_assert(epsilon_eq(dbl, r[1].value, 10, 1e-9),
              "what comes later is not a rate of that second");
    cr_assert(eq(int, r[2].kept, CT_KEPT));
}

Test(referee, nothing_is_judged_behind_a_stop)
{
    begin("achieved>=10/s over 1s, avg<1s over 5s");
    for (uint64_t s = 0; s < 3; s++)
        give(s, 10, CT_NS_PER_MS, 0, 0);
    ct_block_init(&block, 3);
    block.skipped[CT_SKIP_STOPPED] = 500;
    ct_referee_block(referee, &block);
    for (uint64_t s = 4; s < 6; s++)
        give(s, 1, CT_NS_PER_MS, 0, 0);
    const struct ct_threshold_result *r = end_at(3500 * CT_NS_PER_MS);
    cr_assert(eq(int, r[0].kept, CT_KEPT));
    cr_assert(eq(int, r[1].kept, CT_KEPT_UNKNOWN));
}

Test(referee, what_was_not_offered_is_no_empty_window)
{
    begin("achieved>=10/s over 1s, sent>=99% over 1s");
    for (uint64_t s = 0; s < 3; s++)
        give(s, 10, CT_NS_PER_MS, 0, 0);
    const struct ct_threshold_result *r = end_at(3 * CT_NS_PER_S);
    cr_assert(eq(int, r[0].kept, CT_KEPT));
    cr_assert(epsilon_eq(dbl, r[0].value, 10, 1e-9), "%g", r[0].value);
    cr_assert(eq(int, r[1].kept, CT_KEPT));
}

Test(referee, the_warm_up_s_seconds_are_in_no_window)
{
    plan = (struct ct_run_plan){.duration_ns = 10 * CT_NS_PER_S,
                                .warm_up_ns = 1500 * CT_NS_PER_MS,
                                .planned = 1000,
                                .threads = 1};
    begin("avg<10ms over 2s");
    give(0, 10, 50 * CT_NS_PER_MS, 0, 0);
    give(1, 10, 50 * CT_NS_PER_MS, 0, 0);
    for (uint64_t s = 2; s < 10; s++)
        give(s, 10, CT_NS_PER_MS, 0, 0);
    const struct ct_threshold_result *r = end();
    cr_assert(eq(int, r[0].kept, CT_KEPT));
    cr_assert(eq(u64, r[0].from_s, 2));
}

Test(referee, a_stage_is_judged_alone)
{
    plan = (struct ct_run_plan){
        .duration_ns = 10 * CT_NS_PER_S, .planned = 1000, .threads = 1, .n_stages = 2};
    plan.stages[0].duration_ns = 4500 * CT_NS_PER_MS;
    plan.stages[1].duration_ns = 5500 * CT_NS_PER_MS;
    begin("avg<10ms stage 1, avg<10ms stage 2, achieved>=20/s stage 2, avg<10ms over 2s stage 1");
    for (uint64_t s = 0; s < 10; s++) {
        give(s, 20, (s < 4 ? 1 : 50) * CT_NS_PER_MS, 0, 0);
        cr_assert(s < 4 || broken() == NULL || broken() == &criteria.list[1]);
    }
    const struct ct_threshold_result *r = end();
    cr_assert(eq(int, r[0].kept, CT_KEPT));
    cr_assert(epsilon_eq(dbl, r[0].value, 1e6, 1e3));
    cr_assert(eq(int, r[1].kept, CT_KEPT_NOT));
    cr_assert(eq(u64, r[1].from_s, 5));
    cr_assert(eq(int, r[2].kept, CT_KEPT));
    cr_assert(epsilon_eq(dbl, r[2].value, 20, 1e-9));
    cr_assert(eq(int, r[3].kept, CT_KEPT));
}

/* --- servers --- */

static void sample(uint64_t at_ms, const char *host, double cpu, double memory_kib, double ping_ms)
{
    struct ct_server_sample v = {.host = host,
                                 .has_cpu = cpu >= 0,
                                 .cpu = {.idle = 100 - cpu},
                                 .has_memory = true,
                                 .memory = {.used = memory_kib},
                                 .has_ping = true,
                                 .ping = {.received = 1, .avg_ms = ping_ms}};
    struct ct_snapshot s = {.at_ns = at_ms * CT_NS_PER_MS, .n_servers = 1, .servers = &v};
    ct_referee_snapshot(referee, &s);
}

Test(referee, a_server_is_judged_by_the_mean_of_its_samples)
{
    begin("cpu(a)<50%, memory(a)<1MiB, ping(a)<5ms, cpu(b)<50%, cpu(c)<50%");
    for (uint64_t k = 1; k <= 20; k++) {
        sample(k * 500, "a", k % 2 ? 30 : 80, 2048, 1);
        sample(k * 500, "b", k == 1 ? 90 : -1, 1, 1);
    }
    const struct ct_threshold_result *r = end();
    cr_assert(epsilon_eq(dbl, r[0].value, 0.55, 1e-9));
    cr_assert(eq(int, r[0].kept, CT_KEPT_NOT));
    cr_assert(epsilon_eq(dbl, r[1].value, 2097152, 1e-3));
    cr_assert(eq(int, r[1].kept, CT_KEPT_NOT));
    cr_assert(eq(int, r[2].kept, CT_KEPT));
    cr_assert(epsilon_eq(dbl, r[3].value, 0.9, 1e-9));
    cr_assert(eq(int, r[4].kept, CT_KEPT_UNKNOWN));
    cr_assert(strstr(r[4].why, "no sample of c") != NULL, "%s", r[4].why);
}

Test(referee, a_server_s_windows_slide_too)
{
    begin("cpu(a)<50% over 2s, cpu(a)<95% over 1s");
    for (uint64_t k = 1; k <= 20; k++) {
        sample(k * 500, "a", k >= 9 && k <= 11 ? 90 : 20, 1, 1);
        cr_assert(eq(int, broken() != NULL, k >= 11), "at %u: known when its last second is over",
                  (unsigned)k);
    }
    const struct ct_threshold_result *r = end();
    cr_assert(eq(int, r[0].kept, CT_KEPT_NOT));
    cr_assert(epsilon_eq(dbl, r[0].value, 0.725, 1e-9), "%g", r[0].value);
    cr_assert(eq(u64, r[0].from_s, 4));
    cr_assert(eq(int, r[1].kept, CT_KEPT));
}

Test(referee, memory_and_ping_have_windows_too)
{
    begin("memory(a)<1MiB over 2s, ping(a)<5ms over 3s, ping(a)>=1ms over 1s");
    for (uint64_t k = 1; k <= 10; k++)
        sample(k * 1000, "a", 20, k == 5 ? 1536 : 600, k >= 7 && k <= 9 ? 7 : 1);
    const struct ct_threshold_result *r = end();
    cr_assert(eq(int, r[0].kept, CT_KEPT_NOT));
    cr_assert(epsilon_eq(dbl, r[0].value, 1024 * 1068, 1e-3), "%g", r[0].value);
    cr_assert(eq(u64, r[0].from_s, 3));
    cr_assert(eq(int, r[1].kept, CT_KEPT_NOT));
    cr_assert(epsilon_eq(dbl, r[1].value, 7e6, 1e-3));
    cr_assert(eq(u64, r[1].from_s, 6));
    cr_assert(eq(int, r[2].kept, CT_KEPT));
    cr_assert(r[0].windowed && r[1].windowed && r[2].windowed);
}

Test(referee, a_window_of_a_server_without_a_sample_says_nothing)
{
    begin("cpu(a)<50% over 2s, ping(a)<5ms over 1s");
    sample(3000, "a", 40, 1, 1);
    sample(4000, "a", 45, 1, 1);
    sample(9000, "a", 30, 1, 1); /* nobody was there from 4 s to 8 s */
    const struct ct_threshold_result *r = end();
    cr_assert(eq(int, r[0].kept, CT_KEPT));
    cr_assert(epsilon_eq(dbl, r[0].value, 0.45, 1e-9), "%g", r[0].value);
    cr_assert(eq(int, r[1].kept, CT_KEPT));
}

Test(referee, a_server_s_stage_is_judged_alone)
{
    plan = (struct ct_run_plan){
        .duration_ns = 10 * CT_NS_PER_S, .planned = 1000, .threads = 1, .n_stages = 2};
    for (int k = 0; k < 2; k++)
        plan.stages[k] =
            (struct ct_plan_stage){{10, CT_NS_PER_S}, {10, CT_NS_PER_S}, 5 * CT_NS_PER_S};
    begin("cpu(a)<50% stage 1, cpu(a)<50% stage 2, memory(a)<1MiB stage 2, ping(a)<5ms over 2s "
          "stage 2");
    for (uint64_t k = 1; k <= 10; k++)
        sample(k * 1000, "a", k > 5 ? 80 : 20, k > 5 ? 100 : 9000, k > 5 ? 1 : 50);
    const struct ct_threshold_result *r = end();
    cr_assert(eq(int, r[0].kept, CT_KEPT));
    cr_assert(epsilon_eq(dbl, r[0].value, 0.2, 1e-9));
    cr_assert(eq(int, r[1].kept, CT_KEPT_NOT));
    cr_assert(epsilon_eq(dbl, r[1].value, 0.8, 1e-9));
    cr_assert(eq(int, r[2].kept, CT_KEPT));
    cr_assert(eq(int, r[3].kept, CT_KEPT));
}
