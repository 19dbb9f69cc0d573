#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/units.h"

#define ROWS(table) (sizeof(table) / sizeof(*(table)))
#define NS_PER_S UINT64_C(1000000000)

/* A refusal quotes the text and shows a good one. */
static void refused(int rc, const struct ct_err *err, const char *text, const char *example)
{
    cr_assert(eq(int, rc, CT_EUSAGE), "'%s' was taken", text);
    char quoted[62]; /* a long text is quoted by its beginning */
    (void)snprintf(quoted, sizeof(quoted), "'%s", text);
    cr_assert(strstr(err->msg, quoted) != NULL && strstr(err->msg, example) != NULL, "%s",
              err->msg);
}

/* None of these is a number of any kind. */
static const char *const no_numbers[] = {
    "",
    " ",
    "-",
    "-1",
    "+1",
    " 1",
    "1 ",
    ".",
    "1.",
    "1..5",
    "1.5.",
    "x",
    "1x",
    "kk",
    "1kk",
    "k",
    "1e3",
    "0x10",
    "1,5",
    "1k5",
    "inf",
    "nan",
    "1\n5",
    "\xc2\xb2",
    "1000000000000000000000",
    "0.0000000000000000000000000000000000000000000000000000000000000000",
    "0.00000000000000000001",
};

Test(units, numbers_are_read)
{
    static const struct {
        const char *text;
        double value;
    } good[] = {
        {"0", 0},       {"12", 12},
        {"1.5", 1.5},   {".5", 0.5},
        {"10k", 1e4},   {"10K", 1e4},
        {"2M", 2e6},    {"1G", 1e9},
        {"1.5k", 1500}, {"0.0001k", 0.1},
        {"007", 7},     {"1.25M", 1.25e6},
        {"0.1", 0.1},   {"999999999999999999", 1e18},
    };
    for (size_t i = 0; i < ROWS(good); i++) {
        double v = -1;
        cr_assert(zero(int, ct_number_parse(good[i].text, &v, NULL)), "%s", good[i].text);
        cr_assert(epsilon_eq(dbl, v, good[i].value, good[i].value * 1e-15), "%s", good[i].text);
    }
    for (size_t i = 0; i < ROWS(no_numbers); i++) {
        double v = -1;
        struct ct_err err = {0};
        int rc = ct_number_parse(no_numbers[i], &v, &err);
        refused(rc, &err, no_numbers[i], "12, 1.5 or 10k");
        cr_assert(v == -1);
    }
}

Test(units, counts_are_whole)
{
    static const struct {
        const char *text;
        uint64_t value;
    } good[] = {
        {"0", 0},
        {"12", 12},
        {"1.0", 1},
        {"1.5k", 1500},
        {"10k", 10000},
        {"0.001k", 1},
        {"2M", 2000000},
        {"999999999999999999", 999999999999999999},
        {"18G", UINT64_C(18000000000)},
        {"0.5M", 500000},
    };
    static const char *const bad[] = {"1.5", "0.5", "1.0005k", "99999999999999999G", "12s", "5%"};
    for (size_t i = 0; i < ROWS(good); i++) {
        uint64_t v = 99;
        cr_assert(zero(int, ct_count_parse(good[i].text, &v, NULL)), "%s", good[i].text);
        cr_assert(eq(u64, v, good[i].value), "%s", good[i].text);
    }
    uint64_t v = 99;
    struct ct_err err;
    for (size_t i = 0; i < ROWS(bad); i++)
        refused(ct_count_parse(bad[i], &v, &err), &err, bad[i], "12 or 10k");
    for (size_t i = 0; i < ROWS(no_numbers); i++)
        refused(ct_count_parse(no_numbers[i], &v, &err), &err, no_numbers[i], "12 or 10k");
    cr_assert(eq(u64, v, 99));
}

