#include "report/baseline.h"

#include <math.h>
#include <string.h>

const char *ct_dots_text(const struct ct_past *past, enum ct_figure f, char text[CT_DOTS_TEXT])
{
    unsigned counts[CT_DOTS_WIDTH] = {0};
    char line[CT_DOTS_WIDTH + 1], from[CT_UNIT_TEXT], to[CT_UNIT_TEXT];
    double low = INFINITY, high = -INFINITY;
    for (size_t i = 0; i < past->count; i++) {
        low = fmin(low, past->runs[i].figures[f]);
        high = fmax(high, past->runs[i].figures[f]);
    }
    text[0] = '\0';
    if (!(low <= high))
        return text;
    for (size_t i = 0; i < past->count; i++) {
        double v = past->runs[i].figures[f];
        if (!isnan(v))
            counts[high > low ? (size_t)((v - low) / (high - low) * (CT_DOTS_WIDTH - 1)) : 0]++;
    }
    for (size_t k = 0; k < CT_DOTS_WIDTH; k++)
        line[k] = " o23456789#"[counts[k] < 10 ? counts[k] : 10];
    line[CT_DOTS_WIDTH] = '\0';
    (void)snprintf(text, CT_DOTS_TEXT, "%s |%s| %s", ct_figure_text(f, low, from), line,
                   ct_figure_text(f, high, to));
    return text;
}
