#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "analysis/tally.h"
#include "analysis/threshold.h"
#include "base/clock.h"

static struct ct_block block;
static struct ct_summary summary;

static const struct ct_run_plan plan = {
    .rate = {10, CT_NS_PER_S}, .duration_ns = 10 * CT_NS_PER_S, .planned = 100, .threads = 1};
static const struct ct_tally_facts facts = {.planned = 100, .cpu_percent = 12.5};

/* 100 planned: 80 ok, 10 failed, 4 cancelled, 6 skipped. */
static void fill(void)
{
    ct_block_init(&block, 0);
    block.due = 100;
    block.started = block.wire_attempts = 94;
    block.ok = block.ok_due_in_window = 80;
    block.ok_done_in_window = 75;
    block.failed[CT_FAILURE_TIMEOUT] = 10;
    block.cancelled = 4;
    block.skipped[CT_SKIP_IN_FLIGHT] = 6;
    block.status[200] = 80;
    block.bytes_sent = 1000;
    block.bytes_received = 2000;
    block.connections_opened = 3;
    block.loop_ns = 10 * CT_NS_PER_S;
    block.wait_ns = 6 * CT_NS_PER_S;
    block.spin_ns = CT_NS_PER_S;
    for (int i = 0; i < 80; i++) {
        ct_histogram_record(&block.series[CT_SERIES_RESPONSE], 5000000);
        ct_histogram_record(&block.series[CT_SERIES_SERVING], 5000000);
        ct_histogram_record(&block.series[CT_SERIES_SERVICE], 4000000);
        ct_histogram_record(&block.series[CT_SERIES_SETUP], 1000000);
    }
    for (int i = 0; i < 94; i++)
        ct_histogram_record(&block.series[CT_SERIES_LATENESS], 10000);
}

static void sum_up(const struct ct_run_plan *p, const struct ct_tally_facts *f)
{
    struct ct_tally *t = ct_tally_new(p, NULL);
    ct_tally_block(t, &block);
    ct_summary_release(&summary);
    ct_tally_summary(t, f, &summary);
    ct_tally_free(t);
}

Test(tally, summary_has_what_the_blocks_counted)
{
    fill();
    sum_up(&plan, &facts);
    cr_assert(summary.identity_ok && summary.identity_text[0] == '\0', "%s", summary.identity_text);
    cr_assert(summary.planned == 100 && summary.started == 94 && summary.ok == 80);
    cr_assert(summary.cancelled == 4 && summary.wire_attempts == 94);
    cr_assert(summary.failed[CT_FAILURE_TIMEOUT] == 10);
    cr_assert(summary.skipped[CT_SKIP_IN_FLIGHT] == 6 && summary.status[200] == 80);
    cr_assert(summary.bytes_sent == 1000 && summary.bytes_received == 2000);
    cr_assert(eq(u64, summary.connections_opened, 3));
    cr_assert(epsilon_eq(dbl, summary.sent_rps, 9.4, 1e-9));
    cr_assert(epsilon_eq(dbl, summary.achieved_rps, 8, 1e-9));
    cr_assert(epsilon_eq(dbl, summary.completed_rps, 7.5, 1e-9));
    cr_assert(epsilon_eq(dbl, summary.generator_cpu_percent, 12.5, 0));
    cr_assert(epsilon_eq(dbl, summary.generator_loop_busy_percent, 30, 1e-9));
    cr_assert(eq(u64, summary.response_ok.count, 80));
    cr_assert(eq(int, summary.verdict, CT_VERDICT_VALID));
}

Test(tally, response_is_over_all_planned_requests)
{
    fill();
    sum_up(&plan, &facts);
    cr_assert(eq(int, summary.response.withheld[CT_P50], CT_GIVEN));
    cr_assert(eq(int, summary.response.withheld[CT_P90], CT_WITHHELD_FAILED));
    cr_assert(eq(int, summary.response_ok.withheld[CT_P50], CT_GIVEN));
    cr_assert(eq(int, summary.response_ok.withheld[CT_P90], CT_WITHHELD_SAMPLES));
    cr_assert(epsilon_eq(dbl, summary.response.mean, 5e6, 1e-3));
    cr_assert(epsilon_eq(dbl, summary.service.mean, 4e6, 1e-3));
    cr_assert(epsilon_eq(dbl, summary.setup.mean, 1e6, 1e-3));
    cr_assert(isnan(summary.server_processing.mean));
}

