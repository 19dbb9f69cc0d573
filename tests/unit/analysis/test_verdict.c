#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <math.h>
#include <string.h>

#include "analysis/tally.h"
#include "analysis/threshold.h"
#include "analysis/verdict.h"
#include "base/clock.h"

#define US UINT64_C(1000)
#define MS UINT64_C(1000000)

enum { SECONDS = 10, THREADS = 2 };

/* A run by second and thread; each test is a process of its own. */
static struct ct_block blocks[THREADS][SECONDS];
static struct ct_run_plan plan;
static struct ct_summary summary;

static void requests(struct ct_block *b, uint64_t count, uint64_t serving_ns, uint64_t late_ns)
{
    b->due += count;
    b->started += count;
    b->ok += count;
    b->ok_due_in_window += count;
    for (uint64_t i = 0; i < count; i++) {
        ct_histogram_record(&b->series[CT_SERIES_SERVING], serving_ns);
        ct_histogram_record(&b->series[CT_SERIES_RESPONSE], serving_ns + late_ns);
        ct_histogram_record(&b->series[CT_SERIES_LATENESS], late_ns);
    }
}

static void failures(struct ct_block *b, enum ct_failure f, uint64_t count)
{
    b->due += count;
    b->started += count;
    b->failed[f] += count;
    for (uint64_t i = 0; i < count; i++)
        ct_histogram_record(&b->series[CT_SERIES_LATENESS], 10 * US);
}

static struct ct_criteria criteria;

static void skips(struct ct_block *b, enum ct_skip s, uint64_t count)
{
    b->due += count;
    b->skipped[s] += count;
}

/* A quiet run: each second, on thread 0, so many requests that take so long. */
static void begin(uint64_t per_second, uint64_t serving_ns)
{
    plan = (struct ct_run_plan){.duration_ns = SECONDS * CT_NS_PER_S, .threads = THREADS};
    for (int t = 0; t < THREADS; t++)
        for (uint64_t k = 0; k < SECONDS; k++) {
            ct_block_clear(&blocks[t][k], k);
            blocks[t][k].loop_ns = CT_NS_PER_S;
            blocks[t][k].wait_ns = CT_NS_PER_S * 9 / 10;
        }
    for (int k = 0; k < SECONDS; k++)
        requests(&blocks[0][k], per_second, serving_ns, 10 * US);
}

/* Thread 1 reports later than thread 0 by so many seconds. */
static void judge(int behind)
{
    struct ct_tally *t = ct_tally_new(&plan, &criteria);
    for (int k = 0; k < SECONDS + behind; k++) {
        if (k < SECONDS)
            ct_tally_block(t, &blocks[0][k]);
        if (k >= behind)
            ct_tally_block(t, &blocks[1][k - behind]);
    }
    const struct ct_block *total = ct_tally_total(t);
    struct ct_tally_facts facts = {.planned = total->started + ct_block_skipped(total),
                                   .cpu_percent = NAN};
    ct_summary_release(&summary);
    ct_tally_summary(t, &facts, &summary);
    ct_tally_free(t);
    cr_assert(summary.identity_ok, "%s", summary.identity_text);
}

static void is_valid(void)
{
    judge(0);
    cr_assert(eq(int, summary.verdict, CT_VERDICT_VALID), "%s: %s", summary.reasons[0].code,
              summary.reasons[0].text);
    cr_assert(zero(sz, summary.n_reasons));
}

static void is_invalid(const char *code)
{
    judge(0);
    cr_assert(eq(int, summary.verdict, CT_VERDICT_INVALID));
    cr_assert(eq(sz, summary.n_reasons, 1), "also %s: %s", summary.reasons[1].code,
              summary.reasons[1].text);
    cr_assert_str_eq(summary.reasons[0].code, code);
    cr_assert(ge(sz, strlen(summary.reasons[0].text), 20));
}

