#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "chart/chart.h"

static char folder[] = "/tmp/ct-chart-XXXXXX";
static char path[64];

static const char *in_folder(const char *name)
{
    (void)snprintf(path, sizeof(path), "%s/%s", folder, name);
    return path;
}

static void make_folder(void)
{
    cr_assert(ne(ptr, mkdtemp(folder), NULL));
}

static void remove_folder(void)
{
    static const char *const names[] = {"a.png", "a.svg", "a.pdf"};

    for (int i = 0; i < 3; i++)
        (void)unlink(in_folder(names[i]));
    (void)rmdir(folder);
}

TestSuite(chart, .init = make_folder, .fini = remove_folder);

static size_t read_start(const char *name, unsigned char *out, size_t size)
{
    FILE *f = fopen(in_folder(name), "rb");

    cr_assert(ne(ptr, f, NULL), "%s was not written", path);
    size_t got = fread(out, 1, size, f);
    (void)fclose(f);
    return got;
}

static unsigned big_endian(const unsigned char *b)
{
    return (unsigned)b[0] << 24 | (unsigned)b[1] << 16 | (unsigned)b[2] << 8 | b[3];
}

static void assert_png(const char *name, unsigned width, unsigned height)
{
    unsigned char b[64] = {0};

    cr_assert(eq(sz, read_start(name, b, sizeof(b)), sizeof(b)));
    cr_assert(eq(int, memcmp(b, "\x89PNG\r\n\x1a\n", 8), 0));
    cr_assert(eq(uint, big_endian(b + 16), width));
    cr_assert(eq(uint, big_endian(b + 20), height));
    cr_assert(eq(int, memcmp(b + 37, "pHYs", 4), 0));
    cr_assert(eq(uint, big_endian(b + 41), 11811));
}

static const char *const groups[] = {"node-1", "a-very-long-host-name.with.many.parts.example"};
static const char *const series[] = {"k3s", "k0s \x1b[31m \xff # <b>", "100%"};
static const double rates[] = {13, NAN, 1e9};

static int draw_bars(const double *values, size_t n_series, size_t n_groups, const char *name,
                     struct ct_err *err)
{
    const struct ct_bars bars = {.y_label = "Mean CPU usage (usr), %",
                                 .value_decimals = 2,
                                 .value_unit = "%",
                                 .legend_title = "Benchmark",
                                 .groups = groups,
                                 .n_groups = n_groups,
                                 .series = series,
                                 .n_series = n_series,
                                 .values = values,
                                 .rates = rates};

    return ct_chart_bars(&bars, in_folder(name), err);
}

static const double six[] = {10, 90, NAN, 40, 0, 100};

Test(chart, bars_are_a_png_of_3600_by_2100_at_300_dpi)
{
    struct ct_err err = {0};

    cr_assert(eq(int, draw_bars(six, 3, 2, "a.png", &err), 0), "%s", err.msg);
    assert_png("a.png", 3600, 2100);
}

Test(chart, extension_decides_the_format)
{
    struct ct_err err = {0};
    unsigned char b[16] = {0};

    cr_assert(eq(int, draw_bars(six, 3, 2, "a.svg", &err), 0), "%s", err.msg);
    cr_assert(eq(int, draw_bars(six, 3, 2, "a.pdf", &err), 0), "%s", err.msg);
    (void)read_start("a.svg", b, sizeof(b));
    cr_assert(eq(int, memcmp(b, "<?xml", 5), 0));
    (void)read_start("a.pdf", b, sizeof(b));
    cr_assert(eq(int, memcmp(b, "%PDF-", 5), 0));
}

Test(chart, unknown_extension_is_a_usage_error_that_names_the_known)
{
    struct ct_err err = {0};

    cr_assert(eq(int, draw_bars(six, 3, 2, "a.bmp", &err), CT_EUSAGE));
    cr_assert(ne(ptr, strstr(err.msg, ".png, .svg or .pdf"), NULL));
    cr_assert(eq(int, draw_bars(six, 3, 2, "png", &err), CT_EUSAGE));
}

Test(chart, folder_that_is_missing_is_an_error_and_leaves_nothing)
{
    struct ct_err err = {0};

    cr_assert(eq(int, draw_bars(six, 3, 2, "missing/a.png", &err), CT_EFAIL));
    cr_assert(ne(ptr, strstr(err.msg, "No such file"), NULL), "%s", err.msg);
}

/* A picture that cannot be put in place: the old content stays, no temporary file remains. */
Test(chart, failure_leaves_the_place_as_it_was)
{
    struct ct_err err = {0};
    char inner[80];

    cr_assert(eq(int, mkdir(in_folder("a.png"), 0700), 0));
    (void)snprintf(inner, sizeof(inner), "%s/keep", in_folder("a.png"));
    cr_assert(eq(int, mkdir(inner, 0700), 0));
    cr_assert(eq(int, draw_bars(six, 3, 2, "a.png", &err), CT_EFAIL));
    cr_assert(eq(int, rmdir(inner), 0));
    cr_assert(eq(int, rmdir(in_folder("a.png")), 0));
    cr_assert(eq(int, rmdir(folder), 0), "a temporary file was left in %s", folder);
    cr_assert(eq(int, mkdir(folder, 0700), 0));
}

