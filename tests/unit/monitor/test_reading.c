#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <criterion/parameterized.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "monitor/reading.h"

/* What servers of several kernels and distributions answer: tests/unit/monitor/readings. */

static struct ct_reading before, after;

static void load(const char *name, struct ct_buf *text)
{
    char path[500];
    struct ct_err err = {0};
    (void)snprintf(path, sizeof(path), CT_TESTS_DIR "/unit/monitor/readings/%s", name);
    ct_buf_init(text, 256 << 10);
    cr_assert(zero(int, ct_buf_read_file(text, path, &err)), "%s", err.msg);
}

static void read_one(const char *name, struct ct_reading *out)
{
    struct ct_buf text;
    load(name, &text);
    ct_reading_parse(text.data, text.len, NULL, out);
    ct_buf_release(&text);
}

static double vital(const struct ct_server_sample *s, enum ct_vital which)
{
    double v = NAN;
    (void)ct_vital_get(&s->vitals, which, &v);
    return v;
}

struct server {
    char name[40];
    uint64_t cpus, switches, booted_s, running, tasks;
    double total_kib, used_kib, swap_kib, load, uptime_s; /* swap_kib -1: not said */
    size_t net, disks;
    char first_net[16], first_disk[16];
    int pressure; /* how many of five numbers */
};

ParameterizedTestParameters(reading, each_kernel_says_what_it_has)
{
    static struct server table[] = {
        {"centos-7-linux-3.10", 2, 115315428, 1426542123, 6, 312, 3881692, 3881692 - 2712124,
         2097148, 0.40, 350735.47, 1, 1, "eth0", "sda", 0},
        {"debian-10-linux-4.19", 4, 22848221, 1605317999, 5, 480, 16315820, 16315820 - 13881204, 0,
         3.02, 3107.12, 2, 1, "eno1", "nvme0n1", 0},
        {"numa-128-linux-5.4", 128, 123456789012, 1700000000, 37, 5121, 1056462848,
         1056462848.0 - 812446184, 134217724, 96.54, 908000.03, 2, 30, "enp65s0f0", "sda", 5},
        {"debian-12-linux-6.1", 2, 15236342, 1763701322, 2, 90, 24684092, 916028, 999420, 0.11,
         6613.02, 1, 1, "ens3", "vda", 5},
        {"alpine-busybox-linux-5.15", 1, 611203, 1690000123, 1, 61, 483200, 483200 - 388004, 0, 0,
         7854.01, 2, 1, "eth0", "mmcblk0", 0},
        {"container-without-pressure", 1, 0, 1700000123, 0, 0, 2097152, 2097152 - 2081000, -1, 0,
         30.20, 0, 0, "", "", 0},
    };
    return cr_make_param_array(struct server, table, sizeof(table) / sizeof(table[0]));
}

ParameterizedTest(struct server *c, reading, each_kernel_says_what_it_has)
{
    struct ct_reading *r = &after;
    int pressure = 0;
    read_one(c->name, r);
    cr_expect(r->has_ticks && r->has_memory && r->has_load && r->has_uptime, "%s", c->name);
    cr_expect(eq(u64, r->cpus, c->cpus), "%s", c->name);
    cr_expect(r->switches.has && r->interrupts.has && r->forks.has && r->booted_s.has);
    cr_expect(eq(u64, r->switches.value, c->switches), "%s", c->name);
    cr_expect(eq(u64, r->booted_s.value, c->booted_s), "%s", c->name);
    cr_expect(eq(u64, r->load.running, c->running), "%s", c->name);
    cr_expect(eq(u64, r->load.tasks, c->tasks), "%s", c->name);
    cr_expect(epsilon_eq(dbl, r->load.minute, c->load, 1e-9), "%s", c->name);
    cr_expect(epsilon_eq(dbl, r->uptime_s, c->uptime_s, 1e-9), "%s", c->name);
    cr_expect(epsilon_eq(dbl, r->memory.total, c->total_kib, 0.5), "%s", c->name);
    cr_expect(epsilon_eq(dbl, r->memory.used, c->used_kib, 0.5), "%s", c->name);
    cr_expect(eq(int, r->has_swap, c->swap_kib >= 0), "%s", c->name);
    cr_expect(r->has_swap == false || fabs(r->swap.total - c->swap_kib) < 0.5, "%s", c->name);
    cr_expect(eq(sz, r->net.count, c->net), "%s", c->name);
    cr_expect(eq(sz, r->disks.count, c->disks), "%s", c->name);
    cr_expect(c->net == 0 || strcmp(r->net.items[0].name, c->first_net) == 0, "%s", c->name);
    cr_expect(c->disks == 0 || strcmp(r->disks.items[0].name, c->first_disk) == 0, "%s", c->name);
    for (int i = 0; i < CT_PRESSURE_COUNT; i++)
        pressure += r->pressure_us[i].has;
    cr_expect(eq(int, pressure, c->pressure), "%s", c->name);
}

