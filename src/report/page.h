/*
 * Lines for a terminal: each is escaped, cut at the style's width and coloured as a whole; after
 * the page's last line nothing more is printed. Private to report.
 */
#ifndef CT_REPORT_PAGE_H
#define CT_REPORT_PAGE_H

#include <stdio.h>

#include "base/err.h"
#include "report/table.h"

enum ct_tone { CT_TONE_PLAIN, CT_TONE_HEAD, CT_TONE_GOOD, CT_TONE_BAD, CT_TONE_DOUBT, CT_TONE_DIM };

struct ct_page {
    FILE *to;
    const struct ct_style *style;
    unsigned lines_left;
};

void ct_page_line(struct ct_page *p, enum ct_tone tone, const char *fmt, ...) CT_PRINTF(3, 4);

/* A text that is broken between words, behind a label of at most nine characters and under it. */
void ct_page_paragraph(struct ct_page *p, enum ct_tone tone, const char *label, const char *text);
unsigned ct_page_paragraph_lines(const struct ct_page *p, const char *text); /* 0: text is "" */

/* text[0..] cut to width columns at a character's end; the last column becomes '~' when cut. */
void ct_text_cut(char *text, size_t width);

/* Columns that text takes: its characters (no wide ones are expected). */
size_t ct_text_columns(const char *text);

#endif