Test(verdict, quiet_run_is_valid)
{
    begin(100, 5 * MS);
    is_valid();
}

/* --- late --- */

/* Of 100 a second, the last so many seconds have one request that is late. */
static void one_late_in(int seconds, uint64_t late_ns, uint64_t serving_ns)
{
    begin(99, serving_ns);
    for (int k = 0; k < SECONDS; k++)
        requests(&blocks[0][k], 1, serving_ns, k < seconds ? late_ns : 10 * US);
}

/* A target that hangs: in its first second it answers fast, from then on hardly at all. */
static void hangs(uint64_t timed_out_per_second)
{
    begin(0, 0);
    plan.timeout_ns = 2 * CT_NS_PER_S;
    requests(&blocks[0][0], 100, MS, 20 * MS);
    for (int k = 2; k < SECONDS; k++)
        failures(&blocks[0][k], CT_FAILURE_TIMEOUT, timed_out_per_second);
}

Test(verdict, lateness_is_small_beside_the_time_outs_of_a_target_that_hangs)
{
    hangs(100);
    judge(0);
    for (size_t r = 0; r < summary.n_reasons; r++)
        cr_assert(ne(str, summary.reasons[r].code, (char *)"late"), "%s", summary.reasons[r].text);
    hangs(10); /* most were answered after a millisecond */
    judge(0);
    cr_assert_str_eq(summary.reasons[0].code, "late");
}

Test(verdict, late_is_not_said_while_most_requests_are_under_way)
{
    struct ct_tally *t;
    hangs(100);
    for (uint64_t in_flight = 99; in_flight <= 100; in_flight++) {
        t = ct_tally_new(&plan, &criteria);
        blocks[0][0].in_flight = in_flight;
        for (int thread = 0; thread < THREADS; thread++)
            ct_tally_block(t, &blocks[thread][0]);
        cr_assert(eq(int, ct_tally_trouble(t) != NULL, in_flight == 99));
        ct_tally_free(t);
    }
}

Test(verdict, late_is_said_as_soon_as_it_is_a_percent_of_the_plan)
{
    begin(96, 5 * MS);
    plan.planned = 100 * SECONDS;
    for (int k = 0; k < SECONDS; k++)
        requests(&blocks[0][k], 4, 5 * MS, 2 * MS);
    struct ct_tally *t = ct_tally_new(&plan, &criteria);
    for (int k = 0; k < SECONDS; k++) {
        for (int thread = 0; thread < THREADS; thread++)
            ct_tally_block(t, &blocks[thread][k]);
        cr_assert(eq(int, ct_tally_trouble(t) != NULL, 4 * (k + 1) > 16), "%d", k);
    }
    ct_tally_free(t);
}

/* Of a thousand, ten and what chance makes of ten: twice their root. */
Test(verdict, one_percent_may_be_late)
{
    one_late_in(10, 2 * MS, 5 * MS);
    requests(&blocks[1][5], 6, 5 * MS, 2 * MS);
    is_valid();
    requests(&blocks[1][5], 1, 5 * MS, 2 * MS);
    is_invalid("late");
}

Test(verdict, one_late_request_tells_nothing)
{
    begin(0, 0);
    requests(&blocks[0][0], 9, 5 * MS, 10 * US);
    requests(&blocks[0][0], 1, 5 * MS, 2 * MS);
    is_valid();
    requests(&blocks[0][0], 1, 5 * MS, 2 * MS);
    is_invalid("late");
}

Test(verdict, late_is_a_millisecond_or_a_tenth_of_the_median)
{
    begin(95, 5 * MS);
    for (int k = 0; k < SECONDS; k++)
        requests(&blocks[0][k], 5, 5 * MS, 990 * US);
    is_valid();
    begin(95, 5 * MS);
    for (int k = 0; k < SECONDS; k++)
        requests(&blocks[0][k], 5, 5 * MS, 1010 * US);
    is_invalid("late");
    begin(95, 100 * MS);
    for (int k = 0; k < SECONDS; k++)
        requests(&blocks[0][k], 5, 100 * MS, 9900 * US);
    is_valid();
    begin(95, 100 * MS);
    for (int k = 0; k < SECONDS; k++)
        requests(&blocks[0][k], 5, 100 * MS, 10200 * US);
    is_invalid("late");
}