Test(tally, what_a_stop_kept_from_being_due_is_outside_the_window)
{
    fill();
    block.skipped[CT_SKIP_IN_FLIGHT] = 0;
    block.skipped[CT_SKIP_STOPPED] = 6;
    block.due = 95;
    struct ct_tally_facts f = facts;
    f.window_ns = 5 * CT_NS_PER_S;
    f.interrupted = true;
    sum_up(&plan, &f);
    cr_assert(summary.identity_ok, "%s", summary.identity_text);
    cr_assert(eq(int, summary.response.withheld[CT_P50], CT_GIVEN));
    cr_assert(eq(int, summary.response.withheld[CT_P90], CT_WITHHELD_SAMPLES));
    cr_assert(epsilon_eq(dbl, summary.sent_rps, 18.8, 1e-9));
    cr_assert_str_eq(summary.reasons[summary.n_reasons - 1].code, "interrupted");
    cr_assert(eq(int, summary.verdict, CT_VERDICT_VALID));
}

/* --- law 2 --- */

struct broken {
    const char *what, *says;
    uint64_t *term; /* of the block; one too many breaks the equation */
};

Test(tally, every_term_of_the_identity_is_missed)
{
    const struct broken table[] = {
        {"due", "planned = due", &block.due},
        {"started", "planned = started + skipped", &block.started},
        {"ok", "started = ok + failed + cancelled", &block.ok},
        {"failed", "started = ok + failed + cancelled", &block.failed[CT_FAILURE_DNS]},
        {"first class", "started = ok + failed + cancelled", &block.failed[CT_FAILURE_NONE]},
        {"last class", "started = ok + failed + cancelled", &block.failed[CT_FAILURE_COUNT - 1]},
        {"cancelled", "started = ok + failed + cancelled", &block.cancelled},
        {"late", "planned = started + skipped", &block.skipped[CT_SKIP_LATE]},
        {"stopped", "planned = started + skipped", &block.skipped[CT_SKIP_STOPPED]},
        {"on the wire", "on the wire beyond", &block.wire_attempts},
    };
    for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
        fill();
        ++*table[i].term;
        sum_up(&plan, &facts);
        cr_assert(not(summary.identity_ok), "%s", table[i].what);
        cr_assert(strstr(summary.identity_text, table[i].says) != NULL, "%s: %s", table[i].what,
                  summary.identity_text);
    }
}

Test(tally, planned_is_missed_on_either_side)
{
    fill();
    struct ct_tally_facts f = facts;
    f.planned = 101;
    sum_up(&plan, &f);
    cr_assert(not(summary.identity_ok));
    cr_assert_str_eq(summary.identity_text, "planned = started + skipped: 101 is not 100");
    struct ct_run_plan p = plan;
    p.planned = 99;
    sum_up(&p, &facts);
    cr_assert(not(summary.identity_ok));
    cr_assert_str_eq(summary.identity_text, "planned = count of the plan: 100 is not 99");
}

Test(tally, histograms_are_part_of_the_identity)
{
    static const struct {
        enum ct_series series;
        const char *says;
    } table[] = {
        {CT_SERIES_RESPONSE, "ok = responses in the histogram"},
        {CT_SERIES_LATENESS, "started = latenesses in the histogram"},
    };
    for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
        fill();
        ct_histogram_record(&block.series[table[i].series], 10000);
        sum_up(&plan, &facts);
        cr_assert(not(summary.identity_ok));
        cr_assert(strstr(summary.identity_text, table[i].says) != NULL, "%s",
                  summary.identity_text);
    }
}

Test(tally, truncated_run_accounts_for_what_came_due)
{
    fill();
    block.started = block.wire_attempts = 94;
    block.cancelled = 0; /* these were under way when the journal ended */
    struct ct_tally_facts f = {.truncated = true, .window_ns = CT_NS_PER_S, .cpu_percent = NAN};
    sum_up(&plan, &f);
    cr_assert(summary.identity_ok, "%s", summary.identity_text);
    cr_assert(eq(u64, summary.planned, 100));
    cr_assert_str_eq(summary.reasons[summary.n_reasons - 1].code, "truncated");
    block.ok++;
    sum_up(&plan, &f);
    cr_assert(not(summary.identity_ok));
}

Test(tally, blocks_of_threads_and_seconds_add_up)
{
    fill();
    struct ct_run_plan p = plan;
    struct ct_tally_facts f = facts;
    p.planned = f.planned = 400;
    struct ct_tally *t = ct_tally_new(&p, NULL);
    for (uint64_t second = 0; second < 2; second++)
        for (int thread = 0; thread < 2; thread++) {
            block.second = second;
            ct_tally_block(t, &block);
        }
    cr_assert(eq(u64, ct_tally_total(t)->started, 376));
    ct_tally_summary(t, &f, &summary);
    cr_assert(summary.identity_ok, "%s", summary.identity_text);
    cr_assert(summary.ok == 320 && summary.response_ok.count == 320);
    ct_tally_free(t);
    ct_summary_release(&summary);
}

/* --- warm-up --- */

