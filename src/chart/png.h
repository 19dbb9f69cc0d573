/* An image surface as a PNG file that says it has 300 dots per inch. Private to chart. */
#ifndef CT_CHART_PNG_H
#define CT_CHART_PNG_H

#include <cairo.h>

#include "base/err.h"

/* path NULL: standard output. CT_EFAIL. */
int ct_png_write(cairo_surface_t *surface, const char *path, struct ct_err *err);

#endif
