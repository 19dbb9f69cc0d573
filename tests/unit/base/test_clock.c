#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"

static void zone(const char *name)
{
    (void)setenv("TZ", name, 1);
    tzset();
}

static uint64_t parsed(const char *text)
{
    uint64_t ns = 42;
    cr_assert(zero(int, ct_time_parse(text, strlen(text), &ns)), "%s", text);
    return ns;
}

Test(clock, monotonic_time_does_not_go_back)
{
    uint64_t before = ct_clock_ns();
    for (int i = 0; i < 1000; i++) {
        uint64_t now = ct_clock_ns();
        cr_assert(ge(u64, now, before));
        before = now;
    }
}

Test(clock, an_instant_is_now_on_both_clocks)
{
    uint64_t mono = ct_clock_ns(), wall = ct_clock_wall_ns();
    struct ct_instant t = ct_instant_now();
    cr_assert(t.mono_ns >= mono && t.mono_ns <= ct_clock_ns());
    cr_assert(t.wall_ns >= wall && t.wall_ns / CT_NS_PER_S > 1700000000);
}

Test(clock, forms_of_one_instant)
{
    const uint64_t ns = UINT64_C(1795227575335221999);
    char text[CT_TIME_TEXT];
    zone("America/New_York");
    cr_assert_str_eq(ct_time_utc(ns, text), "2026-11-21T02:19:35.335221+00:00");
    cr_assert_str_eq(ct_time_local(ns, text), "2026-11-20T21:19:35.335221");
    cr_assert_str_eq(ct_time_stamp(ns, text), "20261120_211935");
    cr_assert_str_eq(ct_time_utc(0, text), "1970-01-01T00:00:00.000000+00:00");
}

Test(clock, times_with_an_offset_are_exact)
{
    static const struct {
        const char *text;
        uint64_t ns;
    } table[] = {
        {"1970-01-01T00:00:00Z", 0},
        {"1970-01-01T01:00:00.5+01:00", UINT64_C(500000000)},
        {"2026-11-21T02:19:35.335221+00:00", UINT64_C(1795227575335221000)},
        {"2026-11-21 02:19:35.335221Z", UINT64_C(1795227575335221000)},
        {"2026-11-20T21:19:35.335221-05:00", UINT64_C(1795227575335221000)},
        {"2026-11-21T07:49:35-00:00", UINT64_C(1795247375000000000)},
        {"2024-02-29T00:00:00Z", UINT64_C(1709164800000000000)},
        {"2024-03-01T00:00:00Z", UINT64_C(1709251200000000000)},
        {"2000-02-29T23:59:59.999999999Z", UINT64_C(951868799999999999)},
        {"2100-03-01T00:00:00Z", UINT64_C(4107542400000000000)},
        {"2026-11-21T02:19:35.1234567899Z", UINT64_C(1795227575123456789)},
        {"2261-12-31T23:59:59Z", UINT64_C(9214646399000000000)},
        {"2016-12-31T23:59:60Z", UINT64_C(1483228800000000000)},
    };
    zone("Asia/Tokyo");
    for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++)
        cr_assert(eq(u64, parsed(table[i].text), table[i].ns), "%s", table[i].text);
}

Test(clock, time_without_an_offset_is_local)
{
    zone("America/New_York");
    cr_assert(eq(u64, parsed("2026-11-20T21:19:35.335221"), UINT64_C(1795227575335221000)));
    cr_assert(eq(u64, parsed("2026-07-01T00:00:00"), parsed("2026-07-01T00:00:00-04:00")));
}

Test(clock, what_is_written_reads_back)
{
    zone("Europe/Berlin");
    char text[CT_TIME_TEXT];
    for (uint64_t day = 1; day < 100000; day += 37) {
        uint64_t ns = day * 86400 * CT_NS_PER_S + day * CT_NS_PER_US;
        cr_assert(eq(u64, parsed(ct_time_utc(ns, text)), ns), "%s", text);
        cr_assert(eq(u64, parsed(ct_time_local(ns, text)), ns), "%s", text);
    }
}

Test(clock, anything_else_is_no_time)
{
    static const char *const bad[] = {
        "",
        "2026",
        "2026-11-21",
        "2026-11-21T02:19",
        "2026-11-21T02:19:35.",
        "2026-11-21T02:19:35.Z",
        "2026-11-21T02:19:35 Z",
        "2026-11-21T02:19:35z",
        "2026-11-21T02:19:35ZZ",
        "2026-11-21T02:19:35+1:00",
        "2026-11-21T02:19:35+01",
        "2026-11-21T02:19:35+0100",
        "2026-11-21T02:19:35+24:00",
        "2026-11-21T02:19:35+01:60",
        "2026-11-21T24:00:00Z",
        "2026-11-21T02:60:00Z",
        "2026-11-21T02:19:61Z",
        "2026-00-21T02:19:35Z",
        "2026-13-21T02:19:35Z",
        "2026-11-00T02:19:35Z",
        "2026-11-31T02:19:35Z",
        "2026-12-32T02:19:35Z",
        "2026-02-29T00:00:00Z",
        "2100-02-29T00:00:00Z",
        "1969-12-31T23:59:59Z",
        "1970-01-01T00:00:00+00:01",
        "2262-01-01T00:00:00Z",
        " 2026-11-21T02:19:35Z",
        "+026-11-21T02:19:35Z",
        "2026/11/21T02:19:35Z",
        "2026-11-21_02:19:35Z",
        "2026-11-21T02.19.35Z",
        "2026-1-21T02:19:35Z",
    };
    uint64_t ns = 42;
    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
        cr_assert(eq(int, ct_time_parse(bad[i], strlen(bad[i]), &ns), -1), "%s", bad[i]);
    cr_assert(eq(int, ct_time_parse("2026-11-21T02:19:35\0", 20, &ns), -1));
    cr_assert(eq(u64, ns, 42), "untouched on failure");
}
