#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <math.h>
#include <string.h>

#include "analysis/trend.h"

/* Values of neighbouring seconds, one sample each; a space is one without, x a missed one. */
static struct ct_trend of(const char *digits)
{
    static const struct ct_trace empty = {.length_s = 1};
    struct ct_trend s;
    ct_trend_init(&s, &empty);
    for (; digits[s.count] != '\0'; s.count++) {
        char d = digits[s.count];
        s.missed[s.count] = d == 'x';
        s.samples[s.count] = d >= '0' && d <= '9';
        if (d >= '0' && d <= '9')
            s.value[s.count] = d - '0';
    }
    return s;
}

static void expect_span(const char *digits, double limit, int first, int last)
{
    struct ct_trend s = of(digits);
    struct ct_span span = ct_trend_span(&s, limit);
    cr_expect(eq(int, span.found, first >= 0), "%s", digits);
    if (!span.found)
        return;
    cr_expect(eq(sz, span.first, (size_t)first), "%s", digits);
    cr_expect(eq(sz, span.last, (size_t)last), "%s", digits);
}

Test(trend, a_span_is_the_longest_stretch_of_three_samples_and_seconds)
{
    expect_span("1177111", 7, -1, -1);
    expect_span("11777111", 7, 2, 4);
    expect_span("777117777", 7, 5, 8);
    expect_span("777711777", 7, 0, 3);
    expect_span("77717771", 7, 0, 2);
    expect_span("117x77", 7, -1, -1);
    expect_span("11x777", 7, 3, 5);
    expect_span("7 7 7", 7, 0, 4);
    expect_span("7   7", 7, -1, -1);
    expect_span("", 7, -1, -1);
}

Test(trend, a_span_tells_what_was_before_and_how_high_it_was)
{
    struct ct_trend s = of("1239778");
    struct ct_span span = ct_trend_span(&s, 7);
    cr_expect(eq(dbl, span.from, 2));
    cr_expect(eq(dbl, span.to, 9));
    s = of("777");
    span = ct_trend_span(&s, 7);
    cr_expect(isnan(span.from));
}

Test(trend, what_rises_at_least_doubles)
{
    static const struct {
        const char *digits;
        bool rose;
    } rows[] = {{"333666", true}, {"333566", true},  {"444777", false}, {"777777", false},
                {"000444", true}, {"444555", false}, {"333559", false}, {"111", false}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct ct_trend s = of(rows[i].digits);
        cr_expect(eq(int, ct_trend_rise(&s, 4).found, rows[i].rose), "%s", rows[i].digits);
    }
}

Test(trend, spans_meet_when_they_touch)
{
    struct ct_span a = {.found = true, .first = 5, .last = 8}, b = a,
                   none = {.first = 5, .last = 8};
    cr_expect(ct_spans_meet(&a, &b));
    b.first = 9;
    b.last = 12;
    cr_expect(ct_spans_meet(&a, &b));
    cr_expect(ct_spans_meet(&b, &a));
    b.first = 10;
    cr_expect(not(ct_spans_meet(&a, &b)));
    cr_expect(not(ct_spans_meet(&b, &a)));
    cr_expect(not(ct_spans_meet(&a, &none)));
    cr_expect(not(ct_spans_meet(&none, &a)));
}

Test(trend, the_end_is_the_last_three_and_the_usual_the_first_third)
{
    struct ct_trend s = of("1 23459 ");
    cr_expect(eq(dbl, ct_trend_end(&s), 5));
    cr_expect(eq(dbl, ct_trend_usual(&s), 1.5));
    s = of("12");
    cr_expect(isnan(ct_trend_end(&s)));
    cr_expect(isnan(ct_trend_usual(&s)));
    cr_expect(ct_trend_known(&s));
    s = of("x  ");
    cr_expect(not(ct_trend_known(&s)));
}

Test(trend, a_drift_needs_a_middle_that_lies_between)
{
    static const struct {
        const char *digits;
        enum ct_drift kind;
    } rows[] = {{"112233", CT_DRIFT_UP},     {"332211", CT_DRIFT_DOWN},
                {"222222", CT_DRIFT_FLAT},   {"119933", CT_DRIFT_VARIED},
                {"550011", CT_DRIFT_VARIED}, {"12345", CT_DRIFT_UNKNOWN},
                {"121212", CT_DRIFT_FLAT}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct ct_trend s = of(rows[i].digits);
        cr_expect(eq(int, ct_trend_drift(&s, 2).kind, rows[i].kind), "%s", rows[i].digits);
    }
}
