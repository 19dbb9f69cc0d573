#include "report/past.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"

enum { COLUMNS = 9, CELL = 64 };

static double value_of(const struct ct_past_run *r, enum ct_figure f)
{
    return r->verdict == CT_VERDICT_VALID ? r->figures[f] : NAN;
}

const char *ct_trend_text(const struct ct_past *past, enum ct_figure f, char text[CT_TREND_TEXT])
{
    static const char *const bars[] = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
    double values[CT_TREND_WIDTH], low = INFINITY, high = -INFINITY;
    size_t n = 0;
    for (size_t i = past->count; i > 0 && n < CT_TREND_WIDTH; i--) {
        double v = value_of(&past->runs[i - 1], f);
        if (isnan(v))
            continue;
        values[n++] = v;
        low = fmin(low, v);
        high = fmax(high, v);
    }
    double range = fmax(high - low, 0.1 * low);
    text[0] = '\0';
    for (size_t i = n; i > 0; i--) {
        double share = range > 0 ? (values[i - 1] - low) / range : 0;
        (void)strncat(text, bars[(int)(share * 7.499)], CT_TREND_TEXT - strlen(text) - 1);
    }
    return text;
}

static void fill_row(const struct ct_past_run *r, size_t number, char cells[COLUMNS][CELL])
{
    static const enum ct_figure shown[] = {CT_FIGURE_SERVICE_P50, CT_FIGURE_RESPONSE_P90,
                                           CT_FIGURE_RESPONSE_P99, CT_FIGURE_ACHIEVED,
                                           CT_FIGURE_ERRORS};
    char time[CT_TIME_TEXT], text[CT_UNIT_TEXT];
    enum { DATE_AT = 5, MINUTE_END = 11 };
    (void)snprintf(cells[0], CELL, "%zu", number);
    (void)snprintf(cells[1], CELL, "%.*s", MINUTE_END,
                   ct_time_local(r->started_ns, time) + DATE_AT);
    cells[1][5] = ' ';
    (void)snprintf(cells[2], CELL, "%.8s", r->commit[0] != '\0' ? r->commit : "-");
    for (size_t i = 0; i < sizeof(shown) / sizeof(*shown); i++)
        (void)snprintf(cells[3 + i], CELL, "%s",
                       ct_figure_text(shown[i], r->figures[shown[i]], text));
    (void)snprintf(cells[COLUMNS - 1], CELL, "%s", ct_verdict_name(r->verdict));
}

void ct_print_past(FILE *to, const struct ct_style *style, const struct ct_past *past, size_t from)
{
    static const char *const header[COLUMNS] = {"run", "time", "commit", "service", "p90",
                                                "p99", "rate", "errors", "verdict"};
    size_t rows = past->count - from;
    char(*text)[COLUMNS][CELL] = ct_xcalloc(rows + 1, sizeof(*text));
    const char **cells = ct_xcalloc((rows + 1) * COLUMNS, sizeof(*cells));
    for (size_t k = 0; k < COLUMNS; k++)
        cells[k] = header[k];
    for (size_t i = 0; i < rows; i++) {
        fill_row(&past->runs[from + i], from + i + 1, text[i]);
        for (size_t k = 0; k < COLUMNS; k++)
            cells[(i + 1) * COLUMNS + k] = text[i][k];
    }
    ct_print_table(to, style, "rllrrrrrl", cells, COLUMNS, rows + 1);
    free((void *)cells);
    free(text);
}
