#include "chart/png.h"

#include <errno.h>
#include <stdio.h>

/* Where a PNG's second chunk begins: after the signature (8 bytes) and IHDR (25). */
enum { HEAD = 33 };

/* pHYs: 11,811 dots per metre both ways. cairo writes no resolution; the chunk is constant, and so
 * is its checksum (PNG specification, 11.3.5.3). */
static const unsigned char resolution[] = {0,    0, 0, 9,    'p',  'H', 'Y',  's',  0,    0,   0x2e,
                                           0x23, 0, 0, 0x2e, 0x23, 1,   0x78, 0xa5, 0x3f, 0x76};

struct writer {
    FILE *f;
    size_t written;
};

static cairo_status_t put(struct writer *w, const unsigned char *data, size_t len)
{
    w->written += len;
    return fwrite(data, 1, len, w->f) == len ? CAIRO_STATUS_SUCCESS : CAIRO_STATUS_WRITE_ERROR;
}

static cairo_status_t write_bytes(void *closure, const unsigned char *data, unsigned len)
{
    struct writer *w = closure;

    if (w->written < HEAD && w->written + len >= HEAD) {
        size_t first = HEAD - w->written;
        if (put(w, data, first) != CAIRO_STATUS_SUCCESS ||
            put(w, resolution, sizeof(resolution)) != CAIRO_STATUS_SUCCESS)
            return CAIRO_STATUS_WRITE_ERROR;
        data += first;
        len -= (unsigned)first;
    }
    return put(w, data, len);
}

int ct_png_write(cairo_surface_t *surface, const char *path, struct ct_err *err)
{
    struct writer w = {.f = path != NULL ? fopen(path, "wbe") : stdout};

    if (w.f == NULL)
        return ct_fail_errno(err, CT_EFAIL, "opening");
    cairo_status_t status = cairo_surface_write_to_png_stream(surface, write_bytes, &w);
    int flushed = fflush(w.f);
    if (path != NULL && fclose(w.f) != 0)
        flushed = EOF;
    if (status == CAIRO_STATUS_WRITE_ERROR || flushed != 0)
        return ct_fail_errno(err, CT_EFAIL, "no room or no reader");
    if (status != CAIRO_STATUS_SUCCESS)
        return ct_fail(err, CT_EFAIL, "%s", cairo_status_to_string(status));
    return 0;
}
