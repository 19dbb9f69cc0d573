#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <math.h>

#include "analysis/threshold.h"
#include "analysis/verdict.h"
#include "base/clock.h"
#include "services/find_visit.h"

static const struct ct_run_plan base = {.rate = {1, CT_NS_PER_S},
                                        .arrivals = CT_ARRIVALS_POISSON,
                                        .seed = 7,
                                        .timeout_ns = 3 * CT_NS_PER_S,
                                        .think_ns = 5,
                                        .max_in_flight = 10000,
                                        .threads = 4};
static struct ct_run_plan plan;

Test(find_visit, a_visit_is_a_rate_with_a_dropped_beginning_and_a_seed_of_its_own)
{
    const struct ct_find_action a = {
        .phase = CT_FIND_VISIT, .rate = 769.2304, .seconds = 20, .drop_s = 3};
    ct_find_visit_plan(&base, &a, 12, &plan);
    cr_expect(epsilon_eq(dbl, ct_rate_rps(plan.rate), 769.230, 1e-6));
    cr_expect(eq(u64, plan.duration_ns, 20 * CT_NS_PER_S));
    cr_expect(eq(u64, plan.warm_up_ns, 3 * CT_NS_PER_S));
    cr_expect(eq(u64, plan.seed, 19));
    cr_expect(not(plan.closed));
    cr_expect(eq(int, plan.arrivals, CT_ARRIVALS_POISSON));
    cr_expect(eq(u32, plan.threads, 4));
}

Test(find_visit, calibration_waits_for_its_answers_with_one_connection)
{
    const struct ct_find_action a = {.phase = CT_FIND_CALIBRATE,
                                     .axis = CT_FIND_CONNECTIONS,
                                     .connections = 1,
                                     .seconds = 2,
                                     .answers = 20};
    ct_find_visit_plan(&base, &a, 0, &plan);
    cr_expect(plan.closed);
    cr_expect(eq(u32, plan.connections, 1));
    cr_expect(eq(u32, plan.max_in_flight, 1));
    cr_expect(eq(u32, plan.threads, 1));
    cr_expect(eq(u64, plan.think_ns, 0));
    cr_expect(eq(u64, plan.duration_ns, 82 * CT_NS_PER_S), "twenty time-outs");
}

Test(find_visit, connections_are_users_who_think)
{
    const struct ct_find_action a = {
        .phase = CT_FIND_VISIT, .axis = CT_FIND_CONNECTIONS, .connections = 50, .seconds = 10};
    ct_find_visit_plan(&base, &a, 0, &plan);
    cr_expect(plan.closed);
    cr_expect(eq(u32, plan.connections, 50));
    cr_expect(eq(u64, plan.think_ns, 5));
    cr_expect(eq(u64, plan.duration_ns, 10 * CT_NS_PER_S));
}

Test(find_visit, waiting_ends_with_an_answer_within_the_limit)
{
    struct ct_criteria none = {0};
    static struct ct_block b;
    ct_find_drain_plan(&base, 10, &plan);
    cr_expect(plan.closed);
    cr_expect(eq(u64, plan.duration_ns, 10 * CT_NS_PER_S));
    struct ct_find_onlooker look = {.settled_s = 0.2, .visit = ct_run_count_new(&none, &plan)};
    struct ct_test_onlooker on = ct_find_onlooker_of(&look);
    b.ok = 1;
    ct_histogram_record(&b.series[CT_SERIES_RESPONSE], 900 * CT_NS_PER_MS);
    on.block(on.ctx, 0, &b);
    cr_expect(not(on.enough(on.ctx, "stalled")), "a drain is not judged");
    b.second = 1;
    b.ok = 2;
    ct_histogram_record(&b.series[CT_SERIES_RESPONSE], 100 * CT_NS_PER_MS);
    on.block(on.ctx, 0, &b);
    cr_expect(on.enough(on.ctx, NULL));
    ct_run_count_free(look.visit);
}

/* A second of 100 requests due, of which so many end at once. */
static bool see_second(const struct ct_test_onlooker *on, uint64_t at, uint64_t ended)
{
    static struct ct_block b;
    ct_block_clear(&b, at);
    b.due = at < 4 ? 100 : 0;
    b.ok = ended;
    for (uint64_t i = 0; i < ended; i++)
        ct_histogram_record(&b.series[CT_SERIES_RESPONSE], CT_NS_PER_MS);
    on->block(on->ctx, 0, &b);
    return on->enough(on->ctx, NULL);
}

