#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "services/charts.h"
#include "services/find.h"
#include "services/knee.h"

/* The limit that the picture is of: what gave way, else the first. */
static size_t limit_of(const struct ct_finding *f)
{
    return f->answer.gave_way > 0 ? (size_t)f->answer.gave_way : 0;
}

static struct ct_knee_point point_of(const struct ct_finding *f, const struct ct_finding_opts *o,
                                     size_t i, const struct ct_find_trial *t)
{
    size_t limit = limit_of(f);
    struct ct_knee_point p = {.at = t->at, .value = NAN, .kind = CT_KNEE_APART};
    double unit = ct_knee_unit(&o->criteria.list[limit], &o->find.limits[limit]);
    double value = f->trials[i].values[limit];
    if (o->find.limits[limit].kind == CT_FIND_SHARE)
        p.value = t->n > 0 ? (double)t->over[limit] / (double)t->n * unit : NAN;
    else if (o->criteria.list[limit].measure == CT_MEASURE_TIME)
        p.value = value / 1e9 * unit;
    else
        p.value = value * unit;
    if (t->valid && !t->overload)
        p.kind = t->kept ? CT_KNEE_KEPT : CT_KNEE_BROKE;
    if (t->phase == CT_FIND_CALIBRATE)
        p.value = NAN;
    return p;
}

int ct_finding_chart(const struct ct_finding *f, const struct ct_finding_opts *o, const char *path,
                     struct ct_err *err)
{
    const struct ct_charts *charts;
    int rc = ct_charts_load(&charts, err);
    if (rc < 0)
        return rc;
    size_t n, limit = limit_of(f);
    const struct ct_find_trial *trials = ct_find_trials(f->find, &n);
    n = n < f->n_trials ? n : f->n_trials;
    struct ct_knee_point *points = ct_xcalloc(n + 1, sizeof(*points));
    for (size_t i = 0; i < n; i++)
        points[i] = point_of(f, o, i, &trials[i]);
    struct ct_find_curve fit[CT_FIND_CURVE_MAX];
    struct ct_knee_point curve[CT_FIND_CURVE_MAX];
    size_t n_curve = ct_find_fit(f->find, fit, CT_FIND_CURVE_MAX);
    double unit = ct_knee_unit(&o->criteria.list[limit], &o->find.limits[limit]);
    for (size_t i = 0; i < n_curve; i++)
        curve[i] = (struct ct_knee_point){.at = fit[i].at, .value = fit[i].value * unit};
    char label[CT_KNEE_LABEL];
    struct ct_buf text;
    ct_buf_init(&text, 8192);
    if (o->what != NULL)
        (void)ct_buf_printf(&text, "%s ", o->what);
    ct_finding_text(f, o, &text);
    text.data[strcspn(text.data, ";\n")] = '\0';
    ct_knee_label(&o->criteria.list[limit], &o->find.limits[limit], label);
    const struct ct_knee knee = {
        .title = text.data,
        .x_label = o->find.axis == CT_FIND_CONNECTIONS ? "Connections" : "Requests per second",
        .y_label = label,
        .limit = ct_knee_limit(&o->find.limits[limit]) * unit,
        .low = f->answer.low,
        .capacity = f->answer.capacity,
        .high = f->answer.high,
        .points = points,
        .n_points = n,
        .curve = curve,
        .n_curve = n_curve,
    };
    rc = charts->knee(&knee, path, err);
    ct_buf_release(&text);
    free(points);
    return rc;
}
