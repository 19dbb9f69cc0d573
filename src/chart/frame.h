/*
 * What all charts share: the plot area with its y axis and grid, names under the x axis, a legend
 * above it, colours. Private to chart.
 *
 * World coordinates inside the area: x from 0 to slots (slot k is centred at k + 0.5), y from 0 to
 * y_max. Places on the page are points.
 */
#ifndef CT_CHART_FRAME_H
#define CT_CHART_FRAME_H

#include <stddef.h>

#include "chart/text.h"

/* Okabe and Ito's palette (jfly.uni-koeln.de/color), told apart with any colour vision; darker from
 * the ninth on. */
struct ct_rgb ct_series_color(size_t series);

struct ct_frame {
    double left, right, top, bottom; /* of the plot area, points on the page */
    size_t slots;
    double y_max;
    double y_step; /* between grid lines */
};

/* The axis runs from 0 to y_max, with four to eight grid lines at round numbers. y_max <= 0 or not
 * finite: 1. */
void ct_frame_scale(struct ct_frame *f, double y_max);

double ct_frame_x(const struct ct_frame *f, double world_x);
double ct_frame_y(const struct ct_frame *f, double world_y);
double ct_frame_slot(const struct ct_frame *f); /* width of a slot in points */

/* Room left of the area for numbers up to y_max and the label. */
double ct_frame_left(const struct ct_canvas *c, double y_max);

/* While plplot draws: its window on the area, then grid; and, last, the axes. */
void ct_frame_plot_grid(const struct ct_frame *f, const struct ct_canvas *c);
void ct_frame_plot_axes(const struct ct_frame *f);

/* After it: numbers and label of the y axis. */
void ct_frame_draw_labels(struct ct_canvas *c, const struct ct_frame *f, const char *y_label);

/* Colour of what plplot draws next. */
void ct_plot_color(struct ct_rgb color, double alpha);

/* Names under the slots: level when they fit, else slanted, at last shortened in the middle. */
struct ct_names {
    const char *const *items;
    size_t count;
    struct ct_words words;
    double height;     /* room they take below the area */
    double left_extra; /* how far the first ones reach left beyond the area's edge */
};
void ct_names_fit(struct ct_names *n, const struct ct_canvas *c, double slot_width);
void ct_names_draw(struct ct_canvas *c, const struct ct_names *n, const struct ct_frame *f);

/* A legend in rows, its title before the first entry. */
enum ct_legend_mark { CT_LEGEND_BOX, CT_LEGEND_DOT, CT_LEGEND_LINE, CT_LEGEND_DASHES };
struct ct_legend_entry {
    const char *name;
    struct ct_rgb color;
    enum ct_legend_mark mark;
};
struct ct_legend {
    const char *title; /* NULL: none */
    const struct ct_legend_entry *entries;
    size_t count;
};

/* Height it takes within a width; with draw it is also drawn, its upper left corner at (x, y). */
double ct_legend_flow(struct ct_canvas *c, const struct ct_legend *l, double x, double y,
                      double width, bool draw);

#endif
