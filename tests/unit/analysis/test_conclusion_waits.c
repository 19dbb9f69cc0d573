#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/findings.h"
#include "watched_run.h"

/* What a server waited for: pressure, swap, run queue, its network, and what no flat series says.
 */

/* A second of a rate that rises by 300/s; responses slow down from 4,200/s on. */
static void rise(uint64_t second)
{
    load(second, (unsigned)(300 * (second + 1)), second < 13 ? 2 : 40, 0);
}

/* Each sentence about memory and ping is the same where these are not what it is about. */
#define STILL "memory flat; ping unchanged"
#define SLOWED "; responses slowed from 2.00 ms to 40.0 ms from 4,200/s on"

static void expect_evidence(const char *metric, double from, double to, double at_s, double at_rps)
{
    const struct ct_evidence *e = evidence("web-1", metric);
    cr_expect(epsilon_eq(dbl, e->from, from, 1e-9), "%s", metric);
    cr_expect(epsilon_eq(dbl, e->to, to, 1e-9), "%s", metric);
    cr_expect(eq(dbl, e->at_s, at_s), "%s", metric);
    cr_expect(eq(dbl, e->at_rps, at_rps), "%s", metric);
}

/* --- memory --- */

Test(conclusion_waits, for_memory_is_a_limit)
{
    ramp();
    for (unsigned s = 0; s < SECONDS; s++) {
        rise(s);
        see(s, &(struct state){.user = 20, .vitals = true, .waits_memory = s < 12 ? 0 : 12});
    }
    expect("web-1's CPU at most 20 %; it waited for memory 12 % of the time (PSI) from 3,900/s "
           "on; " STILL ": the limit is probably memory on web-1");
    limits(1, CT_LIMIT_MEMORY, "web-1");
    expect_evidence("pressure_memory_percent", 0, 12, 12, 3900);
}

Test(conclusion_waits, less_than_a_tenth_for_memory_is_none)
{
    ramp();
    for (unsigned s = 0; s < SECONDS; s++) {
        rise(s);
        see(s, &(struct state){.user = 20, .vitals = true, .waits_memory = s < 12 ? 0 : 9.9});
    }
    ends("a lock or something that was not watched may be the limit");
    limits(0, 0, "");
    cr_expect(not(proves("pressure_memory_percent")));
}

Test(conclusion_waits, a_kernel_that_looks_for_memory_keeps_the_cpu_busy)
{
    static const struct {
        double user, system;
        const char *says;
        enum ct_limit limit;
    } rows[] = {{30, 68, ": the limit is probably memory on web-1", CT_LIMIT_MEMORY},
                {68, 30, ": the limit is CPU on web-1", CT_LIMIT_CPU}};
    for (size_t i = 0; i < 2; i++) {
        ramp();
        for (unsigned s = 0; s < SECONDS; s++) {
            rise(s);
            see(s, &(struct state){.user = s < 12 ? 10 : rows[i].user,
                                   .system = s < 12 ? 5 : rows[i].system,
                                   .vitals = true,
                                   .waits_memory = s < 12 ? 0 : 30});
        }
        ends(rows[i].says);
        limits(1, rows[i].limit, "web-1");
        free(c);
    }
}

Test(conclusion_waits, swap_that_grows_is_told_and_suspected)
{
    ramp();
    for (unsigned s = 0; s < SECONDS; s++) {
        rise(s);
        see(s, &(struct state){
                   .user = 20, .vitals = true, .swap_mib = s < 12 ? 10 : 10 + 20 * (s - 11.0)});
    }
    expect(
        "web-1's CPU at most 20 %; its swap grew from 10.0 MiB to 170 MiB from 3,900/s on; " STILL
            SLOWED ": memory on web-1 may be the limit");
    limits(0, 0, "");
    expect_evidence("swap_used_kib", 10 * MIB, 170 * MIB, 12, 3900);
}

Test(conclusion_waits, disks_that_serve_the_swap_are_no_limit_of_their_own)
{
    ramp();
    for (unsigned s = 0; s < SECONDS; s++) {
        rise(s);
        see(s, &(struct state){.user = 20,
                               .iowait = s < 12 ? 0 : 50,
                               .vitals = true,
                               .swap_mib = s < 12 ? 10 : 200});
    }
    ends(": the limit is probably memory on web-1");
    limits(1, CT_LIMIT_MEMORY, "web-1");
}

