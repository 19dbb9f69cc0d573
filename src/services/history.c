#include "services/history.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"

void ct_history_keep(const char *storage, const char *result_path)
{
    struct ct_err err = {0};
    if (ct_history_add(storage, result_path, &err) < 0)
        ct_warn("%s", err.msg);
}

/* --- series --- */

/* The figures in whose series changes are looked for; CPU and the mean follow them. */
static const enum ct_figure watched[] = {CT_FIGURE_SERVICE_P50,  CT_FIGURE_RESPONSE_P50,
                                         CT_FIGURE_RESPONSE_P90, CT_FIGURE_RESPONSE_P99,
                                         CT_FIGURE_ACHIEVED,     CT_FIGURE_ERRORS};

/* The newest CT_HISTORY_SERIES_MAX. */
static struct ct_figure_values newest_of(const struct ct_past *past, enum ct_figure f)
{
    struct ct_figure_values x = ct_figure_values_of(past, f);
    if (x.count > CT_HISTORY_SERIES_MAX) {
        size_t skip = x.count - CT_HISTORY_SERIES_MAX;
        x.count = CT_HISTORY_SERIES_MAX;
        memmove(x.v, x.v + skip, x.count * sizeof(*x.v));
        memmove(x.at, x.at + skip, x.count * sizeof(*x.at));
    }
    return x;
}

static double mean(const double *v, size_t from, size_t to)
{
    double sum = 0;
    for (size_t i = from; i < to; i++)
        sum += v[i];
    return sum / (double)(to - from);
}

static void find_changes(struct ct_history_series *s, enum ct_figure f, double min_effect)
{
    struct ct_change_point points[CT_HISTORY_SERIES_MAX];
    struct ct_figure_values x = newest_of(&s->past, f);
    size_t n = ct_change_points(x.v, x.count, &ct_change_defaults, points, CT_HISTORY_SERIES_MAX);
    for (size_t i = 0; i < n; i++) {
        size_t begin = i > 0 ? points[i - 1].at : 0, at = points[i].at;
        size_t end = i + 1 < n ? points[i + 1].at : x.count;
        struct ct_history_change c = {
            .figure = f,
            .before = x.at[at - 1],
            .after = x.at[at],
            .from = ct_figure_unscaled(f, mean(x.v, begin, at)),
            .to = ct_figure_unscaled(f, mean(x.v, at, end)),
            .p = points[i].p,
        };
        bool share = ct_figures[f].scale == CT_FIGURE_SHARE;
        c.change = share ? c.to - c.from : c.to / c.from - 1;
        if (fabs(c.change) < (share ? 0.001 : min_effect))
            continue;
        s->changes = ct_xrealloc(s->changes, s->n_changes + 1, sizeof(*s->changes));
        s->changes[s->n_changes++] = c;
    }
    ct_figure_values_release(&x);
}

static int by_place(const void *a, const void *b)
{
    const struct ct_history_change *x = a, *y = b;
    if (x->after != y->after)
        return x->after < y->after ? -1 : 1;
    return (int)x->figure - (int)y->figure;
}

/* The series of a run: the same plan on the same machine. */
static struct ct_history_series *series_of(struct ct_history_series **series, size_t *count,
                                           const struct ct_past_run *r)
{
    for (size_t i = 0; i < *count; i++) {
        const struct ct_past_run *first = &(*series)[i].past.runs[0];
        if (strcmp(first->key, r->key) == 0 && strcmp(first->hostname, r->hostname) == 0)
            return &(*series)[i];
    }
    *series = ct_xrealloc(*series, *count + 1, sizeof(**series));
    (*series)[*count] = (struct ct_history_series){0};
    return &(*series)[(*count)++];
}

static int by_newest(const void *a, const void *b)
{
    const struct ct_past *x = &((const struct ct_history_series *)a)->past;
    const struct ct_past *y = &((const struct ct_history_series *)b)->past;
    uint64_t s = x->runs[x->count - 1].started_ns, t = y->runs[y->count - 1].started_ns;
    return (s > t) - (s < t);
}

