#include "chart/canvas.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include <cairo-pdf.h>
#include <cairo-svg.h>
#include <pango/pangocairo.h>

#include "base/mem.h"
#include "chart/png.h"

#define DOTS_PER_POINT (300.0 / 72.0)

static int format_of(const char *path, enum ct_canvas_format *out, struct ct_err *err)
{
    static const char *const extensions[] = {".png", ".svg", ".pdf"};
    const char *dot = strrchr(path, '.');

    if (strcmp(path, "-") == 0) {
        *out = CT_CANVAS_PNG;
        return 0;
    }
    for (int i = 0; dot != NULL && i < 3; i++)
        if (strcasecmp(dot, extensions[i]) == 0) {
            *out = (enum ct_canvas_format)i;
            return 0;
        }
    return ct_fail(err, CT_EUSAGE, "'%s': a chart's file name ends in .png, .svg or .pdf", path);
}

static int check_fonts(struct ct_err *err)
{
    PangoFontFamily **families = NULL;
    int count = 0;

    pango_font_map_list_families(pango_cairo_font_map_get_default(), &families, &count);
    g_free(families);
    /* pango would draw a box for every letter and report success */
    return count > 0 ? 0
                     : ct_fail(err, CT_EFAIL,
                               "no font is installed: charts need one (package "
                               "fonts-dejavu-core)");
}

/* The file is made at once, so that a folder that cannot be written is found before drawing. */
static int reserve(struct ct_canvas *c, struct ct_err *err)
{
    if (strcmp(c->path, "-") == 0)
        return 0;
    c->temporary = ct_xprintf("%s.%ld.tmp", c->path, (long)getpid());
    int fd = open(c->temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (fd < 0) {
        int rc = ct_fail_errno(err, CT_EFAIL, "writing '%s'", c->path);
        free(c->temporary);
        c->temporary = NULL;
        return rc;
    }
    return close(fd) == 0 ? 0 : ct_fail_errno(err, CT_EFAIL, "writing '%s'", c->path);
}

static cairo_surface_t *surface_new(const struct ct_canvas *c)
{
    switch (c->format) {
    case CT_CANVAS_SVG:
        return cairo_svg_surface_create(c->temporary, c->width, c->height);
    case CT_CANVAS_PDF:
        return cairo_pdf_surface_create(c->temporary, c->width, c->height);
    case CT_CANVAS_PNG:
    default:
        return cairo_image_surface_create(CAIRO_FORMAT_RGB24,
                                          (int)(c->width * DOTS_PER_POINT + 0.5),
                                          (int)(c->height * DOTS_PER_POINT + 0.5));
    }
}

static void prepare(struct ct_canvas *c)
{
    cairo_font_options_t *options = cairo_font_options_create();

    if (c->format == CT_CANVAS_PNG)
        cairo_scale(c->cr, DOTS_PER_POINT, DOTS_PER_POINT);
    /* without hinting text has the same width in all three formats */
    cairo_font_options_set_hint_style(options, CAIRO_HINT_STYLE_NONE);
    cairo_font_options_set_hint_metrics(options, CAIRO_HINT_METRICS_OFF);
    cairo_font_options_set_antialias(options, CAIRO_ANTIALIAS_GRAY);
    cairo_set_font_options(c->cr, options);
    cairo_font_options_destroy(options);
    cairo_set_source_rgb(c->cr, 1, 1, 1);
    cairo_paint(c->cr);
}

int ct_canvas_open(struct ct_canvas *c, const char *path, double width, double height,
                   struct ct_err *err)
{
    int rc;

    *c = (struct ct_canvas){.width = width, .height = height};
    if ((rc = format_of(path, &c->format, err)) < 0 || (rc = check_fonts(err)) < 0)
        return rc;
    c->path = ct_xstrdup(path);
    if ((rc = reserve(c, err)) < 0)
        goto out;
    c->surface = surface_new(c);
    c->cr = cairo_create(c->surface);
    if (cairo_status(c->cr) != CAIRO_STATUS_SUCCESS) {
        rc = ct_fail(err, CT_EFAIL, "drawing '%s': %s", path,
                     cairo_status_to_string(cairo_status(c->cr)));
        goto out;
    }
    prepare(c);
    return 0;
out:
    ct_canvas_close(c);
    return rc;
}

static int write_file(struct ct_canvas *c, struct ct_err *err)
{
    cairo_status_t status = CAIRO_STATUS_SUCCESS;
    int rc = 0;

    if (c->format == CT_CANVAS_PNG)
        rc = ct_png_write(c->surface, c->temporary, err);
    cairo_surface_finish(c->surface);
    if (c->format != CT_CANVAS_PNG)
        status = cairo_surface_status(c->surface);
    if (rc == 0 && status != CAIRO_STATUS_SUCCESS)
        rc = ct_fail(err, CT_EFAIL, "%s", cairo_status_to_string(status));
    return rc;
}

int ct_canvas_save(struct ct_canvas *c, struct ct_err *err)
{
    if (cairo_status(c->cr) != CAIRO_STATUS_SUCCESS)
        return ct_fail(err, CT_EFAIL, "drawing '%s': %s", c->path,
                       cairo_status_to_string(cairo_status(c->cr)));
    if (write_file(c, err) < 0)
        return ct_fail_while(err, "writing '%s'", c->path);
    if (c->temporary == NULL)
        return 0;
    if (rename(c->temporary, c->path) != 0)
        return ct_fail_errno(err, CT_EFAIL, "writing '%s'", c->path);
    free(c->temporary);
    c->temporary = NULL;
    return 0;
}

void ct_canvas_close(struct ct_canvas *c)
{
    if (c->cr != NULL)
        cairo_destroy(c->cr);
    if (c->surface != NULL)
        cairo_surface_destroy(c->surface);
    if (c->temporary != NULL)
        (void)unlink(c->temporary);
    free(c->temporary);
    free(c->path);
    *c = (struct ct_canvas){0};
}