/* A busy run in which seconds 4 and 5 have so few requests, of which some are late. */
static void few_in_two_seconds(uint64_t each, uint64_t late)
{
    begin(1000, 5 * MS);
    for (int k = 4; k <= 5; k++) {
        ct_block_clear(&blocks[0][k], (uint64_t)k);
        requests(&blocks[0][k], k == 4 ? each : each - late, 5 * MS, 10 * US);
    }
    requests(&blocks[0][5], late, 5 * MS, 2 * MS);
}

Test(verdict, a_tenth_of_any_two_seconds_may_be_late)
{
    few_in_two_seconds(50, 10);
    is_valid();
    few_in_two_seconds(50, 11);
    is_invalid("late");
    cr_assert(strstr(summary.reasons[0].text, "second 5") != NULL, "%s", summary.reasons[0].text);
}

Test(verdict, two_seconds_are_judged_from_twenty_requests_on)
{
    few_in_two_seconds(9, 9);
    is_valid();
    few_in_two_seconds(10, 3);
    is_invalid("late");
}

/* In seconds 4 and 5 each thread has 5 a second; those of thread 1 in second 5 are late. */
static void few_on_each_thread(void)
{
    few_in_two_seconds(5, 0);
    for (int k = 4; k <= 5; k++)
        requests(&blocks[1][k], 5, 5 * MS, k == 5 ? 2 * MS : 10 * US);
}

Test(verdict, threads_are_judged_together_however_far_one_is_behind)
{
    few_on_each_thread();
    for (int behind = 0; behind < 7; behind++) {
        judge(behind);
        cr_assert(eq(int, summary.verdict, CT_VERDICT_INVALID), "behind by %d", behind);
        cr_assert_str_eq(summary.reasons[0].code, "late");
    }
}

/* --- distorted --- */

Test(verdict, median_may_be_moved_by_a_fifth_of_a_millisecond_or_a_twentieth)
{
    begin(0, 0);
    requests(&blocks[0][0], 1000, MS, 190 * US);
    is_valid();
    begin(0, 0);
    requests(&blocks[0][0], 1000, MS, 215 * US);
    judge(0);
    cr_assert(eq(int, summary.verdict, CT_VERDICT_INVALID));
    cr_assert_str_eq(summary.reasons[0].code, "distorted");
    begin(0, 0);
    requests(&blocks[0][0], 1000, 10 * MS, 500 * US);
    is_valid();
    begin(0, 0);
    requests(&blocks[0][0], 1000, 10 * MS, 560 * US);
    judge(0);
    cr_assert(eq(int, summary.verdict, CT_VERDICT_INVALID));
    cr_assert_str_eq(summary.reasons[0].code, "distorted");
}

Test(verdict, ninth_decile_that_is_moved_makes_a_run_invalid)
{
    begin(0, 0);
    requests(&blocks[0][0], 850, MS, 10 * US);
    requests(&blocks[0][0], 150, MS, 400 * US);
    is_invalid("distorted");
    cr_assert(strstr(summary.reasons[0].text, "p90") != NULL, "%s", summary.reasons[0].text);
    cr_assert(eq(int, summary.response.withheld[CT_P90], CT_WITHHELD_GENERATOR));
    cr_assert(eq(int, summary.response.withheld[CT_P50], CT_GIVEN));
}

