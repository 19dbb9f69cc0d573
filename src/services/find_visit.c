#include "services/find_visit.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "analysis/verdict.h"

/* Rates are integer ratios: to a thousandth of a request a second. */
static struct ct_rate rate_of(double rps)
{
    char text[48];
    struct ct_rate rate = ct_rate_per_s(1);
    (void)snprintf(text, sizeof(text), "%.3f", rps);
    (void)ct_rate_parse(text, &rate, NULL);
    return rate;
}

static void make_closed(struct ct_run_plan *p, uint32_t connections)
{
    p->closed = true;
    p->arrivals = CT_ARRIVALS_EVEN;
    p->rate = ct_rate_per_s(1); /* unused in the closed model, but valid */
    p->connections = connections;
    p->max_in_flight = connections;
    if (p->http2)
        p->streams = 1;
    p->cap = CT_CAP_CHOSEN;
    p->threads = p->threads < connections ? p->threads : connections;
}

static uint64_t ns_of(double seconds)
{
    return (uint64_t)(fmin(seconds, CT_FIND_RUN_MAX_S) * 1e9);
}

void ct_find_visit_plan(const struct ct_run_plan *base, const struct ct_find_action *a,
                        uint64_t run, struct ct_run_plan *out)
{
    bool calibrate = a->phase == CT_FIND_CALIBRATE;
    *out = *base;
    out->seed = base->seed + run;
    out->duration_ns = ns_of(a->seconds);
    out->warm_up_ns = ns_of(a->drop_s);
    if (a->axis == CT_FIND_CONNECTIONS || calibrate)
        make_closed(out, a->connections > 0 ? a->connections : 1);
    else
        out->rate = rate_of(a->rate);
    if (!calibrate)
        return;
    out->think_ns = 0; /* the onlooker ends it, so that slow targets give their answers too */
    out->duration_ns =
        ns_of(a->seconds + (double)a->answers * ((double)base->timeout_ns / 1e9 + 1));
}

void ct_find_drain_plan(const struct ct_run_plan *base, double max_s, struct ct_run_plan *out)
{
    *out = *base;
    out->duration_ns = ns_of(fmax(max_s, 1));
    out->warm_up_ns = 0;
    make_closed(out, 1);
    out->think_ns = 0;
}

bool ct_find_visit_counts(const struct ct_find_action *a, const struct ct_run_count *visit,
                          const struct ct_summary *s)
{
    bool invalid = s->verdict == CT_VERDICT_INVALID, limited = s->limited_by_generator;
    if (!invalid && !limited)
        return true;
    bool late = (!invalid || ct_verdict_only_late(s)) && (!limited || s->read_late);
    return late && a->phase != CT_FIND_CONFIRM && !ct_run_count_moved(visit, s->read_late);
}

bool ct_find_visit_at_limit(const struct ct_summary *s)
{
    bool busy = s->limited_by_generator;
    for (size_t i = 0; i < s->n_reasons; i++) {
        if (strncmp(s->reasons[i].code, "gen_", 4) == 0)
            return true;
        busy = busy || strcmp(s->reasons[i].code, "loop_busy") == 0;
    }
    return busy && !s->read_late;
}

static bool is_late(const struct ct_reason *r)
{
    return strcmp(r->code, "late") == 0 || strcmp(r->code, "distorted") == 0;
}

const char *ct_find_visit_fault(const struct ct_summary *s)
{
    size_t i = 0;
    if (s->verdict != CT_VERDICT_INVALID)
        return s->limited_by_generator ? "loop_busy" : "";
    while (!ct_verdict_only_late(s) && i + 1 < s->n_reasons && is_late(&s->reasons[i]))
        i++;
    return s->reasons[i].code;
}

/* --- while it runs --- */

static void look_block(void *ctx, unsigned thread, const struct ct_block *block)
{
    struct ct_find_onlooker *o = ctx;
    const struct ct_histogram *response = &block->series[CT_SERIES_RESPONSE];
    ct_run_count_block(o->visit, thread, block);
    if (response->count > 0 && (double)response->min_ns / 1e9 <= o->settled_s)
        o->settled = true;
}

static void look_snapshot(void *ctx, const struct ct_snapshot *snapshot)
{
    struct ct_find_onlooker *o = ctx;
    /* a connection that never rests keeps a server busy, however little it takes: no limit on a
     * server is judged by it */
    if (o->action == NULL || o->action->phase != CT_FIND_CALIBRATE)
        ct_run_count_snapshot(o->visit, snapshot);
}

static bool has_calibrated(const struct ct_find_onlooker *o)
{
    const struct ct_find_action *a = o->action;
    double seconds = ct_run_count_seconds(o->visit);
    uint64_t wanted = seconds >= a->patience_s ? 1 : a->answers;
    return seconds >= a->seconds && ct_run_count_requests(o->visit) >= wanted;
}

static bool look_enough(void *ctx, const char *trouble)
{
    struct ct_find_onlooker *o = ctx;
    const struct ct_find_action *a = o->action;
    if (o->hopeless)
        return true;
    if (a == NULL)
        return o->settled;
    if (trouble != NULL && strcmp(trouble, "late") != 0 && a->phase != CT_FIND_CONFIRM)
        return true; /* it will decide nothing: make it again */
    if (!ct_run_count_ticked(o->visit))
        return false;
    if (a->phase == CT_FIND_CALIBRATE)
        return has_calibrated(o);
    struct ct_find_outcome so_far = {.valid = true};
    ct_run_count_outcome(o->visit, &so_far);
    o->hopeless = o->hopeless || (so_far.n_blocks > 0 && ct_find_hopeless(a, &so_far));
    if (o->hopeless)
        ct_run_count_close(o->visit);
    return o->hopeless;
}

struct ct_test_onlooker ct_find_onlooker_of(struct ct_find_onlooker *o)
{
    return (struct ct_test_onlooker){
        .ctx = o, .block = look_block, .snapshot = look_snapshot, .enough = look_enough};
}