Test(conclusion_waits, swap_that_moves_a_little_or_goes_back_is_not_told)
{
    for (int fall = 0; fall < 2; fall++) {
        begin();
        for (unsigned s = 0; s < SECONDS; s++) {
            load(s, 100, 5, 0);
            see(s, &(struct state){.user = 20,
                                   .vitals = true,
                                   .swap_mib = fall ? 500 - 20.0 * s : 300 + 0.9 * s});
        }
        expect("web-1's CPU at most 20 %; " STILL ": no resource was used up");
        cr_expect(not(proves("swap_used_kib")));
        free(c);
    }
}

/* --- disks --- */

Test(conclusion_waits, for_disks_that_rise_are_suspected)
{
    ramp();
    for (unsigned s = 0; s < SECONDS; s++) {
        rise(s);
        see(s, &(struct state){.user = 70, .vitals = true, .waits_io = s < 12 ? 10 : 60});
    }
    expect("web-1's CPU at most 70 %; it waited for its disks 60 % of the time (PSI) from 3,900/s "
           "on; " STILL SLOWED ": the disks of web-1 may be the limit");
    limits(0, 0, "");
    expect_evidence("pressure_io_percent", 10, 60, 12, 3900);
}

Test(conclusion_waits, iowait_and_pressure_are_told_once)
{
    ramp();
    for (unsigned s = 0; s < SECONDS; s++) {
        rise(s);
        see(s, &(struct state){.user = 20,
                               .iowait = s < 12 ? 5 : 45,
                               .vitals = true,
                               .waits_io = s < 12 ? 10 : 60});
    }
    expect("web-1's CPU at most 20 %; it waited for its disks for 45 % of the time (iowait) from "
           "3,900/s on; " STILL ": the limit is probably the disks of web-1");
    expect_evidence("pressure_io_percent", 10, 60, 12, 3900);
}

/* --- a CPU that it was not given --- */

Test(conclusion_waits, a_core_that_is_full_is_told_and_suspected)
{
    ramp();
    for (unsigned s = 0; s < SECONDS; s++) {
        rise(s);
        see(s, &(struct state){.user = 30, .core = s < 12 ? 40 : 99, .idle_core = 8});
    }
    expect("web-1's CPU at most 30 %; one core of web-1 is full (single-threaded?) from 3,900/s "
           "on; " STILL SLOWED ": one core of web-1 may be the limit");
    limits(0, 0, "");
    expect_evidence("cpu_core_percent", 40, 99, 12, 3900);
}

Test(conclusion_waits, cores_that_are_not_full_or_all_full_are_not_told_one_by_one)
{
    static const double busy[] = {94.9, 99};
    for (size_t i = 0; i < 2; i++) {
        ramp();
        for (unsigned s = 0; s < SECONDS; s++) {
            rise(s);
            see(s, &(struct state){.user = i == 1 && s >= 12 ? 98 : 50,
                                   .core = s < 12 ? 50 : busy[i],
                                   .idle_core = 50});
        }
        ends(i == 1 ? ": the limit is CPU on web-1"
                    : "a lock or something that was not watched may be the limit");
        cr_expect(not(proves("cpu_core_percent")));
        free(c);
    }
}

Test(conclusion_waits, a_quota_that_stops_a_control_group_is_named)
{
    ramp();
    for (unsigned s = 0; s < SECONDS; s++) {
        rise(s);
        see(s, &(struct state){.user = 30, .throttled = s < 12 ? 5 : 60});
    }
    expect("web-1's CPU at most 30 %; the CPU quota of nginx stopped it in 60 % of its periods "
           "from 3,900/s on; " STILL SLOWED ": a CPU quota on web-1 may be the limit");
    expect_evidence("cgroup_throttled_percent", 5, 60, 12, 3900);
    free(c);
    ramp();
    for (unsigned s = 0; s < SECONDS; s++) {
        rise(s);
        see(s, &(struct state){.user = 30, .throttled = s < 12 ? 5 : 24});
    }
    ends("a lock or something that was not watched may be the limit");
    cr_expect(not(proves("cgroup_throttled_percent")));
}