Test(reading, an_old_forced_command_gives_cpu_and_memory_and_hardly_more)
{
    read_one("bare", &after);
    cr_assert(after.has_ticks && after.has_memory);
    cr_assert(not(after.has_load));
    cr_assert(not(after.has_uptime));
    cr_assert(not(after.has_net));
    struct ct_server_sample s = {0};
    ct_reading_sample(NULL, &after, &s);
    cr_assert(not(s.has_cpu));
    cr_assert(s.has_memory);
    cr_assert(eq(u64, s.vitals.has, UINT64_C(1) << CT_VITAL_PROCESSORS));
}

Test(reading, a_file_that_is_not_there_is_not_taken_from_another)
{
    static const char text[] =
        "==> /proc/meminfo <==\ncpu  1 2 3 4\nMemTotal: 5 kB\nMemFree: 1 kB\n";
    ct_reading_parse(text, strlen(text), NULL, &after);
    cr_assert(not(after.has_ticks));
    cr_assert(after.has_memory);
}

Test(reading, a_file_ends_where_the_next_begins)
{
    static const char text[] = "==> a <==\none\n==> ab <==\ntwo\n";
    size_t len;
    const char *at = ct_reading_file(text, strlen(text), "a", &len);
    cr_assert(eq(sz, len, 4));
    cr_assert(zero(int, strncmp(at, "one\n", 4)));
    at = ct_reading_file(text, strlen(text), "ab", &len);
    cr_assert(zero(int, strncmp(at, "two\n", 4)));
    cr_assert(eq(ptr, (void *)ct_reading_file(text, strlen(text), "b", &len), NULL));
    cr_assert(eq(ptr, (void *)ct_reading_file("==> a <==", 9, "a", &len), NULL));
}

/* --- between two --- */

static void two_seconds_later(void)
{
    read_one("debian-12-linux-6.1", &before);
    after = before;
    before.at_ns = 5 * CT_NS_PER_S;
    after.at_ns = 7 * CT_NS_PER_S;
    after.uptime_s += 2;
    after.ticks.user += 100;
    after.ticks.idle += 300;
}

Test(reading, rates_are_per_second_between_two_readings)
{
    struct ct_server_sample s = {0};
    two_seconds_later();
    after.switches.value += 5000;
    after.interrupts.value += 300;
    after.forks.value += 4;
    after.net.items[0].value[CT_NET_RX_BYTES] += 2000;
    after.net.items[0].value[CT_NET_TX_PACKETS] += 10;
    after.disks.items[0].value[CT_DISK_WRITTEN_BYTES] += 8192;
    after.pressure_us[CT_PRESSURE_CPU_SOME].value += 500000;
    ct_reading_sample(&before, &after, &s);
    cr_expect(s.has_cpu);
    cr_expect(epsilon_eq(dbl, s.cpu.usr, 25, 1e-9));
    cr_expect(epsilon_eq(dbl, vital(&s, CT_VITAL_CONTEXT_SWITCHES), 2500, 1e-9));
    cr_expect(epsilon_eq(dbl, vital(&s, CT_VITAL_INTERRUPTS), 150, 1e-9));
    cr_expect(epsilon_eq(dbl, vital(&s, CT_VITAL_FORKS), 2, 1e-9));
    cr_expect(epsilon_eq(dbl, vital(&s, CT_VITAL_NET_RECEIVED_BYTES), 1000, 1e-9));
    cr_expect(epsilon_eq(dbl, vital(&s, CT_VITAL_NET_SENT_PACKETS), 5, 1e-9));
    cr_expect(zero(dbl, vital(&s, CT_VITAL_NET_ERRORS)));
    cr_expect(epsilon_eq(dbl, vital(&s, CT_VITAL_DISK_WRITTEN_BYTES), 4096, 1e-9));
    cr_expect(epsilon_eq(dbl, vital(&s, CT_VITAL_PRESSURE_CPU_SOME), 25, 1e-9));
    cr_expect(epsilon_eq(dbl, vital(&s, CT_VITAL_SWAP_USED), 256, 1e-9));
    cr_expect(not(s.rebooted));
}

