#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include <plplot.h>

#include "base/mem.h"
#include "chart/chart.h"
#include "chart/frame.h"
#include "chart/kde.h"

/* 12 x 8 inches. */
#define PAGE_WIDTH 864
#define PAGE_HEIGHT 576
#define HALF_WIDTH_MAX 85.0 /* of a body, points */
#define X_LABEL_ROOM 24

enum { BOX_ROWS = 4 };
static const char *const box_labels[BOX_ROWS] = {"Mean", "Median", "Std", "RPS"};
static const struct ct_rgb mean_color = {0.86, 0.08, 0.08}, median_color = {0, 0, 0};

struct layout {
    const struct ct_violins *violins;
    const struct ct_canvas *canvas;
    struct ct_frame frame;
    struct ct_names names;
    struct ct_kde *kde; /* one for each violin */
    double half_width;  /* of a body, in slots */
    double box_size;    /* of the letters in a box */
    double label_width, value_width, row_height;
    int decimals;
};

static void box_value(const struct layout *l, const struct ct_violin *v, int row, char out[48])
{
    const double values[] = {v->mean, v->median, v->stddev};

    if (row < 3)
        (void)snprintf(out, 48, "%.*f s", l->decimals, values[row]);
    else if (isfinite(v->rate))
        (void)snprintf(out, 48, "%.6g", v->rate);
    else
        (void)snprintf(out, 48, "-");
}

/* Three, or as many as show three digits of the smallest median. */
static int decimals_for(const struct ct_violins *vs)
{
    double smallest = 1;

    for (size_t i = 0; i < vs->count; i++)
        if (vs->items[i].count > 0 && vs->items[i].median > 0)
            smallest = fmin(smallest, vs->items[i].median);
    int digits = 2 - (int)floor(log10(smallest));
    return digits < 3 ? 3 : digits > 6 ? 6 : digits;
}

static void measure_box(struct layout *l, double size)
{
    struct ct_words w = {.size = size};
    double height = 0;
    char text[48];

    l->box_size = size;
    l->label_width = l->value_width = 0;
    for (int row = 0; row < BOX_ROWS; row++) {
        double width;
        ct_words_size(l->canvas, &w, box_labels[row], &width, &height);
        l->label_width = fmax(l->label_width, width);
        for (size_t i = 0; i < l->violins->count; i++) {
            box_value(l, &l->violins->items[i], row, text);
            l->value_width = fmax(l->value_width, ct_words_width(l->canvas, &w, text));
        }
    }
    l->row_height = height;
}

static double box_width(const struct layout *l)
{
    return l->label_width + l->value_width + l->box_size * 1.9;
}

static double box_height(const struct layout *l)
{
    return BOX_ROWS * l->row_height + l->box_size * 0.7;
}

static void arrange(struct layout *l, struct ct_canvas *c)
{
    const struct ct_violins *vs = l->violins;
    struct ct_frame *f = &l->frame;
    double max = 0;

    for (size_t i = 0; i < vs->count; i++)
        if (vs->items[i].count > 0)
            max = fmax(max, vs->items[i].max);
    l->decimals = decimals_for(vs);
    f->slots = vs->count;
    f->left = ct_frame_left(c, max * 1.5);
    f->right = c->width - 14;
    f->top = 12 + 16 + 8;
    ct_names_fit(&l->names, c, ct_frame_slot(f));
    f->left = fmax(f->left, l->names.left_extra + 8);
    f->bottom = c->height - 10 - l->names.height - X_LABEL_ROOM;
    double slot = ct_frame_slot(f), size = 9.5;
    for (measure_box(l, size); box_width(l) > slot - 6 && size > 4.5; measure_box(l, size))
        size -= 0.5;
    l->half_width = fmin(0.34, HALF_WIDTH_MAX / slot);
    double height = f->bottom - f->top;
    double room = fmin(box_height(l) + 14, height / 2);
    ct_frame_scale(f, fmax(max * 1.15, max * height / (height - room)));
}

static void plot_line(double x, double half, double y)
{
    pljoin(x - half, y, x + half, y);
}

static void plot_body(const struct layout *l, const struct ct_kde *k, double x, struct ct_rgb color)
{
    double xs[2 * CT_KDE_POINTS + 1], ys[2 * CT_KDE_POINTS + 1];
    enum { LAST = 2 * CT_KDE_POINTS - 1 };

    for (int i = 0; i < CT_KDE_POINTS; i++) {
        double half = l->half_width * k->density[i] / k->density_max;
        xs[i] = x + half;
        xs[LAST - i] = x - half;
        ys[i] = ys[LAST - i] = k->y[i];
    }
    xs[LAST + 1] = xs[0];
    ys[LAST + 1] = ys[0];
    ct_plot_color(color, 0.55);
    plwidth(0.1); /* the driver outlines what it fills */
    plfill(LAST + 1, xs, ys);
    ct_plot_color(color, 1);
    plwidth(1);
    plline(LAST + 2, xs, ys);
}

static void plot_violin(const struct layout *l, size_t i)
{
    const struct ct_violin *v = &l->violins->items[i];
    double x = (double)i + 0.5;
    struct ct_rgb color = ct_series_color(i);

    if (v->count == 0)
        return;
    if (!l->kde[i].flat)
        plot_body(l, &l->kde[i], x, color);
    ct_plot_color(color, 1);
    plwidth(1.4);
    plot_line(x, l->kde[i].flat ? l->half_width : l->half_width * 0.35, v->min);
    plot_line(x, l->half_width * 0.35, v->max);
    pljoin(x, v->min, x, v->max);
    ct_plot_color(median_color, 1);
    plwidth(2);
    plot_line(x, l->half_width * 0.6, v->median);
}

