#include "services/analyze_search.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/limits.h"
#include "analysis/threshold.h"
#include "base/mem.h"
#include "base/units.h"
#include "services/charts.h"
#include "services/knee.h"

/* --- in words --- */

/* "769/s", "50 connections", "load 13" behind a word. */
static void put_at(struct ct_buf *out, const char *axis, const char *word, double at)
{
    char number[CT_UNIT_TEXT];
    (void)ct_buf_puts(out, word);
    if (strcmp(axis, "load") == 0)
        (void)ct_buf_printf(out, "load %.10g", at);
    else if (strcmp(axis, "connections") == 0)
        (void)ct_buf_printf(out, "%.10g connection%s", at, at == 1 ? "" : "s");
    else
        (void)ct_buf_puts(out, ct_rate_format(at, number));
}

static void put_interval(const struct ct_searched *s, const struct ct_searched_answer *a,
                         struct ct_buf *out)
{
    if (isnan(a->low) || isnan(a->high))
        return;
    (void)ct_buf_puts(out, " (");
    if (strcmp(a->ending, "whole") == 0) {
        put_at(out, a->axis, "", a->high);
        (void)ct_buf_puts(out, " failed)");
        return;
    }
    (void)ct_buf_printf(out, "%.10g %%", 100 * s->confidence);
    put_at(out, a->axis, ": ", a->low);
    put_at(out, a->axis, " to ", a->high);
    (void)ct_buf_puts(out, ")");
}

void ct_searched_text(const struct ct_searched *s, size_t which, struct ct_buf *out)
{
    const struct ct_searched_answer *a = &s->answers[which];
    if (!isnan(a->load))
        (void)ct_buf_printf(out, "load %.10g: ", a->load);
    if (!isnan(a->rps))
        (void)ct_buf_printf(out, "at %.10g/s: ", a->rps);
    if (isnan(a->capacity))
        (void)ct_buf_puts(out, "nothing was found");
    else
        put_at(out, a->axis, a->at_least ? "sustains at least " : "sustains ", a->capacity);
    put_interval(s, a, out);
    for (size_t i = 0; i < s->n_limits; i++)
        (void)ct_buf_printf(out, "%s%s", i == 0 ? " with " : " and ", s->limits[i]);
    if (a->ending[0] != '\0')
        (void)ct_buf_printf(out, "; ended: %s", a->ending);
    if (a->gave_way[0] != '\0')
        (void)ct_buf_printf(out, "; %s gave way first", a->gave_way);
    if (a->confirmed)
        (void)ct_buf_puts(out, "; confirmed");
    if (a->warnings[0] != '\0')
        (void)ct_buf_printf(out, "; %s", a->warnings);
}

/* --- the picture --- */

struct picture {
    struct ct_threshold limit;
    struct ct_find_limit counted;
    size_t index; /* of the limit */
    double unit;
};

/* The limit that gave way, else the first; what the texts in the file mean. */
static int read_limits(const struct ct_searched *s, const struct ct_searched_answer *a,
                       struct picture *out, struct ct_err *err)
{
    struct ct_find_limit limits[CT_FIND_LIMITS_MAX];
    struct ct_criteria *c = ct_xcalloc(1, sizeof(*c));
    int rc = 0;
    out->index = 0;
    for (size_t i = 0; rc == 0 && i < s->n_limits; i++) {
        rc = ct_threshold_parse(s->limits[i], c, err);
        if (strcmp(s->limits[i], a->gave_way) == 0)
            out->index = i;
    }
    if (rc == 0)
        rc = ct_limits_make(c, limits, err);
    if (rc == 0 && c->count != s->n_limits)
        rc = ct_fail(err, CT_EUSAGE, "its limits are none");
    if (rc == 0) {
        out->limit = c->list[out->index];
        out->counted = limits[out->index];
        out->unit = ct_knee_unit(&out->limit, &out->counted);
    }
    free(c);
    return rc;
}

/* As the picture of ct find has it: what is no part of the fit stands apart. */
static struct ct_knee_point point_of(const struct picture *p, const struct ct_searched_trial *t)
{
    struct ct_knee_point point = {.at = t->at, .value = NAN, .kind = CT_KNEE_APART};
    if (strcmp(t->phase, "calibrate") == 0)
        return point;
    if (p->counted.kind != CT_FIND_SHARE)
        point.value = t->values[p->index];
    else if (t->requests > 0)
        point.value = t->over[p->index] / t->requests * p->unit;
    if (t->valid && !t->overload)
        point.kind = t->kept ? CT_KNEE_KEPT : CT_KNEE_BROKE;
    return point;
}

static int draw(const struct ct_searched *s, size_t which, const struct picture *p,
                const char *path, struct ct_err *err)
{
    const struct ct_searched_answer *a = &s->answers[which];
    const struct ct_charts *charts;
    int rc = ct_charts_load(&charts, err);
    if (rc < 0)
        return rc;
    struct ct_knee_point *points = ct_xcalloc(s->n_trials + 1, sizeof(*points));
    struct ct_knee_point curve[CT_SEARCHED_CURVE_MAX];
    size_t n = 0;
    for (size_t i = 0; i < s->n_trials; i++)
        if (ct_searched_belongs(&s->trials[i], a))
            points[n++] = point_of(p, &s->trials[i]);
    for (size_t i = 0; i < a->n_curve; i++)
        curve[i] =
            (struct ct_knee_point){.at = a->curve[i].at, .value = a->curve[i].value * p->unit};
    char label[CT_KNEE_LABEL];
    struct ct_buf title;
    ct_buf_init(&title, 4096);
    ct_searched_text(s, which, &title);
    title.data[strcspn(title.data, ";")] = '\0';
    ct_knee_label(&p->limit, &p->counted, label);
    const struct ct_knee knee = {
        .title = title.data,
        .x_label = strcmp(a->axis, "connections") == 0 ? "Connections"
                   : strcmp(a->axis, "load") == 0      ? "Load"
                                                       : "Requests per second",
        .y_label = label,
        .limit = ct_knee_limit(&p->counted) * p->unit,
        .low = a->low,
        .capacity = a->capacity,
        .high = a->high,
        .points = points,
        .n_points = n,
        .curve = curve,
        .n_curve = a->n_curve,
    };
    rc = charts->knee(&knee, path, err);
    ct_buf_release(&title);
    free(points);
    return rc;
}

int ct_searched_chart(const struct ct_searched *s, size_t which, const char *path,
                      struct ct_err *err)
{
    struct picture p;
    if (s->n_limits == 0)
        return ct_fail(err, CT_EUSAGE, "a classic search fits no curve: there is nothing to draw");
    int rc = read_limits(s, &s->answers[which], &p, err);
    return rc == 0 ? draw(s, which, &p, path, err) : rc;
}
