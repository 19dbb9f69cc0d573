#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/findings.h"
#include "watched_run.h"

static struct ct_server_summary servers[8];

/* --- CPU --- */

Test(conclusion, a_cpu_that_fills_up_while_the_rate_rises)
{
    ramp();
    for (unsigned s = 0; s < SECONDS; s++) {
        load(s, 300 * (s + 1), s < 13 ? 2 : 40, 0);
        see(s, &(struct state){.user = s < 12 ? 6.0 * s : 90, .system = s < 12 ? s : 7});
    }
    expect(
        "web-1's CPU reached 97 % (user) from 3,900/s on; memory flat; ping unchanged: the limit "
        "is CPU on web-1");
    limits(1, CT_LIMIT_CPU, "web-1");
    const struct ct_evidence *e = evidence("web-1", "cpu_percent");
    cr_expect(epsilon_eq(dbl, e->from, 38.5, 1e-9));
    cr_expect(epsilon_eq(dbl, e->to, 97, 1e-9));
    cr_expect(eq(dbl, e->at_s, 12));
    cr_expect(eq(dbl, e->at_rps, 3900));
    cr_expect(epsilon_eq(dbl, evidence("web-1", "cpu_user_percent")->to, 90, 1e-9));
    cr_expect(epsilon_eq(dbl, evidence("web-1", "cpu_system_percent")->to, 7, 1e-9));
    e = evidence("", "response_ms");
    cr_expect(epsilon_eq(dbl, e->from, 2, 1e-9));
    cr_expect(epsilon_eq(dbl, e->to, 40, 1e-9));
    cr_expect(eq(dbl, e->at_s, 13));
}

Test(conclusion, at_a_constant_rate_seconds_are_named)
{
    begin();
    for (unsigned s = 0; s < SECONDS; s++) {
        trouble(s, 10);
        see(s, &(struct state){.user = s < 9 ? 50 : 99, .bare = true});
    }
    expect("web-1's CPU reached 99 % (user) from second 9 on: the limit is CPU on web-1");
}

Test(conclusion, what_begins_with_the_run_is_throughout)
{
    begin();
    for (unsigned s = 0; s < SECONDS; s++) {
        load(s, 100, 10 + 10 * s, 0);
        see(s, &(struct state){.user = 99, .bare = true});
    }
    expect("web-1's CPU reached 99 % (user) throughout: the limit is CPU on web-1");
    cr_expect(eq(dbl, evidence("web-1", "cpu_percent")->from, 99));
}

Test(conclusion, what_ends_before_the_run_has_an_end)
{
    begin();
    for (unsigned s = 0; s < SECONDS; s++) {
        load(s, 100, s >= 8 && s < 12 ? 90 : 5, 0);
        see(s, &(struct state){.user = s >= 8 && s < 12 ? 99 : 30, .bare = true});
    }
    holds("from second 8 to 12: the limit is CPU on web-1");
}

Test(conclusion, what_lasts_until_the_second_before_the_end_has_none)
{
    begin();
    for (unsigned s = 0; s < SECONDS; s++) {
        trouble(s, 8);
        see(s, &(struct state){.user = s >= 8 && s < 19 ? 99 : 30, .bare = true});
    }
    ends("from second 8 on: the limit is CPU on web-1");
}

Test(conclusion, a_rate_that_is_not_new_does_not_stand_for_the_instant)
{
    ramp();
    for (unsigned s = 0; s < SECONDS; s++) {
        trouble(s, 10); /* stages of one rate */
        see(s, &(struct state){.user = s < 9 ? 50 : 99, .bare = true});
    }
    ends("from second 9 on: the limit is CPU on web-1");
}

Test(conclusion, the_field_that_leads_is_named)
{
    static const struct {
        double user, system, steal;
        const char *says;
    } rows[] = {
        {90, 8, 0, "(user)"},   {20, 78, 0, "(system)"},         {50, 48, 0, "(user and system)"},
        {20, 8, 70, "(steal)"}, {55, 3, 40, "(user and steal)"}, {8, 50, 40, "(system and steal)"}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        begin();
        for (unsigned s = 0; s < SECONDS; s++) {
            trouble(s, 10);
            see(s, &(struct state){
                       .user = rows[i].user, .system = rows[i].system, .steal = rows[i].steal});
        }
        holds(rows[i].says);
        free(c);
    }
}