static void plot(const void *ctx)
{
    const struct layout *l = ctx;

    ct_frame_plot_grid(&l->frame, l->canvas);
    for (size_t i = 0; i < l->violins->count; i++)
        plot_violin(l, i);
    ct_frame_plot_axes(&l->frame);
}

/* Dashed and on top, so that a median underneath still shows between the dashes. */
static void draw_mean(struct ct_canvas *c, const struct layout *l, double x, double mean)
{
    const double dashes[] = {4, 2};
    double half = l->half_width * 0.6 * ct_frame_slot(&l->frame), y = ct_frame_y(&l->frame, mean);

    cairo_save(c->cr);
    cairo_set_source_rgb(c->cr, mean_color.r, mean_color.g, mean_color.b);
    cairo_set_line_width(c->cr, 2);
    cairo_set_dash(c->cr, dashes, 2, 0);
    cairo_move_to(c->cr, x - half, y);
    cairo_line_to(c->cr, x + half, y);
    cairo_stroke(c->cr);
    cairo_restore(c->cr);
}

static void rounded(cairo_t *cr, double x, double y, double width, double height)
{
    enum { R = 3 };

    cairo_new_sub_path(cr);
    cairo_arc(cr, x + width - R, y + R, R, -M_PI / 2, 0);
    cairo_arc(cr, x + width - R, y + height - R, R, 0, M_PI / 2);
    cairo_arc(cr, x + R, y + height - R, R, M_PI / 2, M_PI);
    cairo_arc(cr, x + R, y + R, R, M_PI, 3 * M_PI / 2);
    cairo_close_path(cr);
}

static void draw_box(struct ct_canvas *c, const struct layout *l, const struct ct_violin *v,
                     double x)
{
    double width = box_width(l), height = box_height(l), pad = l->box_size * 0.6;
    double left = x - width / 2, top = ct_frame_y(&l->frame, v->max) - 7 - height;
    struct ct_words label = {.size = l->box_size, .color = ct_ink_faint};
    struct ct_words value = {.size = l->box_size, .color = ct_ink, .along = CT_ANCHOR_END};
    char text[48];

    rounded(c->cr, left, top, width, height);
    cairo_set_source_rgb(c->cr, 1, 1, 1);
    cairo_fill_preserve(c->cr);
    cairo_set_source_rgb(c->cr, 0.7, 0.7, 0.7);
    cairo_set_line_width(c->cr, 0.7);
    cairo_stroke(c->cr);
    for (int row = 0; row < BOX_ROWS; row++) {
        double y = top + l->box_size * 0.35 + row * l->row_height;
        box_value(l, v, row, text);
        ct_words_draw(c, &label, left + pad, y, box_labels[row]);
        ct_words_draw(c, &value, left + width - pad, y, text);
    }
}

static void draw_words(struct ct_canvas *c, const struct layout *l)
{
    static const struct ct_legend_entry lines[] = {{"Mean", {0.86, 0.08, 0.08}, CT_LEGEND_DASHES},
                                                   {"Median", {0, 0, 0}, CT_LEGEND_LINE}};
    const struct ct_legend legend = {.entries = lines, .count = 2};
    const struct ct_frame *f = &l->frame;
    struct ct_words faint = {.size = 11, .color = ct_ink_faint}, label = {.size = 11.5};

    ct_frame_draw_labels(c, f, l->violins->y_label);
    ct_names_draw(c, &l->names, f);
    (void)ct_legend_flow(c, &legend, f->right - 136, 12, 400, true);
    label.color = ct_ink;
    label.along = CT_ANCHOR_MIDDLE;
    label.above = CT_ANCHOR_END;
    ct_words_draw(c, &label, (f->left + f->right) / 2, c->height - 8, l->violins->x_label);
    faint.along = CT_ANCHOR_MIDDLE;
    faint.above = CT_ANCHOR_END;
    for (size_t i = 0; i < l->violins->count; i++) {
        const struct ct_violin *v = &l->violins->items[i];
        double x = ct_frame_x(f, (double)i + 0.5);
        if (v->count == 0) {
            ct_words_draw(c, &faint, x, f->bottom - 4, "no data");
            continue;
        }
        draw_mean(c, l, x, v->mean);
        draw_box(c, l, v, x);
    }
}

int ct_chart_violins(const struct ct_violins *violins, const char *path, struct ct_err *err)
{
    const char **names = ct_xcalloc(violins->count + 1, sizeof(*names));
    struct ct_canvas c = {0};
    struct layout l = {.violins = violins, .canvas = &c};
    int rc;

    l.kde = ct_xcalloc(violins->count + 1, sizeof(*l.kde));
    for (size_t i = 0; i < violins->count; i++) {
        names[i] = violins->items[i].name;
        ct_kde_init(&l.kde[i], violins->items[i].values, violins->items[i].count);
    }
    l.names = (struct ct_names){.items = names, .count = violins->count};
    if ((rc = ct_canvas_open(&c, path, PAGE_WIDTH, PAGE_HEIGHT, err)) < 0)
        goto out;
    arrange(&l, &c);
    if ((rc = ct_canvas_plot(&c, plot, &l, err)) < 0)
        goto out;
    draw_words(&c, &l);
    rc = ct_canvas_save(&c, err);
out:
    ct_canvas_close(&c);
    free(l.kde);
    free(names);
    return rc;
}
