#include <assert.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "analysis/compare.h"

enum { PLACE = 96, PHRASE = 200 };

/* --- the sentence --- */

/* One result with where it belongs. */
struct found {
    const struct ct_compare_point *point;
    const struct ct_compare_result *result;
    enum ct_compare_metric metric;
    size_t others; /* with the same status */
};

/* The first with the highest severity among those that decide with that status; what has no value
 * goes before what has. */
static struct found find_first(const struct ct_comparison *c, enum ct_compare_status status)
{
    struct found f = {0};
    size_t count = 0;
    for (size_t i = 0; i < c->n_points; i++)
        for (int m = 0; m < CT_COMPARE_METRICS; m++) {
            const struct ct_compare_result *r = &c->points[i].results[m];
            if (!r->decides || r->status != status)
                continue;
            count++;
            if (f.result == NULL || r->severity > f.result->severity ||
                (r->beyond && !f.result->beyond))
                f = (struct found){&c->points[i], r, (enum ct_compare_metric)m, 0};
        }
    f.others = count > 0 ? count - 1 : 0;
    return f;
}

/* " at load 13", when there are several points. */
static const char *place_of(const struct ct_comparison *c, const struct ct_compare_point *p,
                            char out[PLACE])
{
    out[0] = '\0';
    if (c->n_points > 1)
        (void)snprintf(out, PLACE, " at load %.10g", p->load);
    return out;
}

/* "service p50 is 12.3 % longer (1.2 ms -> 1.35 ms; 95 %: +9.1 % to +15.6 %)" */
static void phrase_of(const struct ct_comparison *c, const struct found *f, char out[PHRASE])
{
    char a[CT_UNIT_TEXT], b[CT_UNIT_TEXT], low[CT_UNIT_TEXT], high[CT_UNIT_TEXT], place[PLACE];
    const struct ct_compare_metric_info *info = &ct_compare_metrics[f->metric];
    const struct ct_compare_result *r = f->result;
    bool share = info->scale == CT_SCALE_SHARE;
    char by[CT_UNIT_TEXT];
    (void)ct_compare_value_text(CT_COMPARE_ERRORS, fabs(r->change), by);
    if (share) /* "1.2 points" */
        by[strcspn(by, " ")] = '\0';
    bool span = info->scale == CT_SCALE_TIME && f->metric != CT_COMPARE_CPU;
    const char *word = r->change > 0 ? (span ? "longer" : "higher") : (span ? "shorter" : "lower");
    (void)snprintf(out, PHRASE, "%s%s is %s%s %s (%s -> %s; 95 %%: %s to %s)", info->name,
                   place_of(c, f->point, place), by, share ? " points" : "", word,
                   ct_compare_value_text(f->metric, r->a, a),
                   ct_compare_value_text(f->metric, r->b, b),
                   ct_compare_change_text(f->metric, r->low, low),
                   ct_compare_change_text(f->metric, r->high, high));
}

static void say_changed(struct ct_comparison *c, const char *word, enum ct_compare_status status)
{
    char phrase[PHRASE], more[48] = "";
    struct found f = find_first(c, status);
    assert(f.result != NULL); /* the verdict comes from one */
    phrase_of(c, &f, phrase);
    if (f.others > 0)
        (void)snprintf(more, sizeof(more), ", and %zu more", f.others);
    if (status == CT_COMPARE_WORSE)
        (void)snprintf(c->sentence, sizeof(c->sentence), "B is %s than A: %s%s: a %s regression.",
                       word, phrase, more, ct_severity_name(c->severity));
    else
        (void)snprintf(c->sentence, sizeof(c->sentence), "B is %s than A: %s%s.", word, phrase,
                       more);
}

/* A metric that decides got worse by the smallest effect, but by less than its floor. */
static bool is_a_floor_met(const struct ct_comparison *c)
{
    for (size_t i = 0; i < c->n_points; i++)
        for (int m = 0; m < CT_COMPARE_METRICS; m++) {
            const struct ct_compare_result *r = &c->points[i].results[m];
            double by = ct_compare_metrics[m].less_is_worse ? -r->change : r->change;
            if (r->decides && by > 0 && by >= c->min_effect)
                return true;
        }
    return false;
}

static void say_not_worse(struct ct_comparison *c)
{
    struct found f = find_first(c, CT_COMPARE_ALIKE);
    (void)snprintf(c->sentence, sizeof(c->sentence),
                   "B is not worse than A: none of the %zu metrics that decide is worse by %.3g %% "
                   "or more%s.",
                   f.others + 1, 100 * c->min_effect,
                   is_a_floor_met(c) ? ", and by more than measuring itself may add" : "");
}

static const char *first_reason(const struct ct_compare_side *s)
{
    for (size_t i = 0; i < s->count; i++)
        if (s->runs[i].verdict == CT_VERDICT_INVALID && s->runs[i].why[0] != '\0')
            return s->runs[i].why;
    return "no reason is given";
}

/* "B at load 13 has no valid run (stalled)" */
static const char *spoilt_text(const struct ct_comparison *c, const struct ct_compare_point *p,
                               char out[PHRASE])
{
    char place[PLACE];
    const struct ct_compare_side *s = p->valid_a == 0 ? &p->a : &p->b;
    (void)snprintf(out, PHRASE, "%s%s has no valid run (%.120s)", s == &p->a ? "A" : "B",
                   place_of(c, p, place), first_reason(s));
    return out;
}

