#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include <plplot.h>

#include "base/mem.h"
#include "chart/chart.h"
#include "chart/frame.h"

/* 12 x 7 inches. */
#define PAGE_WIDTH 864
#define PAGE_HEIGHT 504
#define GROUP_SHARE 0.84 /* of a slot that its bars take, at most */
#define BAR_MAX 120.0    /* width of a bar, points, at most */

struct layout {
    const struct ct_bars *bars;
    const struct ct_canvas *canvas;
    struct ct_frame frame;
    struct ct_names names;
    struct ct_legend legend;
    double step;           /* from bar to bar within a group, in slots */
    struct ct_words value; /* the label above a bar */
    double value_room;     /* its height on the page */
};

static double value_at(const struct ct_bars *b, size_t series, size_t group)
{
    return b->values[series * b->n_groups + group];
}

static double largest(const struct ct_bars *b)
{
    double max = 0;

    for (size_t i = 0; i < b->n_series * b->n_groups; i++)
        if (isfinite(b->values[i]))
            max = fmax(max, b->values[i]);
    return max;
}

static void value_text(const struct ct_bars *b, double value, char out[64])
{
    if (isfinite(value))
        (void)snprintf(out, 64, "%.*f%s", b->value_decimals, value, b->value_unit);
    else
        (void)snprintf(out, 64, "no data");
}

static void fit_bars(struct layout *l)
{
    double n = (double)(l->bars->n_series > 0 ? l->bars->n_series : 1);

    l->step = fmin(GROUP_SHARE / n, BAR_MAX / ct_frame_slot(&l->frame));
}

static double bar_width(const struct layout *l)
{
    return ct_frame_slot(&l->frame) * l->step;
}

/* Left end of a bar's place, in slots. */
static double bar_start(const struct layout *l, size_t series, size_t group)
{
    return (double)group + 0.5 + ((double)series - (double)l->bars->n_series / 2) * l->step;
}

/* Labels stand level when the widest fits over its bar, else upright, as large as the bar allows.
 */
static void fit_values(struct layout *l)
{
    const struct ct_bars *b = l->bars;
    double widest = 0, bar = bar_width(l);
    char text[64];

    l->value = (struct ct_words){.size = 10, .color = ct_ink, .halo = true};
    l->value.along = CT_ANCHOR_MIDDLE;
    l->value.above = CT_ANCHOR_END;
    for (size_t i = 0; i < b->n_series * b->n_groups; i++) {
        value_text(b, b->values[i], text);
        widest = fmax(widest, ct_words_width(l->canvas, &l->value, text));
    }
    l->value_room = 13;
    if (widest + 4 <= bar)
        return;
    if ((widest * 0.8) + 3 <= bar) {
        l->value.size = 8;
        return;
    }
    double size = fmax(fmin(bar * 0.86, 10), 4.5);
    l->value_room = widest * size / l->value.size;
    l->value.size = size;
    l->value.angle = 90;
    l->value.along = CT_ANCHOR_START;
    l->value.above = CT_ANCHOR_MIDDLE;
}

static void arrange(struct layout *l, struct ct_canvas *c)
{
    const struct ct_bars *b = l->bars;
    struct ct_frame *f = &l->frame;
    double max = largest(b);

    f->slots = b->n_groups;
    f->left = ct_frame_left(c, max * 1.5);
    f->right = c->width - 14;
    f->top = 12 + ct_legend_flow(c, &l->legend, 0, 0, f->right - f->left, false) + 10;
    ct_names_fit(&l->names, c, ct_frame_slot(f));
    f->left = fmax(f->left, l->names.left_extra + 8);
    f->bottom = c->height - 12 - l->names.height;
    fit_bars(l);
    fit_values(l);
    double height = f->bottom - f->top;
    double room = fmin(l->value_room + 10, height / 2);
    ct_frame_scale(f, fmax(max * 1.15, max * height / (height - room)));
}

static void plot(const void *ctx)
{
    const struct layout *l = ctx;
    const struct ct_bars *b = l->bars;

    ct_frame_plot_grid(&l->frame, l->canvas);
    for (size_t g = 0; g < b->n_groups; g++)
        for (size_t s = 0; s < b->n_series; s++) {
            double v = value_at(b, s, g);
            double x0 = bar_start(l, s, g) + l->step * 0.03;
            double x1 = x0 + l->step * 0.94;
            double x[] = {x0, x0, x1, x1}, y[] = {0, v, v, 0};
            if (!isfinite(v) || v <= 0)
                continue;
            ct_plot_color(ct_series_color(s), 1);
            plfill(4, x, y);
        }
    ct_frame_plot_axes(&l->frame);
}