Test(conclusion, a_cpu_that_is_full_and_hurts_nobody_is_no_limit_yet)
{
    begin();
    for (unsigned s = 0; s < SECONDS; s++) {
        load(s, 100, 5, 0);
        see(s, &(struct state){.user = 97, .bare = true});
    }
    ends(": CPU on web-1 is used up, but responses did not slow down");
    limits(0, 0, "");
}

/* Two of all seconds are full. */
static void peak(unsigned samples_per_second)
{
    begin();
    for (unsigned s = 0; s < SECONDS; s++) {
        trouble(s, 10);
        for (unsigned k = 0; k < samples_per_second; k++)
            see(s, &(struct state){.user = s == 10 || s == 11 ? 100 : 30, .bare = true});
    }
    holds("web-1's CPU peaked at 100 %, not long enough to tell; ");
    limits(0, 0, "");
}

Test(conclusion, a_peak_of_two_seconds_is_no_state)
{
    peak(1);
}

Test(conclusion, many_samples_of_one_second_are_no_state)
{
    peak(5);
}

Test(conclusion, just_below_the_limit_is_not_full)
{
    begin();
    for (unsigned s = 0; s < SECONDS; s++) {
        trouble(s, 10);
        see(s, &(struct state){.user = CT_CPU_FULL_PERCENT - 0.1, .bare = true});
    }
    holds("web-1's CPU at most 95 %; ");
    limits(0, 0, "");
}

Test(conclusion, samples_each_five_seconds_count_too)
{
    begin();
    for (unsigned s = 0; s < SECONDS; s++) {
        trouble(s, 5);
        if (s % 5 == 4)
            see(s, &(struct state){.user = s > 5 ? 99 : 20, .bare = true});
    }
    ends("from second 9 on: the limit is CPU on web-1");
}

Test(conclusion, two_samples_far_apart_are_no_state)
{
    begin();
    for (unsigned s = 0; s < SECONDS; s++) {
        trouble(s, 10);
        if (s % 5 == 4)
            see(s, &(struct state){.user = s > 10 ? 99 : 20, .bare = true});
    }
    holds("web-1's CPU peaked at 99 %, not long enough to tell; ");
    limits(0, 0, "");
}

Test(conclusion, a_missed_sample_ends_what_was_seen)
{
    begin();
    for (unsigned s = 0; s < SECONDS; s++) {
        trouble(s, 10);
        see(s, &(struct state){.user = 99, .bare = true, .gap = s % 3 == 2 ? "no answer" : NULL});
    }
    holds("peaked at 99 %, not long enough to tell");
    limits(0, 0, "");
}

Test(conclusion, trouble_at_another_time_has_another_cause)
{
    begin();
    for (unsigned s = 0; s < SECONDS; s++) {
        trouble(s, 14);
        see(s, &(struct state){.user = s < 8 ? 99 : 30, .bare = true});
    }
    ends("responses slowed from 5.00 ms to 80.0 ms from second 14 on: not at the time when CPU on "
         "web-1 was used up");
    limits(0, 0, "");
}

Test(conclusion, several_that_are_full_are_all_named)
{
    begin();
    for (unsigned s = 0; s < SECONDS; s++) {
        trouble(s, 10);
        see(s, &(struct state){.host = "a", .user = 99, .bare = true});
        see(s, &(struct state){.host = "b", .user = 40, .bare = true});
        see(s, &(struct state){.host = "c", .system = 98, .bare = true});
    }
    expect(
        "a's CPU reached 99 % (user) throughout; c's CPU reached 98 % (system) throughout; b's CPU "
        "at most 40 %: the limit is CPU on a or CPU on c");
    limits(2, CT_LIMIT_CPU, "a");
}

Test(conclusion, those_that_are_full_are_told_before_others)
{
    begin();
    for (unsigned s = 0; s < SECONDS; s++) {
        trouble(s, 10);
        for (unsigned k = 0; k < 5; k++) {
            char host[8];
            (void)snprintf(host, sizeof(host), "n%u", k);
            see(s, &(struct state){.host = host,
                                   .user = k == 4 ? 99 : 10 * k,
                                   .ping_ms = k < 2 && s > 9 ? 5 : 0});
        }
    }
    expect(
        "n4's CPU reached 99 % (user) throughout; memory flat; ping unchanged; n0's CPU at most 0 "
        "%; memory flat; ping rose from 200 us to 5.00 ms; CPU of the other 3 servers at most 30 "
        "% (n3): the limit is CPU on n4");
}

/* --- steal, disks, memory, network --- */

