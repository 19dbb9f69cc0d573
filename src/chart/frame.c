#include "chart/frame.h"

#include <math.h>
#include <stdio.h>

#include <plplot.h>

static const struct ct_words numbers = {.size = 10, .color = {0.13, 0.13, 0.13}};
#define GRID_COLOR ((struct ct_rgb){0.85, 0.85, 0.85})

struct ct_rgb ct_series_color(size_t series)
{
    static const struct ct_rgb palette[] = {
        {0.000, 0.447, 0.698}, {0.902, 0.624, 0.000}, {0.000, 0.620, 0.451}, {0.800, 0.475, 0.655},
        {0.337, 0.706, 0.914}, {0.835, 0.369, 0.000}, {0.941, 0.894, 0.259}, {0.350, 0.350, 0.350},
    };
    enum { COLORS = sizeof(palette) / sizeof(*palette) };
    struct ct_rgb color = palette[series % COLORS];
    double shade = series < COLORS ? 1 : 0.6;

    return (struct ct_rgb){color.r * shade, color.g * shade, color.b * shade};
}

void ct_frame_scale(struct ct_frame *f, double y_max)
{
    static const double steps[] = {1, 2, 2.5, 5, 10};

    f->y_max = isfinite(y_max) && y_max > 0 ? y_max : 1;
    double rough = f->y_max / 7;
    double power = pow(10, floor(log10(rough)));
    size_t i = 0;
    while (i < 4 && steps[i] * power < rough)
        i++;
    f->y_step = steps[i] * power;
}

double ct_frame_x(const struct ct_frame *f, double world_x)
{
    return f->left + world_x * ct_frame_slot(f);
}

double ct_frame_y(const struct ct_frame *f, double world_y)
{
    return f->bottom - world_y / f->y_max * (f->bottom - f->top);
}

double ct_frame_slot(const struct ct_frame *f)
{
    return (f->right - f->left) / (double)(f->slots > 0 ? f->slots : 1);
}

static void number_text(const struct ct_frame *f, double value, char out[32])
{
    int decimals = 0;

    while (decimals < 9 &&
           fabs(f->y_step * pow(10, decimals) - round(f->y_step * pow(10, decimals))) > 1e-6)
        decimals++;
    (void)snprintf(out, 32, "%.*f", decimals, value);
}

static int tick_count(const struct ct_frame *f)
{
    return (int)floor(f->y_max / f->y_step * (1 + 1e-9));
}

static double widest_number(const struct ct_canvas *c, const struct ct_frame *f)
{
    double widest = 0;
    char text[32];

    for (int i = 0; i <= tick_count(f); i++) {
        number_text(f, i * f->y_step, text);
        widest = fmax(widest, ct_words_width(c, &numbers, text));
    }
    return widest;
}

double ct_frame_left(const struct ct_canvas *c, double y_max)
{
    struct ct_frame f = {0};

    ct_frame_scale(&f, y_max);
    return 12 + 14 + 8 + widest_number(c, &f) + 6;
}

void ct_plot_color(struct ct_rgb color, double alpha)
{
    plscol0a(1, (PLINT)lround(color.r * 255), (PLINT)lround(color.g * 255),
             (PLINT)lround(color.b * 255), alpha);
    plcol0(1);
}

void ct_frame_plot_grid(const struct ct_frame *f, const struct ct_canvas *c)
{
    double slots = (double)(f->slots > 0 ? f->slots : 1);

    plvpor(f->left / c->width, f->right / c->width, 1 - f->bottom / c->height,
           1 - f->top / c->height);
    plwind(0, slots, 0, f->y_max);
    ct_plot_color(GRID_COLOR, 1);
    plwidth(0.6);
    for (int i = 1; i <= tick_count(f); i++)
        pljoin(0, i * f->y_step, slots, i * f->y_step);
}

void ct_frame_plot_axes(const struct ct_frame *f)
{
    ct_plot_color(ct_ink, 1);
    plwidth(0.9);
    plsmaj(0, 0.45);
    plbox("b", 0, 0, "bt", f->y_step, 0);
}

void ct_frame_draw_labels(struct ct_canvas *c, const struct ct_frame *f, const char *y_label)
{
    struct ct_words number = numbers;
    struct ct_words label = {.size = 11.5, .color = ct_ink, .angle = 90};
    char text[32];

    number.along = CT_ANCHOR_END;
    number.above = CT_ANCHOR_MIDDLE;
    for (int i = 0; i <= tick_count(f); i++) {
        number_text(f, i * f->y_step, text);
        ct_words_draw(c, &number, f->left - 5, ct_frame_y(f, i * f->y_step), text);
    }
    label.along = CT_ANCHOR_MIDDLE;
    label.above = CT_ANCHOR_END;
    label.width_max = c->height - 20;
    double middle =
        fmin((f->top + f->bottom) / 2, c->height - 10 - ct_words_width(c, &label, y_label) / 2);
    ct_words_draw(c, &label, f->left - 5 - widest_number(c, f) - 8, middle, y_label);
}
