#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "analysis/diagnosis.h"

static struct ct_checkup c;
static struct ct_diagnosis d;
static struct ct_forecast f;

/* A good machine: one thread was 60 % busy at 60,000/s. */
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
        .tried_rps = 60000,
        .sent_rps = 60000,
        .busy_share = 0.6,
        .request_cpu_us = 10,
        .lateness_p99_us = 120,
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

Test(diagnosis, one_thread_can_be_busy_for_80_percent)
{
    ct_forecast_make(&c, &f);
    cr_expect(epsilon_eq(dbl, f.one_rps, 75000, 1)); /* 80,000, cut at a quarter more than tried */
    c.busy_share = 0.75;
    ct_forecast_make(&c, &f);
    cr_expect(epsilon_eq(dbl, f.one_rps, 64000, 1));
    c.busy_share = 0.96; /* it was tried too high */
    ct_forecast_make(&c, &f);
    cr_expect(epsilon_eq(dbl, f.one_rps, 50000, 1));
}

Test(diagnosis, forecast_is_not_stretched_far_beyond_what_was_tried)
{
    c.busy_share = 0.1;
    ct_forecast_make(&c, &f);
    cr_expect(epsilon_eq(dbl, f.one_rps, 75000, 1));
}

Test(diagnosis, what_was_not_sent_is_not_promised)
{
    c.sent_rps = 41000;
    ct_forecast_make(&c, &f);
    cr_expect(epsilon_eq(dbl, f.one_rps, 41000, 1));
}

Test(diagnosis, each_cpu_adds_a_thread)
{
    c.busy_share = 0.8;
    ct_forecast_make(&c, &f);
    cr_expect(eq(u32, f.threads, 4));
    cr_expect(epsilon_eq(dbl, f.all_rps, 240000, 1));
    cr_expect(epsilon_eq(dbl, f.lateness_p99_us, 120, 0));
}

Test(diagnosis, quota_takes_threads_away)
{
    c.busy_share = 0.8;
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
    c.busy_share = NAN;
    ct_forecast_make(&c, &f);
    cr_expect(isnan(f.one_rps));
    c.busy_share = 0;
    ct_forecast_make(&c, &f);
    cr_expect(isnan(f.one_rps));
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
    c.lateness_p99_us = 500;
    doubts("sending", CT_MARK_WARN, "below that rate");
    c.lateness_p99_us = 1000;
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
