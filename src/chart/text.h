/*
 * Words on a canvas, by pango. Text from outside is escaped (control bytes, invalid UTF-8); it is
 * never read as markup. Sizes and places in points. Private to chart.
 */
#ifndef CT_CHART_TEXT_H
#define CT_CHART_TEXT_H

#include <stdbool.h>

#include "chart/canvas.h"

struct ct_rgb {
    double r, g, b;
};
extern const struct ct_rgb ct_ink, ct_ink_faint; /* text and axes; what is said in passing */

enum ct_anchor { CT_ANCHOR_START, CT_ANCHOR_MIDDLE, CT_ANCHOR_END };

struct ct_words {
    double size; /* of the font; 0: 10 */
    bool bold;
    bool halo; /* a thin white rim, where lines pass behind */
    struct ct_rgb color;
    double width_max;     /* longer text loses its middle to an ellipsis; 0: unlimited */
    double angle;         /* degrees, anticlockwise, about the anchor */
    enum ct_anchor along; /* which part of the text stands at (x, y), in writing direction */
    enum ct_anchor above; /* the same across it: START is the text's upper edge */
};

/* Room that the text takes when angle is 0. */
void ct_words_size(const struct ct_canvas *c, const struct ct_words *w, const char *text,
                   double *out_width, double *out_height);
double ct_words_width(const struct ct_canvas *c, const struct ct_words *w, const char *text);

void ct_words_draw(struct ct_canvas *c, const struct ct_words *w, double x, double y,
                   const char *text);

#endif
