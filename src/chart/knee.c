#include <math.h>
#include <stdio.h>

#include <plplot.h>

#include "chart/chart.h"
#include "chart/frame.h"

/* 12 x 8 inches. */
#define PAGE_WIDTH 864
#define PAGE_HEIGHT 576
#define Y_MAX_LIMITS 4.0 /* the y axis ends at so many times the limit */

static const struct ct_rgb kept_color = {0, 0.447, 0.698}, broke_color = {0.835, 0.369, 0},
                           apart_color = {0.6, 0.6, 0.6}, limit_color = {0.86, 0.08, 0.08};

struct layout {
    const struct ct_knee *knee;
    const struct ct_canvas *canvas;
    struct ct_frame frame; /* one slot, which the x axis divides */
    double x_from, x_to, x_step;
};

/* --- the axes --- */

static bool has_interval(const struct ct_knee *k)
{
    return isfinite(k->low) && isfinite(k->high);
}

/* Around the interval; without one, all points. */
static void choose_x(struct layout *l)
{
    const struct ct_knee *k = l->knee;
    double least = INFINITY, most = 0;
    for (size_t i = 0; i < k->n_points; i++) {
        least = fmin(least, k->points[i].at);
        most = fmax(most, k->points[i].at);
    }
    if (has_interval(k)) {
        double room = fmax(4 * (k->high - k->low), 0.3 * k->high);
        least = fmax(least, k->low - room);
        most = fmin(fmax(most, k->high), k->high + room);
    }
    if (!(least < most)) {
        least = most > 0 ? most / 2 : 0;
        most = most > 0 ? most * 1.5 : 1;
    }
    double margin = 0.03 * (most - least);
    l->x_from = fmax(0, least - margin);
    l->x_to = most + margin;
    struct ct_frame scale = {0};
    ct_frame_scale(&scale, l->x_to - l->x_from);
    l->x_step = scale.y_step;
}

static double choose_y_max(const struct layout *l)
{
    const struct ct_knee *k = l->knee;
    double most = 1.6 * k->limit;
    for (size_t i = 0; i < k->n_points; i++)
        if (k->points[i].at >= l->x_from && k->points[i].at <= l->x_to)
            most = fmax(most, 1.1 * k->points[i].value);
    return fmin(most, Y_MAX_LIMITS * k->limit);
}

static void arrange(struct layout *l, struct ct_canvas *c)
{
    struct ct_frame *f = &l->frame;
    choose_x(l);
    double y_max = choose_y_max(l);
    f->slots = 1;
    f->left = ct_frame_left(c, y_max);
    f->right = c->width - 20;
    f->top = 60;
    f->bottom = c->height - 52;
    ct_frame_scale(f, y_max);
}

static double x_of(const struct layout *l, double at)
{
    return ct_frame_x(&l->frame, (at - l->x_from) / (l->x_to - l->x_from));
}

/* On the page, and never above the area. */
static double y_of(const struct layout *l, double value)
{
    return ct_frame_y(&l->frame, fmin(fmax(value, 0), l->frame.y_max));
}

static bool inside(const struct layout *l, double at)
{
    return at >= l->x_from && at <= l->x_to;
}

static void plot(const void *ctx)
{
    const struct layout *l = ctx;
    ct_frame_plot_grid(&l->frame, l->canvas);
    ct_frame_plot_axes(&l->frame);
}