Test(reading, the_first_reading_has_no_rates)
{
    struct ct_server_sample s = {0};
    two_seconds_later();
    ct_reading_sample(NULL, &after, &s);
    cr_expect(not(s.has_cpu));
    cr_expect(s.has_memory);
    cr_expect(isnan(vital(&s, CT_VITAL_CONTEXT_SWITCHES)));
    cr_expect(isnan(vital(&s, CT_VITAL_PRESSURE_IO_FULL)));
    cr_expect(epsilon_eq(dbl, vital(&s, CT_VITAL_LOAD_5), 0.39, 1e-9));
}

Test(reading, a_server_that_was_up_for_longer_before_has_been_rebooted)
{
    struct ct_server_sample s = {0};
    two_seconds_later();
    after.uptime_s = 12;
    ct_reading_sample(&before, &after, &s);
    cr_expect(s.rebooted);
    cr_expect(not(s.has_cpu), "its counters began anew, even where they are larger");
    cr_expect(isnan(vital(&s, CT_VITAL_FORKS)));
    cr_expect(s.has_memory);
}

Test(reading, one_counter_that_went_back_is_missing_alone)
{
    struct ct_server_sample s = {0};
    two_seconds_later();
    after.switches.value -= 1;
    ct_reading_sample(&before, &after, &s);
    cr_expect(isnan(vital(&s, CT_VITAL_CONTEXT_SWITCHES)));
    cr_expect(zero(dbl, vital(&s, CT_VITAL_FORKS)));
    cr_expect(s.has_cpu);
}

Test(reading, the_clock_of_a_server_is_compared_with_ours)
{
    struct ct_server_sample s = {0};
    two_seconds_later();
    double wall_s = (double)after.booted_s.value + after.uptime_s;
    after.wall_ns = (uint64_t)((wall_s - 3600) * 1e9);
    ct_reading_sample(&before, &after, &s);
    cr_expect(epsilon_eq(dbl, vital(&s, CT_VITAL_CLOCK_OFFSET_S), 3600.5, 0.01));
}

/* --- processes --- */

static struct ct_server server_watching(const char *name)
{
    struct ct_server server = {.n_watch = 1};
    server.watch[0] = strdup(name);
    return server;
}

static void read_processes(const char *stats, struct ct_reading *out)
{
    char text[2000];
    (void)snprintf(text, sizeof(text),
                   "==> ct-watch <==\n4096\n==> /proc/stat <==\ncpu  %d 0 0 1000\ncpu0 1 1 1 1\n"
                   "cpu1 1 1 1 1\n%s",
                   out == &after ? 1400 : 1000, stats);
    ct_reading_parse(text, strlen(text), NULL, out);
}

#define PROCESS(pid, name, ticks, start, pages)                                                    \
    "==> /proc/" #pid "/stat <==\n" #pid " (" name ") S 1 2 3 4 5 6 7 8 9 10 " #ticks              \
    " 5 13 14 15 16 17 18 " #start " 999 " #pages " 25 26\n"

Test(reading, processes_of_a_name_are_summed)
{
    struct ct_server server = server_watching("nginx");
    struct ct_server_sample s = {0};
    read_processes(PROCESS(10, "nginx", 100, 7, 50) PROCESS(11, "nginx", 200, 7, 50), &before);
    read_processes(PROCESS(10, "nginx", 150, 7, 60) PROCESS(11, "nginx", 230, 7, 40)
                       PROCESS(12, "nginx-not", 9999, 7, 9999),
                   &after);
    ct_reading_watched(&before, &after, &server, &s);
    cr_assert(eq(sz, s.n_watched, 1));
    cr_expect(zero(int, strcmp(s.watched[0].name, "nginx")));
    cr_expect(eq(u64, s.watched[0].processes, 2));
    cr_expect(s.watched[0].has_cpu && s.watched[0].has_rss);
    /* 80 of the 200 ticks that each of two CPUs had */
    cr_expect(epsilon_eq(dbl, s.watched[0].cpu_percent, 40, 1e-9));
    cr_expect(epsilon_eq(dbl, s.watched[0].rss_kib, 400, 1e-9));
    free(server.watch[0]);
}