Test(units, durations_are_exact_to_the_nanosecond)
{
    static const struct {
        const char *text;
        uint64_t ns;
    } good[] = {
        {"0", 0},
        {"30", 30 * NS_PER_S},
        {"1.5", NS_PER_S * 3 / 2},
        {"1ns", 1},
        {"1us", 1000},
        {"1\xc2\xb5s", 1000},
        {"1.001us", 1001},
        {"500ms", NS_PER_S / 2},
        {"2m", 120 * NS_PER_S},
        {"1h30m", 5400 * NS_PER_S},
        {"1m500ms", 60 * NS_PER_S + NS_PER_S / 2},
        {"1.5h", 5400 * NS_PER_S},
        {"1d", 86400 * NS_PER_S},
        {"365d", 365 * 86400 * NS_PER_S},
        {"0.000000001", 1},
        {"1s1s", 2 * NS_PER_S},
        {"1d2h3m4s5ms6us7ns", UINT64_C(93784005006007)},
    };
    static const char *const bad[] = {
        "1.5ns",
        "0.0000000001",
        "365d1ns",
        "366d",
        "1h30",
        "1k",
        "10ks",
        "s",
        "1hs",
        "1w",
        "1S",
        "1 s",
        "1m 30s",
        "-1s",
        "1s,",
        "1.s",
        "99999999999999999d",
        "1msm",
    };
    for (size_t i = 0; i < ROWS(good); i++) {
        uint64_t v = 99;
        cr_assert(zero(int, ct_duration_parse(good[i].text, &v, NULL)), "%s", good[i].text);
        cr_assert(eq(u64, v, good[i].ns), "%s", good[i].text);
    }
    uint64_t v = 99;
    struct ct_err err;
    for (size_t i = 0; i < ROWS(bad); i++)
        refused(ct_duration_parse(bad[i], &v, &err), &err, bad[i], "1h30m");
    for (size_t i = 0; i < ROWS(no_numbers); i++)
        refused(ct_duration_parse(no_numbers[i], &v, &err), &err, no_numbers[i], "1h30m");
    cr_assert(eq(u64, v, 99));
}

Test(units, rates_are_reduced_ratios)
{
    static const struct {
        const char *text;
        uint64_t num, den_ns;
    } good[] = {
        {"1", 1, NS_PER_S},          {"500", 1, 2000000},    {"0.5", 1, 2 * NS_PER_S},
        {"10k", 1, 100000},          {"100/s", 1, 10000000}, {"30/m", 1, 2 * NS_PER_S},
        {"5/h", 1, 720 * NS_PER_S},  {"997", 997, NS_PER_S}, {"0.1", 1, 10 * NS_PER_S},
        {"1.5/m", 1, 40 * NS_PER_S}, {"10M", 1, 100},        {"7k/h", 7, 3600000000},
        {"600M/m", 1, 100},
    };
    static const char *const bad[] = {
        "0",    "0.0", "10.1M", "11M",  "1/",   "/s",     "1/d",
        "1/ms", "1s",  "1//s",  "1/ss", "-1/s", "601M/m", "0.00000000001/h"};
    for (size_t i = 0; i < ROWS(good); i++) {
        struct ct_rate r = {0};
        cr_assert(zero(int, ct_rate_parse(good[i].text, &r, NULL)), "%s", good[i].text);
        cr_assert(r.num == good[i].num && r.den_ns == good[i].den_ns, "%s: %llu/%llu", good[i].text,
                  (unsigned long long)r.num, (unsigned long long)r.den_ns);
    }
    struct ct_rate r = {.num = 99};
    struct ct_err err;
    for (size_t i = 0; i < ROWS(bad); i++)
        refused(ct_rate_parse(bad[i], &r, &err), &err, bad[i], "30/m");
    for (size_t i = 0; i < ROWS(no_numbers); i++)
        refused(ct_rate_parse(no_numbers[i], &r, &err), &err, no_numbers[i], "30/m");
    cr_assert(eq(u64, r.num, 99));
}