/* What the target works off while its run is stopped would make it look as if it had kept up. */
Test(find_visit, an_overload_is_judged_by_what_was_seen_when_it_was_stopped)
{
    const struct ct_find_action a = {.phase = CT_FIND_BRACKET,
                                     .rate = 100,
                                     .seconds = 10,
                                     .hopeless_share = 0.3,
                                     .hopeless_backlog = 90};
    struct ct_criteria limit = {0};
    struct ct_find_outcome o = {.valid = true};
    cr_assert(zero(int, ct_threshold_parse("avg<2s", &limit, NULL)));
    ct_find_visit_plan(&base, &a, 0, &plan);
    plan.threads = 1;
    struct ct_find_onlooker look = {.action = &a, .visit = ct_run_count_new(&limit, &plan)};
    struct ct_test_onlooker on = ct_find_onlooker_of(&look);
    cr_expect(not(see_second(&on, 0, 60)));
    cr_expect(not(see_second(&on, 1, 60)));
    cr_expect(see_second(&on, 2, 60));
    cr_expect(see_second(&on, 3, 60));
    cr_expect(see_second(&on, 4, 160));
    ct_run_count_outcome(look.visit, &o);
    cr_expect(eq(dbl, o.counted_s, 3));
    cr_expect(eq(u64, o.backlog_end, 120));
    ct_run_count_free(look.visit);
}

Test(find_visit, calibration_that_outlasts_the_budget_ends_with_one_answer)
{
    const struct ct_find_action a = {.phase = CT_FIND_CALIBRATE,
                                     .axis = CT_FIND_CONNECTIONS,
                                     .connections = 1,
                                     .seconds = 2,
                                     .answers = 20,
                                     .patience_s = 3};
    struct ct_criteria none = {0};
    ct_find_visit_plan(&base, &a, 0, &plan);
    struct ct_find_onlooker look = {.action = &a, .visit = ct_run_count_new(&none, &plan)};
    struct ct_test_onlooker on = ct_find_onlooker_of(&look);
    cr_expect(not(see_second(&on, 0, 0)));
    cr_expect(not(see_second(&on, 1, 0)));
    cr_expect(not(see_second(&on, 2, 0)), "none yet");
    cr_expect(see_second(&on, 3, 1));
    ct_run_count_free(look.visit);
    look.visit = ct_run_count_new(&none, &plan);
    cr_expect(not(see_second(&on, 0, 9)));
    cr_expect(not(see_second(&on, 1, 9)), "there is time for more");
    ct_run_count_free(look.visit);
}

Test(find_visit, a_run_that_is_lost_ends_unless_it_confirms)
{
    struct ct_criteria none = {0};
    for (enum ct_find_phase phase = CT_FIND_CALIBRATE; phase <= CT_FIND_CONFIRM; phase++) {
        const struct ct_find_action a = {.phase = phase, .rate = 10, .seconds = 10};
        struct ct_find_onlooker look = {.action = &a, .visit = ct_run_count_new(&none, &base)};
        struct ct_test_onlooker on = ct_find_onlooker_of(&look);
        cr_expect(not(on.enough(on.ctx, NULL)));
        cr_expect(not(on.enough(on.ctx, "late")), "perhaps no limit is moved by it");
        cr_expect(eq(int, on.enough(on.ctx, "stalled"), phase != CT_FIND_CONFIRM));
        ct_run_count_free(look.visit);
    }
}

static bool counts(enum ct_find_phase phase, const char *code, bool moved)
{
    static struct ct_block b;
    struct ct_criteria limit = {0};
    const struct ct_find_action a = {.phase = phase, .rate = 10, .seconds = 10};
    struct ct_summary s = {.verdict = code != NULL ? CT_VERDICT_INVALID : CT_VERDICT_VALID};
    cr_assert(zero(int, ct_threshold_parse("avg<1s", &limit, NULL)));
    struct ct_run_count *visit = ct_run_count_new(&limit, &base);
    if (code != NULL)
        (void)snprintf(s.reasons[s.n_reasons++].code, sizeof(s.reasons->code), "%s", code);
    ct_block_clear(&b, 0);
    b.ok = 1;
    ct_histogram_record(&b.series[CT_SERIES_RESPONSE], 10 * CT_NS_PER_MS);
    ct_histogram_record(&b.series[CT_SERIES_SERVING], (moved ? 5 : 10) * CT_NS_PER_MS);
    ct_run_count_block(visit, 0, &b);
    bool answer = ct_find_visit_counts(&a, visit, &s);
    ct_run_count_free(visit);
    return answer;
}

Test(find_visit, a_late_run_counts_when_no_limit_moved_and_it_confirms_nothing)
{
    cr_expect(counts(CT_FIND_VISIT, NULL, true), "a valid one does");
    cr_expect(counts(CT_FIND_VISIT, "late", false));
    cr_expect(counts(CT_FIND_BRACKET, "distorted", false));
    cr_expect(not(counts(CT_FIND_VISIT, "late", true)));
    cr_expect(not(counts(CT_FIND_VISIT, "stalled", false)));
    cr_expect(not(counts(CT_FIND_CONFIRM, "late", false)));
}