Test(reading, a_process_that_is_new_counts_from_its_start_and_a_reused_pid_is_new)
{
    struct ct_server server = server_watching("a) b");
    struct ct_server_sample s = {0};
    read_processes(PROCESS(10, "a) b", 1000, 7, 50), &before);
    read_processes(PROCESS(10, "a) b", 15, 90, 50), &after);
    ct_reading_watched(&before, &after, &server, &s);
    cr_expect(eq(u64, s.watched[0].processes, 1));
    cr_expect(epsilon_eq(dbl, s.watched[0].cpu_percent, 10, 1e-9));
    free(server.watch[0]);
}

Test(reading, a_name_that_nothing_has_is_no_processes)
{
    struct ct_server server = server_watching("nginx");
    struct ct_server_sample s = {0};
    read_processes("", &before);
    read_processes("", &after);
    ct_reading_watched(&before, &after, &server, &s);
    cr_assert(eq(sz, s.n_watched, 1));
    cr_expect(zero(u64, s.watched[0].processes));
    cr_expect(s.watched[0].has_cpu);
    free(server.watch[0]);
}

Test(reading, a_server_that_lists_no_processes_says_nothing_of_them)
{
    struct ct_server server = server_watching("nginx");
    struct ct_server_sample s = {0};
    read_one("debian-12-linux-6.1", &after);
    ct_reading_watched(&after, &after, &server, &s);
    cr_assert(zero(sz, s.n_watched));
    free(server.watch[0]);
}

Test(reading, a_process_line_that_is_cut_is_passed_over)
{
    static const char line[] = "10 (nginx) S 1 2 3 4 5 6 7 8 9 10 100 5 13 14 15 16 17 18 7 999 50";
    struct ct_process p;
    cr_assert(ct_procfs_process(line, strlen(line), &p));
    cr_assert(eq(u64, p.rss_pages, 50));
    cr_assert(eq(u64, p.ticks, 105));
    cr_assert(eq(u64, p.started, 7));
    for (size_t len = 0; len + 2 < strlen(line); len++)
        cr_expect(not(ct_procfs_process(line, len, &p)), "%zu bytes", len);
}

/* --- cores --- */

static size_t read_cores(const char *first, const char *second, bool wanted,
                         struct ct_server_sample *s)
{
    struct ct_server server = {.cores = wanted};
    ct_reading_parse(first, strlen(first), &server, &before);
    ct_reading_parse(second, strlen(second), &server, &after);
    memset(s, 0, sizeof(*s));
    ct_reading_watched(&before, &after, &server, s);
    return s->n_cores;
}

#define STAT "==> /proc/stat <==\ncpu  9 9 9 9\n"

Test(reading, one_core_can_be_full_while_the_machine_is_not)
{
    static struct ct_server_sample s;
    size_t core;
    double percent;
    static const char first[] = STAT "cpu0 100 0 0 100 0 0 0 0 0 0\ncpu1 0 0 0 0 0 0 0 0 0 0\n",
                      second[] = STAT "cpu0 110 0 0 190 0 0 0 0 0 0\ncpu1 90 0 10 0 0 0 0 0 0 0\n";
    cr_assert(eq(sz, read_cores(first, second, true, &s), 2));
    cr_expect(epsilon_eq(dbl, (double)s.core_percent[0], 10, 1e-4));
    cr_expect(epsilon_eq(dbl, (double)s.core_percent[1], 100, 1e-4));
    cr_assert(ct_cores_busiest(&s, &core, &percent));
    cr_expect(eq(sz, core, 1));
    cr_expect(epsilon_eq(dbl, percent, 100, 1e-4));
    cr_expect(zero(sz, read_cores(first, second, false, &s)), "nobody asked for them");
}