Test(tally, the_warm_up_is_accounted_for_and_part_of_nothing_else)
{
    static struct ct_block warm;
    struct ct_run_plan p = plan;
    struct ct_tally_facts f = facts;
    p.warm_up_ns = 2 * CT_NS_PER_S;
    p.planned = f.planned = 120;
    fill();
    ct_block_init(&warm, 0);
    warm.warm_up = true;
    warm.due = 20;
    warm.started = warm.wire_attempts = 19;
    warm.ok = warm.ok_due_in_window = 10;
    warm.failed[CT_FAILURE_RESET_BEFORE_RESPONSE] = 8;
    warm.cancelled = 1;
    warm.skipped[CT_SKIP_STALL] = 1;
    warm.gaps = 1;
    warm.gap_ns = warm.gap_max_ns = 5 * CT_NS_PER_S;
    for (int i = 0; i < 10; i++)
        ct_histogram_record(&warm.series[CT_SERIES_RESPONSE], CT_NS_PER_S);
    for (int i = 0; i < 19; i++)
        ct_histogram_record(&warm.series[CT_SERIES_LATENESS], CT_NS_PER_S);
    struct ct_tally *t = ct_tally_new(&p, NULL);
    ct_tally_block(t, &warm);
    ct_tally_block(t, &block);
    cr_assert(eq(u64, ct_tally_total(t)->ok, 90));
    cr_assert(eq(u64, ct_tally_measured(t)->ok, 80));
    ct_tally_summary(t, &f, &summary);
    ct_tally_free(t);
    cr_assert(summary.identity_ok, "%s", summary.identity_text);
    cr_assert(summary.planned == 120 && summary.started == 113 && summary.ok == 90);
    cr_assert(summary.warm_up.planned == 20 && summary.warm_up.started == 19);
    cr_assert(summary.warm_up.ok == 10 && summary.warm_up.failed == 8);
    cr_assert(summary.warm_up.cancelled == 1 && summary.warm_up.skipped == 1);
    cr_assert(eq(u64, summary.window_ns, 8 * CT_NS_PER_S));
    cr_assert(epsilon_eq(dbl, summary.sent_rps, 94 / 8.0, 1e-9));
    cr_assert(epsilon_eq(dbl, summary.achieved_rps, 10, 1e-9));
    cr_assert(epsilon_eq(dbl, summary.response.mean, 5e6, 1e-3));
    cr_assert(eq(u64, summary.response.count, 80));
    cr_assert(eq(u64, summary.lateness.count, 94));
    cr_assert(eq(int, summary.verdict, CT_VERDICT_VALID), "%s", summary.reasons[0].text);
    ct_summary_release(&summary);
}

Test(tally, skips_are_judged_by_what_was_planned_behind_the_warm_up)
{
    static struct ct_block warm;
    struct ct_run_plan p = plan;
    struct ct_tally_facts f = facts;
    p.warm_up_ns = 2 * CT_NS_PER_S;
    p.planned = f.planned = 100100;
    fill();
    block.skipped[CT_SKIP_IN_FLIGHT] = 5;
    block.skipped[CT_SKIP_LATE] = 1;
    ct_block_init(&warm, 0);
    warm.warm_up = true;
    warm.due = warm.started = warm.ok = 100000;
    for (int i = 0; i < 100000; i++) {
        ct_histogram_record(&warm.series[CT_SERIES_RESPONSE], CT_NS_PER_MS);
        ct_histogram_record(&warm.series[CT_SERIES_LATENESS], 1000);
    }
    struct ct_tally *t = ct_tally_new(&p, NULL);
    ct_tally_block(t, &warm);
    ct_tally_block(t, &block);
    ct_tally_summary(t, &f, &summary);
    ct_tally_free(t);
    cr_assert(eq(int, summary.verdict, CT_VERDICT_INVALID));
    cr_assert_str_eq(summary.reasons[0].text,
                     "1 of 100 planned requests could not be sent on time");
    ct_summary_release(&summary);
}

Test(tally, a_run_stopped_in_its_warm_up_measured_nothing)
{
    struct ct_run_plan p = plan;
    struct ct_tally_facts f = facts;
    p.warm_up_ns = 2 * CT_NS_PER_S;
    f.window_ns = CT_NS_PER_S;
    f.interrupted = true;
    fill();
    block.warm_up = true;
    sum_up(&p, &f);
    cr_assert(eq(u64, summary.window_ns, 0));
    cr_assert(isnan(summary.achieved_rps) && isnan(summary.response.mean));
    cr_assert(eq(int, summary.verdict, CT_VERDICT_NO_DATA));
}

