#include "chart/text.h"

#include <math.h>
#include <string.h>

#include <pango/pangocairo.h>

#include "base/log.h"

#define FAMILIES "Liberation Sans,Helvetica,Arial,DejaVu Sans,sans-serif"

const struct ct_rgb ct_ink = {0.13, 0.13, 0.13};
const struct ct_rgb ct_ink_faint = {0.45, 0.45, 0.45};

static PangoLayout *layout_new(const struct ct_canvas *c, const struct ct_words *w,
                               const char *text)
{
    PangoLayout *layout = pango_cairo_create_layout(c->cr);
    PangoFontDescription *font = pango_font_description_from_string(FAMILIES);
    char clean[1024];

    pango_font_description_set_absolute_size(font, (w->size > 0 ? w->size : 10) * PANGO_SCALE);
    if (w->bold)
        pango_font_description_set_weight(font, PANGO_WEIGHT_BOLD);
    pango_layout_set_font_description(layout, font);
    pango_font_description_free(font);
    ct_escape_text(clean, sizeof(clean), text, strlen(text));
    pango_layout_set_text(layout, clean, -1);
    pango_layout_set_single_paragraph_mode(layout, TRUE);
    if (w->width_max > 0) {
        int natural;
        pango_layout_get_size(layout, &natural, NULL);
        if (natural > w->width_max * PANGO_SCALE) {
            pango_layout_set_width(layout, (int)(w->width_max * PANGO_SCALE));
            pango_layout_set_ellipsize(layout, PANGO_ELLIPSIZE_MIDDLE);
        }
    }
    return layout;
}

static void layout_size(PangoLayout *layout, double *out_width, double *out_height)
{
    PangoRectangle box;

    pango_layout_get_extents(layout, NULL, &box);
    *out_width = (double)box.width / PANGO_SCALE;
    *out_height = (double)box.height / PANGO_SCALE;
}

void ct_words_size(const struct ct_canvas *c, const struct ct_words *w, const char *text,
                   double *out_width, double *out_height)
{
    PangoLayout *layout = layout_new(c, w, text);

    layout_size(layout, out_width, out_height);
    g_object_unref(layout);
}

double ct_words_width(const struct ct_canvas *c, const struct ct_words *w, const char *text)
{
    double width, height;

    ct_words_size(c, w, text, &width, &height);
    return width;
}

static double shift(enum ct_anchor anchor, double length)
{
    return anchor == CT_ANCHOR_START ? 0 : anchor == CT_ANCHOR_MIDDLE ? -length / 2 : -length;
}

static void draw_halo(cairo_t *cr, PangoLayout *layout)
{
    double x, y;

    cairo_get_current_point(cr, &x, &y);
    pango_cairo_layout_path(cr, layout);
    cairo_set_source_rgb(cr, 1, 1, 1);
    cairo_set_line_width(cr, 1.8);
    cairo_set_line_join(cr, CAIRO_LINE_JOIN_ROUND);
    cairo_stroke(cr);
    cairo_move_to(cr, x, y);
}

void ct_words_draw(struct ct_canvas *c, const struct ct_words *w, double x, double y,
                   const char *text)
{
    PangoLayout *layout = layout_new(c, w, text);
    double width, height;

    layout_size(layout, &width, &height);
    cairo_save(c->cr);
    cairo_translate(c->cr, x, y);
    cairo_rotate(c->cr, -w->angle * M_PI / 180);
    cairo_move_to(c->cr, shift(w->along, width), shift(w->above, height));
    pango_cairo_update_layout(c->cr, layout);
    if (w->halo)
        draw_halo(c->cr, layout);
    cairo_set_source_rgb(c->cr, w->color.r, w->color.g, w->color.b);
    pango_cairo_show_layout(c->cr, layout);
    cairo_restore(c->cr);
    g_object_unref(layout);
}