Test(find_visit, what_was_not_sent_is_said_before_what_was_late)
{
    struct ct_summary s = {
        .verdict = CT_VERDICT_INVALID,
        .n_reasons = 3,
        .reasons = {{.code = "late"}, {.code = "stalled"}, {.code = "threshold"}}};
    cr_expect(eq(str, (char *)ct_find_visit_fault(&s), (char *)"stalled"));
    s.reasons[1] = s.reasons[2];
    s.n_reasons = 2;
    cr_expect(eq(str, (char *)ct_find_visit_fault(&s), (char *)"late"), "a threshold is no fault");
    s.verdict = CT_VERDICT_VALID;
    cr_expect(eq(str, (char *)ct_find_visit_fault(&s), (char *)""));
    s.limited_by_generator = true;
    cr_expect(eq(str, (char *)ct_find_visit_fault(&s), (char *)"loop_busy"));
}

Test(find_visit, answers_read_late_count_like_what_was_sent_late)
{
    struct ct_summary s = {.verdict = CT_VERDICT_INVALID,
                           .n_reasons = 2,
                           .reasons = {{.code = "late"}, {.code = "loop_busy"}}};
    cr_expect(not(ct_verdict_only_late(&s)), "its loop had no rest");
    cr_expect(ct_find_visit_at_limit(&s));
    s.read_late = true;
    cr_expect(ct_verdict_only_late(&s));
    cr_expect(not(ct_find_visit_at_limit(&s)));
    (void)snprintf(s.reasons[0].code, sizeof(s.reasons->code), "gen_fd");
    cr_expect(not(ct_verdict_only_late(&s)));
    cr_expect(ct_find_visit_at_limit(&s));
}

/* Of a closed run whose loop was busy, or read late, by ms of answers that took 100. */
static bool closed_counts(bool read_late, unsigned lag_ms)
{
    static struct ct_block b;
    const struct ct_find_action a = {.phase = CT_FIND_BRACKET, .axis = CT_FIND_CONNECTIONS};
    struct ct_criteria limit = {0};
    struct ct_summary s = {.limited_by_generator = true, .read_late = read_late};
    cr_assert(zero(int, ct_threshold_parse("avg<1s", &limit, NULL)));
    struct ct_run_count *visit = ct_run_count_new(&limit, &base);
    ct_block_clear(&b, 0);
    b.ok = 1;
    ct_histogram_record(&b.series[CT_SERIES_RESPONSE], 100 * CT_NS_PER_MS);
    ct_histogram_record(&b.series[CT_SERIES_SERVING], 100 * CT_NS_PER_MS);
    ct_histogram_record(&b.series[CT_SERIES_RECEIVE_LAG], lag_ms * CT_NS_PER_MS);
    ct_run_count_block(visit, 0, &b);
    bool answer = ct_find_visit_counts(&a, visit, &s);
    ct_run_count_free(visit);
    return answer;
}

Test(find_visit, a_closed_run_that_read_late_counts_when_no_limit_moved)
{
    cr_expect(closed_counts(true, 1));
    cr_expect(not(closed_counts(true, 50)));
    cr_expect(not(closed_counts(false, 1)), "its loop had no rest: the target may take more");
}

static double cpu_seen(enum ct_find_phase phase)
{
    static struct ct_block b;
    struct ct_criteria criteria = {0};
    struct ct_err err;
    cr_assert(eq(int, ct_threshold_parse("cpu(web)<80%", &criteria, &err), 0));
    const struct ct_find_action a = {.phase = phase, .rate = 100, .connections = 1, .seconds = 2};
    ct_find_visit_plan(&base, &a, 0, &plan);
    plan.threads = 1;
    struct ct_find_onlooker look = {.action = &a, .visit = ct_run_count_new(&criteria, &plan)};
    struct ct_test_onlooker on = ct_find_onlooker_of(&look);
    struct ct_server_sample s = {.host = "web", .has_cpu = true, .cpu = {.idle = 1}};
    struct ct_snapshot snapshot = {.at_ns = 1, .n_servers = 1, .servers = &s};
    struct ct_find_outcome o;
    on.snapshot(on.ctx, &snapshot);
    b.ok = 10;
    on.block(on.ctx, 0, &b);
    ct_run_count_outcome(look.visit, &o);
    double mean = o.blocks[0].sum[0] / o.blocks[0].n;
    ct_run_count_free(look.visit);
    return mean;
}

Test(find_visit, no_server_is_judged_by_a_connection_that_never_rests)
{
    cr_expect(epsilon_eq(dbl, cpu_seen(CT_FIND_VISIT), 0.99, 1e-9));
    cr_expect(epsilon_eq(dbl, cpu_seen(CT_FIND_CALIBRATE), 0, 1e-9));
}