Test(conclusion_waits, more_waiting_for_a_cpu_than_work_is_a_quota)
{
    ramp();
    for (unsigned s = 0; s < SECONDS; s++) {
        rise(s);
        see(s, &(struct state){.user = 40, .vitals = true, .waits_cpu = s < 12 ? 20 : 90});
    }
    expect("web-1's CPU at most 40 %; its tasks waited for a CPU 90 % of the time (PSI) from "
           "3,900/s on; " STILL SLOWED ": a CPU quota or a few cores of web-1 may be the limit");
    expect_evidence("pressure_cpu_percent", 20, 90, 12, 3900);
}

Test(conclusion_waits, waiting_for_a_cpu_as_long_as_all_are_busy_is_a_queue)
{
    ramp();
    for (unsigned s = 0; s < SECONDS; s++) {
        rise(s);
        see(s, &(struct state){.user = 70, .vitals = true, .waits_cpu = s < 12 ? 20 : 89});
    }
    ends("a lock or something that was not watched may be the limit");
    cr_expect(not(proves("pressure_cpu_percent")));
}

Test(conclusion_waits, a_full_cpu_proves_how_long_was_waited_for_it)
{
    ramp();
    for (unsigned s = 0; s < SECONDS; s++) {
        rise(s);
        see(s, &(struct state){
                   .user = s < 12 ? 30 : 98, .vitals = true, .waits_cpu = s < 12 ? 10 : 85});
    }
    expect("web-1's CPU reached 98 % (user) from 3,900/s on; " STILL ": the limit is CPU on web-1");
    cr_expect(epsilon_eq(dbl, evidence("web-1", "pressure_cpu_percent")->to, 85, 1e-9));
}

Test(conclusion_waits, without_pressure_the_run_queue_is_told_in_trouble)
{
    for (int kernel = 0; kernel < 2; kernel++) {
        ramp();
        for (unsigned s = 0; s < SECONDS; s++) {
            rise(s);
            see(s, &(struct state){.user = 50,
                                   .vitals = true,
                                   .old_kernel = kernel == 0,
                                   .running = s < 12 ? 3 : 40});
        }
        if (kernel == 0) {
            expect("web-1's CPU at most 50 %; up to 40 tasks ran or waited for a CPU from 3,900/s "
                   "on; " STILL SLOWED ": no watched server was used up as a whole; a single "
                   "core, a lock or something that was not watched may be the limit");
            expect_evidence("run_queue", 3, 40, 12, 3900);
        } else {
            expect("web-1's CPU at most 50 %; " STILL SLOWED
                   ": no watched server was used up as a whole; a single core, a lock or something "
                   "that was not watched may be the limit");
        }
        free(c);
    }
    begin();
    for (unsigned s = 0; s < SECONDS; s++) {
        load(s, 100, 5, 0);
        see(s, &(struct state){
                   .user = 50, .vitals = true, .old_kernel = true, .running = s < 12 ? 3 : 40});
    }
    expect("web-1's CPU at most 50 %; " STILL ": no resource was used up");
    cr_expect(proves("run_queue"));
}

Test(conclusion_waits, steal_below_a_full_cpu_is_suspected)
{
    begin();
    for (unsigned s = 0; s < SECONDS; s++) {
        trouble(s, 10);
        see(s, &(struct state){.user = 30, .steal = s < 10 ? 0 : 20, .bare = true});
    }
    expect("web-1's CPU at most 50 %; its hypervisor withheld 20 % (steal) from second 10 on; "
           "responses slowed from 5.00 ms to 80.0 ms from second 10 on: the hypervisor of web-1 "
           "may be the limit");
    limits(0, 0, "");
}

/* --- the network --- */

Test(conclusion_waits, network_errors_and_drops_are_suspected)
{
    ramp();
    for (unsigned s = 0; s < SECONDS; s++) {
        rise(s);
        see(s,
            &(struct state){
                .user = 20, .vitals = true, .errors = s < 12 ? 0 : 1, .drops = s < 12 ? 3 : 1234});
    }
    expect("web-1's CPU at most 20 %; its network had 1 errors/s from 3,900/s on; its network "
           "dropped 1,234 packets/s from 3,900/s on; " STILL SLOWED
           ": the network of web-1 may be the limit");
    expect_evidence("network_errors_per_s", 0, 1, 12, 3900);
    expect_evidence("network_drops_per_s", 3, 1234, 12, 3900);
    free(c);
    ramp();
    for (unsigned s = 0; s < SECONDS; s++) {
        rise(s);
        see(s, &(struct state){.user = 20, .vitals = true, .drops = s < 12 ? 0 : 10});
    }
    ends(SLOWED ": the network of web-1 may be the limit");
}