static void draw_x_axis(struct ct_canvas *c, const struct layout *l)
{
    const struct ct_frame *f = &l->frame;
    struct ct_words number = {.size = 10, .color = ct_ink, .along = CT_ANCHOR_MIDDLE};
    struct ct_words label = {.size = 11.5, .color = ct_ink, .along = CT_ANCHOR_MIDDLE};
    char text[32];
    int decimals = l->x_step >= 1 ? 0 : (int)ceil(-log10(l->x_step));
    double first = ceil(l->x_from / l->x_step);
    cairo_set_source_rgb(c->cr, ct_ink.r, ct_ink.g, ct_ink.b);
    cairo_set_line_width(c->cr, 0.9);
    for (int i = 0; (first + i) * l->x_step <= l->x_to; i++) {
        double x = x_of(l, (first + i) * l->x_step);
        cairo_move_to(c->cr, x, f->bottom);
        cairo_line_to(c->cr, x, f->bottom + 4);
        cairo_stroke(c->cr);
        (void)snprintf(text, sizeof(text), "%.*f", decimals, (first + i) * l->x_step);
        ct_words_draw(c, &number, x, f->bottom + 7, text);
    }
    label.above = CT_ANCHOR_END;
    ct_words_draw(c, &label, (f->left + f->right) / 2, c->height - 10, l->knee->x_label);
}

/* --- what was found --- */

static void set_color(cairo_t *cr, struct ct_rgb color, double alpha)
{
    cairo_set_source_rgba(cr, color.r, color.g, color.b, alpha);
}

static void draw_interval(struct ct_canvas *c, const struct layout *l)
{
    const struct ct_knee *k = l->knee;
    const struct ct_frame *f = &l->frame;
    if (has_interval(k)) {
        set_color(c->cr, kept_color, 0.14);
        cairo_rectangle(c->cr, x_of(l, k->low), f->top, x_of(l, k->high) - x_of(l, k->low),
                        f->bottom - f->top);
        cairo_fill(c->cr);
    }
    if (!isfinite(k->capacity) || !inside(l, k->capacity))
        return;
    set_color(c->cr, kept_color, 1);
    cairo_set_line_width(c->cr, 1.6);
    cairo_move_to(c->cr, x_of(l, k->capacity), f->top);
    cairo_line_to(c->cr, x_of(l, k->capacity), f->bottom);
    cairo_stroke(c->cr);
}

static void draw_limit(struct ct_canvas *c, const struct layout *l)
{
    const double dashes[] = {4, 2};
    cairo_save(c->cr);
    set_color(c->cr, limit_color, 1);
    cairo_set_line_width(c->cr, 1.6);
    cairo_set_dash(c->cr, dashes, 2, 0);
    cairo_move_to(c->cr, l->frame.left, y_of(l, l->knee->limit));
    cairo_line_to(c->cr, l->frame.right, y_of(l, l->knee->limit));
    cairo_stroke(c->cr);
    cairo_restore(c->cr);
}

/* The fitted curve inside the area; it leaves it at the top. */
static void draw_curve(struct ct_canvas *c, const struct layout *l)
{
    const struct ct_frame *f = &l->frame;
    cairo_save(c->cr);
    cairo_rectangle(c->cr, f->left, f->top, f->right - f->left, f->bottom - f->top);
    cairo_clip(c->cr);
    set_color(c->cr, ct_ink, 0.75);
    cairo_set_line_width(c->cr, 1.4);
    bool begun = false;
    for (size_t i = 0; i < l->knee->n_curve; i++) {
        const struct ct_knee_point *p = &l->knee->curve[i];
        if (!isfinite(p->value) || !inside(l, p->at))
            continue;
        double y = ct_frame_y(f, fmin(p->value, 2 * f->y_max));
        if (begun)
            cairo_line_to(c->cr, x_of(l, p->at), y);
        else
            cairo_move_to(c->cr, x_of(l, p->at), y);
        begun = true;
    }
    cairo_stroke(c->cr);
    cairo_restore(c->cr);
}

static struct ct_rgb color_of(enum ct_knee_kind kind)
{
    return kind == CT_KNEE_KEPT ? kept_color : kind == CT_KNEE_BROKE ? broke_color : apart_color;
}

