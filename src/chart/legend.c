#include <math.h>

#include "chart/frame.h"

enum { MARK_WIDTH = 18, MARK_GAP = 5, ENTRY_GAP = 18, ROW = 16 };

static void draw_mark(struct ct_canvas *c, const struct ct_legend_entry *e, double x, double middle)
{
    cairo_save(c->cr);
    cairo_set_source_rgb(c->cr, e->color.r, e->color.g, e->color.b);
    if (e->mark == CT_LEGEND_BOX) {
        cairo_rectangle(c->cr, x, middle - 4.5, MARK_WIDTH, 9);
        cairo_fill(c->cr);
    } else if (e->mark == CT_LEGEND_DOT) {
        cairo_arc(c->cr, x + MARK_WIDTH / 2.0, middle, 4.5, 0, 2 * M_PI);
        cairo_fill(c->cr);
    } else {
        const double dashes[] = {4, 2};
        cairo_set_line_width(c->cr, 2);
        cairo_set_dash(c->cr, dashes, e->mark == CT_LEGEND_DASHES ? 2 : 0, 0);
        cairo_move_to(c->cr, x, middle);
        cairo_line_to(c->cr, x + MARK_WIDTH, middle);
        cairo_stroke(c->cr);
    }
    cairo_restore(c->cr);
}

double ct_legend_flow(struct ct_canvas *c, const struct ct_legend *l, double x, double y,
                      double width, bool draw)
{
    struct ct_words title = {.size = 10.5, .bold = true, .color = ct_ink};
    struct ct_words name = {.size = 10.5, .color = ct_ink};
    double indent = 0, row_x, row_y = 0;

    title.above = name.above = CT_ANCHOR_MIDDLE;
    title.width_max = width / 3;
    name.width_max = width / 2 - 60;
    if (l->title != NULL) {
        indent = fmin(ct_words_width(c, &title, l->title), title.width_max) + 10;
        if (draw)
            ct_words_draw(c, &title, x, y + ROW / 2.0, l->title);
    }
    row_x = indent;
    for (size_t i = 0; i < l->count; i++) {
        const struct ct_legend_entry *e = &l->entries[i];
        double entry = MARK_WIDTH + MARK_GAP + ct_words_width(c, &name, e->name);
        if (row_x > indent && row_x + entry > width) {
            row_x = indent;
            row_y += ROW;
        }
        if (draw) {
            draw_mark(c, e, x + row_x, y + row_y + ROW / 2.0);
            ct_words_draw(c, &name, x + row_x + MARK_WIDTH + MARK_GAP, y + row_y + ROW / 2.0,
                          e->name);
        }
        row_x += entry + ENTRY_GAP;
    }
    return row_y + ROW;
}