Test(conclusion, steal_makes_a_server_smaller)
{
    begin();
    for (unsigned s = 0; s < SECONDS; s++) {
        trouble(s, 10);
        see(s, &(struct state){.user = 70, .steal = 28, .bare = true});
    }
    expect("web-1's CPU reached 98 % (user) throughout; its hypervisor withheld 28 % (steal) "
           "throughout: the limit is the CPU that the hypervisor leaves web-1");
    limits(1, CT_LIMIT_STEAL, "web-1");
}

Test(conclusion, waiting_for_disks_is_a_hint)
{
    begin();
    for (unsigned s = 0; s < SECONDS; s++) {
        trouble(s, 10);
        see(s, &(struct state){.user = 10, .iowait = s < 9 ? 2 : 45, .bare = true});
    }
    expect("web-1's CPU at most 10 %; it waited for its disks for 45 % of the time (iowait) from "
           "second 9 on: the limit is probably the disks of web-1");
    limits(1, CT_LIMIT_DISK, "web-1");
}

Test(conclusion, memory_near_its_end_is_a_hint)
{
    begin();
    for (unsigned s = 0; s < SECONDS; s++) {
        trouble(s, 10);
        see(s, &(struct state){.user = 10, .used_mib = 400 + 31 * s});
    }
    expect(
        "web-1's CPU at most 10 %; memory used up to 99 % of 1000 MiB; ping unchanged: the limit "
        "is probably memory on web-1");
    limits(1, CT_LIMIT_MEMORY, "web-1");
}

Test(conclusion, memory_is_full_from_95_percent_on)
{
    static const double used_mib[] = {949, 950};
    for (size_t i = 0; i < 2; i++) {
        begin();
        for (unsigned s = 0; s < SECONDS; s++) {
            trouble(s, 10);
            see(s, &(struct state){.user = 10, .used_mib = used_mib[i]});
        }
        (void)text();
        limits(i, CT_LIMIT_MEMORY, "web-1");
        free(c);
    }
}

Test(conclusion, memory_is_told_by_how_it_moves)
{
    static const struct {
        double from, step;
        const char *says;
    } rows[] = {{400, 0, "; memory flat; "},
                {400, 0.9, "; memory flat; "},
                {400, 10, "; memory grew from 425 MiB to 565 MiB; "},
                {700, -10, "; memory fell from 675 MiB to 535 MiB; "}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        begin();
        for (unsigned s = 0; s < SECONDS; s++) {
            load(s, 100, 5, 0);
            see(s, &(struct state){.used_mib = rows[i].from + rows[i].step * s});
        }
        holds(rows[i].says);
        free(c);
    }
    begin();
    for (unsigned s = 0; s < SECONDS; s++)
        see(s, &(struct state){.used_mib = s % 2 == 0 ? 300 : 600});
    holds("; memory between 300 MiB and 600 MiB; ");
}

Test(conclusion, five_samples_say_nothing_of_a_trend)
{
    begin();
    for (unsigned s = 0; s < 5; s++) {
        load(s, 100, 5, 0);
        see(s, &(struct state){.used_mib = 400 + 50 * s});
    }
    expect("web-1's CPU at most 0 %: no resource was used up");
}

Test(conclusion, a_longer_ping_in_trouble_points_to_the_network)
{
    begin();
    for (unsigned s = 0; s < SECONDS; s++) {
        trouble(s, 10);
        see(s, &(struct state){.user = 10, .ping_ms = s < 10 ? 0.5 : 25});
    }
    ends("memory flat; ping rose from 500 us to 25.0 ms; responses slowed from 5.00 ms to 80.0 ms "
         "from second 10 on: the network to web-1 may be the limit");
    limits(0, 0, "");
}

Test(conclusion, a_ping_that_does_not_double_is_unchanged)
{
    begin();
    for (unsigned s = 0; s < SECONDS; s++) {
        trouble(s, 10);
        see(s, &(struct state){.user = 10, .ping_ms = s < 10 ? 5 : 9.9});
    }
    holds("; ping unchanged; ");
}

Test(conclusion, one_late_echo_is_no_longer_ping)
{
    begin();
    for (unsigned s = 0; s < SECONDS; s++) {
        load(s, 100, 5, 0);
        see(s, &(struct state){.ping_ms = s == 15 ? 300 : 0.2});
    }
    holds("; ping unchanged");
    cr_expect(epsilon_eq(dbl, evidence("web-1", "ping_ms")->to, 0.2, 1e-9));
}

/* --- trouble --- */

