#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <criterion/parameterized.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/lines.h"
#include "monitor/procfs.h"

/* Pairs of /proc/stat and what mpstat itself (sysstat 12.6) said of them, each core and all:
 * tests/unit/monitor/mpstat, made by the script "record" there. busy and disk are readings of a
 * machine with two CPUs; guests and iowait-back are made by hand. */

enum { FIELDS = 10, CORES = 2 };
static const char *const header[FIELDS + 1] = {"CPU",     "%usr",   "%nice", "%sys",
                                               "%iowait", "%irq",   "%soft", "%steal",
                                               "%guest",  "%gnice", "%idle"};

/* mpstat prints two digits behind the point. */
#define ROUNDED 0.0051

struct fixture {
    struct ct_buf before, after, mpstat;
};

static void load(const char *name, const char *suffix, struct ct_buf *text)
{
    char path[500];
    struct ct_err err = {0};
    (void)snprintf(path, sizeof(path), CT_TESTS_DIR "/unit/monitor/mpstat/%s.%s", name, suffix);
    ct_buf_init(text, 64 << 10);
    cr_assert(zero(int, ct_buf_read_file(text, path, &err)), "%s", err.msg);
}

static void open_fixture(struct fixture *f, const char *name)
{
    load(name, "before", &f->before);
    load(name, "after", &f->after);
    load(name, "mpstat", &f->mpstat);
}

static void close_fixture(struct fixture *f)
{
    ct_buf_release(&f->before);
    ct_buf_release(&f->after);
    ct_buf_release(&f->mpstat);
}

/* The row of a CPU ("all", "0"), its columns named by mpstat's own header. */
static void mpstat_row(const struct fixture *f, const char *cpu, double out[FIELDS])
{
    char text[1000], *lines = NULL, *words = NULL;
    (void)snprintf(text, sizeof(text), "%s", f->mpstat.data);
    char *line = strtok_r(text, "\n", &lines);
    char *word = strtok_r(line, " ", &words);
    for (int i = 0; i <= FIELDS; i++, word = strtok_r(NULL, " ", &words))
        cr_assert(zero(int, strcmp(word, header[i])), "column %d is %s", i, word);
    while ((line = strtok_r(NULL, "\n", &lines)) != NULL) {
        word = strtok_r(line, " ", &words);
        if (strcmp(word, cpu) != 0)
            continue;
        for (int i = 0; i < FIELDS; i++)
            out[i] = strtod(strtok_r(NULL, " ", &words), NULL);
        return;
    }
    cr_assert(false, "mpstat has no row %s", cpu);
}

static void our_row(const struct ct_cpu_ticks *before, const struct ct_cpu_ticks *after,
                    double out[FIELDS])
{
    struct ct_cpu_percent p;
    cr_assert(ct_cpu_between(before, after, &p));
    const double all[FIELDS] = {p.usr,  p.nice,  p.sys,   p.iowait, p.irq,
                                p.soft, p.steal, p.guest, p.gnice,  p.idle};
    memcpy(out, all, sizeof(all));
}

/* The line "cpuN" as if it were that of all. */
static struct ct_cpu_ticks core_ticks(const struct ct_buf *stat, int core)
{
    char name[16], line[500];
    struct ct_cpu_ticks t;
    const char *end;
    (void)snprintf(name, sizeof(name), "cpu%d ", core);
    const char *at = ct_line_find(stat->data, stat->data + stat->len, name, &end);
    cr_assert(ne(ptr, (void *)at, NULL));
    (void)snprintf(line, sizeof(line), "cpu  %.*s\n", (int)(end - at), at);
    cr_assert(ct_procfs_stat(line, strlen(line), &t));
    return t;
}

static void expect_rows(const char *name, const char *cpu, const double ours[FIELDS],
                        const double theirs[FIELDS], double tolerance)
{
    for (int i = 0; i < FIELDS; i++)
        cr_expect(epsilon_eq(dbl, ours[i], theirs[i], tolerance), "%s, CPU %s, %s: %g, mpstat %g",
                  name, cpu, header[i + 1], ours[i], theirs[i]);
}

struct name {
    char name[20];
};

ParameterizedTestParameters(mpstat, the_fields_of_a_cpu_are_those_of_mpstat)
{
    static struct name table[] = {{"busy"}, {"disk"}, {"guests"}, {"iowait-back"}};
    return cr_make_param_array(struct name, table, sizeof(table) / sizeof(table[0]));
}

ParameterizedTest(struct name *c, mpstat, the_fields_of_a_cpu_are_those_of_mpstat)
{
    struct fixture f;
    open_fixture(&f, c->name);
    for (int core = 0; core < CORES; core++) {
        char cpu[16];
        double ours[FIELDS], theirs[FIELDS];
        struct ct_cpu_ticks before = core_ticks(&f.before, core),
                            after = core_ticks(&f.after, core);
        (void)snprintf(cpu, sizeof(cpu), "%d", core);
        mpstat_row(&f, cpu, theirs);
        our_row(&before, &after, ours);
        expect_rows(c->name, cpu, ours, theirs, ROUNDED);
    }
    close_fixture(&f);
}

ParameterizedTestParameters(mpstat, the_fields_of_all_differ_by_the_ticks_that_sums_are_cut_to)
{
    static struct name table[] = {{"busy"}, {"disk"}, {"guests"}};
    return cr_make_param_array(struct name, table, sizeof(table) / sizeof(table[0]));
}

/* mpstat adds up its cores, each cut to ticks; the kernel's first line is cut once. */
ParameterizedTest(struct name *c, mpstat,
                  the_fields_of_all_differ_by_the_ticks_that_sums_are_cut_to)
{
    struct fixture f;
    struct ct_cpu_ticks before, after;
    double ours[FIELDS], theirs[FIELDS];
    open_fixture(&f, c->name);
    cr_assert(ct_procfs_stat(f.before.data, f.before.len, &before));
    cr_assert(ct_procfs_stat(f.after.data, f.after.len, &after));
    our_row(&before, &after, ours);
    mpstat_row(&f, "all", theirs);
    expect_rows(c->name, "all", ours, theirs,
                ROUNDED + 100 * (CORES + 1) / ct_cpu_ticks_between(&before, &after));
    close_fixture(&f);
}

ParameterizedTestParameters(mpstat, a_core_is_busy_when_mpstat_calls_it_neither_idle_nor_iowait)
{
    static struct name table[] = {{"busy"}, {"disk"}, {"guests"}, {"iowait-back"}};
    return cr_make_param_array(struct name, table, sizeof(table) / sizeof(table[0]));
}

ParameterizedTest(struct name *c, mpstat,
                  a_core_is_busy_when_mpstat_calls_it_neither_idle_nor_iowait)
{
    static struct ct_cores before, after;
    static float percent[CT_CORES_MAX];
    struct fixture f;
    open_fixture(&f, c->name);
    ct_procfs_cores(f.before.data, f.before.len, &before);
    ct_procfs_cores(f.after.data, f.after.len, &after);
    cr_assert(eq(sz, ct_cores_between(&before, &after, percent), CORES));
    for (int core = 0; core < CORES; core++) {
        char cpu[16];
        double theirs[FIELDS];
        (void)snprintf(cpu, sizeof(cpu), "%d", core);
        mpstat_row(&f, cpu, theirs);
        cr_expect(epsilon_eq(dbl, (double)percent[core], 100 - theirs[3] - theirs[9], 2 * ROUNDED),
                  "%s, CPU %d", c->name, core);
    }
    close_fixture(&f);
}
