#include "analysis/trend.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

void ct_trend_init(struct ct_trend *s, const struct ct_trace *t)
{
    memset(s, 0, sizeof(*s));
    s->count = t->used;
    s->length_s = t->length_s;
    for (size_t i = 0; i < CT_TRACE_PARTS; i++)
        s->value[i] = NAN;
}

void ct_trend_of(struct ct_trend *s, const struct ct_trace *t, size_t server,
                 enum ct_trace_value which)
{
    ct_trend_init(s, t);
    for (size_t i = 0; i < t->used; i++) {
        const struct ct_trace_part *p = &t->servers[server].parts[i];
        s->samples[i] = p->n[which];
        s->missed[i] = p->samples == 0 && p->missed > 0;
        if (p->n[which] > 0)
            s->value[i] = p->sum[which] / p->n[which];
    }
}

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

static double median(double *values, size_t count)
{
    if (count == 0)
        return NAN;
    qsort(values, count, sizeof(*values), by_size);
    return count % 2 == 1 ? values[count / 2] : (values[count / 2 - 1] + values[count / 2]) / 2;
}

/* The values that there are, in their order; their number. */
static size_t known_values(const struct ct_trend *s, size_t from, size_t to, double *out)
{
    size_t n = 0;
    for (size_t i = from; i < to; i++)
        if (!isnan(s->value[i]))
            out[n++] = s->value[i];
    return n;
}

static double median_of(const struct ct_trend *s, size_t from, size_t to)
{
    double values[CT_TRACE_PARTS] = {0};
    return median(values, known_values(s, from, to, values));
}

bool ct_trend_known(const struct ct_trend *s)
{
    double values[CT_TRACE_PARTS];
    return known_values(s, 0, s->count, values) > 0;
}

/* --- spans --- */

static bool long_enough(const struct ct_trend *s, size_t first, size_t last)
{
    uint64_t samples = 0;
    for (size_t i = first; i <= last; i++)
        samples += s->samples[i];
    return (last - first + 1) * s->length_s >= CT_FINDING_SECONDS && samples >= CT_FINDING_SAMPLES;
}

void ct_span_retell(struct ct_span *span, const struct ct_trend *s)
{
    span->from = median_of(s, 0, span->first);
    span->to = s->value[span->first];
    for (size_t i = span->first; i <= span->last; i++)
        if (s->value[i] > span->to)
            span->to = s->value[i];
}

struct ct_span ct_trend_span(const struct ct_trend *s, double limit)
{
    struct ct_span best = {.from = NAN, .to = NAN};
    bool open = false;
    size_t first = 0;
    for (size_t i = 0; i < s->count; i++) {
        if (s->missed[i] || s->value[i] < limit) {
            open = false;
            continue;
        }
        if (isnan(s->value[i]))
            continue;
        if (!open)
            first = i;
        open = true;
        if (long_enough(s, first, i) && (!best.found || i - first > best.last - best.first)) {
            best.found = true;
            best.first = first;
            best.last = i;
        }
    }
    if (best.found)
        ct_span_retell(&best, s);
    return best;
}

struct ct_span ct_trend_rise(const struct ct_trend *s, double limit)
{
    struct ct_span none = {.from = NAN, .to = NAN};
    struct ct_span span = ct_trend_span(s, limit);
    bool rose = span.found && median_of(s, span.first, span.last + 1) >= 2 * span.from;
    return rose ? span : none;
}

bool ct_spans_meet(const struct ct_span *a, const struct ct_span *b)
{
    return a->found && b->found && a->first <= b->last + 1 && b->first <= a->last + 1;
}

/* --- from the beginning to the end --- */

double ct_trend_usual(const struct ct_trend *s)
{
    double all[CT_TRACE_PARTS] = {0};
    size_t n = known_values(s, 0, s->count, all);
    if (n < CT_FINDING_SAMPLES)
        return NAN;
    return median(all, n / 3 > 2 ? n / 3 : 2);
}

double ct_trend_end(const struct ct_trend *s)
{
    double all[CT_TRACE_PARTS] = {0};
    size_t n = known_values(s, 0, s->count, all);
    if (n < CT_FINDING_SAMPLES)
        return NAN;
    return median(all + n - CT_FINDING_SAMPLES, CT_FINDING_SAMPLES);
}

struct ct_drift_found ct_trend_drift(const struct ct_trend *s, double slack)
{
    struct ct_drift_found d = {CT_DRIFT_UNKNOWN, NAN, NAN, NAN, NAN};
    double all[CT_TRACE_PARTS] = {0};
    size_t n = known_values(s, 0, s->count, all);
    if (n < CT_DRIFT_SAMPLES)
        return d;
    d.low = d.high = all[0];
    for (size_t i = 1; i < n; i++) {
        d.low = fmin(d.low, all[i]);
        d.high = fmax(d.high, all[i]);
    }
    size_t third = n / 3;
    double middle = median(all + third, n - 2 * third);
    d.from = median(all, third);
    d.to = median(all + n - third, third);
    if (d.to - d.from >= slack && middle > d.from - slack / 2 && middle < d.to + slack / 2)
        d.kind = CT_DRIFT_UP;
    else if (d.from - d.to >= slack && middle < d.from + slack / 2 && middle > d.to - slack / 2)
        d.kind = CT_DRIFT_DOWN;
    else
        d.kind = d.high - d.low < 2 * slack ? CT_DRIFT_FLAT : CT_DRIFT_VARIED;
    return d;
}