Test(conclusion, trouble_without_a_cause_is_said)
{
    begin();
    for (unsigned s = 0; s < SECONDS; s++) {
        trouble(s, 10);
        see(s, &(struct state){.user = 43, .bare = true});
    }
    expect(
        "web-1's CPU at most 43 %; responses slowed from 5.00 ms to 80.0 ms from second 10 on: no "
        "watched server was used up as a whole; a single core, a lock or something that was not "
        "watched may be the limit");
}

Test(conclusion, failing_requests_are_trouble)
{
    begin();
    for (unsigned s = 0; s < SECONDS; s++) {
        load(s, 100, 5, s < 10 ? 0 : 5);
        see(s, &(struct state){.user = s < 10 ? 40 : 99, .bare = true});
    }
    ends(": the limit is CPU on web-1");
    const struct ct_evidence *e = evidence("", "not_ok_percent");
    cr_expect(eq(dbl, e->from, 0));
    cr_expect(eq(dbl, e->to, 5));
    free(c);
    begin();
    for (unsigned s = 0; s < SECONDS; s++) {
        load(s, 100, 5, s < 10 ? 0 : 5);
        see(s, &(struct state){.user = 40, .bare = true});
    }
    holds("; up to 5 % of requests were not ok from second 10 on: ");
}

Test(conclusion, one_of_a_hundred_that_fails_is_trouble)
{
    for (unsigned failed = 9; failed <= 10; failed++) {
        begin();
        for (unsigned s = 0; s < SECONDS; s++) {
            load(s, 1000, 5, s < 10 ? 0 : failed);
            see(s, &(struct state){.user = 99, .bare = true});
        }
        (void)text();
        limits(failed == 10, CT_LIMIT_CPU, "web-1");
        free(c);
    }
}

Test(conclusion, less_than_double_or_less_than_a_millisecond_is_not_slower)
{
    static const double steps[][2] = {{5, 9.9}, {0.2, 1.1}};
    for (size_t i = 0; i < 2; i++) {
        begin();
        for (unsigned s = 0; s < SECONDS; s++) {
            load(s, 100, steps[i][s >= 10], 0);
            see(s, &(struct state){.user = 43, .bare = true});
        }
        expect("web-1's CPU at most 43 %: no resource was used up");
        free(c);
    }
}

Test(conclusion, a_server_that_was_not_seen_may_be_it)
{
    begin();
    for (unsigned s = 0; s < SECONDS; s++) {
        trouble(s, 10);
        see(s, &(struct state){.host = "a", .user = 20, .bare = true});
        see(s,
            &(struct state){.host = "b", .gap = s < 6 ? NULL : "Connection refused", .bare = true});
    }
    expect(
        "b's CPU at most 0 %; 14 of 20 samples of b missing (Connection refused); a's CPU at most "
        "20 %; responses slowed from 5.00 ms to 80.0 ms from second 10 on: nothing that was seen "
        "explains it, and too little was seen of b");
    cr_expect(eq(dbl, evidence("b", "missed_samples")->to, 14));
}

Test(conclusion, calm_is_no_proof_for_a_server_that_was_not_seen)
{
    begin();
    for (unsigned s = 0; s < SECONDS; s++) {
        load(s, 100, 5, 0);
        see(s, &(struct state){.gap = s < 6 ? NULL : "gone", .bare = true});
    }
    ends(": responses stayed as they were");
}

Test(conclusion, without_answers_nothing_is_said_of_them)
{
    begin();
    for (unsigned s = 0; s < SECONDS; s++)
        see(s, &(struct state){.user = 43, .bare = true});
    expect("web-1's CPU at most 43 %: too few answers to say more");
}

/* --- the closed model --- */

Test(conclusion, the_closed_model_presses_by_itself)
{
    begin();
    summary.plan.closed = true;
    summary.plan.connections = 50;
    for (unsigned s = 0; s < SECONDS; s++) {
        load(s, 100, 5, 0);
        see(s, &(struct state){.user = 99, .bare = true});
    }
    ends(": the limit is CPU on web-1");
    free(c);
    begin();
    summary.plan.closed = true;
    for (unsigned s = 0; s < SECONDS; s++) {
        load(s, 100, 5, 0);
        see(s, &(struct state){.user = 43, .bare = true});
    }
    ends(": more connections may bring more, or the limit is a single core, a lock or something "
         "that "
         "was not watched");
    free(c);
    begin();
    summary.plan.closed = true;
    summary.plan.think_ns = 1;
    for (unsigned s = 0; s < SECONDS; s++) {
        load(s, 100, 5, 0);
        see(s, &(struct state){.user = 99, .bare = true});
    }
    ends("but responses did not slow down");
}