Test(units, whole_rates_a_second_need_no_text)
{
    struct ct_rate r = ct_rate_per_s(1000);
    cr_assert(r.num == 1 && r.den_ns == 1000000);
    cr_assert(epsilon_eq(dbl, ct_rate_rps(r), 1000, 1e-9));
    r = ct_rate_per_s(997);
    cr_assert(r.num == 997 && r.den_ns == NS_PER_S);
    cr_assert(epsilon_eq(dbl, ct_rate_rps((struct ct_rate){1, 720 * NS_PER_S}), 5.0 / 3600, 1e-12));
}

Test(units, shares_are_fractions)
{
    static const struct {
        const char *text;
        double value;
    } good[] = {{"5%", 0.05}, {"0.05", 0.05}, {"0", 0},       {"100%", 1},
                {"1", 1},     {"0%", 0},      {"0.1%", 0.001}};
    static const char *const bad[] = {"101%", "1.5", "5%%", "%", "5 %", "1k", "2"};
    for (size_t i = 0; i < ROWS(good); i++) {
        double v = -1;
        cr_assert(zero(int, ct_percent_parse(good[i].text, &v, NULL)), "%s", good[i].text);
        cr_assert(epsilon_eq(dbl, v, good[i].value, 1e-12), "%s", good[i].text);
    }
    double v = -1;
    struct ct_err err;
    for (size_t i = 0; i < ROWS(bad); i++)
        refused(ct_percent_parse(bad[i], &v, &err), &err, bad[i], "5% or 0.05");
    for (size_t i = 0; i < ROWS(no_numbers); i++)
        refused(ct_percent_parse(no_numbers[i], &v, &err), &err, no_numbers[i], "5% or 0.05");
    cr_assert(v == -1);
}

Test(units, durations_for_people_have_three_digits)
{
    static const struct {
        uint64_t ns;
        const char *text;
    } table[] = {
        {0, "0 ns"},
        {999, "999 ns"},
        {1000, "1.00 us"},
        {310000, "310 us"},
        {999499, "999 us"},
        {999600, "1.00 ms"},
        {1240000, "1.24 ms"},
        {12345678, "12.3 ms"},
        {999600000, "1.00 s"},
        {9996000000, "10.0 s"},
        {30 * NS_PER_S, "30.0 s"},
        {100 * NS_PER_S, "1 m 40 s"},
        {125 * NS_PER_S, "2 m 5 s"},
        {3600 * NS_PER_S, "1 h 0 m"},
        {365 * 86400 * NS_PER_S, "8760 h 0 m"},
    };
    char text[CT_UNIT_TEXT];
    for (size_t i = 0; i < ROWS(table); i++)
        cr_assert_str_eq(ct_duration_format(table[i].ns, text), table[i].text, "%s, not %s", text,
                         table[i].text);
}

Test(units, counts_for_people_are_grouped)
{
    static const struct {
        uint64_t n;
        const char *text;
    } table[] = {{0, "0"},
                 {999, "999"},
                 {1000, "1,000"},
                 {123456, "123,456"},
                 {1234567, "1,234,567"},
                 {UINT64_MAX, "18,446,744,073,709,551,615"}};
    char text[CT_UNIT_TEXT];
    for (size_t i = 0; i < ROWS(table); i++)
        cr_assert_str_eq(ct_count_format(table[i].n, text), table[i].text);
}

Test(units, bytes_for_people_are_binary)
{
    static const struct {
        uint64_t n;
        const char *text;
    } table[] = {{0, "0 B"},
                 {1023, "1023 B"},
                 {1024, "1.00 KiB"},
                 {1258291, "1.20 MiB"},
                 {1048575, "1.00 MiB"},
                 {UINT64_C(1) << 40, "1.00 TiB"},
                 {UINT64_MAX, "16777216 TiB"}};
    char text[CT_UNIT_TEXT];
    for (size_t i = 0; i < ROWS(table); i++)
        cr_assert_str_eq(ct_bytes_format(table[i].n, text), table[i].text, "%s", text);
}

