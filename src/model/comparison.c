#include "model/comparison.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

const struct ct_compare_metric_info ct_compare_metrics[CT_COMPARE_METRICS] = {
    [CT_COMPARE_SERVICE_P50] = {.name = "service p50",
                                .key = "service_p50",
                                .scale = CT_SCALE_TIME,
                                .decides = true},
    [CT_COMPARE_RESPONSE_P90] = {.name = "response p90",
                                 .key = "response_p90",
                                 .scale = CT_SCALE_TIME,
                                 .decides = true},
    [CT_COMPARE_RESPONSE_P99] = {.name = "response p99",
                                 .key = "response_p99",
                                 .scale = CT_SCALE_TIME,
                                 .decides = true},
    [CT_COMPARE_ERRORS] = {.name = "error rate",
                           .key = "error_rate",
                           .scale = CT_SCALE_SHARE,
                           .decides = true},
    [CT_COMPARE_ACHIEVED] = {.name = "achieved rate",
                             .key = "achieved_rps",
                             .scale = CT_SCALE_RATE,
                             .decides = true,
                             .less_is_worse = true},
    [CT_COMPARE_CPU] = {.name = "CPU per request",
                        .key = "cpu_per_request",
                        .scale = CT_SCALE_TIME,
                        .decides = true},
    [CT_COMPARE_RESPONSE_P50] = {.name = "response p50",
                                 .key = "response_p50",
                                 .scale = CT_SCALE_TIME},
    [CT_COMPARE_RESPONSE_MEAN] = {.name = "response mean",
                                  .key = "response_mean",
                                  .scale = CT_SCALE_TIME},
    [CT_COMPARE_SERVICE_P90] = {.name = "service p90",
                                .key = "service_p90",
                                .scale = CT_SCALE_TIME},
    [CT_COMPARE_SERVICE_P99] = {.name = "service p99",
                                .key = "service_p99",
                                .scale = CT_SCALE_TIME},
    [CT_COMPARE_SETUP_P50] = {.name = "setup p50", .key = "setup_p50", .scale = CT_SCALE_TIME},
    [CT_COMPARE_SERVER_P50] = {.name = "server's span p50",
                               .key = "server_processing_p50",
                               .scale = CT_SCALE_TIME},
    [CT_COMPARE_MEMORY] = {.name = "memory used", .key = "memory_used", .scale = CT_SCALE_MEMORY},
};

const char *ct_compare_status_name(enum ct_compare_status s)
{
    static const char *const names[] = {"none", "unclear", "alike", "better", "worse"};
    return names[s];
}

const char *ct_severity_name(enum ct_severity s)
{
    static const char *const names[] = {"none", "minor", "major", "critical"};
    return names[s];
}

const char *ct_compare_method_name(enum ct_compare_method m)
{
    static const char *const names[] = {"runs", "noise", "batches", "none"};
    return names[m];
}

const char *ct_compare_verdict_name(enum ct_compare_verdict v)
{
    static const char *const names[] = {"not_worse", "better", "worse", "inconclusive", "invalid"};
    return names[v];
}

const char *ct_compare_value_text(enum ct_compare_metric m, double value, char out[CT_UNIT_TEXT])
{
    if (!isfinite(value)) {
        (void)snprintf(out, CT_UNIT_TEXT, "-");
        return out;
    }
    switch (ct_compare_metrics[m].scale) {
    case CT_SCALE_TIME:
        return ct_duration_format((uint64_t)llround(fmax(value, 0)), out);
    case CT_SCALE_RATE:
        return ct_rate_format(value, out);
    case CT_SCALE_MEMORY:
        return ct_bytes_format((uint64_t)llround(fmax(value, 0) * 1024), out);
    case CT_SCALE_SHARE:
    default:
        (void)snprintf(out, CT_UNIT_TEXT, fabs(value) < 10 ? "%.3g %%" : "%.0f %%", 100 * value);
        return out;
    }
}

const char *ct_compare_change_text(enum ct_compare_metric m, double change, char out[CT_UNIT_TEXT])
{
    bool share = ct_compare_metrics[m].scale == CT_SCALE_SHARE;
    if (!isfinite(change))
        (void)snprintf(out, CT_UNIT_TEXT, "-");
    else if (share)
        (void)snprintf(out, CT_UNIT_TEXT, "%+.2f points", 100 * change);
    else
        (void)snprintf(out, CT_UNIT_TEXT, "%+.1f %%", 100 * change);
    return out;
}

void ct_comparison_note(struct ct_comparison *c, const char *fmt, ...)
{
    va_list args;
    size_t at = c->n_notes < CT_COMPARE_NOTES_MAX ? c->n_notes++ : CT_COMPARE_NOTES_MAX - 1;
    va_start(args, fmt);
    (void)vsnprintf(c->notes[at], sizeof(c->notes[at]), fmt, args);
    va_end(args);
}

void ct_comparison_differs(struct ct_comparison *c, const char *what, const char *a, const char *b)
{
    c->differences = ct_xrealloc(c->differences, c->n_differences + 1, sizeof(*c->differences));
    c->differences[c->n_differences++] =
        (struct ct_compare_difference){ct_xstrdup(what), ct_xstrdup(a), ct_xstrdup(b)};
}

void ct_comparison_release(struct ct_comparison *c)
{
    for (size_t i = 0; i < c->n_points; i++) {
        free(c->points[i].a.runs);
        free(c->points[i].b.runs);
    }
    for (size_t i = 0; i < c->n_differences; i++) {
        free(c->differences[i].what);
        free(c->differences[i].a);
        free(c->differences[i].b);
    }
    free(c->points);
    free(c->differences);
    free(c->name_a);
    free(c->name_b);
    memset(c, 0, sizeof(*c));
}
