#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "analysis/diagnosis.h"

static struct ct_checkup c;
static struct ct_diagnosis d;
static struct ct_forecast f;

/* A good machine: one thread was 60 % busy at 60,000/s, the highest rate that was tried. */
static void init(void)
{
    c = (struct ct_checkup){
        .cpus = 4,
        .cpus_online = 4,
        .governor = "performance",
        .clock_source = "tsc",
        .cgroup_version = 2,
        .timer_slack_ns = 1,
        .descriptors = 1024,
        .descriptors_hard = 65536,
        .connections = 22585,
        .ports = 28232,
        .tw_reuse = 0,
        .memory_available_bytes = 8e9,
        .load_minute = 0.1,
        .during = {.quota_cpus = NAN, .cpus = 4},
        .others_cpus = 0.05,
        .wakeups = {{100, 100, 30, 60, NAN, 90},
                    {1000, 1000, 20, 40, 60, 90},
                    {10000, 2000, 10, 20, 30, 90}},
        .sending = {{60000, 60000, 0.6, 10, 120, true}},
        .n_sending = 1,
    };
}
TestSuite(diagnosis, .init = init);

static const struct ct_finding *finding(const char *topic)
{
    const struct ct_finding *one = NULL;
    ct_diagnosis_make(&c, &d);
    for (size_t i = 0; i < d.n_findings; i++)
        if (strcmp(d.findings[i].topic, topic) == 0)
            one = &d.findings[i];
    cr_assert(ne(ptr, (void *)one, NULL), "no finding about %s", topic);
    return one;
}

/* Only this one is not ok, and it says what to do. */
static void doubts(const char *topic, enum ct_mark mark, const char *advice)
{
    const struct ct_finding *one = finding(topic);
    cr_expect(eq(int, one->mark, mark), "%s: %s", topic, one->text);
    cr_expect(strstr(one->advice, advice) != NULL, "%s: %s", topic, one->advice);
    for (size_t i = 0; i < d.n_findings; i++)
        cr_expect(eq(int, d.findings[i].mark == CT_MARK_OK, d.findings + i != one), "also %s: %s",
                  d.findings[i].topic, d.findings[i].text);
}

static void all_well(void)
{
    ct_diagnosis_make(&c, &d);
    for (size_t i = 0; i < d.n_findings; i++) {
        cr_expect(eq(int, d.findings[i].mark, CT_MARK_OK), "%s: %s", d.findings[i].topic,
                  d.findings[i].text);
        cr_expect(eq(chr, d.findings[i].advice[0], '\0'), "%s", d.findings[i].topic);
        cr_expect(ge(sz, strlen(d.findings[i].text), 3));
    }
}

/* --- forecast --- */

static void tried(double rps, double sent_rps, double busy, double late_us)
{
    c.sending[c.n_sending++] =
        (struct ct_sending){rps, sent_rps, busy, 9, late_us, late_us <= 1000};
}

Test(diagnosis, where_nothing_higher_was_tried_a_quarter_more_is_the_most)
{
    ct_forecast_make(&c, &f);
    cr_expect(epsilon_eq(dbl, f.one_rps, 75000, 1));
    c.sending[0].busy_share = 0.75;
    ct_forecast_make(&c, &f);
    cr_expect(epsilon_eq(dbl, f.one_rps, 64000, 1));
    cr_expect(f.on_time);
}

Test(diagnosis, between_well_and_too_busy_it_is_80_percent)
{
    tried(100000, 100000, 1.0, 300);
    ct_forecast_make(&c, &f);
    cr_expect(epsilon_eq(dbl, f.one_rps, 80000, 1));
    tried(70000, 70000, 0.7, 200); /* the order does not matter */
    ct_forecast_make(&c, &f);
    cr_expect(epsilon_eq(dbl, f.one_rps, 80000, 1));
    cr_expect(epsilon_eq(dbl, f.lateness_p99_us, 200, 0));
    tried(75000, 75000, 0.85, 200);
    ct_forecast_make(&c, &f);
    cr_expect(epsilon_eq(dbl, f.one_rps, 73333, 1));
}

Test(diagnosis, beyond_a_rate_that_was_invalid_or_not_sent_nothing_is_promised)
{
    tried(80000, 80000, 0.7, 1001);
    ct_forecast_make(&c, &f);
    cr_expect(epsilon_eq(dbl, f.one_rps, 60000, 1));
    c.sending[1] = (struct ct_sending){80000, 79000, 0.7, 9, 100, true};
    ct_forecast_make(&c, &f);
    cr_expect(epsilon_eq(dbl, f.one_rps, 60000, 1));
    c.sending[1] = (struct ct_sending){80000, 80000, 0.9, 9, 5000, false};
    ct_forecast_make(&c, &f);
    cr_expect(epsilon_eq(dbl, f.one_rps, 60000, 1));
}

Test(diagnosis, where_no_run_was_on_time_that_is_said)
{
    c.n_sending = 0;
    tried(50000, 40000, 1.0, 50000);
    tried(30000, 29000, 0.5, 20000);
    ct_forecast_make(&c, &f);
    cr_expect(not(f.on_time));
    cr_expect(epsilon_eq(dbl, f.one_rps, 29000, 1));
    cr_expect(epsilon_eq(dbl, f.lateness_p99_us, 20000, 0));
    doubts("sending", CT_MARK_BAD, "invalid");
}

Test(diagnosis, each_cpu_adds_a_thread)
{
    c.sending[0].busy_share = 0.8;
    ct_forecast_make(&c, &f);
    cr_expect(eq(u32, f.threads, 4));
    cr_expect(epsilon_eq(dbl, f.all_rps, 240000, 1));
    cr_expect(epsilon_eq(dbl, f.lateness_p99_us, 120, 0));
}