/* A dot; what lies above the area is a triangle at its upper edge. */
static void draw_point(struct ct_canvas *c, const struct layout *l, const struct ct_knee_point *p)
{
    double x = x_of(l, p->at), y = y_of(l, p->value);
    set_color(c->cr, color_of(p->kind), 0.85);
    cairo_new_path(c->cr);
    if (p->value > l->frame.y_max) {
        cairo_move_to(c->cr, x, y + 2);
        cairo_line_to(c->cr, x - 5, y + 11);
        cairo_line_to(c->cr, x + 5, y + 11);
        cairo_close_path(c->cr);
    } else {
        cairo_arc(c->cr, x, y, 4.5, 0, 2 * M_PI);
    }
    cairo_fill(c->cr);
}

static bool shows(const struct layout *l, const struct ct_knee_point *p)
{
    return inside(l, p->at) && isfinite(p->value);
}

static bool shows_kind(const struct layout *l, enum ct_knee_kind kind)
{
    for (size_t i = 0; i < l->knee->n_points; i++)
        if (l->knee->points[i].kind == kind && shows(l, &l->knee->points[i]))
            return true;
    return false;
}

static bool shows_curve(const struct layout *l)
{
    for (size_t i = 0; i < l->knee->n_curve; i++)
        if (shows(l, &l->knee->curve[i]))
            return true;
    return false;
}

/* Only of what is there. */
static void draw_legend(struct ct_canvas *c, const struct layout *l)
{
    const struct ct_knee *k = l->knee;
    struct ct_legend_entry entries[6];
    size_t n = 0;
    if (shows_kind(l, CT_KNEE_KEPT))
        entries[n++] = (struct ct_legend_entry){"kept", kept_color, CT_LEGEND_DOT};
    if (shows_kind(l, CT_KNEE_BROKE))
        entries[n++] = (struct ct_legend_entry){"broke the limit", broke_color, CT_LEGEND_DOT};
    if (shows_kind(l, CT_KNEE_APART))
        entries[n++] = (struct ct_legend_entry){"overload or invalid", apart_color, CT_LEGEND_DOT};
    entries[n++] = (struct ct_legend_entry){"limit", limit_color, CT_LEGEND_DASHES};
    if (shows_curve(l))
        entries[n++] = (struct ct_legend_entry){"fitted", ct_ink, CT_LEGEND_LINE};
    if (isfinite(k->capacity) && inside(l, k->capacity))
        entries[n++] = (struct ct_legend_entry){has_interval(k) ? "the answer, and where it may lie"
                                                                : "the answer",
                                                kept_color, CT_LEGEND_LINE};
    const struct ct_legend legend = {.entries = entries, .count = n};
    (void)ct_legend_flow(c, &legend, l->frame.left, 34, l->frame.right - l->frame.left, true);
}

static void draw_words(struct ct_canvas *c, const struct layout *l)
{
    const struct ct_frame *f = &l->frame;
    struct ct_words title = {
        .size = 12, .bold = true, .color = ct_ink, .width_max = f->right - f->left};
    ct_words_draw(c, &title, f->left, 10, l->knee->title);
    draw_legend(c, l);
    ct_frame_draw_labels(c, f, l->knee->y_label);
    draw_x_axis(c, l);
}

int ct_chart_knee(const struct ct_knee *knee, const char *path, struct ct_err *err)
{
    struct ct_canvas c = {0};
    struct layout l = {.knee = knee, .canvas = &c};
    int rc = ct_canvas_open(&c, path, PAGE_WIDTH, PAGE_HEIGHT, err);
    if (rc < 0)
        goto out;
    arrange(&l, &c);
    if ((rc = ct_canvas_plot(&c, plot, &l, err)) < 0)
        goto out;
    draw_interval(&c, &l);
    draw_limit(&c, &l);
    draw_curve(&c, &l);
    for (size_t i = 0; i < knee->n_points; i++)
        if (shows(&l, &knee->points[i]))
            draw_point(&c, &l, &knee->points[i]);
    draw_words(&c, &l);
    rc = ct_canvas_save(&c, err);
out:
    ct_canvas_close(&c);
    return rc;
}