Test(chart, charts_overwrite)
{
    struct ct_err err = {0};
    FILE *f = fopen(in_folder("a.png"), "w");

    (void)fputs("old", f);
    (void)fclose(f);
    cr_assert(eq(int, draw_bars(six, 3, 2, "a.png", &err), 0), "%s", err.msg);
    assert_png("a.png", 3600, 2100);
}

Test(chart, bars_without_values_are_drawn)
{
    const double none[] = {NAN, NAN, NAN, NAN, NAN, NAN};
    struct ct_err err = {0};

    cr_assert(eq(int, draw_bars(none, 3, 2, "a.png", &err), 0), "%s", err.msg);
    cr_assert(eq(int, draw_bars(none, 3, 0, "a.png", &err), 0), "%s", err.msg);
    cr_assert(eq(int, draw_bars(none, 1, 1, "a.png", &err), 0), "%s", err.msg);
}

static struct ct_violin violin(const double *values, size_t count)
{
    return (struct ct_violin){.name = series[1],
                              .values = values,
                              .count = count,
                              .mean = 0.4,
                              .median = 0.3,
                              .stddev = 0.31623,
                              .min = 0.1,
                              .max = 1.0,
                              .rate = 13};
}

Test(chart, violins_are_a_png_of_3600_by_2400)
{
    const double values[] = {0.1, 0.2, 0.3, 0.4, 1.0}, same[] = {0.1, 0.1};
    struct ct_violin items[] = {violin(values, 5), violin(same, 2), violin(NULL, 0),
                                violin(values, 1)};
    const struct ct_violins v = {
        .x_label = "Benchmark", .y_label = "Response time (seconds)", .items = items, .count = 4};
    struct ct_err err = {0};

    cr_assert(eq(int, ct_chart_violins(&v, in_folder("a.png"), &err), 0), "%s", err.msg);
    assert_png("a.png", 3600, 2400);
}

Test(chart, no_violins_at_all_is_still_a_picture)
{
    const struct ct_violins v = {.x_label = "x", .y_label = "y"};
    struct ct_err err = {0};

    cr_assert(eq(int, ct_chart_violins(&v, in_folder("a.svg"), &err), 0), "%s", err.msg);
}

/* plplot would end the process here. */
Test(chart, missing_drivers_are_an_error_and_leave_nothing)
{
    struct ct_err err = {0};
    char drivers[96];

    (void)snprintf(drivers, sizeof(drivers), "%s", folder); /* a folder without drivers */
    cr_assert(eq(int, setenv("PLPLOT_DRV_DIR", drivers, 1), 0));
    cr_assert(eq(int, draw_bars(six, 3, 2, "a.png", &err), CT_EFAIL));
    cr_assert(ne(ptr, strstr(err.msg, "plplot"), NULL), "%s", err.msg);
    cr_assert(eq(int, rmdir(folder), 0), "a temporary file was left in %s", folder);
    cr_assert(eq(int, mkdir(folder, 0700), 0));
}

/* --- the knee of a search --- */

static int draw_knee(size_t n_points, size_t n_curve, double low, double high, const char *name)
{
    static struct ct_knee_point points[40], curve[20];
    struct ct_err err = {0};
    for (size_t i = 0; i < 40; i++)
        points[i] = (struct ct_knee_point){700 + 5 * (double)i, i == 7 ? NAN : pow(1.12, (double)i),
                                           (enum ct_knee_kind)(i % 3)};
    for (size_t i = 0; i < 20; i++)
        curve[i] = (struct ct_knee_point){700 + 10 * (double)i, pow(1.26, (double)i), 0};
    const struct ct_knee knee = {.title = "sustains 769/s \xff <b> (95 %: 750 to 790/s)",
                                 .x_label = "Requests per second",
                                 .y_label = "Requests beyond p(99)<20ms, %",
                                 .limit = 1,
                                 .low = low,
                                 .capacity = (low + high) / 2,
                                 .high = high,
                                 .points = points,
                                 .n_points = n_points,
                                 .curve = curve,
                                 .n_curve = n_curve};
    int rc = ct_chart_knee(&knee, in_folder(name), &err);
    cr_expect(eq(int, rc, 0), "%s", err.msg);
    return rc;
}

Test(chart, a_knee_is_drawn_in_each_format)
{
    (void)draw_knee(40, 20, 750, 790, "a.png");
    assert_png("a.png", 3600, 2400);
    (void)draw_knee(40, 20, 750, 790, "a.svg");
    (void)draw_knee(40, 20, 750, 790, "a.pdf");
}

Test(chart, a_knee_without_an_answer_or_a_point_is_drawn_too)
{
    (void)draw_knee(40, 0, NAN, NAN, "a.png");
    (void)draw_knee(1, 0, NAN, NAN, "a.png");
    (void)draw_knee(0, 0, NAN, NAN, "a.png");
    (void)draw_knee(0, 20, 750, 750, "a.png");
}
