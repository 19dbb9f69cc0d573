/* A baseline, and runs held against it, on the terminal. */
#ifndef CT_REPORT_BASELINE_H
#define CT_REPORT_BASELINE_H

#include <stdio.h>

#include "model/past.h"
#include "report/table.h"

enum { CT_DOTS_WIDTH = 48, CT_DOTS_TEXT = CT_DOTS_WIDTH + 64 };

/* The runs' values of a figure on a line from the smallest to the largest, a digit where several
 * meet: "1.02 ms o  2 o3  o 1.10 ms". "" when there are none. */
const char *ct_dots_text(const struct ct_past *past, enum ct_figure f, char text[CT_DOTS_TEXT]);

#endif
