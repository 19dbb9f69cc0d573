#include <math.h>

#include "chart/frame.h"

enum { SLANT = 38, LENGTH_MAX = 190 }; /* degrees, points */
#define RADIANS (SLANT * M_PI / 180)

static double widest(const struct ct_names *n, const struct ct_canvas *c)
{
    double width = 0;

    for (size_t i = 0; i < n->count; i++)
        width = fmax(width, ct_words_width(c, &n->words, n->items[i]));
    return width;
}

void ct_names_fit(struct ct_names *n, const struct ct_canvas *c, double slot_width)
{
    double line, unused;

    n->words = (struct ct_words){.size = 10.5, .color = ct_ink, .above = CT_ANCHOR_START};
    n->words.along = CT_ANCHOR_MIDDLE;
    n->left_extra = 0;
    ct_words_size(c, &n->words, "X", &unused, &line);
    n->height = line + 6;
    if (widest(n, c) <= slot_width - 10 || n->count == 1) {
        n->words.width_max = slot_width - 10;
        return;
    }
    n->words.size = slot_width < 60 ? 9 : 10;
    n->words.angle = SLANT;
    n->words.along = CT_ANCHOR_END;
    n->words.above = CT_ANCHOR_MIDDLE;
    n->words.width_max = LENGTH_MAX;
    n->height = fmin(widest(n, c), LENGTH_MAX) * sin(RADIANS) + line;
    for (size_t i = 0; i < n->count; i++) {
        double reach = ct_words_width(c, &n->words, n->items[i]) * cos(RADIANS) + line / 2;
        n->left_extra = fmax(n->left_extra, reach - ((double)i + 0.5) * slot_width);
    }
}

void ct_names_draw(struct ct_canvas *c, const struct ct_names *n, const struct ct_frame *f)
{
    double x_shift = n->words.angle > 0 ? 3 : 0;

    for (size_t i = 0; i < n->count; i++)
        ct_words_draw(c, &n->words, ct_frame_x(f, (double)i + 0.5) + x_shift,
                      f->bottom + (n->words.angle > 0 ? 9 : 5), n->items[i]);
}