Test(reading, the_busiest_core_is_a_sign_that_nobody_has_to_ask_for)
{
    struct ct_server_sample s = {0};
    static const char first[] = STAT "cpu0 100 0 0 100\ncpu1 0 0 0 0\ncpu2 0 0 0 0\n",
                      second[] = STAT "cpu0 110 0 0 190\ncpu1 90 0 0 10\n";
    ct_reading_parse(first, strlen(first), NULL, &before);
    ct_reading_parse(second, strlen(second), NULL, &after);
    ct_reading_sample(NULL, &before, &s);
    cr_expect(epsilon_eq(dbl, vital(&s, CT_VITAL_PROCESSORS), 3, 1e-9));
    cr_expect(isnan(vital(&s, CT_VITAL_BUSIEST_CORE)), "one reading");
    ct_reading_sample(&before, &after, &s);
    cr_expect(epsilon_eq(dbl, vital(&s, CT_VITAL_PROCESSORS), 2, 1e-9));
    cr_expect(epsilon_eq(dbl, vital(&s, CT_VITAL_BUSIEST_CORE), 90, 1e-4));
    static const char bare[] = STAT;
    ct_reading_parse(bare, strlen(bare), NULL, &after);
    memset(&s, 0, sizeof(s));
    ct_reading_sample(&before, &after, &s);
    cr_expect(isnan(vital(&s, CT_VITAL_PROCESSORS)), "no line of a core");
    cr_expect(isnan(vital(&s, CT_VITAL_BUSIEST_CORE)));
}

Test(reading, a_core_that_is_offline_has_no_value_and_takes_nobodys_place)
{
    static struct ct_server_sample s;
    size_t core;
    double percent;
    /* 1 is offline, 3 comes to life: its idle time begins anew, 5 goes */
    cr_assert(
        eq(sz,
           read_cores(STAT "cpu0 0 0 0 0\ncpu2 0 0 0 0\ncpu3 50 0 0 900\ncpu5 1 1 1 1\n",
                      STAT "cpu0 5 0 0 5\ncpu2 1 0 0 9\ncpu3 51 0 0 2\ncpu4 1 1 1 1\n", true, &s),
           5));
    cr_expect(epsilon_eq(dbl, (double)s.core_percent[0], 50, 1e-4));
    cr_expect(isnan(s.core_percent[1]));
    cr_expect(epsilon_eq(dbl, (double)s.core_percent[2], 10, 1e-4));
    cr_expect(isnan(s.core_percent[3]));
    cr_expect(isnan(s.core_percent[4]));
    cr_assert(ct_cores_busiest(&s, &core, &percent));
    cr_expect(zero(sz, core));
}

Test(reading, cores_without_a_value_have_no_busiest)
{
    static struct ct_server_sample s;
    size_t core;
    double percent;
    cr_assert(eq(sz, read_cores(STAT "cpu0 5 5 5 5\n", STAT "cpu0 5 5 5 5\n", true, &s), 1));
    cr_expect(isnan(s.core_percent[0]), "no time passed");
    cr_expect(not(ct_cores_busiest(&s, &core, &percent)));
    cr_expect(zero(sz, read_cores(STAT "cpu0 5 5 5 5\n", "", true, &s)));
    cr_expect(
        zero(sz, read_cores(STAT, STAT "cpu99999 1 1 1 1\ncpux 1 1 1 1\ncpu0 1 1\n", true, &s)),
        "no line of a core");
}

Test(reading, all_cores_of_a_large_server_are_there)
{
    struct ct_server_sample *s = calloc(1, sizeof(*s));
    struct ct_server server = {.cores = true};
    read_one("numa-128-linux-5.4", &before);
    after = before;
    for (size_t i = 0; i < after.cores.count; i++) {
        after.cores.items[i].busy += i;
        after.cores.items[i].idle += 200 - i;
    }
    ct_reading_watched(&before, &after, &server, s);
    cr_assert(eq(sz, s->n_cores, 128));
    for (size_t i = 0; i < s->n_cores; i++)
        cr_expect(epsilon_eq(dbl, (double)s->core_percent[i], (double)i / 2, 1e-4));
    free(s);
}

Test(reading, a_reboot_leaves_no_cores)
{
    static struct ct_server_sample s;
    cr_assert(
        zero(sz, read_cores("==> /proc/uptime <==\n500.00 1.00\n" STAT "cpu0 1 1 1 1\n",
                            "==> /proc/uptime <==\n5.00 1.00\n" STAT "cpu0 9 9 9 9\n", true, &s)));
}
