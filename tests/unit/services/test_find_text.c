#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "analysis/limits.h"
#include "analysis/threshold.h"
#include "base/mem.h"
#include "services/find.h"

static struct ct_finding_opts o;
static struct ct_finding f;
static struct ct_buf text;

static void ask(const char *limits)
{
    struct ct_err err = {0};
    memset(&o, 0, sizeof(o));
    ct_find_opts_init(&o.find);
    cr_assert(eq(int, ct_threshold_parse(limits, &o.criteria, &err), 0), "%s", err.msg);
    cr_assert(eq(int, ct_limits_make(&o.criteria, o.find.limits, &err), 0), "%s", err.msg);
    o.plan.arrivals = CT_ARRIVALS_POISSON;
    memset(&f, 0, sizeof(f));
    f.nearest.cpu_percent = NAN;
    f.longest_s = 30;
    f.answer = (struct ct_find_answer){.ending = CT_FIND_PRECISE,
                                       .visits = 12,
                                       .capacity = 769,
                                       .low = 750,
                                       .high = 790,
                                       .recommended = 750,
                                       .needs_s = NAN,
                                       .spent_s = 300,
                                       .base_s = 0.001};
}

static void says(const char *line)
{
    ct_buf_init(&text, 8192);
    ct_finding_text(&f, &o, &text);
    cr_expect(strstr(text.data, line) != NULL, "not '%s' in: %s", line, text.data);
    ct_buf_release(&text);
}

Test(find_text, the_first_line_has_figure_interval_arrivals_limit_and_cause)
{
    ask("p(99)<20ms");
    f.nearest.cpu_percent = 97.2;
    (void)snprintf(f.nearest.host, sizeof(f.nearest.host), "web-1");
    says(
        "sustains 769/s (95 %: 750 to 790/s, Poisson arrivals) with p(99)<20ms; response time gave "
        "way first; web-1's CPU was at 97 %\n");
    says("events rarer than one in 30 s are not in this figure; --soak 10m looks for them\n");
    o.plan.arrivals = CT_ARRIVALS_EVEN;
    says("even arrivals");
}

Test(find_text, a_limit_without_a_sample_is_no_limit_of_the_generator)
{
    ask("cpu(web-1)<80%");
    f.answer.ending = CT_FIND_AT_LEAST;
    f.answer.gave_way = CT_FIND_GENERATOR;
    f.answer.at_least = true;
    f.answer.capacity = 100;
    says("sustains at least 100/s (Poisson arrivals) with cpu(web-1)<80%: the generator's limit, "
         "not "
         "the target's\n");
    (void)snprintf(f.unsampled, sizeof(f.unsampled), "cpu(web-1)<80%%");
    says("sustains at least 100/s (Poisson arrivals) with cpu(web-1)<80%: beyond, there was no "
         "sample "
         "to judge cpu(web-1)<80% by\n");
    f.verdict = CT_VERDICT_INVALID;
    says("there was no sample to judge cpu(web-1)<80% by: no capacity comes from that\n");
}

Test(find_text, of_several_limits_it_names_the_one_that_broke)
{
    ask("p(99)<20ms,error_rate<1%,cpu(web-1)<80%");
    f.answer.gave_way = 1;
    says(
        "with p(99)<20ms, error_rate<1% and cpu(web-1)<80%; errors gave way first (error_rate<1%)");
    f.answer.gave_way = 2;
    says("; the CPU gave way first (cpu(web-1)<80%)");
    f.answer.gave_way = CT_FIND_STABILITY;
    says("; its backlog grew first");
}

Test(find_text, a_budget_that_was_too_short_says_what_is_missing)
{
    ask("p(99)<20ms");
    f.answer.ending = CT_FIND_BUDGET;
    f.answer.low = 740;
    f.answer.needs_s = 240;
    says("6.8 % wide after 5 m 0 s; 5 % needs about 4 m 0 s more\n");
}

Test(find_text, without_a_capacity_it_says_why)
{
    ask("p(99)<20ms");
    f.answer.ending = CT_FIND_AT_LEAST;
    f.answer.gave_way = CT_FIND_GENERATOR;
    f.answer.high = NAN;
    f.answer.at_least = true;
    says("sustains at least 769/s (Poisson arrivals) with p(99)<20ms: the generator's limit, not "
         "the "
         "target's\n");
    f.answer.gave_way = CT_FIND_NOTHING;
    says(": the highest that was tried");
    f.answer.ending = CT_FIND_BUDGET;
    says("sustains at least 769/s (Poisson arrivals) with p(99)<20ms: the search ended before more "
         "broke that\n");
    f.answer.gave_way = CT_FIND_GENERATOR;
    says(": beyond, this machine did not do its part\n");
    f.answer.ending = CT_FIND_UNREACHABLE;
    f.answer.capacity = f.answer.low = NAN;
    says("unreachable: not even 1/s keeps p(99)<20ms; one connection alone is answered in 1.00 "
         "ms\n");
    f.answer.ending = CT_FIND_NO_RECOVERY;
    says("the target did not come back after an overload: there is no capacity to report\n");
    says("does not recover: 30 s after an overload it was still busy\n");
    f.verdict = CT_VERDICT_NO_DATA;
    says("no answer was ok");
    f.verdict = CT_VERDICT_INVALID;
    says("this machine could not send the load on time");
    f.outcome.signum = 2;
    says("it was stopped before anything was found\n");
}

