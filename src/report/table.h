/* Aligned text for the terminal, and the summary of an execution on one screen. */
#ifndef CT_REPORT_TABLE_H
#define CT_REPORT_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "model/summary.h"

/* Colour and width of a stream: NO_COLOR, CLICOLOR_FORCE, isatty, TIOCGWINSZ (80 when unknown). */
struct ct_style {
    bool color;
    unsigned width;
};
struct ct_style ct_style_of(FILE *f);

/* The text a person reads after a run: at most 24 lines, 80 columns. */
void ct_print_summary(FILE *to, const struct ct_style *style, const struct ct_summary *s,
                      const char *title);

/* The sentence that ends it, alone, broken at 80 columns. */
void ct_print_conclusion(FILE *to, const struct ct_style *style, const char *text);

/* A plain table: cells[row * columns + column], first row is the header; numbers right-aligned when
 * a column's alignment letter is 'r'. */
void ct_print_table(FILE *to, const struct ct_style *style, const char *align,
                    const char *const *cells, size_t columns, size_t rows);

#endif
