#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <criterion/parameterized.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "monitor/procfs.h"

/* Of a machine with 2 CPUs; the numbers behind "cpu" are the sums. */
static const char stat_text[] = "cpu  80021 12 48465 1191033 1090 7 6001 136 500 3\n"
                                "cpu0 40010 6 24232 595516 545 3 3000 68 250 1\n"
                                "cpu1 40011 6 24233 595517 545 4 3001 68 250 2\n"
                                "intr 9215443 0 9 0 0\n"
                                "ctxt 15236342\n"
                                "btime 1763701322\n";

/* Linux 6.1, what free(1) said of it: total 24684092, used 916028, free 23479124, shared 8860,
 * buff/cache 582060, available 23768064. */
static const char meminfo_text[] = "MemTotal:       24684092 kB\n"
                                   "MemFree:        23479124 kB\n"
                                   "MemAvailable:   23768064 kB\n"
                                   "Buffers:            3340 kB\n"
                                   "Cached:           425368 kB\n"
                                   "SwapCached:            9 kB\n"
                                   "Active:           310116 kB\n"
                                   "Shmem:              8860 kB\n"
                                   "KReclaimable:     153452 kB\n"
                                   "Slab:             181940 kB\n"
                                   "SReclaimable:     153352 kB\n"
                                   "SUnreclaim:        28516 kB\n"
                                   "HugePages_Total:       0\n";

/* Linux 3.2 */
static const char old_meminfo_text[] = "MemTotal:        1026124 kB\n"
                                       "MemFree:          651240 kB\n"
                                       "Buffers:           21588 kB\n"
                                       "Cached:           204316 kB\n"
                                       "SwapCached:            0 kB\n"
                                       "Shmem:               224 kB\n"
                                       "Slab:              34420 kB\n"
                                       "SReclaimable:      25980 kB\n";

static bool stat_of(const char *text, struct ct_cpu_ticks *out)
{
    return ct_procfs_stat(text, strlen(text), out);
}

static bool meminfo_of(const char *text, struct ct_memory_kib *out)
{
    return ct_procfs_meminfo(text, strlen(text), out);
}

Test(procfs, the_first_line_is_the_sum_of_all_cpus)
{
    struct ct_cpu_ticks t;
    cr_assert(stat_of(stat_text, &t));
    cr_assert(eq(u64, t.user, 80021));
    cr_assert(eq(u64, t.nice, 12));
    cr_assert(eq(u64, t.system, 48465));
    cr_assert(eq(u64, t.idle, 1191033));
    cr_assert(eq(u64, t.iowait, 1090));
    cr_assert(eq(u64, t.irq, 7));
    cr_assert(eq(u64, t.softirq, 6001));
    cr_assert(eq(u64, t.steal, 136));
    cr_assert(eq(u64, t.guest, 500));
    cr_assert(eq(u64, t.guest_nice, 3));
}

Test(procfs, lines_before_it_do_not_hide_it)
{
    struct ct_cpu_ticks t;
    cr_assert(stat_of("Welcome to node-1\nlast login: cpu 1 2 3 4\ncpu  5 6 7 8\n", &t));
    cr_assert(eq(u64, t.user, 5));
    cr_assert(eq(u64, t.steal, 0));
}

struct text {
    char text[80];
};

ParameterizedTestParameters(procfs, what_is_no_cpu_line_gives_nothing)
{
    static struct text table[] = {
        {""},
        {"cpu"},
        {"cpu "},
        {"cpu  1 2 3\n"},
        {"cpu  a b c d\n"},
        {"cpu  1 2 -3 4\n"},
        {"cpu0 1 2 3 4\n"},
        {" cpu 1 2 3 4\n"},
        {"cpu  1 2 3 99999999999999999999999\n"},
        {"cpu  1 2\n3 4\n"},
    };
    return cr_make_param_array(struct text, table, sizeof(table) / sizeof(table[0]));
}

ParameterizedTest(struct text *c, procfs, what_is_no_cpu_line_gives_nothing)
{
    struct ct_cpu_ticks t = {.user = 42};
    cr_assert(not(stat_of(c->text, &t)), "%s", c->text);
    cr_assert(eq(u64, t.user, 42), "written although it failed");
}

Test(procfs, memory_is_what_free_says)
{
    struct ct_memory_kib m;
    cr_assert(meminfo_of(meminfo_text, &m));
    cr_assert(ieee_ulp_eq(dbl, m.total, 24684092, 0));
    cr_assert(ieee_ulp_eq(dbl, m.used, 916028, 0));
    cr_assert(ieee_ulp_eq(dbl, m.free, 23479124, 0));
    cr_assert(ieee_ulp_eq(dbl, m.shared, 8860, 0));
    cr_assert(ieee_ulp_eq(dbl, m.buff_cache, 3340 + 425368 + 153352, 0));
    cr_assert(ieee_ulp_eq(dbl, m.available, 23768064, 0));
}

Test(procfs, an_old_kernel_without_mem_available_is_estimated)
{
    struct ct_memory_kib m;
    cr_assert(meminfo_of(old_meminfo_text, &m));
    cr_assert(ieee_ulp_eq(dbl, m.available, 651240 + 21588 + 204316, 0));
    cr_assert(ieee_ulp_eq(dbl, m.used, 1026124 - 651240 - 21588 - 204316, 0));
}

ParameterizedTestParameters(procfs, memory_without_its_size_is_missing)
{
    static struct text table[] = {
        {""},
        {"MemTotal:  10 kB\n"},
        {"MemFree:   10 kB\n"},
        {"MemTotal:  kB\nMemFree: 1 kB\n"},
        {"MemTotal:  -1 kB\nMemFree: 1 kB\n"},
        {"xMemTotal: 1 kB\nMemFree: 1 kB\n"},
    };
    return cr_make_param_array(struct text, table, sizeof(table) / sizeof(table[0]));
}