Test(verdict, what_is_withheld_has_no_interval)
{
    begin(0, 0);
    for (int k = 0; k < SECONDS; k++) {
        requests(&blocks[0][k], 85, MS, 10 * US);
        requests(&blocks[0][k], 15, MS, 400 * US);
    }
    is_invalid("distorted");
    cr_assert(isnan(summary.interval_95.p90.low));
    cr_assert(ge(dbl, summary.interval_95.p50.low, 1.0 * MS));
    cr_assert(le(dbl, summary.interval_95.p50.high, 1.1 * MS));
}

Test(verdict, higher_quantile_that_is_moved_is_withheld)
{
    begin(0, 0);
    requests(&blocks[0][0], 950, MS, 10 * US);
    requests(&blocks[0][0], 50, MS, 900 * US);
    is_valid();
    cr_assert(eq(int, summary.response_ok.withheld[CT_P99], CT_WITHHELD_GENERATOR));
    cr_assert(eq(int, summary.response.withheld[CT_P99], CT_WITHHELD_GENERATOR));
    cr_assert(isnan(summary.response.quantile[CT_P99]));
    cr_assert(eq(int, summary.response.withheld[CT_P90], CT_GIVEN));
}

Test(verdict, quantile_of_a_threshold_that_is_moved_makes_a_run_invalid)
{
    begin(0, 0);
    requests(&blocks[0][0], 950, MS, 10 * US);
    requests(&blocks[0][0], 50, MS, 900 * US);
    cr_assert(eq(int, ct_threshold_parse("p(97)<1s, avg<1s", &criteria, NULL), 0));
    is_invalid("distorted");
    cr_assert(strstr(summary.reasons[0].text, "p97 ") != NULL, "%s", summary.reasons[0].text);
    criteria.count = 0;
    cr_assert(eq(int, ct_threshold_parse("p(94)<1s", &criteria, NULL), 0));
    is_valid();
}

/* A threshold that is broken is a reason of its own, behind the others. */
static void limit_with_late_requests(const char *threshold, uint64_t serving_ns)
{
    begin(0, 0);
    requests(&blocks[0][0], 1000, MS, 10 * US);
    requests(&blocks[0][0], 6, serving_ns, 23 * MS);
    criteria.count = 0;
    cr_assert(eq(int, ct_threshold_parse(threshold, &criteria, NULL), 0));
    judge(0);
}

Test(verdict, mean_and_maximum_that_only_lateness_moved_beyond_a_threshold_make_a_run_invalid)
{
    static const char *const moved[] = {"avg<1.1ms", "max<20ms"};
    for (int k = 0; k < 2; k++) {
        limit_with_late_requests(moved[k], MS);
        cr_assert(eq(int, summary.verdict, CT_VERDICT_INVALID), "%s", moved[k]);
        cr_assert_str_eq(summary.reasons[0].code, "distorted");
        cr_assert(strncmp(strstr(summary.reasons[0].text, "moved ") + 6, moved[k], 3) == 0, "%s",
                  summary.reasons[0].text);
    }
}

Test(verdict, mean_and_maximum_that_lateness_did_not_decide_are_well)
{
    static const char *const well[] = {"avg<1.2ms", "max<30ms", "max<20ms stage 1"};
    for (int k = 0; k < 3; k++) {
        limit_with_late_requests(well[k], MS);
        cr_assert(eq(int, summary.verdict, CT_VERDICT_VALID), "%s: %s", well[k],
                  summary.reasons[0].text);
    }
    limit_with_late_requests("max<20ms", 30 * MS); /* the target's own */
    cr_assert(eq(int, summary.verdict, CT_VERDICT_VALID), "%s", summary.reasons[0].text);
    cr_assert_str_eq(summary.reasons[0].code, "threshold");
}

/* --- skipped and stalled --- */

Test(verdict, one_in_a_thousand_may_be_skipped_by_the_generator)
{
    begin(999, 5 * MS);
    skips(&blocks[0][3], CT_SKIP_LATE, 6);
    skips(&blocks[0][4], CT_SKIP_STALL, 4);
    is_valid();
    skips(&blocks[1][4], CT_SKIP_STALL, 1);
    is_invalid("skipped");
}

