#include "analysis/verdict.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "analysis/threshold.h"
#include "base/clock.h"

/* The limits; they move only with a measurement. */
#define LATE_FLOOR_NS CT_NS_PER_MS
#define LATE_SHARE_OF_MEDIAN 0.10
#define LATE_SHARE_WHOLE 0.01
#define LATE_MIN 2      /* one preemption in a run of a hundred requests tells nothing */
#define LATE_CHANCE 2.0 /* standard deviations of a count */
#define LATE_SHARE_BURST 0.10
#define LATE_BURST_MIN 20
#define DISTORTED_FLOOR_NS (200.0 * 1e3)
#define DISTORTED_SHARE 0.05
#define SKIPPED_SHARE 0.001
#define CLOCK_STEP_S 1.0
#define STALL_NS CT_NS_PER_S
#define STALL_SHARE 0.01
#define BUSY_SHARE 0.80
#define LAG_FLOOR_NS (200.0 * 1e3)
#define LAG_SHARE 0.05

void ct_judge_init(struct ct_judge *j, const struct ct_run_plan *plan)
{
    j->threads = plan->threads;
    j->timeout_ns = plan->timeout_ns;
}

/* Of answers and time-outs: else those that a hanging target still answers would stand for all. */
static double median_response_ns(const struct ct_judge *j, const struct ct_block *total)
{
    const struct ct_histogram *h = &total->series[CT_SERIES_RESPONSE];
    uint64_t timed_out =
        total->failed[CT_FAILURE_TIMEOUT] + total->failed[CT_FAILURE_CONNECT_TIMEOUT];
    uint64_t ns;
    if (ct_histogram_quantile(h, 0.5, h->count + timed_out, &ns) == 0)
        return (double)ns;
    return timed_out > 0 ? (double)j->timeout_ns : 0;
}

/* Lateness above this counts as late: max(1 ms, 10 % of the median response). */
static uint64_t late_limit_ns(const struct ct_judge *j, const struct ct_block *total)
{
    double share = LATE_SHARE_OF_MEDIAN * median_response_ns(j, total);
    return share > (double)LATE_FLOOR_NS ? (uint64_t)share : LATE_FLOOR_NS;
}

/* By what is known of the responses now: a burst at first may be none in the end. */
static bool had_late_burst(const struct ct_judge *j, const struct ct_block *total)
{
    return j->burst_ns > late_limit_ns(j, total);
}

/* --- each second --- */

static void judge_second(struct ct_judge *j, struct ct_judged_second *s)
{
    bool consecutive = s->second > 0 && j->next == s->second;
    if (!consecutive) {
        ct_histogram_clear(&j->before);
        j->busy_before = 0;
    }
    ct_histogram_clear(&j->two);
    ct_histogram_merge(&j->two, &j->before);
    ct_histogram_merge(&j->two, &s->lateness);
    uint64_t burst_ns;
    if (j->two.count >= LATE_BURST_MIN &&
        ct_histogram_quantile(&j->two, 1 - LATE_SHARE_BURST, j->two.count, &burst_ns) == 0 &&
        burst_ns > j->burst_ns) {
        j->burst_ns = burst_ns;
        j->burst_second = s->second;
    }
    if (!j->busy_twice && s->busy_max > BUSY_SHARE && j->busy_before > BUSY_SHARE) {
        j->busy_twice = true;
        j->busy_second = s->second;
    }
    ct_histogram_clear(&j->before);
    ct_histogram_merge(&j->before, &s->lateness);
    j->busy_before = s->busy_max;
    j->next = s->second + 1;
    ct_histogram_clear(&s->lateness);
    s->busy_max = 0;
    s->blocks = 0;
    s->open = false;
}

/* Judge, in order, all open seconds before the given one. */
static void judge_before(struct ct_judge *j, uint64_t second)
{
    uint64_t from = second > CT_JUDGE_SECONDS ? second - CT_JUDGE_SECONDS : 0;
    for (uint64_t k = from; k < second; k++) {
        struct ct_judged_second *s = &j->window[k % CT_JUDGE_SECONDS];
        if (s->open && s->second < second)
            judge_second(j, s);
    }
}