Test(units, rates_for_people)
{
    static const struct {
        double rps;
        const char *text;
    } table[] = {{1000, "1,000/s"}, {0.5, "0.50/s"},   {1, "1/s"},
                 {99.94, "99.9/s"}, {99.96, "100/s"},  {1234567.6, "1,234,568/s"},
                 {0, "0/s"},        {12.345, "12.3/s"}};
    char text[CT_UNIT_TEXT];
    for (size_t i = 0; i < ROWS(table); i++)
        cr_assert_str_eq(ct_rate_format(table[i].rps, text), table[i].text, "%s", text);
}

Test(units, sizes_are_read_in_both_kinds_of_units)
{
    static const struct {
        const char *text;
        uint64_t bytes;
    } good[] = {{"0", 0},
                {"512", 512},
                {"7B", 7},
                {"1kB", 1000},
                {"2MB", 2000000},
                {"64KiB", 65536},
                {"1.5GiB", 1610612736},
                {"4GiB", UINT64_C(4294967296)},
                {"2TiB", UINT64_C(2199023255552)},
                {"3GB", UINT64_C(3000000000)},
                {"1TB", UINT64_C(1000000000000)}};
    static const char *const bad[] = {"",      "GiB", "4 GiB", "4gib",
                                      "4GiBs", "-1",  "1.",    "2000000TiB"};
    uint64_t bytes;
    struct ct_err err;
    for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++) {
        cr_assert(eq(int, ct_bytes_parse(good[i].text, &bytes, &err), 0), "%s", good[i].text);
        cr_assert(eq(u64, bytes, good[i].bytes), "%s", good[i].text);
    }
    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
        bytes = 17;
        cr_assert(eq(int, ct_bytes_parse(bad[i], &bytes, &err), CT_EUSAGE), "%s", bad[i]);
        cr_assert(eq(u64, bytes, 17));
        cr_assert(strstr(err.msg, "4GiB") != NULL, "%s", err.msg);
    }
}

Test(units, what_is_written_reads_back_as_the_same)
{
    static const struct {
        uint64_t ns;
        const char *text;
    } times[] = {{0, "0ns"},           {1, "1ns"},
                 {250000000, "250ms"}, {1500000000, "1500ms"},
                 {90000000000, "90s"}, {7200000000000, "2h"}};
    static const struct {
        uint64_t bytes;
        const char *text;
    } sizes[] = {{0, "0B"}, {1000, "1000B"}, {1610612736, "1536MiB"}, {4294967296, "4GiB"}};
    char text[CT_UNIT_TEXT];
    uint64_t back;
    for (size_t i = 0; i < sizeof(times) / sizeof(*times); i++) {
        cr_assert_str_eq(ct_duration_write(times[i].ns, text), times[i].text);
        cr_assert(eq(int, ct_duration_parse(text, &back, NULL), 0));
        cr_assert(eq(u64, back, times[i].ns));
    }
    for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
        cr_assert_str_eq(ct_bytes_write(sizes[i].bytes, text), sizes[i].text);
        cr_assert(eq(int, ct_bytes_parse(text, &back, NULL), 0));
        cr_assert(eq(u64, back, sizes[i].bytes));
    }
}

Test(units, a_share_is_the_nearest_double)
{
    double share;
    cr_assert(eq(int, ct_percent_parse("99.9%", &share, NULL), 0));
    cr_assert(share == 0.999);
}

Test(units, seconds_are_whole_and_minutes_from_a_hundred_on)
{
    char text[CT_UNIT_TEXT];
    cr_assert_str_eq(ct_seconds_format(-0.5, text), "0 s");
    cr_assert_str_eq(ct_seconds_format(99.4, text), "99 s");
    cr_assert_str_eq(ct_seconds_format(125.4, text), "2 m 5 s");
}