/* White or black, whichever is read better on that colour (relative luminance of WCAG 2). */
static struct ct_rgb readable_on(struct ct_rgb c)
{
    double luminance = 0.2126 * pow(c.r, 2.2) + 0.7152 * pow(c.g, 2.2) + 0.0722 * pow(c.b, 2.2);

    return luminance > 0.27 ? (struct ct_rgb){0, 0, 0} : (struct ct_rgb){1, 1, 1};
}

static void draw_rate(struct ct_canvas *c, const struct layout *l, size_t series, double x,
                      double v)
{
    const struct ct_frame *f = &l->frame;
    struct ct_words w = {.size = 9, .bold = true, .color = readable_on(ct_series_color(series))};
    double bar = bar_width(l) * 0.92, height = v / f->y_max * (f->bottom - f->top) - 6;
    char text[64];

    if (!isfinite(l->bars->rates[series]) || !(v > f->y_max / 10))
        return;
    (void)snprintf(text, sizeof(text), "%.6g RPS", l->bars->rates[series]);
    double width = ct_words_width(c, &w, text);
    if (width > bar) {
        w.angle = 90;
        double size = fmin(w.size, bar * 0.86);
        width *= size / w.size;
        w.size = size;
        if (width > height || size < 4)
            return;
    }
    w.along = w.above = CT_ANCHOR_MIDDLE;
    ct_words_draw(c, &w, x, ct_frame_y(f, v / 2), text);
}

static void draw_values(struct ct_canvas *c, const struct layout *l)
{
    const struct ct_bars *b = l->bars;
    char text[64];

    for (size_t g = 0; g < b->n_groups; g++)
        for (size_t s = 0; s < b->n_series; s++) {
            struct ct_words w = l->value;
            double v = value_at(b, s, g), top = isfinite(v) && v > 0 ? v : 0;
            double x = ct_frame_x(&l->frame, bar_start(l, s, g) + l->step / 2);
            w.color = isfinite(v) ? ct_ink : ct_ink_faint;
            value_text(b, v, text);
            ct_words_draw(c, &w, x, ct_frame_y(&l->frame, top) - (w.angle > 0 ? 4 : 2), text);
            draw_rate(c, l, s, x, v);
        }
}

static void draw_words(struct ct_canvas *c, const struct layout *l)
{
    const struct ct_frame *f = &l->frame;

    ct_frame_draw_labels(c, f, l->bars->y_label);
    ct_names_draw(c, &l->names, f);
    (void)ct_legend_flow(c, &l->legend, f->left, 12, f->right - f->left, true);
    if (l->bars->n_groups * l->bars->n_series > 0) {
        draw_values(c, l);
        return;
    }
    struct ct_words w = {.size = 14, .color = ct_ink_faint};
    w.along = w.above = CT_ANCHOR_MIDDLE;
    ct_words_draw(c, &w, (f->left + f->right) / 2, (f->top + f->bottom) / 2, "no data");
}

int ct_chart_bars(const struct ct_bars *bars, const char *path, struct ct_err *err)
{
    struct ct_legend_entry *entries = ct_xcalloc(bars->n_series + 1, sizeof(*entries));
    struct ct_canvas c = {0};
    struct layout l = {.bars = bars, .canvas = &c};
    int rc;

    for (size_t s = 0; s < bars->n_series; s++)
        entries[s] = (struct ct_legend_entry){bars->series[s], ct_series_color(s), CT_LEGEND_BOX};
    l.legend = (struct ct_legend){bars->legend_title, entries, bars->n_series};
    l.names = (struct ct_names){.items = bars->groups, .count = bars->n_groups};
    if ((rc = ct_canvas_open(&c, path, PAGE_WIDTH, PAGE_HEIGHT, err)) < 0)
        goto out;
    arrange(&l, &c);
    if ((rc = ct_canvas_plot(&c, plot, &l, err)) < 0)
        goto out;
    draw_words(&c, &l);
    rc = ct_canvas_save(&c, err);
out:
    ct_canvas_close(&c);
    free(entries);
    return rc;
}
