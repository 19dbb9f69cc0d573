#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <math.h>

#include "analysis/causes.h"

static struct ct_summary s;
static struct ct_host_change host;

/* A quiet machine with two CPUs. */
static void init(void)
{
    host = (struct ct_host_change){.quota_cpus = NAN, .others_running = 0.3, .cpus = 2};
}
TestSuite(causes, .init = init);

static void only(const char *code, const char *text)
{
    ct_causes_find(&host, &s);
    cr_assert(eq(sz, s.n_causes, 1));
    cr_expect(eq(str, s.causes[0].code, (char *)code));
    cr_expect(eq(str, s.causes[0].text, (char *)text));
}

static void none(void)
{
    ct_causes_find(&host, &s);
    cr_assert(zero(sz, s.n_causes), "%s", s.causes[0].text);
}

Test(causes, quiet_machine_has_none)
{
    none();
}

Test(causes, what_is_not_known_is_not_a_cause)
{
    host = ct_host_change_unknown();
    none();
}

Test(causes, quota_that_stopped_ct_is_named_with_how_often)
{
    host.quota_cpus = 0.2;
    host.throttled_s = 1.9;
    host.periods = 20;
    host.throttled_periods = 18;
    only("throttled", "the CPU quota of 0.2 CPUs stopped ct for 1.9 s in 18 of 20 periods");
    host.quota_cpus = 1;
    only("throttled", "the CPU quota of 1 CPU stopped ct for 1.9 s in 18 of 20 periods");
    host.quota_cpus = NAN; /* it was lifted meanwhile */
    only("throttled", "the CPU quota stopped ct for 1.9 s in 18 of 20 periods");
}

Test(causes, quota_that_stopped_nothing_is_no_cause)
{
    host.quota_cpus = 0.2;
    host.periods = 20;
    none();
}

Test(causes, steal_is_named_from_one_percent_on)
{
    host.steal_percent = 0.99;
    none();
    host.steal_percent = 12;
    only("steal", "the hypervisor took 12 % of the CPU time (steal)");
}

Test(causes, more_tasks_than_cpus_are_a_busy_machine)
{
    host.others_running = 1; /* beside ct's own on two CPUs */
    none();
    host.others_running = 42;
    only("busy_machine", "42 other runnable tasks on 2 CPUs");
    host.cpus = 1;
    host.others_running = 0.4;
    none();
    host.others_running = 0.6;
    only("busy_machine", "0.6 other runnable tasks on 1 CPU");
}

Test(causes, waiting_for_a_cpu_is_said)
{
    host.wait_percent = 0.9;
    none();
    host.wait_percent = 12;
    only("busy_machine",
         "ct waited 12 % of the time for a CPU: 0.3 other runnable tasks on 2 CPUs");
    host.others_running = NAN;
    only("busy_machine", "ct waited 12 % of the time for a CPU");
}

Test(causes, waiting_for_the_quota_is_not_the_others_fault)
{
    host.wait_percent = 40;
    host.throttled_s = 1;
    host.periods = host.throttled_periods = 10;
    only("throttled", "the CPU quota stopped ct for 1 s in 10 of 10 periods");
}

Test(causes, all_that_apply_are_named_and_found_anew_each_time)
{
    host.wait_percent = 12;
    host.steal_percent = 5;
    host.others_running = 3;
    host.throttled_s = 1;
    host.periods = host.throttled_periods = 10;
    ct_causes_find(&host, &s);
    ct_causes_find(&host, &s);
    cr_assert(eq(sz, s.n_causes, 3));
    cr_expect(eq(str, s.causes[0].code, (char *)"throttled"));
    cr_expect(eq(str, s.causes[1].code, (char *)"steal"));
    cr_expect(eq(str, s.causes[2].code, (char *)"busy_machine"));
}