ParameterizedTest(struct text *c, procfs, memory_without_its_size_is_missing)
{
    struct ct_memory_kib m = {.total = 42};
    cr_assert(not(meminfo_of(c->text, &m)), "%s", c->text);
    cr_assert(ieee_ulp_eq(dbl, m.total, 42, 0), "written although it failed");
}

Test(procfs, a_flood_of_lines_is_read_to_its_end_and_no_further)
{
    struct ct_buf b;
    struct ct_cpu_ticks t;
    ct_buf_init(&b, 256 << 10);
    while (!b.failed)
        (void)ct_buf_puts(&b, "cpu0 1 2 3 4\n");
    char *exact = malloc(b.len); /* a sanitizer sees a byte too far */
    memcpy(exact, b.data, b.len);
    cr_assert(not(ct_procfs_stat(exact, b.len, &t)));
    memcpy(exact + b.len - 12, "\ncpu 1 2 3 4", 12);
    cr_assert(ct_procfs_stat(exact, b.len, &t));
    cr_assert(eq(u64, t.idle, 4));
    free(exact);
    ct_buf_release(&b);
}

/* --- percent --- */

static const struct ct_cpu_ticks before = {.user = 1000,
                                           .nice = 100,
                                           .system = 500,
                                           .idle = 9000,
                                           .iowait = 50,
                                           .irq = 5,
                                           .softirq = 15,
                                           .steal = 30,
                                           .guest = 200,
                                           .guest_nice = 20};

/* 200 ticks later: user 60 (10 of them guest), nice 20 (5 guest), system 30, idle 70, iowait 8, irq
 * 2, softirq 6, steal 4. */
static const struct ct_cpu_ticks after = {.user = 1060,
                                          .nice = 120,
                                          .system = 530,
                                          .idle = 9070,
                                          .iowait = 58,
                                          .irq = 7,
                                          .softirq = 21,
                                          .steal = 34,
                                          .guest = 210,
                                          .guest_nice = 25};

Test(procfs, percent_are_of_the_time_between_as_mpstat_counts)
{
    struct ct_cpu_percent p;
    cr_assert(ct_cpu_between(&before, &after, &p));
    cr_assert(epsilon_eq(dbl, p.usr, 25, 1e-9)); /* without the guests, which are in user */
    cr_assert(epsilon_eq(dbl, p.nice, 7.5, 1e-9));
    cr_assert(epsilon_eq(dbl, p.sys, 15, 1e-9));
    cr_assert(epsilon_eq(dbl, p.idle, 35, 1e-9));
    cr_assert(epsilon_eq(dbl, p.iowait, 4, 1e-9));
    cr_assert(epsilon_eq(dbl, p.irq, 1, 1e-9));
    cr_assert(epsilon_eq(dbl, p.soft, 3, 1e-9));
    cr_assert(epsilon_eq(dbl, p.steal, 2, 1e-9));
    cr_assert(epsilon_eq(dbl, p.guest, 5, 1e-9));
    cr_assert(epsilon_eq(dbl, p.gnice, 2.5, 1e-9));
    cr_assert(epsilon_eq(dbl, ct_cpu_busy_percent(&p), 61, 1e-9));
}

Test(procfs, no_time_between_gives_no_value)
{
    struct ct_cpu_percent p;
    cr_assert(not(ct_cpu_between(&before, &before, &p)));
}

Test(procfs, a_counter_that_went_back_is_a_reboot_and_gives_no_value)
{
    struct ct_cpu_percent p;
    struct ct_cpu_ticks rebooted = after;
    rebooted.user = 3;
    cr_assert(not(ct_cpu_between(&before, &rebooted, &p)));
    rebooted = after;
    rebooted.guest_nice = 0;
    cr_assert(not(ct_cpu_between(&before, &rebooted, &p)));
}

Test(procfs, iowait_may_go_back_a_little)
{
    struct ct_cpu_percent p;
    struct ct_cpu_ticks odd = after;
    odd.iowait = before.iowait - 1;
    cr_assert(ct_cpu_between(&before, &odd, &p));
    cr_assert(zero(dbl, p.iowait));
    cr_assert(epsilon_eq(dbl, p.idle, 100.0 * 70 / 192, 1e-9));
}

/* --- load --- */

Test(procfs, load_is_the_last_minute_and_who_runs_now)
{
    static const char text[] = "0.11 0.39 0.37 2/90 9047\n";
    struct ct_load load;
    cr_assert(ct_procfs_loadavg(text, strlen(text), &load));
    cr_expect(epsilon_eq(dbl, load.minute, 0.11, 1e-9));
    cr_expect(eq(u64, load.running, 2));
    static const char busy[] = "1043.05 900.00 12.50 1501/20000 4194303\n";
    cr_assert(ct_procfs_loadavg(busy, strlen(busy), &load));
    cr_expect(epsilon_eq(dbl, load.minute, 1043.05, 1e-9));
    cr_expect(eq(u64, load.running, 1501));
}

Test(procfs, load_that_is_cut_is_missing)
{
    static const char text[] = "0.11 0.39 0.37 2/90 9047\n";
    struct ct_load load;
    for (size_t len = 0; len <= strlen("0.11 0.39 0.37 2"); len++)
        cr_expect(not(ct_procfs_loadavg(text, len, &load)), "%zu bytes", len);
    cr_expect(not(ct_procfs_loadavg("a b c d/e f", 11, &load)));
    cr_expect(not(ct_procfs_loadavg("0.11 0.39 0.37 2", 16, &load)));
}
