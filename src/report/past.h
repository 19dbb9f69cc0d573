/* Series of past runs on the terminal. */
#ifndef CT_REPORT_PAST_H
#define CT_REPORT_PAST_H

#include <stddef.h>
#include <stdio.h>

#include "model/past.h"
#include "report/table.h"

enum { CT_TREND_WIDTH = 20, CT_TREND_TEXT = CT_TREND_WIDTH * 3 + 1 };

/* The last values of a figure as little bars, one for each valid run: "▂▁▃▂▇". From the smallest to
 * the largest, or to 10 % above the smallest when that is more: noise is no mountain. */
const char *ct_trend_text(const struct ct_past *past, enum ct_figure f, char text[CT_TREND_TEXT]);

/* A row for each run, numbered from 1; from: index of the first that is printed. */
void ct_print_past(FILE *to, const struct ct_style *style, const struct ct_past *past, size_t from);

#endif