/* --- limits --- */

Test(conclusion_waits, each_limit_is_where_the_manual_says)
{
    static const struct {
        const char *metric;
        size_t value; /* of struct state */
        double before, below, at;
    } rows[] = {
        {"cgroup_throttled_percent", offsetof(struct state, throttled), 5, 24.9, 25},
        {"cpu_core_percent", offsetof(struct state, core), 40, 94.9, 95},
        {"cpu_iowait_percent", offsetof(struct state, iowait), 0, 24.9, 25},
        {"cpu_steal_percent", offsetof(struct state, steal), 0, 9.9, 10},
        {"network_drops_per_s", offsetof(struct state, drops), 1, 9.9, 10},
        {"network_errors_per_s", offsetof(struct state, errors), 0, 0.99, 1},
        {"pressure_cpu_percent", offsetof(struct state, waits_cpu), 20, 49.9, 50},
        {"pressure_io_percent", offsetof(struct state, waits_io), 10, 39.9, 40},
        {"pressure_memory_percent", offsetof(struct state, waits_memory), 0, 9.9, 10},
        {"run_queue", offsetof(struct state, running), 3, 9.9, 10},
    };
    for (size_t i = 0; i < 2 * sizeof(rows) / sizeof(*rows); i++) {
        bool reached = i % 2 == 1;
        const char *metric = rows[i / 2].metric;
        begin();
        for (unsigned s = 0; s < SECONDS; s++) {
            struct state v = {.user = strstr(metric, "steal") != NULL ? 20 : 30, .vitals = true};
            v.old_kernel = strcmp(metric, "run_queue") == 0;
            double late = reached ? rows[i / 2].at : rows[i / 2].below;
            memcpy((char *)&v + rows[i / 2].value, s < 10 ? &rows[i / 2].before : &late,
                   sizeof(double));
            load(s, 100, 5, 0);
            see(s, &v);
        }
        (void)text();
        cr_expect(eq(int, proves(metric), reached), "%s", metric);
        free(c);
    }
}

Test(conclusion_waits, a_full_cpu_has_a_queue_that_is_not_told)
{
    ramp();
    for (unsigned s = 0; s < SECONDS; s++) {
        rise(s);
        see(s, &(struct state){.user = s < 12 ? 50 : 99,
                               .vitals = true,
                               .old_kernel = true,
                               .running = s < 12 ? 3 : 40});
    }
    expect("web-1's CPU reached 99 % (user) from 3,900/s on; " STILL ": the limit is CPU on web-1");
    cr_expect(proves("run_queue"));
}

/* --- no false alarms --- */

/* A server that is always so: a journal that keeps a disk busy, a full swap, stray packets. */
static struct state always(void)
{
    return (struct state){.user = 60,
                          .vitals = true,
                          .waits_cpu = 60,
                          .waits_memory = 5,
                          .waits_io = 70,
                          .swap_mib = 300,
                          .running = 30,
                          .errors = 0.5,
                          .drops = 50};
}

Test(conclusion_waits, flat_series_say_nothing)
{
    struct state s = always();
    begin();
    for (unsigned at = 0; at < SECONDS; at++) {
        load(at, 100, 5, 0);
        see(at, &s);
    }
    expect("web-1's CPU at most 60 %; " STILL ": no resource was used up");
    cr_expect(eq(sz, c->n_evidence, 3));
    free(c);
    begin();
    for (unsigned at = 0; at < SECONDS; at++) {
        trouble(at, 10);
        see(at, &s);
    }
    expect("web-1's CPU at most 60 %; " STILL
           "; responses slowed from 5.00 ms to 80.0 ms from second 10 on: no watched server was "
           "used up as a whole; a single core, a lock or something that was not watched may be the "
           "limit");
}

Test(conclusion_waits, series_that_go_up_and_down_say_nothing)
{
    ramp();
    for (unsigned at = 0; at < SECONDS; at++) {
        struct state s = always();
        double up = at / 3 % 2; /* three seconds each */
        s.waits_io = 25 + 24 * up;
        s.waits_cpu = 30 + 45 * up;
        s.waits_memory = 2 + 6 * up;
        s.swap_mib = 300 + 15 * up;
        s.drops = 8 + 7 * up;
        s.errors = 0.9 * up;
        rise(at);
        see(at, &s);
    }
    ends(SLOWED ": no watched server was used up as a whole; a single core, a lock or something "
                "that was not watched may be the limit");
    cr_expect(eq(sz, c->n_evidence, 4));
}