Test(tally, thresholds_are_in_the_summary_and_among_the_reasons)
{
    static struct ct_criteria criteria;
    criteria.count = 0;
    cr_assert(eq(int, ct_threshold_parse("avg<1s, avg<1ms, p(99)<1s", &criteria, NULL), 0));
    fill();
    struct ct_tally *t = ct_tally_new(&plan, &criteria);
    ct_tally_block(t, &block);
    cr_assert(ct_tally_broken(t) != NULL, "80 x 5 ms over 84 that can be ok at most");
    ct_tally_summary(t, &facts, &summary);
    ct_tally_free(t);
    cr_assert(eq(sz, summary.n_thresholds, 3));
    cr_assert(eq(int, summary.thresholds[0].kept, CT_KEPT));
    cr_assert(eq(int, summary.thresholds[1].kept, CT_KEPT_NOT));
    cr_assert(eq(int, summary.thresholds[2].kept, CT_KEPT_UNKNOWN));
    cr_assert(not(ct_summary_kept(&summary)));
    cr_assert(eq(int, summary.verdict, CT_VERDICT_VALID), "a broken threshold is a valid result");
    cr_assert(eq(sz, summary.n_reasons, 2));
    cr_assert_str_eq(summary.reasons[0].code, "threshold");
    cr_assert_str_eq(summary.reasons[0].text, "avg<1ms is broken");
    cr_assert(strstr(summary.reasons[1].text, "needs 1,000 requests") != NULL, "%s",
              summary.reasons[1].text);
    ct_summary_release(&summary);
}

/* --- servers --- */

static struct ct_server_sample sample(const char *host, double busy, double used, double ping_ms)
{
    struct ct_server_sample s = {.host = host};
    s.has_cpu = !isnan(busy);
    s.cpu.idle = 100 - busy;
    s.cpu.usr = busy / 2;
    s.has_memory = !isnan(used);
    s.memory.used = used;
    s.has_ping = !isnan(ping_ms);
    s.ping.avg_ms = ping_ms;
    s.ping.received = ping_ms > 0;
    return s;
}

static struct ct_server_sample gap(const char *host)
{
    struct ct_server_sample s = {.host = host};
    (void)snprintf(s.gap, sizeof(s.gap), "connection lost");
    return s;
}

static void watch(struct ct_tally *t, struct ct_server_sample a, struct ct_server_sample b)
{
    struct ct_server_sample both[] = {a, b};
    struct ct_snapshot snapshot = {.n_servers = 2, .servers = both};
    ct_tally_snapshot(t, &snapshot);
}

Test(tally, samples_of_the_warm_up_are_in_no_mean)
{
    struct ct_run_plan p = plan;
    p.warm_up_ns = 2 * CT_NS_PER_S;
    struct ct_tally *t = ct_tally_new(&p, NULL);
    for (uint64_t k = 1; k <= 4; k++) {
        struct ct_server_sample a = sample("a", k < 2 ? 90 : 10, NAN, NAN);
        struct ct_snapshot snapshot = {.at_ns = k * CT_NS_PER_S, .n_servers = 1, .servers = &a};
        ct_tally_snapshot(t, &snapshot);
    }
    ct_tally_summary(t, &facts, &summary);
    ct_tally_free(t);
    cr_assert(epsilon_eq(dbl, summary.servers[0].cpu_percent_mean, 10, 1e-9));
    cr_assert(eq(u64, summary.servers[0].samples, 3));
    ct_summary_release(&summary);
}

Test(tally, servers_are_averaged_over_the_samples_that_exist)
{
    fill();
    struct ct_tally *t = ct_tally_new(&plan, NULL);
    ct_tally_block(t, &block);
    watch(t, sample("a", NAN, 1000, 4), sample("b", NAN, NAN, NAN));
    watch(t, sample("a", 40, 2000, 0), gap("b"));
    watch(t, sample("a", 60, NAN, 2), gap("b"));
    watch(t, gap("a"), gap("b"));
    ct_tally_summary(t, &facts, &summary);
    ct_tally_free(t);
    cr_assert(eq(sz, summary.n_servers, 2));
    const struct ct_server_summary *a = &summary.servers[0], *b = &summary.servers[1];
    cr_assert_str_eq(a->host, "a");
    cr_assert(epsilon_eq(dbl, a->cpu_percent_mean, 50, 1e-9));
    cr_assert(epsilon_eq(dbl, a->cpu_usr_mean, 25, 1e-9));
    cr_assert(epsilon_eq(dbl, a->memory_used_kib_mean, 1500, 1e-9));
    cr_assert(epsilon_eq(dbl, a->ping_ms_mean, 3, 1e-9), "a lost ping is no ping of 0 ms");
    cr_assert(a->samples == 3 && a->missed == 1);
    cr_assert(isnan(b->cpu_percent_mean) && isnan(b->memory_used_kib_mean) &&
              isnan(b->ping_ms_mean));
    cr_assert(b->samples == 1 && b->missed == 3);
    ct_summary_release(&summary);
}
