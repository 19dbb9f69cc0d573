/*
 * A page of a chart: a cairo surface for a PNG (300 dpi), SVG or PDF file, with plplot drawing
 * shapes on it and pango drawing text. Coordinates are points (1/72 inch), y grows downwards.
 * Private to chart. plplot has global state: one canvas plots at a time, from one thread.
 */
#ifndef CT_CHART_CANVAS_H
#define CT_CHART_CANVAS_H

#include <cairo.h>

#include "base/err.h"

enum ct_canvas_format { CT_CANVAS_PNG, CT_CANVAS_SVG, CT_CANVAS_PDF };

struct ct_canvas {
    enum ct_canvas_format format;
    double width, height; /* points */
    cairo_surface_t *surface;
    cairo_t *cr;
    char *path, *temporary; /* temporary NULL: path is "-", standard output */
};

/* A page of that size in points, filled white. path: its extension decides the format; "-" is a PNG
 * on standard output. CT_EUSAGE for another extension, CT_EFAIL when nothing can be written there
 * or no font is installed. On success ct_canvas_close it. */
int ct_canvas_open(struct ct_canvas *c, const char *path, double width, double height,
                   struct ct_err *err);

/* Run draw with plplot set up for this page: world coordinates are left to draw (plvpor, plwind).
 * Whatever plplot would do to the process (prompt, abort, exit) becomes CT_EFAIL. */
int ct_canvas_plot(struct ct_canvas *c, void (*draw)(const void *ctx), const void *ctx,
                   struct ct_err *err);

/* Finish the file and put it in place in one step (rename): path holds the old or the whole new
 * picture. */
int ct_canvas_save(struct ct_canvas *c, struct ct_err *err);

/* Release; what was not saved leaves no file behind. Accepts a zeroed struct. */
void ct_canvas_close(struct ct_canvas *c);

#endif