static const struct ct_compare_point *find_spoilt(const struct ct_comparison *c)
{
    for (size_t i = 0; i < c->n_points; i++)
        if (ct_compare_is_spoilt(&c->points[i]))
            return &c->points[i];
    return NULL;
}

static void say_unknown(struct ct_comparison *c, const char *fmt, ...) CT_PRINTF(2, 3);

static void say_unknown(struct ct_comparison *c, const char *fmt, ...)
{
    char why[CT_COMPARE_TEXT];
    va_list args;
    va_start(args, fmt);
    (void)vsnprintf(why, sizeof(why), fmt, args);
    va_end(args);
    (void)snprintf(c->sentence, sizeof(c->sentence),
                   "Whether B is worse than A cannot be said: %.300s.", why);
}

static void say_unclear(struct ct_comparison *c, const struct found *f)
{
    char from[CT_UNIT_TEXT], change[CT_UNIT_TEXT], place[PLACE];
    const char *name = ct_compare_metrics[f->metric].name;
    (void)place_of(c, f->point, place);
    if (f->result->beyond)
        say_unknown(c, "%s of B%s lies among requests that failed or were not sent", name, place);
    else
        say_unknown(c, "%s%s changed by %s; can detect from %s", name, place,
                    ct_compare_change_text(f->metric, f->result->change, change),
                    ct_compare_value_text(CT_COMPARE_ERRORS, f->result->can_detect, from));
}

/* Steal, then what is unclear, then what is not known. */
static void say_inconclusive(struct ct_comparison *c)
{
    char spoilt[PHRASE];
    struct found f = find_first(c, CT_COMPARE_UNCLEAR), none = find_first(c, CT_COMPARE_NONE);
    for (size_t i = 0; i < c->n_points; i++) {
        const struct ct_compare_point *p = &c->points[i];
        if (!ct_compare_steal_differs(p))
            continue;
        say_unknown(c, "steal was %.1f %% for A and %.1f %% for B", p->steal_a, p->steal_b);
        return;
    }
    if (f.result != NULL)
        say_unclear(c, &f);
    else if (find_spoilt(c) != NULL)
        say_unknown(c, "%s", spoilt_text(c, find_spoilt(c), spoilt));
    else if (none.result != NULL)
        say_unknown(c, "the runs are too short to show their own noise. Four runs a side, or runs "
                       "of a minute, would");
    else
        say_unknown(c, "no metric that decides was measured alike on both sides");
}

static void say_invalid(struct ct_comparison *c)
{
    char spoilt[PHRASE];
    (void)snprintf(c->sentence, sizeof(c->sentence), "No comparison: %s.",
                   spoilt_text(c, find_spoilt(c), spoilt));
}

/* --- notes --- */

static void note_left_out(struct ct_comparison *c, const char *side,
                          const struct ct_compare_side *s, size_t valid)
{
    if (valid > 0 && valid < s->count)
        ct_comparison_note(c, "%zu of %zu runs of %s are invalid and left out: %s",
                           s->count - valid, s->count, side, first_reason(s));
}

static void note_spoilt(struct ct_comparison *c, const struct ct_compare_point *p)
{
    char spoilt[PHRASE];
    if (c->verdict != CT_COMPARISON_INVALID && ct_compare_is_spoilt(p))
        ct_comparison_note(c, "%s: not judged", spoilt_text(c, p, spoilt));
}

static void note_method(struct ct_comparison *c, const struct ct_compare_point *p)
{
    char from[CT_UNIT_TEXT];
    double worst = NAN;
    for (int m = 0; m < CT_COMPARE_METRICS; m++)
        if (p->results[m].decides && p->results[m].method == CT_COMPARE_BY_BATCHES &&
            ct_compare_metrics[m].scale != CT_SCALE_SHARE)
            worst = fmax(worst, p->results[m].can_detect);
    if (isnan(worst))
        return;
    (void)snprintf(from, sizeof(from), "%.0f %%", 100 * worst);
    if (p->valid_a == 1 && p->valid_b == 1)
        ct_comparison_note(c, "run-to-run noise unknown, one run a side: can detect from %s", from);
    else
        ct_comparison_note(c, "run-to-run noise unknown, %zu and %zu runs: can detect from %s",
                           p->valid_a, p->valid_b, from);
}

static void note_p99(struct ct_comparison *c, const struct ct_compare_point *p)
{
    const struct ct_compare_result *r = &p->results[CT_COMPARE_RESPONSE_P99];
    if (!r->decides && !isnan(r->change) && !p->shown_only)
        ct_comparison_note(c, "response p99 is shown only: it decides from %s requests a side",
                           "20,000");
}

void ct_compare_explain(struct ct_comparison *c)
{
    for (size_t i = 0; i < c->n_points; i++) {
        const struct ct_compare_point *p = &c->points[i];
        note_left_out(c, "A", &p->a, p->valid_a);
        note_left_out(c, "B", &p->b, p->valid_b);
        note_spoilt(c, p);
        note_method(c, p);
        if (i == 0)
            note_p99(c, p);
    }
    switch (c->verdict) {
    case CT_COMPARISON_WORSE:
        say_changed(c, "worse", CT_COMPARE_WORSE);
        return;
    case CT_COMPARISON_BETTER:
        say_changed(c, "better", CT_COMPARE_BETTER);
        return;
    case CT_COMPARISON_NOT_WORSE:
        say_not_worse(c);
        return;
    case CT_COMPARISON_INVALID:
        say_invalid(c);
        return;
    case CT_COMPARISON_INCONCLUSIVE:
    default:
        say_inconclusive(c);
        return;
    }
}