void ct_judge_block(struct ct_judge *j, const struct ct_block *block)
{
    if (block->second >= CT_JUDGE_SECONDS)
        judge_before(j, block->second - CT_JUDGE_SECONDS + 1);
    struct ct_judged_second *s = &j->window[block->second % CT_JUDGE_SECONDS];
    if (s->open && s->second > block->second)
        return; /* a thread so far behind is not judged by the second any more */
    s->open = true;
    s->second = block->second;
    s->blocks++;
    ct_histogram_merge(&s->lateness, &block->series[CT_SERIES_LATENESS]);
    uint64_t idle_ns = block->wait_ns + block->spin_ns;
    bool whole = block->loop_ns > CT_NS_PER_S / 2;
    double busy = whole && block->loop_ns > idle_ns
                      ? (double)(block->loop_ns - idle_ns) / (double)block->loop_ns
                      : 0;
    if (busy > s->busy_max)
        s->busy_max = busy;
    if (s->blocks == j->threads)
        judge_before(j, block->second + 1);
}

/* --- the whole --- */

void ct_verdict_reason(struct ct_summary *s, const char *code, const char *fmt, ...)
{
    if (s->n_reasons == CT_REASON_MAX)
        return;
    struct ct_reason *r = &s->reasons[s->n_reasons++];
    (void)snprintf(r->code, sizeof(r->code), "%s", code);
    va_list ap;
    va_start(ap, fmt);
    (void)vsnprintf(r->text, sizeof(r->text), fmt, ap);
    va_end(ap);
}

/* More of so many requests than a hundredth, and than chance makes of a hundredth: of 84, 2 are
 * more than two hundredths and no evidence that the rest would be like them. */
static bool too_many_late(uint64_t late, uint64_t of)
{
    double allowed = LATE_SHARE_WHOLE * (double)of;
    return late >= LATE_MIN && (double)late > allowed + LATE_CHANCE * sqrt(allowed);
}

static void judge_late(const struct ct_judge *j, const struct ct_block *total, struct ct_summary *s)
{
    const struct ct_histogram *h = &total->series[CT_SERIES_LATENESS];
    uint64_t limit_ns = late_limit_ns(j, total);
    uint64_t late = ct_histogram_above(h, limit_ns);
    double share = h->count > 0 ? (double)late / (double)h->count : 0;
    if (too_many_late(late, h->count))
        ct_verdict_reason(s, "late",
                          "%.3g %% of requests were sent more than %.3g ms after they were due",
                          100 * share, (double)limit_ns / 1e6);
    else if (had_late_burst(j, total))
        ct_verdict_reason(s, "late",
                          "around second %llu more than a tenth of the requests were sent late",
                          (unsigned long long)j->burst_second);
}

/* How far the generator's lateness may move a quantile. */
static bool is_distorted(double response_ns, double serving_ns)
{
    double limit_ns = DISTORTED_SHARE * response_ns;
    return response_ns - serving_ns >
           (limit_ns > DISTORTED_FLOOR_NS ? limit_ns : DISTORTED_FLOOR_NS);
}

static void accuse(struct ct_summary *s, const char *what, double serving_ns, double response_ns)
{
    ct_verdict_reason(s, "distorted", "the generator's lateness moved %s from %.3g to %.3g ms",
                      what, serving_ns / 1e6, response_ns / 1e6);
}

/* p50 and p90 decide; any other quantile that differs is withheld. */
static void judge_distorted(const struct ct_block *measured, struct ct_summary *s)
{
    const struct ct_histogram *serving = &measured->series[CT_SERIES_SERVING];
    for (int q = 0; q < CT_QUANTILE_COUNT; q++) {
        uint64_t ns;
        double response_ns = s->response_ok.quantile[q];
        if (isnan(response_ns) ||
            ct_histogram_quantile(serving, ct_quantile_value[q], serving->count, &ns) != 0 ||
            !is_distorted(response_ns, (double)ns))
            continue;
        if (q == CT_P50 || q == CT_P90)
            accuse(s, ct_quantile_name[q], (double)ns, response_ns);
        s->response_ok.quantile[q] = NAN;
        s->response_ok.withheld[q] = CT_WITHHELD_GENERATOR;
        if (s->response.withheld[q] == CT_GIVEN) {
            s->response.quantile[q] = NAN;
            s->response.withheld[q] = CT_WITHHELD_GENERATOR;
        }
    }
}