Test(conclusion_waits, two_seconds_are_no_state)
{
    ramp();
    for (unsigned at = 0; at < SECONDS; at++) {
        bool now = at == 13 || at == 14;
        rise(at);
        see(at, &(struct state){.user = 20,
                                .vitals = true,
                                .waits_cpu = now ? 99 : 0,
                                .waits_memory = now ? 99 : 0,
                                .waits_io = now ? 99 : 0,
                                .swap_mib = now ? 900 : 0,
                                .errors = now ? 500 : 0,
                                .drops = now ? 500 : 0});
    }
    expect(
        "web-1's CPU at most 20 %; " STILL SLOWED
        ": no watched server was used up as a whole; a single core, a lock or something that was "
        "not watched may be the limit");
}

Test(conclusion_waits, what_was_so_at_another_time_is_not_suspected)
{
    begin();
    for (unsigned at = 0; at < SECONDS; at++) {
        trouble(at, 15);
        see(at, &(struct state){.user = 20, .vitals = true, .drops = at >= 5 && at < 10 ? 500 : 0});
    }
    expect("web-1's CPU at most 20 %; its network dropped 500 packets/s from second 5 to 10; " STILL
           "; responses slowed from 5.00 ms to 80.0 ms from second 15 on: no watched server was "
           "used up as a whole; a single core, a lock or something that was not watched may be the "
           "limit");
}

/* --- who --- */

Test(conclusion_waits, the_generator_s_own_machine_is_not_suspected)
{
    static struct ct_server_summary own = {.host = "web-1", .this_machine = true};
    ramp();
    summary.servers = &own;
    summary.n_servers = 1;
    for (unsigned s = 0; s < SECONDS; s++) {
        rise(s);
        see(s, &(struct state){.user = 20, .vitals = true, .drops = s < 12 ? 0 : 500});
    }
    ends("a lock or something that was not watched may be the limit");
    free(c);
    ramp();
    summary.servers = &own;
    summary.n_servers = 1;
    summary.colocated = true;
    for (unsigned s = 0; s < SECONDS; s++) {
        rise(s);
        see(s, &(struct state){.user = 20, .vitals = true, .drops = s < 12 ? 0 : 500});
    }
    ends(": the network of web-1 may be the limit");
}

Test(conclusion_waits, the_server_that_waited_is_told_before_the_rest)
{
    ramp();
    for (unsigned s = 0; s < SECONDS; s++) {
        rise(s);
        see(s, &(struct state){.host = "a", .user = 50, .vitals = true});
        see(s, &(struct state){.host = "b", .user = 40, .vitals = true});
        see(s,
            &(struct state){.host = "db", .user = 10, .vitals = true, .waits_io = s < 12 ? 0 : 80});
    }
    expect("db's CPU at most 10 %; it waited for its disks 80 % of the time (PSI) from 3,900/s "
           "on; " STILL "; CPU of the other 2 servers at most 50 % (a)" SLOWED
           ": the disks of db may be the limit");
}

Test(conclusion_waits, a_server_without_cpu_values_is_named)
{
    ramp();
    for (unsigned s = 0; s < SECONDS; s++) {
        rise(s);
        see(s, &(struct state){.no_cpu = true,
                               .vitals = true,
                               .waits_memory = s < 12 ? 0 : 12,
                               .drops = s < 12 ? 0 : 100});
    }
    expect("web-1 waited for memory 12 % of the time (PSI) from 3,900/s on; web-1's network "
           "dropped 100 packets/s from 3,900/s on; " STILL
           ": the limit is probably memory on web-1");
}

Test(conclusion_waits, the_closed_model_suspects_too)
{
    begin();
    summary.plan.closed = true;
    summary.plan.connections = 50;
    for (unsigned s = 0; s < SECONDS; s++) {
        load(s, 100, 5, 0);
        see(s, &(struct state){.user = 30, .vitals = true, .waits_cpu = 80});
    }
    expect("web-1's CPU at most 30 %; its tasks waited for a CPU 80 % of the time (PSI) "
           "throughout; " STILL ": a CPU quota or a few cores of web-1 may be the limit, or more "
           "connections bring more");
}