Test(verdict, what_the_target_or_a_stop_skipped_is_not_the_generators)
{
    begin(100, 5 * MS);
    skips(&blocks[0][3], CT_SKIP_IN_FLIGHT, 500);
    skips(&blocks[0][4], CT_SKIP_STOPPED, 500);
    is_valid();
}

static void gap(struct ct_block *b, uint64_t ns)
{
    b->gaps++;
    b->gap_ns += ns;
    if (ns > b->gap_max_ns)
        b->gap_max_ns = ns;
}

Test(verdict, gap_of_a_second_is_a_stall)
{
    begin(100, 5 * MS);
    plan.duration_ns = 1000 * CT_NS_PER_S;
    gap(&blocks[0][3], 999 * MS);
    is_valid();
    gap(&blocks[0][5], 1000 * MS);
    is_invalid("stalled");
}

Test(verdict, gaps_of_more_than_a_hundredth_of_the_run_are_a_stall)
{
    begin(100, 5 * MS);
    gap(&blocks[0][3], 50 * MS);
    gap(&blocks[0][7], 50 * MS);
    is_valid();
    gap(&blocks[1][8], 50 * MS);
    is_invalid("stalled");
}

/* --- busy --- */

static void busy(struct ct_block *b, uint64_t permille)
{
    b->wait_ns = CT_NS_PER_S * (1000 - permille) / 1000;
}

Test(verdict, loop_may_be_busy_for_a_second_but_not_for_two)
{
    begin(100, 5 * MS);
    busy(&blocks[0][3], 810);
    busy(&blocks[0][5], 1000);
    is_valid();
    busy(&blocks[0][4], 800);
    is_valid();
    busy(&blocks[0][4], 810);
    is_invalid("loop_busy");
}

/* A search goes on when a run is only late. */
Test(verdict, a_busy_loop_is_said_before_that_it_was_late)
{
    begin(80, 5 * MS);
    plan.planned = 100 * SECONDS;
    for (int k = 0; k < SECONDS; k++) {
        requests(&blocks[0][k], 20, 5 * MS, 2 * MS);
        busy(&blocks[0][k], 900);
    }
    struct ct_tally *t = ct_tally_new(&plan, &criteria);
    for (int k = 0; k < SECONDS; k++)
        for (int thread = 0; thread < THREADS; thread++)
            ct_tally_block(t, &blocks[thread][k]);
    cr_assert_str_eq(ct_tally_trouble(t), "loop_busy");
    ct_tally_free(t);
}

Test(verdict, seconds_with_another_between_are_not_consecutive)
{
    begin(100, 5 * MS);
    busy(&blocks[0][3], 900);
    busy(&blocks[0][5], 900);
    blocks[0][4].second = blocks[1][4].second = 3; /* nobody reported second 4 */
    is_valid();
}

Test(verdict, spinning_is_not_busy)
{
    begin(100, 5 * MS);
    for (int k = 0; k < SECONDS; k++) {
        busy(&blocks[0][k], 900);
        blocks[0][k].spin_ns = CT_NS_PER_S * 8 / 10;
    }
    is_valid();
}

Test(verdict, part_of_a_second_is_not_judged)
{
    begin(100, 5 * MS);
    busy(&blocks[0][8], 1000);
    busy(&blocks[0][9], 1000);
    blocks[0][9].loop_ns = CT_NS_PER_S / 10;
    is_valid();
}

static void lags(uint64_t count, uint64_t ns)
{
    for (uint64_t i = 0; i < count; i++)
        ct_histogram_record(&blocks[0][2].series[CT_SERIES_RECEIVE_LAG], ns);
}

