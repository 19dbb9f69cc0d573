#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <math.h>
#include <string.h>

#include "engine/cgroup.h"

/* --- where: what machines of several kinds say --- */

/* Linux 6.18 with the controllers of v1 one by one, v2 without controllers beside them */
static const char split_mounts[] =
    "31 23 0:28 / /sys/fs/cgroup rw,relatime - tmpfs tmpfs rw,mode=755\n"
    "33 31 0:30 / /sys/fs/cgroup/cpuacct rw,relatime - cgroup cgroup rw,cpuacct\n"
    "32 31 0:29 / /sys/fs/cgroup/cpu rw,relatime - cgroup cgroup rw,cpu\n"
    "34 31 0:31 / /sys/fs/cgroup/cpuset rw,relatime - cgroup cgroup rw,cpuset\n"
    "41 31 0:38 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw\n";
static const char split_groups[] = "9:name=systemd:/\n"
                                   "4:memory:/process_api/fcb8\n"
                                   "3:cpuset:/\n"
                                   "2:cpuacct:/\n"
                                   "1:cpu:/lab/one\n"
                                   "0::/\n";

/* CentOS 7, Linux 3.10: cpu and cpuacct are one mount, no v2 at all */
static const char centos_mounts[] =
    "24 18 0:20 / /sys/fs/cgroup ro,nosuid,nodev,noexec shared:8 - tmpfs tmpfs ro,mode=755\n"
    "25 24 0:21 / /sys/fs/cgroup/systemd rw,nosuid shared:9 - cgroup cgroup rw,xattr,name=systemd\n"
    "29 24 0:25 / /sys/fs/cgroup/cpu,cpuacct rw,nosuid shared:13 - cgroup cgroup rw,cpuacct,cpu\n";
static const char centos_groups[] = "11:cpuacct,cpu:/user.slice\n"
                                    "1:name=systemd:/user.slice/user-0.slice/session-3.scope\n";

/* Debian 12 with systemd: only v2 */
static const char debian_mounts[] =
    "25 30 0:23 / /sys rw,nosuid,nodev,noexec,relatime shared:7 - sysfs sysfs rw\n"
    "28 25 0:25 / /sys/fs/cgroup rw,nosuid,nodev,noexec,relatime shared:9 - cgroup2 cgroup2 "
    "rw,nsdelegate,memory_recursiveprot\n";
static const char debian_groups[] =
    "0::/user.slice/user-1000.slice/user@1000.service/app.slice/run-r1f2.scope\n";

/* in a container with v1 and no namespace of cgroups: the path is the outside's */
static const char docker_mounts[] =
    "801 800 0:25 /docker/3f1c /sys/fs/cgroup/cpu,cpuacct ro,nosuid master:13 - cgroup cgroup "
    "rw,cpu,cpuacct\n";
static const char docker_groups[] = "4:cpu,cpuacct:/docker/3f1c\n0::/system.slice/docker.service\n";

/* in a pod with v2: the namespace makes the group "/" */
static const char pod_mounts[] = "1650 1640 0:26 / /sys/fs/cgroup ro,nosuid,relatime - cgroup2 "
                                 "cgroup rw\n";
static const char pod_groups[] = "0::/\n";

/* moved out of its namespace's root */
static const char outside_groups[] = "0::/../../other\n";

static const char spaced_mounts[] = "28 25 0:25 / /mnt/two\\040words rw - cgroup2 cgroup2 rw\n";

struct place_row {
    const char *name, *groups, *mounts, *path;
    int version;
    size_t top; /* length of the mount point */
};

Test(cgroup, group_is_found_where_its_controller_is_mounted)
{
    static const struct place_row rows[] = {
        {"split", split_groups, split_mounts, "/sys/fs/cgroup/cpu/lab/one", 1, 18},
        {"centos", centos_groups, centos_mounts, "/sys/fs/cgroup/cpu,cpuacct/user.slice", 1, 26},
        {"debian", debian_groups, debian_mounts,
         "/sys/fs/cgroup/user.slice/user-1000.slice/user@1000.service/app.slice/run-r1f2.scope", 2,
         14},
        {"docker", docker_groups, docker_mounts, "/sys/fs/cgroup/cpu,cpuacct", 1, 26},
        {"pod", pod_groups, pod_mounts, "/sys/fs/cgroup", 2, 14},
        {"outside", outside_groups, pod_mounts, "/sys/fs/cgroup", 2, 14},
        {"sibling", "4:cpu:/docker/3f1cab\n", docker_mounts, "/sys/fs/cgroup/cpu,cpuacct", 1, 26},
        {"spaced", "0::/a\n", spaced_mounts, "/mnt/two words/a", 2, 14},
        {"no newline", "0::/a", pod_mounts, "/sys/fs/cgroup/a", 2, 14},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct ct_cgroup_place place = {0};
        cr_assert(ct_cgroup_place(rows[i].groups, rows[i].mounts, &place), "%s", rows[i].name);
        cr_expect(eq(str, place.path, (char *)rows[i].path), "%s", rows[i].name);
        cr_expect(eq(int, place.version, rows[i].version), "%s", rows[i].name);
        cr_expect(eq(sz, place.top, rows[i].top), "%s", rows[i].name);
    }
}

