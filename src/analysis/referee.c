#include "analysis/referee.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/measure.h"
#include "analysis/threshold.h"
#include "analysis/window.h"
#include "base/clock.h"
#include "base/mem.h"
#include "base/units.h"

enum { OPEN_SECONDS = 4 }; /* threads may be this far apart before a second is judged */

/* One second while blocks of its threads come in. */
struct open_second {
    bool used;
    uint64_t second;
    uint32_t blocks;
    struct ct_stretch ended;
};

/* One threshold. */
struct track {
    const struct ct_threshold *t;
    bool server;              /* of a server */
    uint64_t from_s, to_s;    /* the whole seconds that it is judged in; windows only */
    struct ct_window *window; /* of requests; NULL: judged once, over the whole */
    bool windowed;            /* of a server: likewise */
    struct ct_mean_window means;
    struct ct_mean_part open; /* server: samples of the second open_s */
    uint64_t open_s;

    bool judged; /* a window said something */
    double worst;
    uint64_t worst_s;  /* where that window begins */
    uint64_t broken_s; /* where the first broken window ends; UINT64_MAX: none */
};

struct ct_referee {
    const struct ct_run_plan *plan;
    struct track *tracks;
    size_t count;
    bool windows;                          /* any of requests */
    uint64_t first_s, last_s;              /* the whole seconds behind the warm-up, last included */
    uint64_t next_s;                       /* the first not judged yet */
    bool stopped;                          /* no further second is judged */
    struct open_second open[OPEN_SECONDS]; /* second k in open[k % OPEN_SECONDS] */
    struct ct_stretch tail;                /* what ended behind the last whole second */
};

/* --- life --- */

static bool is_server(const struct ct_threshold *t)
{
    return t->metric == CT_METRIC_CPU || t->metric == CT_METRIC_MEMORY ||
           t->metric == CT_METRIC_PING;
}

static void track_init(struct ct_referee *r, struct track *k, const struct ct_threshold *t)
{
    uint64_t from_ns, to_ns;
    ct_run_plan_span(r->plan, t->stage, &from_ns, &to_ns);
    *k = (struct track){.t = t, .server = is_server(t), .worst = NAN, .broken_s = UINT64_MAX};
    k->from_s = (from_ns + CT_NS_PER_S - 1) / CT_NS_PER_S;
    k->to_s = to_ns / CT_NS_PER_S;
    k->windowed = t->over_s != 0 || t->stage != 0;
    k->open_s = k->from_s;
    if (k->server)
        ct_mean_window_init(&k->means, t->over_s);
    else if (k->windowed)
        k->window = ct_window_new(t->over_s);
    r->windows = r->windows || k->window != NULL;
}

struct ct_referee *ct_referee_new(const struct ct_criteria *criteria,
                                  const struct ct_run_plan *plan)
{
    struct ct_referee *r = ct_xcalloc(1, sizeof(*r));
    r->plan = plan;
    r->count = criteria->count;
    r->tracks = ct_xcalloc(r->count + 1, sizeof(*r->tracks));
    r->first_s = r->next_s = (plan->warm_up_ns + CT_NS_PER_S - 1) / CT_NS_PER_S;
    r->last_s = plan->duration_ns / CT_NS_PER_S;
    if (r->last_s > 0)
        r->last_s--;
    for (size_t i = 0; i < r->count; i++)
        track_init(r, &r->tracks[i], &criteria->list[i]);
    return r;
}

void ct_referee_free(struct ct_referee *r)
{
    if (r == NULL)
        return;
    for (size_t i = 0; i < r->count; i++) {
        ct_window_free(r->tracks[i].window);
        ct_mean_window_release(&r->tracks[i].means);
    }
    free(r->tracks);
    free(r);
}

/* --- windows --- */

/* A full window that ends with second end_s (not included). */
static void judge_window(struct track *k, double value, uint64_t end_s, uint64_t length)
{
    if (isnan(value))
        return;
    bool upper = k->t->relation == CT_BELOW || k->t->relation == CT_AT_MOST;
    if (!k->judged || (upper ? value > k->worst : value < k->worst)) {
        k->worst = value;
        k->worst_s = end_s - length;
    }
    k->judged = true;
    if (!ct_threshold_holds(k->t, value) && k->broken_s == UINT64_MAX)
        k->broken_s = end_s;
}

static uint64_t length_of(const struct track *k)
{
    return k->t->over_s != 0 ? k->t->over_s : k->to_s - k->from_s;
}

static struct ct_population population_of(const struct ct_stretch *e, double seconds)
{
    return (struct ct_population){.started = e->started,
                                  .ok = e->ok,
                                  .failed = e->failed,
                                  .cancelled = e->cancelled,
                                  .skipped = e->skipped,
                                  .response = &e->response,
                                  .seconds = seconds};
}

