#include "report/comparison.h"

#include <math.h>
#include <string.h>

#include "report/page.h"

enum { LINES_MAX = 1000, COLUMNS = 6, CELL = 64, LINE = 160, TABLE_WIDTH = 110 };

static enum ct_tone verdict_tone(enum ct_compare_verdict v)
{
    switch (v) {
    case CT_COMPARISON_WORSE:
    case CT_COMPARISON_INVALID:
        return CT_TONE_BAD;
    case CT_COMPARISON_INCONCLUSIVE:
        return CT_TONE_DOUBT;
    case CT_COMPARISON_BETTER:
    case CT_COMPARISON_NOT_WORSE:
    default:
        return CT_TONE_GOOD;
    }
}

static enum ct_tone status_tone(const struct ct_compare_result *r)
{
    if (!r->decides)
        return CT_TONE_DIM;
    return r->status == CT_COMPARE_WORSE     ? CT_TONE_BAD
           : r->status == CT_COMPARE_BETTER  ? CT_TONE_GOOD
           : r->status == CT_COMPARE_UNCLEAR ? CT_TONE_DOUBT
                                             : CT_TONE_PLAIN;
}

/* Long sentences are broken at blanks. */
static void print_wrapped(struct ct_page *p, enum ct_tone tone, const char *label, const char *text)
{
    const char *indent = label;
    size_t width = p->style->width > 20 ? p->style->width : 20;
    while (*text != '\0') {
        size_t room = width - strlen(indent), len = strlen(text);
        if (len > room) {
            len = room;
            while (len > 0 && text[len] != ' ')
                len--;
            len = len == 0 ? room : len;
        }
        ct_page_line(p, tone, "%s%.*s", indent, (int)len, text);
        text += len;
        text += strspn(text, " ");
        indent = label[0] != '\0' ? "  " : "";
    }
}

static const char *status_text(const struct ct_compare_result *r, char out[CELL])
{
    char from[CT_UNIT_TEXT];
    if (!r->decides)
        (void)snprintf(out, CELL, "shown only");
    else if (r->status == CT_COMPARE_WORSE)
        (void)snprintf(out, CELL, "worse (%s)", ct_severity_name(r->severity));
    else if (r->beyond)
        (void)snprintf(out, CELL, "unclear: failed or not sent");
    else if (r->status == CT_COMPARE_UNCLEAR)
        (void)snprintf(out, CELL, "unclear below %s",
                       ct_compare_value_text(CT_COMPARE_ERRORS, r->can_detect, from));
    else if (r->status == CT_COMPARE_NONE)
        (void)snprintf(out, CELL, "noise unknown");
    else
        (void)snprintf(out, CELL, "%s", ct_compare_status_name(r->status));
    return out;
}

/* One row of the table, as in Markdown. */
static void fill_cells(enum ct_compare_metric m, const struct ct_compare_result *r,
                       char cells[COLUMNS][CELL])
{
    char low[CT_UNIT_TEXT], high[CT_UNIT_TEXT];
    (void)snprintf(cells[0], CELL, "%s", ct_compare_metrics[m].name);
    (void)ct_compare_value_text(m, r->a, cells[1]);
    (void)ct_compare_value_text(m, r->b, cells[2]);
    (void)ct_compare_change_text(m, r->change, cells[3]);
    if (isfinite(r->low))
        (void)snprintf(cells[4], CELL, "%s to %s", ct_compare_change_text(m, r->low, low),
                       ct_compare_change_text(m, r->high, high));
    else
        (void)snprintf(cells[4], CELL, "-");
    (void)status_text(r, cells[5]);
}

static bool is_there(const struct ct_compare_result *r)
{
    return !isnan(r->a) || !isnan(r->b);
}

static const char *const header[COLUMNS] = {"metric", "A", "B", "change", "95 % interval", ""};

static void print_point(struct ct_page *page, const struct ct_compare_point *p)
{
    ct_page_line(page, CT_TONE_HEAD, "%-17s %10s %10s %12s  %-23s %s", header[0], header[1],
                 header[2], header[3], header[4], header[5]);
    for (int m = 0; m < CT_COMPARE_METRICS; m++) {
        const struct ct_compare_result *r = &p->results[m];
        char cells[COLUMNS][CELL];
        if (!is_there(r))
            continue;
        fill_cells((enum ct_compare_metric)m, r, cells);
        ct_page_line(page, status_tone(r), "%-17s %10s %10s %12s  %-23s %s", cells[0], cells[1],
                     cells[2], cells[3], cells[4], cells[5]);
    }
}