Test(cgroup, machine_without_a_cpu_controller_has_no_group)
{
    struct ct_cgroup_place place;
    cr_expect(not(ct_cgroup_place("", pod_mounts, &place)));
    cr_expect(not(ct_cgroup_place(pod_groups, "", &place)));
    cr_expect(not(ct_cgroup_place("4:memory:/x\n", split_mounts, &place)));
    cr_expect(not(ct_cgroup_place("1:cpu:/\n", pod_mounts, &place)), "v1 is not mounted");
    cr_expect(not(ct_cgroup_place("1:cpuset:/\n", split_mounts, &place)), "cpuset is not cpu");
    cr_expect(not(ct_cgroup_place(pod_groups, "1650 1640 0:26 / /sys rw - cgroup2\n", &place)));
}

Test(cgroup, path_that_is_too_long_is_no_group)
{
    char groups[2 * CT_CGROUP_PATH];
    struct ct_cgroup_place place;
    memset(groups, 'a', sizeof(groups));
    memcpy(groups, "0::/", 4);
    groups[4 + CT_CGROUP_PATH] = '\0';
    cr_expect(not(ct_cgroup_place(groups, pod_mounts, &place)));
    groups[CT_CGROUP_PATH] = '\0'; /* the path itself fits, but not behind its mount */
    cr_expect(not(ct_cgroup_place(groups, pod_mounts, &place)));
}

/* --- how much --- */

Test(cgroup, quota_is_a_number_of_cpus)
{
    double cpus;
    cr_assert(ct_cgroup_quota_v2("20000 100000\n", &cpus));
    cr_expect(epsilon_eq(dbl, cpus, 0.2, 1e-12));
    cr_assert(ct_cgroup_quota_v2("350000 100000\n", &cpus));
    cr_expect(epsilon_eq(dbl, cpus, 3.5, 1e-12));
    cr_assert(ct_cgroup_quota_v1("50000\n", "25000\n", &cpus));
    cr_expect(epsilon_eq(dbl, cpus, 2, 1e-12));
}

Test(cgroup, no_quota_is_no_number)
{
    static const char *const none[] = {"max 100000\n",
                                       "",
                                       "\n",
                                       "0 100000\n",
                                       "20000\n",
                                       "20000 0\n",
                                       "20000 100000 7\n",
                                       "2e4 100000\n",
                                       "99999999999999999999 100000\n"};
    double cpus = -5;
    for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++)
        cr_expect(not(ct_cgroup_quota_v2(none[i], &cpus)), "%s", none[i]);
    cr_expect(not(ct_cgroup_quota_v1("-1\n", "100000\n", &cpus)));
    cr_expect(not(ct_cgroup_quota_v1("20000\n", "\n", &cpus)));
    cr_expect(not(ct_cgroup_quota_v1("20000 5\n", "100000\n", &cpus)));
    cr_expect(eq(dbl, cpus, -5));
}

Test(cgroup, both_versions_tell_how_often_they_stopped_the_group)
{
    struct ct_cgroup_stat s;
    cr_assert(ct_cgroup_stat("nr_periods 22\nnr_throttled 20\nthrottled_time 1900000000\n"
                             "nr_bursts 0\nburst_time 0\n",
                             &s));
    cr_expect(eq(u64, s.periods, 22));
    cr_expect(eq(u64, s.throttled_periods, 20));
    cr_expect(eq(u64, s.throttled_ns, 1900000000));
    cr_assert(ct_cgroup_stat("usage_usec 5204\nuser_usec 4000\nsystem_usec 1204\n"
                             "core_sched.force_idle_usec 0\nnr_periods 7\nnr_throttled 3\n"
                             "throttled_usec 250001\nnr_bursts 0\nburst_usec 0\n",
                             &s));
    cr_expect(eq(u64, s.periods, 7));
    cr_expect(eq(u64, s.throttled_periods, 3));
    cr_expect(eq(u64, s.throttled_ns, 250001000));
}

Test(cgroup, root_of_v2_tells_nothing)
{
    struct ct_cgroup_stat s;
    cr_expect(not(ct_cgroup_stat("usage_usec 5204\nuser_usec 4000\nsystem_usec 1204\n", &s)));
    cr_expect(not(ct_cgroup_stat("nr_periods 7\nnr_throttled 3\n", &s)));
    cr_expect(not(ct_cgroup_stat("", &s)));
}

/* --- reading --- */

Test(cgroup, what_is_read_here_is_whole)
{
    struct ct_cgroup_cpu cpu;
    ct_cgroup_read(&cpu);
    cr_expect(le(u64, cpu.stat.throttled_periods, cpu.stat.periods));
    cr_expect(eq(int, isnan(cpu.quota_cpus) != 0, cpu.path[0] == '\0'));
    cr_expect(isnan(cpu.quota_cpus) || cpu.quota_cpus > 0);
}