/* A search whose runs are all invalid, with these reasons. */
static void spoilt_by(const char *const reasons[], size_t n, double steal_percent)
{
    const struct ct_find_outcome bad = {.spent_s = 3};
    o.find.calibrate = false;
    o.find.first = 100;
    f.find = ct_find_new(&o.find);
    f.n_trials = n;
    f.trials = ct_xcalloc(n, sizeof(*f.trials));
    for (size_t i = 0; i < n; i++) {
        ct_find_tell(f.find, &bad);
        f.trials[i].steal_percent = steal_percent;
        (void)snprintf(f.trials[i].reason, sizeof(f.trials[i].reason), "%s", reasons[i]);
    }
}

Test(find_text, runs_that_say_nothing_are_counted_with_what_they_say_most)
{
    static const char *const reasons[] = {"late", "skipped", "stalled", "skipped", "gen_fd"};
    ask("p(99)<20ms");
    spoilt_by(reasons, 5, 9.2);
    says("5 of 5 runs say nothing: this machine did not do its part (skipped); its hypervisor took "
         "9 % of its CPU time\n");
    for (size_t i = 0; i < f.n_trials; i++)
        f.trials[i].steal_percent = NAN;
    says("do its part (skipped)\n");
    (void)snprintf(f.trials[3].reason, sizeof(f.trials[3].reason), "late");
    says("do its part (late)\n");
    ct_finding_release(&f);
}

Test(find_text, without_a_figure_that_is_sustained_it_says_what_failed)
{
    ask("avg<1s");
    f.answer.visits = 0;
    f.answer.capacity = f.answer.low = 0;
    f.answer.high = 1;
    f.answer.warnings = CT_FIND_NOT_CONFIRMED;
    says("nothing is known to be sustained: 1/s (Poisson arrivals) did not keep avg<1s when it was "
         "watched\n");
}

Test(find_text, of_loads_it_says_which_were_not_tried)
{
    ask("avg<1s");
    o.find.axis = CT_FIND_LOAD;
    f.answer = (struct ct_find_answer){
        .ending = CT_FIND_BUDGET, .capacity = 8, .low = 8, .high = 16, .needs_s = NAN};
    says("load 16 failed; those between were not tried\n");
    f.answer.high = NAN;
    f.answer.at_least = true;
    says("the search ended before a load above 8 broke a limit\n");
}

Test(find_text, warnings_and_the_soak_are_sentences)
{
    ask("p(99)<20ms");
    f.answer.warnings = CT_FIND_DRIFTS | CT_FIND_NOT_CONFIRMED | CT_FIND_FEW_VISITS |
                        CT_FIND_UNCONFIRMED | CT_FIND_HICCUPS;
    f.answer.drift = -0.12;
    says("drifts: its capacity changed by -12 %");
    says("the monitored run at the lower end did not keep the limits");
    says("few visits");
    says("hiccups: once or more it broke down at a rate that it took before");
    says("not confirmed: this machine could not send");
    o.soak_ns = UINT64_C(600000000000);
    f.soaked = f.soak_valid = true;
    (void)snprintf(f.soak_broke, sizeof(f.soak_broke), "p(99)<20ms");
    says("soak: 10 m 0 s at the answer did not keep p(99)<20ms\n");
    (void)snprintf(f.soak_unknown, sizeof(f.soak_unknown), "it needs 1,000 requests");
    says("soak: 10 m 0 s at the answer could not judge p(99)<20ms: it needs 1,000 requests\n");
    f.soak_kept = true;
    says("soak: 10 m 0 s at the answer kept the limits\n");
}

Test(find_text, a_confirmation_without_a_sample_is_no_fault_of_sending)
{
    struct ct_finding_trial last = {.steal_percent = NAN, .cpu_percent = NAN};
    ask("cpu(web-1)<80%");
    f.answer.warnings = CT_FIND_UNCONFIRMED;
    f.trials = &last;
    f.n_trials = 1;
    says("not confirmed: this machine could not send");
    (void)snprintf(last.reason, sizeof(last.reason), CT_FINDING_UNSAMPLED);
    says("not confirmed: the monitored run at the lower end had no sample of a server");
}

static void answered_in(double seconds)
{
    struct ct_find_block block = {.n = 100, .sum_s = 100 * seconds, .sum = {100 * seconds}};
    const struct ct_find_outcome good = {
        .valid = true, .spent_s = 3, .counted_s = 1, .blocks = &block, .n_blocks = 1};
    ct_find_tell(f.find, &good);
}

Test(find_text, what_the_hypervisor_took_is_said_of_a_target_on_this_machine)
{
    static const char *const none[] = {""};
    ask("avg<1s");
    spoilt_by(none, 1, 40);
    answered_in(0.1);
    f.trials = ct_xrealloc(f.trials, 2, sizeof(*f.trials));
    f.trials[1] = (struct ct_finding_trial){.steal_percent = 7};
    f.n_trials = 2;
    f.colocated = true;
    says("steal: the hypervisor took 7 % of this machine's CPU time, which the target here did not "
         "have\n");
    f.colocated = false;
    ct_buf_init(&text, 8192);
    ct_finding_text(&f, &o, &text);
    cr_expect(eq(ptr, strstr(text.data, "steal:"), NULL));
    ct_buf_release(&text);
    ct_finding_release(&f);
}

Test(find_text, connections_are_a_number_with_a_recommendation)
{
    ask("avg<=100ms");
    o.find.axis = CT_FIND_CONNECTIONS;
    f.answer = (struct ct_find_answer){
        .ending = CT_FIND_WHOLE, .capacity = 50, .low = 50, .high = 51, .recommended = 40};
    says("sustains 50 connections (51 connections failed, closed model) with avg<=100ms");
    says("recommended: 40 connections, 80 % of that\n");
}