static void slide(struct track *k, uint64_t second, const struct ct_stretch *ended)
{
    if (k->window == NULL || second < k->from_s || second >= k->to_s)
        return;
    ct_window_slide(k->window, ended);
    uint32_t seconds = ct_window_seconds(k->window);
    if (seconds < length_of(k))
        return;
    struct ct_population p = population_of(ct_window_sum(k->window), seconds);
    judge_window(k, ct_measure_value(k->t, &p), second + 1, seconds);
}

static bool counts_tail(const struct track *k)
{
    return k->t->metric != CT_METRIC_ACHIEVED && k->t->metric != CT_METRIC_SENT;
}

static void close_second(struct ct_referee *r, bool with_tail)
{
    uint64_t s = r->next_s++;
    struct open_second *o = &r->open[s % OPEN_SECONDS];
    if (!o->used || o->second != s)
        ct_stretch_clear(&o->ended);
    for (size_t i = 0; i < r->count; i++)
        if (!with_tail || !counts_tail(&r->tracks[i]))
            slide(&r->tracks[i], s, &o->ended);
    if (with_tail)
        ct_stretch_add(&o->ended, &r->tail);
    for (size_t i = 0; with_tail && i < r->count; i++)
        if (counts_tail(&r->tracks[i]))
            slide(&r->tracks[i], s, &o->ended);
    ct_stretch_clear(&o->ended);
    o->used = false;
    o->blocks = 0;
}

static struct open_second *open_at(struct ct_referee *r, uint64_t second)
{
    struct open_second *o = &r->open[second % OPEN_SECONDS];
    o->used = true;
    o->second = second;
    return o;
}

void ct_referee_block(struct ct_referee *r, const struct ct_block *b)
{
    if (b->skipped[CT_SKIP_STOPPED] > 0)
        r->stopped = true;
    if (!r->windows || r->stopped || b->second < r->first_s)
        return;
    if (b->second > r->last_s) {
        ct_stretch_add_block(&r->tail, b);
        return;
    }
    uint64_t second = b->second < r->next_s ? r->next_s : b->second;
    while (second >= r->next_s + OPEN_SECONDS)
        close_second(r, false);
    struct open_second *o = open_at(r, second);
    ct_stretch_add_block(&o->ended, b);
    o->blocks++;
    for (; r->next_s < r->last_s; close_second(r, false)) {
        o = &r->open[r->next_s % OPEN_SECONDS];
        if (!o->used || o->blocks < r->plan->threads)
            break;
    }
}

/* --- servers --- */

static void slide_server(struct track *k)
{
    ct_mean_window_slide(&k->means, &k->open);
    k->open = (struct ct_mean_part){0};
    k->open_s++;
    if (k->windowed && k->means.seconds >= length_of(k))
        judge_window(k, ct_mean_window_mean(&k->means), k->open_s, length_of(k));
}

/* False: the sample has no such value. */
static bool value_of(enum ct_metric metric, const struct ct_server_sample *v, double *out)
{
    if (metric == CT_METRIC_CPU) {
        *out = ct_cpu_busy_percent(&v->cpu) / 100;
        return v->has_cpu;
    }
    if (metric == CT_METRIC_MEMORY) {
        *out = v->memory.used * 1024;
        return v->has_memory;
    }
    *out = v->ping.avg_ms * 1e6;
    return v->has_ping && v->ping.received > 0;
}

/* A sample taken at the end of a second tells of that second. */
static void follow_server(struct track *k, const struct ct_run_plan *plan, uint64_t at_ns,
                          double value)
{
    uint64_t second = at_ns > 0 ? (at_ns - 1) / CT_NS_PER_S : 0;
    if (!k->windowed) {
        if (at_ns < plan->warm_up_ns)
            return;
    } else if (second < k->open_s || second >= k->to_s) {
        return;
    }
    while (k->windowed && k->open_s < second)
        slide_server(k);
    k->open.sum += value;
    k->open.count++;
}

void ct_referee_snapshot(struct ct_referee *r, const struct ct_snapshot *snapshot)
{
    for (size_t i = 0; i < r->count; i++) {
        struct track *k = &r->tracks[i];
        for (size_t h = 0; k->server && h < snapshot->n_servers; h++) {
            const struct ct_server_sample *v = &snapshot->servers[h];
            double value;
            if (strcmp(v->host, k->t->host) == 0 && value_of(k->t->metric, v, &value))
                follow_server(k, r->plan, snapshot->at_ns, value);
        }
    }
}

/* --- the whole --- */

static struct ct_population whole_of(const struct ct_block *b, double seconds)
{
    return (struct ct_population){.started = b->started,
                                  .ok = b->ok,
                                  .failed = ct_block_failed(b),
                                  .cancelled = b->cancelled,
                                  .skipped = ct_block_skipped(b) - b->skipped[CT_SKIP_STOPPED],
                                  .response = &b->series[CT_SERIES_RESPONSE],
                                  .seconds = seconds};
}