/* A quantile that a threshold uses decides too; p50 and p90 have been judged. */
static void judge_used(const struct ct_block *measured, const struct ct_threshold *t,
                       struct ct_summary *s)
{
    const struct ct_histogram *serving = &measured->series[CT_SERIES_SERVING],
                              *response = &measured->series[CT_SERIES_RESPONSE];
    uint64_t serving_ns, response_ns;
    char name[32];
    if (t->metric != CT_METRIC_QUANTILE || t->quantile == ct_quantile_value[CT_P50] ||
        t->quantile == ct_quantile_value[CT_P90] || response->count < ct_threshold_needs(t) ||
        ct_histogram_quantile(response, t->quantile, response->count, &response_ns) != 0 ||
        ct_histogram_quantile(serving, t->quantile, serving->count, &serving_ns) != 0 ||
        !is_distorted((double)response_ns, (double)serving_ns))
        return;
    (void)snprintf(name, sizeof(name), "p%.6g", 100 * t->quantile);
    accuse(s, name, (double)serving_ns, (double)response_ns);
}

/* So does a mean or a maximum of the whole that would keep its threshold but for the lateness. What
 * was not answered breaks a maximum anyway. */
static void judge_moved(const struct ct_block *measured, const struct ct_threshold *t,
                        struct ct_summary *s)
{
    const struct ct_histogram *serving = &measured->series[CT_SERIES_SERVING],
                              *response = &measured->series[CT_SERIES_RESPONSE];
    bool mean = t->metric == CT_METRIC_AVG;
    uint64_t lost =
        ct_block_failed(measured) + measured->cancelled + measured->skipped[CT_SKIP_IN_FLIGHT];
    if ((!mean && (t->metric != CT_METRIC_MAX || lost > 0)) || response->count == 0 ||
        t->over_s > 0 || t->stage > 0)
        return;
    double serving_ns = mean ? ct_histogram_mean_ns(serving) : (double)serving->max_ns;
    double response_ns = mean ? ct_histogram_mean_ns(response) : (double)response->max_ns;
    if (ct_threshold_holds(t, serving_ns) && !ct_threshold_holds(t, response_ns))
        accuse(s, mean ? "avg" : "max", serving_ns, response_ns);
}

static void judge_gaps(const struct ct_block *measured, struct ct_summary *s)
{
    uint64_t own = measured->skipped[CT_SKIP_LATE] + measured->skipped[CT_SKIP_STALL];
    uint64_t planned = s->planned - s->warm_up.planned;
    if ((double)own > SKIPPED_SHARE * (double)planned)
        ct_verdict_reason(s, "skipped", "%llu of %llu planned requests could not be sent on time",
                          (unsigned long long)own, (unsigned long long)planned);
    double share = s->window_ns > 0 ? (double)measured->gap_ns / (double)s->window_ns : 0;
    if (measured->gap_max_ns >= STALL_NS || share > STALL_SHARE)
        ct_verdict_reason(s, "stalled", "the generator stood still for %.3g s (longest %.3g s)",
                          (double)measured->gap_ns / 1e9, (double)measured->gap_max_ns / 1e9);
}

static void judge_busy(const struct ct_judge *j, const struct ct_block *total, struct ct_summary *s)
{
    const struct ct_histogram *lag = &total->series[CT_SERIES_RECEIVE_LAG];
    double limit_ns = LAG_SHARE * median_response_ns(j, total);
    uint64_t ns;
    bool lags = lag->count >= ct_quantile_needs[CT_P99] &&
                ct_histogram_quantile(lag, 0.99, lag->count, &ns) == 0 &&
                (double)ns > (limit_ns > LAG_FLOOR_NS ? limit_ns : LAG_FLOOR_NS);
    s->read_late = lags && !j->busy_twice;
    if (s->plan.closed) { /* it sends as fast as it can: busy is no fault, but a limit */
        s->limited_by_generator = j->busy_twice || lags;
        return;
    }
    if (j->busy_twice)
        ct_verdict_reason(s, "loop_busy",
                          "from second %llu on the generator's loop was more than %.0f %% busy",
                          (unsigned long long)j->busy_second, 100 * BUSY_SHARE);
    else if (lags)
        ct_verdict_reason(s, "loop_busy",
                          "answers waited up to %.3g us (p99) for the generator to read them",
                          (double)ns / 1e3);
}

/* The cap that was met is this machine's, not the user's or the target's. */
static void judge_cap(const struct ct_block *total, struct ct_summary *s)
{
    const struct ct_run_plan *p = &s->plan;
    if (p->cap == CT_CAP_CHOSEN || total->in_flight_max < p->max_in_flight)
        return;
    bool ports = p->cap == CT_CAP_PORTS;
    ct_verdict_reason(
        s, ct_failure_name(ports ? CT_FAILURE_GEN_PORTS : CT_FAILURE_GEN_FD),
        "this machine allows only %u requests at once (%s), and so many were under way",
        p->max_in_flight, ports ? "local ports: net.ipv4.ip_local_port_range" : "ulimit -n");
}