/* "bubble-sort, load 13, 500/s: 10 and 9 valid runs" */
static void point_title(const struct ct_compare_point *p, char out[LINE])
{
    char load[48] = "", rate[CT_UNIT_TEXT + 4] = "", text[CT_UNIT_TEXT];
    if (p->load > 0)
        (void)snprintf(load, sizeof(load), ", load %.10g", p->load);
    if (p->rps > 0)
        (void)snprintf(rate, sizeof(rate), ", %s", ct_rate_format(p->rps, text));
    (void)snprintf(out, LINE, "%.40s%.40s%.32s: %zu and %zu valid runs%s", p->test_case, load, rate,
                   p->valid_a, p->valid_b, p->shown_only ? " (shown only)" : "");
}

void ct_print_comparison(FILE *to, const struct ct_style *style, const struct ct_comparison *c)
{
    struct ct_style wide = *style; /* a table that is cut says nothing */
    struct ct_page page = {.to = to, .style = style, .lines_left = LINES_MAX};
    char title[LINE];
    wide.width = style->width > TABLE_WIDTH ? style->width : TABLE_WIDTH;
    print_wrapped(&page, verdict_tone(c->verdict), "", c->sentence);
    page.style = &wide;
    ct_page_line(&page, CT_TONE_PLAIN, "A: %s", c->name_a);
    ct_page_line(&page, CT_TONE_PLAIN, "B: %s", c->name_b);
    for (size_t i = 0; i < c->n_points; i++) {
        point_title(&c->points[i], title);
        ct_page_line(&page, CT_TONE_PLAIN, "%s", "");
        ct_page_line(&page, CT_TONE_PLAIN, "%s", title);
        print_point(&page, &c->points[i]);
    }
    for (size_t i = 0; i < c->n_differences; i++)
        ct_page_line(&page, CT_TONE_DOUBT, "differs: %s: %s and %s", c->differences[i].what,
                     c->differences[i].a, c->differences[i].b);
    page.style = style;
    for (size_t i = 0; i < c->n_notes; i++)
        print_wrapped(&page, CT_TONE_PLAIN, "note: ", c->notes[i]);
}

/* --- Markdown --- */

/* Text of a cell: no pipes, no markup, one line. */
static void put_escaped(FILE *to, const char *text)
{
    for (; *text != '\0'; text++) {
        if (strchr("|\\`*_<>[]#&", *text) != NULL)
            (void)fputc('\\', to);
        (void)fputc((unsigned char)*text < ' ' ? ' ' : *text, to);
    }
}

static void put_row(FILE *to, const struct ct_compare_result *r, enum ct_compare_metric m)
{
    char cells[COLUMNS][CELL];
    fill_cells(m, r, cells);
    bool bold = r->decides && (r->status == CT_COMPARE_WORSE || r->status == CT_COMPARE_BETTER);
    for (int i = 0; i < COLUMNS; i++) {
        bool strong = bold && i + 1 == COLUMNS;
        (void)fputs(strong ? "| **" : "| ", to);
        put_escaped(to, cells[i]);
        (void)fputs(strong ? "** " : " ", to);
    }
    (void)fputs("|\n", to);
}

static void put_table(FILE *to, const struct ct_compare_point *p, bool deciding)
{
    (void)fputs("| metric | A | B | change | 95 % interval | |\n|:--|--:|--:|--:|:--|:--|\n", to);
    for (int m = 0; m < CT_COMPARE_METRICS; m++)
        if (is_there(&p->results[m]) && p->results[m].decides == deciding)
            put_row(to, &p->results[m], (enum ct_compare_metric)m);
}

static void put_point(FILE *to, const struct ct_compare_point *p)
{
    char title[LINE];
    point_title(p, title);
    (void)fputs("\n", to);
    put_escaped(to, title);
    (void)fputs("\n\n", to);
    put_table(to, p, true);
    (void)fputs("\n<details><summary>also measured</summary>\n\n", to);
    put_table(to, p, false);
    (void)fputs("\n</details>\n", to);
}

void ct_print_comparison_markdown(FILE *to, const struct ct_comparison *c)
{
    static const char *const signs[] = {"✅", "✅", "❌", "⚠️", "⚠️"};
    (void)fprintf(to, "### %s ", signs[c->verdict]);
    put_escaped(to, c->sentence);
    (void)fputs("\n\nA: ", to);
    put_escaped(to, c->name_a);
    (void)fputs("  \nB: ", to);
    put_escaped(to, c->name_b);
    (void)fputs("\n", to);
    for (size_t i = 0; i < c->n_points; i++)
        put_point(to, &c->points[i]);
    if (c->n_notes + c->n_differences > 0)
        (void)fputs("\n", to);
    for (size_t i = 0; i < c->n_notes; i++) {
        (void)fputs("- ", to);
        put_escaped(to, c->notes[i]);
        (void)fputs("\n", to);
    }
    for (size_t i = 0; i < c->n_differences; i++) {
        (void)fputs("- differs: ", to);
        put_escaped(to, c->differences[i].what);
        (void)fputs(": ", to);
        put_escaped(to, c->differences[i].a);
        (void)fputs(" and ", to);
        put_escaped(to, c->differences[i].b);
        (void)fputs("\n", to);
    }
}
