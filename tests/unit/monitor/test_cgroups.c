#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "monitor/reading.h"

/* --- files, as kernels write them --- */

/* Linux 6.1, of a service with CPUQuota=150% */
static const char cpu_stat[] = "usage_usec 8213340\n"
                               "user_usec 6200110\n"
                               "system_usec 2013230\n"
                               "nr_periods 120\n"
                               "nr_throttled 30\n"
                               "throttled_usec 1501234\n"
                               "nr_bursts 0\n"
                               "burst_usec 0\n";
/* the same without the controller: Linux 5.4 */
static const char bare_cpu_stat[] = "usage_usec 55\nuser_usec 40\nsystem_usec 15\n";
/* version 1, Linux 4.19 */
static const char v1_cpu_stat[] = "nr_periods 7\nnr_throttled 2\nthrottled_time 139021831\n";

static struct ct_cgroup_reading parse(enum ct_cgroup_file file, const char *text)
{
    struct ct_cgroup_reading r = {0};
    ct_cgroup_parse(file, text, strlen(text), &r);
    return r;
}

Test(cgroups, version_2_has_its_usage_and_quota_in_one_file)
{
    struct ct_cgroup_reading r = parse(CT_CGROUP_CPU, cpu_stat);
    cr_assert(r.usage_ns.has && r.periods.has && r.throttled.has);
    cr_expect(eq(u64, r.usage_ns.value, 8213340000));
    cr_expect(eq(u64, r.periods.value, 120));
    cr_expect(eq(u64, r.throttled.value, 30));
    cr_expect(not(r.memory_bytes.has));
    r = parse(CT_CGROUP_CPU, bare_cpu_stat);
    cr_expect(r.usage_ns.has);
    cr_expect(not(r.periods.has));
    r = parse(CT_CGROUP_MEMORY, "73400320\n");
    cr_expect(r.memory_bytes.has && r.memory_bytes.value == 73400320);
}

Test(cgroups, version_1_has_them_in_three)
{
    struct ct_cgroup_reading r = parse(CT_CGROUP_V1_CPU, v1_cpu_stat);
    cr_expect(not(r.usage_ns.has));
    cr_expect(r.periods.value == 7 && r.throttled.value == 2);
    r = parse(CT_CGROUP_V1_USAGE, "139021831123\n");
    cr_expect(r.usage_ns.has && r.usage_ns.value == 139021831123);
    r = parse(CT_CGROUP_V1_MEMORY, "4096\n");
    cr_expect(r.memory_bytes.has && r.memory_bytes.value == 4096);
}

Test(cgroups, what_is_no_number_is_missing)
{
    static const char *const texts[] = {"",
                                        "\n",
                                        "max\n",
                                        "usage_usec\n",
                                        "usage_usec x\n",
                                        "xusage_usec 5\n",
                                        "usage_usec 99999999999999999999999\n",
                                        "usage_usec 9999999999999999999\n"};
    for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
        for (int file = 0; file < CT_CGROUP_FILES; file++) {
            struct ct_cgroup_reading r = parse((enum ct_cgroup_file)file, texts[i]);
            cr_expect(not(ct_cgroup_exists(&r)), "%d: %s", file, texts[i]);
        }
}

/* --- between two --- */

#define MAYBE(v)                                                                                   \
    {                                                                                              \
        .has = true, .value = (v)                                                                  \
    }
static const struct ct_cgroup_reading before = {MAYBE(1000000000), MAYBE(100), MAYBE(10),
                                                MAYBE(2048)};
static const struct ct_cgroup_reading after = {MAYBE(4000000000), MAYBE(120), MAYBE(15),
                                               MAYBE(4096)};

Test(cgroups, cpu_is_of_one_core_and_throttling_of_the_periods)
{
    struct ct_cgroup g = {0};
    ct_cgroup_between(&before, &after, 2, &g);
    cr_assert(g.has_cpu && g.has_throttled && g.has_memory);
    cr_expect(epsilon_eq(dbl, g.cpu_percent, 150, 1e-9));
    cr_expect(epsilon_eq(dbl, g.throttled_percent, 25, 1e-9));
    cr_expect(epsilon_eq(dbl, g.memory_kib, 4, 1e-9));
}

Test(cgroups, the_first_reading_has_memory_only)
{
    struct ct_cgroup g = {0};
    ct_cgroup_between(NULL, &after, 2, &g);
    cr_expect(not(g.has_cpu || g.has_throttled));
    cr_expect(g.has_memory);
    ct_cgroup_between(&before, &after, 0, &g);
    cr_expect(not(g.has_cpu || g.has_throttled));
}

Test(cgroups, a_group_that_was_made_anew_has_no_cpu_in_between)
{
    struct ct_cgroup g = {0};
    struct ct_cgroup_reading again = after;
    again.usage_ns.value = 5;
    again.periods.value = 1;
    ct_cgroup_between(&before, &again, 2, &g);
    cr_expect(not(g.has_cpu || g.has_throttled));
    cr_expect(g.has_memory);
}

Test(cgroups, without_a_quota_nothing_is_said_of_throttling)
{
    struct ct_cgroup g = {0};
    struct ct_cgroup_reading none = after, idle = before;
    none.periods.value = none.throttled.value = 0;
    ct_cgroup_between(&none, &none, 2, &g);
    cr_expect(not(g.has_throttled), "no quota");
    ct_cgroup_between(&before, &idle, 2, &g);
    cr_expect(g.has_throttled, "a quota that nobody ran into");
    cr_expect(zero(dbl, g.throttled_percent));
}

/* --- in a reading --- */

static void read_groups(const char *text, const struct ct_server *server, struct ct_reading *out)
{
    ct_reading_parse(text, strlen(text), server, out);
}

Test(cgroups, a_group_is_found_by_its_path_and_one_that_is_not_there_is_left_out)
{
    static struct ct_reading one, two;
    static char web[] = "system.slice/nginx.service", gone[] = "system.slice/nginx",
                old[] = "system.slice/old.service";
    struct ct_server server = {.cgroups = {gone, web, old}, .n_cgroups = 3};
    struct ct_server_sample s = {0};
    read_groups("==> /sys/fs/cgroup/system.slice/nginx.service/cpu.stat <==\nusage_usec 100\n"
                "==> /sys/fs/cgroup/cpuacct/system.slice/old.service/cpuacct.usage <==\n7\n",
                &server, &one);
    read_groups("==> /sys/fs/cgroup/system.slice/nginx.service/cpu.stat <==\nusage_usec 500100\n"
                "==> /sys/fs/cgroup/system.slice/nginx.service/memory.current <==\n1024\n"
                "==> /sys/fs/cgroup/cpuacct/system.slice/old.service/cpuacct.usage <==\n"
                "1000000007\n",
                &server, &two);
    one.at_ns = CT_NS_PER_S;
    two.at_ns = 2 * CT_NS_PER_S;
    ct_reading_watched(&one, &two, &server, &s);
    cr_assert(eq(sz, s.n_cgroups, 2));
    cr_expect(eq(str, (char *)s.cgroups[0].name, web));
    cr_expect(epsilon_eq(dbl, s.cgroups[0].cpu_percent, 50, 1e-9));
    cr_expect(s.cgroups[0].has_memory && s.cgroups[0].memory_kib == 1);
    cr_expect(eq(str, (char *)s.cgroups[1].name, old));
    cr_expect(epsilon_eq(dbl, s.cgroups[1].cpu_percent, 100, 1e-9));
    cr_expect(not(s.cgroups[1].has_memory));
}