struct ct_history_series *ct_history_split(struct ct_past *past, double min_effect,
                                           size_t *out_count)
{
    struct ct_history_series *series = NULL;
    *out_count = 0;
    for (size_t i = 0; i < past->count; i++)
        ct_past_add(&series_of(&series, out_count, &past->runs[i])->past, &past->runs[i]);
    free(past->runs);
    *past = (struct ct_past){0};
    if (*out_count > 0)
        qsort(series, *out_count, sizeof(*series), by_newest);
    for (size_t i = 0; i < *out_count; i++) {
        struct ct_history_series *s = &series[i];
        for (size_t k = 0; k < sizeof(watched) / sizeof(*watched); k++)
            find_changes(s, watched[k], min_effect);
        if (s->n_changes > 0)
            qsort(s->changes, s->n_changes, sizeof(*s->changes), by_place);
    }
    return series;
}

void ct_history_series_release(struct ct_history_series *series, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        ct_past_release(&series[i].past);
        free(series[i].changes);
    }
    free(series);
}

/* --- in words --- */

/* "14 (commit 4be1d24f)", "14". */
static void run_text(const struct ct_history_series *s, size_t i, char *text, size_t size)
{
    const char *commit = s->past.runs[i].commit;
    if (commit[0] != '\0')
        (void)snprintf(text, size, "%zu (commit %.8s)", i + 1, commit);
    else
        (void)snprintf(text, size, "%zu", i + 1);
}

void ct_history_change_text(const struct ct_history_series *s, const struct ct_history_change *c,
                            char *text, size_t size)
{
    char from[CT_UNIT_TEXT], to[CT_UNIT_TEXT], before[64], after[64], by[64] = "";
    run_text(s, c->before, before, sizeof(before));
    run_text(s, c->after, after, sizeof(after));
    if (ct_figures[c->figure].scale != CT_FIGURE_SHARE)
        (void)snprintf(by, sizeof(by), " by %.3g %%", fabs(100 * c->change));
    (void)snprintf(text, size, "%s %s%s (%s to %s) between run %s and %s",
                   ct_figures[c->figure].name, c->change > 0 ? "rose" : "fell", by,
                   ct_figure_text(c->figure, c->from, from), ct_figure_text(c->figure, c->to, to),
                   before, after);
}

/* --- how far runs differ --- */

static void spread_of(const struct ct_past *past, enum ct_figure f, struct ct_run_spread *out)
{
    enum { RUNS_MIN = 4 };
    struct ct_change_point points[CT_HISTORY_SERIES_MAX];
    struct ct_figure_values x = newest_of(past, f);
    size_t n = ct_change_points(x.v, x.count, &ct_change_defaults, points, CT_HISTORY_SERIES_MAX);
    double squares = 0;
    for (size_t i = 0; i <= n && x.count > 0; i++) {
        size_t begin = i > 0 ? points[i - 1].at : 0, end = i < n ? points[i].at : x.count;
        double middle = mean(x.v, begin, end);
        for (size_t k = begin; k < end; k++)
            squares += (x.v[k] - middle) * (x.v[k] - middle);
    }
    bool enough = x.count >= RUNS_MIN;
    out->df[f] = enough ? x.count - n - 1 : 0;
    out->log_sd[f] = enough ? sqrt(squares / (double)out->df[f]) : NAN;
    ct_figure_values_release(&x);
}

int ct_history_spread(const char *storage, const char *key, const char *hostname,
                      const struct ct_past *others, struct ct_run_spread *out, struct ct_err *err)
{
    struct ct_history_filter filter = {.key = key, .hostname = hostname, .valid = true};
    struct ct_past past;
    int rc = ct_history_read(storage, &filter, &past, err);
    if (rc < 0)
        return rc;
    for (size_t i = past.count; i > 0; i--)
        if (ct_past_holds(others, &past.runs[i - 1]))
            ct_past_remove(&past, i - 1);
    for (int f = 0; f < CT_FIGURE_COUNT; f++)
        spread_of(&past, (enum ct_figure)f, out);
    out->runs = past.count;
    ct_past_release(&past);
    return 0;
}