Test(diagnosis, quota_takes_threads_away)
{
    c.sending[0].busy_share = 0.8;
    c.during.quota_cpus = 2.5;
    ct_forecast_make(&c, &f);
    cr_expect(eq(u32, f.threads, 2));
    cr_expect(epsilon_eq(dbl, f.one_rps, 60000, 1));
    c.during.quota_cpus = 0.2;
    ct_forecast_make(&c, &f);
    cr_expect(eq(u32, f.threads, 1));
    cr_expect(epsilon_eq(dbl, f.one_rps, 12000, 1));
    cr_expect(epsilon_eq(dbl, f.all_rps, 12000, 1));
}

Test(diagnosis, nothing_measured_is_no_forecast)
{
    c.n_sending = 0;
    ct_forecast_make(&c, &f);
    cr_expect(isnan(f.one_rps) && isnan(f.all_rps) && !f.on_time);
    cr_expect(eq(int, finding("sending")->mark, CT_MARK_OK));
}

Test(diagnosis, a_port_comes_back_after_a_minute)
{
    ct_forecast_make(&c, &f);
    cr_expect(epsilon_eq(dbl, f.new_connections_rps, 470.5, 0.1));
    c.tw_reuse = 1;
    ct_forecast_make(&c, &f);
    cr_expect(epsilon_eq(dbl, f.new_connections_rps, 28232, 0.1));
    c.tw_reuse = 2; /* over loopback only */
    ct_forecast_make(&c, &f);
    cr_expect(epsilon_eq(dbl, f.new_connections_rps, 470.5, 0.1));
}

/* --- findings --- */

Test(diagnosis, good_machine_needs_no_advice)
{
    all_well();
    cr_expect(eq(sz, d.n_findings, 11));
}

Test(diagnosis, what_the_kernel_does_not_tell_is_no_doubt)
{
    c.governor[0] = c.clock_source[0] = '\0';
    c.cgroup_version = 0;
    c.during = ct_host_change_unknown();
    c.others_cpus = c.memory_available_bytes = c.load_minute = NAN;
    c.tw_reuse = -1;
    all_well();
}

Test(diagnosis, late_timers)
{
    c.wakeups[1].p99_us = 200;
    doubts("timers", CT_MARK_WARN, "CPU");
    c.wakeups[1].p99_us = 1000;
    doubts("timers", CT_MARK_BAD, "CPU");
}

Test(diagnosis, late_sending)
{
    c.sending[0].lateness_p99_us = 500;
    doubts("sending", CT_MARK_WARN, "invalid");
    c.sending[0].lateness_p99_us = 1001;
    c.sending[0].valid = false;
    doubts("sending", CT_MARK_BAD, "invalid");
}

Test(diagnosis, few_cpus)
{
    c.cpus = 2;
    doubts("cpus", CT_MARK_WARN, "taskset -c 0-3");
    c.cpus = c.cpus_online = 1;
    c.others_cpus = 0;
    doubts("cpus", CT_MARK_WARN, "second CPU");
}

Test(diagnosis, quota)
{
    (void)snprintf(c.quota_path, sizeof(c.quota_path), "/sys/fs/cgroup/a");
    c.during.quota_cpus = 3;
    doubts("quota", CT_MARK_WARN, "echo max > /sys/fs/cgroup/a/cpu.max");
    c.during.quota_cpus = 0.2;
    c.during.throttled_periods = 18;
    c.during.periods = 20;
    c.cgroup_version = 1;
    doubts("quota", CT_MARK_BAD, "echo -1 > /sys/fs/cgroup/a/cpu.cfs_quota_us");
    cr_expect(strstr(finding("quota")->text, "18 of 20 periods") != NULL);
    c.during.quota_cpus = 4; /* as much as there is */
    all_well();
}

Test(diagnosis, steal)
{
    c.during.steal_percent = 1;
    doubts("steal", CT_MARK_WARN, "machine");
    c.during.steal_percent = 5;
    doubts("steal", CT_MARK_BAD, "machine");
}

Test(diagnosis, other_programs)
{
    c.others_cpus = 0.4;
    doubts("others", CT_MARK_WARN, "stop them");
    c.others_cpus = 2;
    doubts("others", CT_MARK_BAD, "stop them");
}

Test(diagnosis, powersave)
{
    (void)snprintf(c.governor, sizeof(c.governor), "powersave");
    doubts("governor", CT_MARK_WARN, "performance");
    (void)snprintf(c.governor, sizeof(c.governor), "schedutil");
    all_well();
}

Test(diagnosis, slow_clock)
{
    (void)snprintf(c.clock_source, sizeof(c.clock_source), "hpet");
    doubts("clock", CT_MARK_WARN, "tsc");
    (void)snprintf(c.clock_source, sizeof(c.clock_source), "kvm-clock");
    all_well();
}

Test(diagnosis, few_descriptors)
{
    c.descriptors_hard = 4096;
    doubts("files", CT_MARK_WARN, "ulimit");
    c.descriptors_hard = 256;
    doubts("files", CT_MARK_BAD, "ulimit");
}

Test(diagnosis, few_ports)
{
    c.ports = 1000;
    doubts("ports", CT_MARK_WARN, "ip_local_port_range");
}

Test(diagnosis, little_memory)
{
    c.memory_available_bytes = 200e6;
    doubts("memory", CT_MARK_WARN, "free some");
    c.memory_available_bytes = 50e6;
    doubts("memory", CT_MARK_BAD, "free some");
}
