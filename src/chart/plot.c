#include <setjmp.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include <plplotP.h>

#include "chart/canvas.h"

/* plplot ends the process when it meets trouble (plexit) and prints what it gives up on (plabort).
 * Both are caught here; after the first its state cannot be trusted, so it is not used again. */
static jmp_buf escape;
static char trouble[160];
static bool broken;

static int caught_exit(const char *message)
{
    (void)snprintf(trouble, sizeof(trouble), "%s", message);
    longjmp(escape, 1); /* returning would end the process */
}

static void caught_abort(const char *message)
{
    if (trouble[0] == '\0')
        (void)snprintf(trouble, sizeof(trouble), "%s", message);
}

/* Initialising with a driver that is missing makes plplot ask on stdin for another one. */
static bool has_driver(const char *name)
{
    enum { MAX = 64 };
    const char *menus[MAX], *names[MAX];
    const char **menu = menus, **device = names;
    int count = MAX;

    plgDevs(&menu, &device, &count);
    for (int i = 0; i < count; i++)
        if (strcmp(names[i], name) == 0)
            return true;
    return false;
}

static void session(struct ct_canvas *c, void (*draw)(const void *ctx), const void *ctx)
{
    char geometry[40];

    (void)snprintf(geometry, sizeof(geometry), "%.0fx%.0f", c->width, c->height);
    plsdev("extcairo");
    (void)plsetopt("geometry", geometry);
    plscolbg(255, 255, 255);
    plspause(0);
    plinit();
    pl_cmd(PLESC_DEVINIT, c->cr);
    pladv(0);
    draw(ctx);
    plend();
}

int ct_canvas_plot(struct ct_canvas *c, void (*draw)(const void *ctx), const void *ctx,
                   struct ct_err *err)
{
    if (broken)
        return ct_fail(err, CT_EFAIL, "drawing: plplot failed before (%s)", trouble);
    trouble[0] = '\0';
    plsexit(caught_exit);
    plsabort(caught_abort);
    if (setjmp(escape) != 0) { /* even asking for the drivers may end the process */
        broken = true;
        return ct_fail(err, CT_EFAIL, "drawing: plplot: %s", trouble);
    }
    if (!has_driver("extcairo"))
        return ct_fail(err, CT_EFAIL,
                       "drawing: plplot has no cairo driver (package plplot-driver-cairo)");
    cairo_save(c->cr);
    session(c, draw, ctx);
    cairo_restore(c->cr);
    if (trouble[0] != '\0')
        return ct_fail(err, CT_EFAIL, "drawing: plplot: %s", trouble);
    return 0;
}