const struct ct_threshold *ct_referee_broken(const struct ct_referee *r,
                                             const struct ct_referee_whole *whole)
{
    double seconds = (double)whole->window_ns / 1e9;
    struct ct_population p = whole_of(whole->measured, seconds);
    for (size_t i = 0; i < r->count; i++) {
        const struct track *k = &r->tracks[i];
        if (k->windowed ? k->broken_s != UINT64_MAX
                        : !k->server && ct_measure_lost(k->t, &p, whole->planned, seconds))
            return k->t;
    }
    return NULL;
}

/* --- the end --- */

static const char *among(const struct ct_population *p)
{
    return p->failed > 0      ? "among requests that failed"
           : p->cancelled > 0 ? "among cancelled requests"
                              : "among skipped requests";
}

static void CT_PRINTF(2, 3) say(struct ct_threshold_result *out, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    (void)vsnprintf(out->why, sizeof(out->why), fmt, ap);
    va_end(ap);
}

/* No value: say what is missing. */
static void explain_unknown(const struct track *k, uint64_t measured,
                            struct ct_threshold_result *out)
{
    char needs[CT_UNIT_TEXT], have[CT_UNIT_TEXT], over[CT_UNIT_TEXT];
    (void)ct_count_format(ct_threshold_needs(k->t), needs);
    if (k->server)
        say(out, "no sample of %.60s%s", k->t->host, k->windowed ? " in any window" : "");
    else if (k->t->metric == CT_METRIC_QUANTILE && k->t->over_s != 0)
        say(out, "it needs %s requests, and no window of %s had them", needs,
            ct_duration_write(k->t->over_s * CT_NS_PER_S, over));
    else if (k->t->metric == CT_METRIC_QUANTILE)
        say(out, "it needs %s requests; %s were measured", needs, ct_count_format(measured, have));
    else
        say(out, "nothing was measured");
}

static void result_of_window(const struct track *k, uint64_t offered_ns,
                             struct ct_threshold_result *out)
{
    uint64_t measured = k->window != NULL ? ct_window_sum(k->window)->response.count : 0;
    bool broken = k->broken_s != UINT64_MAX && k->broken_s * CT_NS_PER_S <= offered_ns;
    out->windowed = true;
    out->value = k->worst;
    out->from_s = k->worst_s;
    out->kept = broken ? CT_KEPT_NOT : k->judged ? CT_KEPT : CT_KEPT_UNKNOWN;
    if (!k->judged)
        explain_unknown(k, measured, out);
    else if (isinf(k->worst))
        say(out, "among those not ok");
}

static void result_of_whole(const struct track *k, const struct ct_referee_whole *whole,
                            double seconds, struct ct_threshold_result *out)
{
    struct ct_population p = whole_of(whole->measured, seconds);
    char ended[CT_UNIT_TEXT], planned[CT_UNIT_TEXT];
    bool lost =
        !k->server && ct_measure_lost(k->t, &p, whole->planned, (double)whole->window_ns / 1e9);
    out->value = k->server ? ct_mean_window_mean(&k->means) : ct_measure_value(k->t, &p);
    out->kept = isnan(out->value)                      ? CT_KEPT_UNKNOWN
                : ct_threshold_holds(k->t, out->value) ? CT_KEPT
                                                       : CT_KEPT_NOT;
    if (isnan(out->value))
        explain_unknown(k, p.response->count, out);
    else if (isinf(out->value))
        say(out, "%s", among(&p));
    if (lost && out->kept != CT_KEPT_NOT) {
        out->kept = CT_KEPT_NOT;
        say(out, "certain from %s of %s planned requests",
            ct_count_format(p.ok + p.failed + p.cancelled + p.skipped, ended),
            ct_count_format(whole->planned, planned));
    }
}

/* What is still open, as far as the plan was offered. */
static void close_all(struct ct_referee *r, uint64_t offered_ns)
{
    while (r->windows && !r->stopped && r->next_s <= r->last_s &&
           (r->next_s + 1) * CT_NS_PER_S <= offered_ns)
        close_second(r, r->next_s == r->last_s);
    for (size_t i = 0; i < r->count; i++) {
        struct track *k = &r->tracks[i];
        if (k->server && (!k->windowed || (k->open_s < k->to_s && k->open.count > 0)))
            slide_server(k);
    }
}

void ct_referee_finish(struct ct_referee *r, const struct ct_referee_whole *whole,
                       uint64_t offered_ns, struct ct_threshold_result *out)
{
    uint64_t warm_up_ns = r->plan->warm_up_ns;
    double seconds = offered_ns > warm_up_ns ? (double)(offered_ns - warm_up_ns) / 1e9 : 0;
    close_all(r, offered_ns);
    for (size_t i = 0; i < r->count; i++) {
        const struct track *k = &r->tracks[i];
        out[i] = (struct ct_threshold_result){.threshold = *k->t, .value = NAN};
        if (k->windowed)
            result_of_window(k, offered_ns, &out[i]);
        else
            result_of_whole(k, whole, seconds, &out[i]);
    }
}
