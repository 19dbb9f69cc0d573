#include "report/kept.h"

#include <math.h>
#include <stdio.h>

#include "base/units.h"

enum { SHOWN_MAX = 6, VALUE_TEXT = CT_UNIT_TEXT + 8 };

static void write_value(const struct ct_threshold_result *r, char text[VALUE_TEXT])
{
    char unit[CT_UNIT_TEXT];
    switch (r->threshold.measure) {
    case CT_MEASURE_SHARE:
        (void)snprintf(text, VALUE_TEXT, "%.3g %%", 100 * r->value);
        break;
    case CT_MEASURE_RATE:
        (void)snprintf(text, VALUE_TEXT, "%s", ct_rate_format(r->value, unit));
        break;
    case CT_MEASURE_BYTES:
        (void)snprintf(text, VALUE_TEXT, "%s", ct_bytes_format((uint64_t)r->value, unit));
        break;
    case CT_MEASURE_TIME:
    default:
        (void)snprintf(text, VALUE_TEXT, "%s",
                       ct_duration_format((uint64_t)llround(r->value), unit));
    }
}

static void print_result(struct ct_page *p, const struct ct_threshold_result *r, bool first)
{
    char value[VALUE_TEXT] = "", where[64] = "";
    bool has_value = isfinite(r->value);
    if (has_value)
        write_value(r, value);
    if (r->windowed && !isnan(r->value))
        (void)snprintf(where, sizeof(where), "%sworst from second %llu", has_value ? ", " : "",
                       (unsigned long long)r->from_s);
    ct_page_line(p, r->kept == CT_KEPT ? CT_TONE_GOOD : CT_TONE_BAD, "%-9s %s  %s: %s%s%s%s",
                 first ? "threshold" : "", r->kept == CT_KEPT ? "pass" : "FAIL", r->threshold.text,
                 value, where, r->why[0] != '\0' && (has_value || where[0] != '\0') ? ", " : "",
                 r->why);
}

void ct_page_thresholds(struct ct_page *p, const struct ct_summary *s)
{
    size_t shown = s->n_thresholds > SHOWN_MAX ? SHOWN_MAX - 1 : s->n_thresholds, left = 0;
    for (size_t i = 0; i < shown; i++)
        print_result(p, &s->thresholds[i], i == 0);
    for (size_t i = shown; i < s->n_thresholds; i++)
        left += s->thresholds[i].kept != CT_KEPT;
    if (shown < s->n_thresholds)
        ct_page_line(p, left > 0 ? CT_TONE_BAD : CT_TONE_GOOD,
                     "%-9s and %zu more, %zu of them FAIL, see the result file", "",
                     s->n_thresholds - shown, left);
}