static void judge_own_failures(struct ct_summary *s)
{
    for (int f = CT_FAILURE_GEN_FD; f <= CT_FAILURE_GEN_MEMORY; f++)
        if (s->failed[f] > 0)
            ct_verdict_reason(s, ct_failure_name((enum ct_failure)f), "%s (%llu requests)",
                              ct_failure_meaning((enum ct_failure)f),
                              (unsigned long long)s->failed[f]);
}

/* However punctual the rest will be. */
static bool late_for_good(const struct ct_judge *j, const struct ct_block *measured,
                          uint64_t planned)
{
    uint64_t late =
        ct_histogram_above(&measured->series[CT_SERIES_LATENESS], late_limit_ns(j, measured));
    return planned > 0 && too_many_late(late, planned);
}

const char *ct_judge_trouble(const struct ct_judge *j, const struct ct_block *measured,
                             uint64_t planned)
{
    if (measured->gap_max_ns >= STALL_NS)
        return "stalled";
    for (int f = CT_FAILURE_GEN_FD; f <= CT_FAILURE_GEN_MEMORY; f++)
        if (measured->failed[f] > 0)
            return ct_failure_name((enum ct_failure)f);
    if (j->busy_twice)
        return "loop_busy";
    uint64_t ended = measured->ok + ct_block_failed(measured);
    bool late = measured->in_flight < ended &&
                (had_late_burst(j, measured) || late_for_good(j, measured, planned));
    return late ? "late" : NULL;
}

bool ct_verdict_only_late(const struct ct_summary *s)
{
    for (size_t i = 0; i < s->n_reasons; i++) {
        const char *code = s->reasons[i].code;
        if (strcmp(code, "skipped") == 0 || strcmp(code, "stalled") == 0 ||
            (strcmp(code, "loop_busy") == 0 && !s->read_late) || strncmp(code, "gen_", 4) == 0)
            return false;
    }
    return s->verdict == CT_VERDICT_INVALID;
}

static void explain_no_data(struct ct_summary *s)
{
    int most = CT_FAILURE_NONE;
    for (int f = 1; f < CT_FAILURE_COUNT; f++)
        if (s->failed[f] > (most != CT_FAILURE_NONE ? s->failed[most] : 0))
            most = f;
    if (most != CT_FAILURE_NONE)
        ct_verdict_reason(s, ct_failure_name((enum ct_failure)most),
                          "no request succeeded; most often: %s",
                          ct_failure_meaning((enum ct_failure)most));
}

static void explain_end(struct ct_summary *s)
{
    if (s->interrupted)
        ct_verdict_reason(s, "interrupted",
                          "stopped by a signal; what was measured until then is here");
    if (s->aborted)
        ct_verdict_reason(s, "aborted",
                          "stopped because a threshold was certain to be broken; what was measured "
                          "until then is here");
    if (fabs(s->clock_step_s) > CLOCK_STEP_S)
        ct_verdict_reason(s, "clock_step",
                          "the wall clock was set by %+.3g s meanwhile; nothing here depends on it",
                          s->clock_step_s);
    if (s->truncated)
        ct_verdict_reason(s, "truncated", "recovered from a journal that has no end");
}

void ct_judge_finish(struct ct_judge *j, const struct ct_block *measured,
                     const struct ct_criteria *criteria, struct ct_summary *s)
{
    judge_before(j, measured->second + 1);
    judge_late(j, measured, s);
    judge_distorted(measured, s);
    for (size_t i = 0; i < criteria->count; i++) {
        judge_used(measured, &criteria->list[i], s);
        judge_moved(measured, &criteria->list[i], s);
    }
    judge_gaps(measured, s);
    judge_busy(j, measured, s);
    judge_cap(measured, s);
    judge_own_failures(s);
    s->verdict = s->n_reasons > 0    ? CT_VERDICT_INVALID
                 : measured->ok == 0 ? CT_VERDICT_NO_DATA
                                     : CT_VERDICT_VALID;
    if (s->verdict == CT_VERDICT_NO_DATA)
        explain_no_data(s);
    explain_end(s);
}

enum ct_verdict ct_verdict_of_runs(uint64_t ok, uint64_t valid_runs, uint64_t runs, bool spoilt)
{
    if (ok == 0 && (valid_runs > 0 || runs == 0))
        return CT_VERDICT_NO_DATA;
    return valid_runs == 0 || spoilt ? CT_VERDICT_INVALID : CT_VERDICT_VALID;
}