Test(verdict, answers_may_wait_a_fifth_of_a_millisecond_or_a_twentieth)
{
    begin(100, MS / 2);
    lags(1000, 190 * US);
    is_valid();
    begin(100, MS / 2);
    lags(1000, 210 * US);
    is_invalid("loop_busy");
    begin(100, 10 * MS);
    lags(1000, 480 * US);
    is_valid();
    begin(100, 10 * MS);
    lags(1000, 520 * US);
    is_invalid("loop_busy");
    cr_assert(summary.read_late, "its loop had rest");
    busy(&blocks[0][3], 900);
    busy(&blocks[0][4], 900);
    is_invalid("loop_busy");
    cr_assert(not(summary.read_late));
    begin(100, MS / 2);
    lags(999, 900 * US);
    is_valid();
}

/* --- its own resources, and no data --- */

Test(verdict, generators_own_failure_makes_a_run_invalid)
{
    static const struct {
        enum ct_failure failure;
        const char *code;
    } table[] = {{CT_FAILURE_GEN_FD, "gen_fd"},
                 {CT_FAILURE_GEN_PORTS, "gen_ports"},
                 {CT_FAILURE_GEN_MEMORY, "gen_memory"}};
    for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
        begin(100, 5 * MS);
        failures(&blocks[0][4], table[i].failure, 1);
        is_invalid(table[i].code);
    }
}

Test(verdict, failures_of_the_target_leave_a_run_valid)
{
    begin(1, 5 * MS);
    for (int f = CT_FAILURE_CONNECT_REFUSED; f < CT_FAILURE_GEN_FD; f++)
        failures(&blocks[0][4], (enum ct_failure)f, 100);
    is_valid();
}

Test(verdict, run_without_an_ok_request_has_no_data_and_says_what_failed_most)
{
    begin(0, 0);
    failures(&blocks[0][1], CT_FAILURE_TIMEOUT, 10);
    failures(&blocks[0][2], CT_FAILURE_CONNECT_REFUSED, 90);
    judge(0);
    cr_assert(eq(int, summary.verdict, CT_VERDICT_NO_DATA));
    cr_assert(eq(sz, summary.n_reasons, 1));
    cr_assert_str_eq(summary.reasons[0].code, "connect_refused");
    requests(&blocks[0][3], 1, 5 * MS, 0);
    is_valid();
}

Test(verdict, generator_at_fault_comes_before_no_data)
{
    begin(0, 0);
    failures(&blocks[0][1], CT_FAILURE_GEN_PORTS, 10);
    is_invalid("gen_ports");
}

Test(verdict, late_alone_is_told_apart_from_what_was_not_sent)
{
    one_late_in(10, 2 * MS, 5 * MS);
    requests(&blocks[1][5], 50, 5 * MS, 2 * MS);
    is_invalid("late");
    cr_assert(ct_verdict_only_late(&summary));
    skips(&blocks[0][3], CT_SKIP_STALL, 30);
    judge(0);
    cr_assert(eq(sz, summary.n_reasons, 2));
    cr_assert(not(ct_verdict_only_late(&summary)));
    begin(100, 5 * MS);
    is_valid();
    cr_assert(not(ct_verdict_only_late(&summary)), "it is valid");
}

Test(verdict, all_that_applies_is_said)
{
    begin(90, MS);
    for (int k = 0; k < SECONDS; k++) {
        requests(&blocks[0][k], 90, MS, 3 * MS);
        busy(&blocks[0][k], 950);
    }
    skips(&blocks[0][2], CT_SKIP_LATE, 100);
    gap(&blocks[0][2], 1500 * MS);
    failures(&blocks[0][2], CT_FAILURE_GEN_FD, 5);
    judge(0);
    static const char *const codes[] = {"late",    "distorted", "skipped",
                                        "stalled", "loop_busy", "gen_fd"};
    for (size_t i = 0; i < sizeof(codes) / sizeof(*codes); i++) {
        bool found = false;
        for (size_t r = 0; r < summary.n_reasons; r++)
            found = found || strcmp(summary.reasons[r].code, codes[i]) == 0;
        cr_assert(found, "%s is missing", codes[i]);
    }
}