/* --- who was at fault --- */

static void saturate(void)
{
    for (unsigned s = 0; s < SECONDS; s++) {
        trouble(s, 10);
        see(s, &(struct state){.user = 99, .bare = true});
    }
}

Test(conclusion, the_generator_accuses_itself_first)
{
    begin();
    summary.verdict = CT_VERDICT_INVALID;
    static const char *const codes[] = {"late", "threshold", "loop_busy", "aborted"};
    for (size_t i = 0; i < 4; i++)
        (void)snprintf(summary.reasons[summary.n_reasons++].code, 32, "%s", codes[i]);
    saturate();
    expect(
        "ct itself was the limit (late, loop_busy), so no limit of the target follows; web-1's CPU "
        "reached 99 % (user) throughout");
    limits(1, CT_LIMIT_GENERATOR, "");
}

Test(conclusion, a_busy_loop_of_the_closed_model_is_the_limit)
{
    begin();
    summary.plan.closed = true;
    summary.limited_by_generator = true;
    saturate();
    expect(
        "ct itself was busy: the target may take more; web-1's CPU reached 99 % (user) throughout");
    limits(1, CT_LIMIT_GENERATOR, "");
}

Test(conclusion, an_invalid_run_says_so_also_when_its_loop_was_busy)
{
    begin();
    summary.plan.closed = true;
    summary.limited_by_generator = true;
    summary.verdict = CT_VERDICT_INVALID;
    (void)snprintf(summary.reasons[summary.n_reasons++].code, 32, "stalled");
    saturate();
    expect("ct itself was the limit (stalled), so no limit of the target follows; web-1's CPU "
           "reached 99 % (user) throughout");
}

static void own(const char *host)
{
    (void)snprintf(servers[0].host, sizeof(servers[0].host), "%s", host);
    servers[0].this_machine = true;
    summary.servers = servers;
    summary.n_servers = 1;
}

Test(conclusion, a_shared_machine_is_said_first)
{
    begin();
    summary.colocated = true;
    saturate();
    expect(
        "ct and the target share a machine; web-1's CPU reached 99 % (user) throughout: the limit "
        "is CPU on web-1");
    free(c);
    begin();
    summary.colocated = true;
    own("web-1");
    saturate();
    expect("ct and the target share a machine (web-1); web-1's CPU reached 99 % (user) throughout: "
           "the limit is CPU on web-1");
    limits(1, CT_LIMIT_CPU, "web-1");
}

Test(conclusion, ct_s_own_machine_is_not_the_target_s)
{
    begin();
    own("web-1");
    saturate();
    ends(": the limit is CPU on web-1 (ct's own machine, not the target's)");
    limits(1, CT_LIMIT_GENERATOR, "");
}

/* --- too little --- */

Test(conclusion, nothing_watched_no_sentence)
{
    begin();
    for (unsigned s = 0; s < SECONDS; s++)
        trouble(s, 10);
    cr_assert(eq(ptr, ct_conclusion_draw(&trace, &summary), NULL));
}

Test(conclusion, two_samples_are_too_few)
{
    begin();
    for (unsigned s = 0; s < 2; s++) {
        load(s, 100, 5, 0);
        see(s, &(struct state){.user = 99});
    }
    expect("2 samples of the servers: too few to say what the limit is");
    limits(0, 0, "");
}

Test(conclusion, a_server_that_was_never_there)
{
    begin();
    for (unsigned s = 0; s < SECONDS; s++) {
        trouble(s, 10);
        see(s, &(struct state){.gap = "Connection refused"});
    }
    expect("0 samples of the servers: too few to say what the limit is; 20 of 20 samples of web-1 "
           "missing (Connection refused)");
}

Test(conclusion, a_text_that_is_too_long_is_cut_and_ends)
{
    char host[256];
    memset(host, 'h', sizeof(host));
    host[255] = '\0';
    begin();
    for (unsigned s = 0; s < SECONDS; s++) {
        trouble(s, 10);
        for (unsigned k = 0; k < 12; k++) {
            host[0] = (char)('a' + k);
            see(s, &(struct state){.host = host, .user = 40, .steal = 58});
        }
    }
    cr_expect(eq(int, strlen(text()) < CT_CONCLUSION_TEXT, 1));
    cr_expect(eq(sz, c->n_limits, CT_LIMITS_MAX));
}
