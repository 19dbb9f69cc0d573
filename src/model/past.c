#include "model/past.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/mem.h"

const struct ct_figure_info ct_figures[CT_FIGURE_COUNT] = {
    [CT_FIGURE_SERVICE_P50] = {"service p50", "service_p50_ms", CT_FIGURE_TIME, false, 1e6},
    [CT_FIGURE_RESPONSE_P90] = {"response p90", "response_p90_ms", CT_FIGURE_TIME, false, 1e6},
    [CT_FIGURE_RESPONSE_P99] = {"response p99", "response_p99_ms", CT_FIGURE_TIME, false, 1e6},
    [CT_FIGURE_ACHIEVED] = {"achieved rate", "achieved_rps", CT_FIGURE_RATE, true, 1},
    [CT_FIGURE_ERRORS] = {"error rate", "error_rate", CT_FIGURE_SHARE, false, 1},
    [CT_FIGURE_RESPONSE_P50] = {"response p50", "response_p50_ms", CT_FIGURE_TIME, false, 1e6},
    [CT_FIGURE_RESPONSE_MEAN] = {"response mean", "response_mean_ms", CT_FIGURE_TIME, false, 1e6},
    [CT_FIGURE_CPU] = {"CPU per request", "cpu_per_request_ms", CT_FIGURE_TIME, false, 1e6},
};

const char *ct_figure_text(enum ct_figure f, double value, char out[CT_UNIT_TEXT])
{
    if (!isfinite(value) || value < 0)
        (void)snprintf(out, CT_UNIT_TEXT, "-");
    else if (ct_figures[f].scale == CT_FIGURE_TIME)
        (void)ct_duration_format((uint64_t)fmin(value, 9e18), out);
    else if (ct_figures[f].scale == CT_FIGURE_RATE)
        (void)ct_rate_format(value, out);
    else
        (void)snprintf(out, CT_UNIT_TEXT, "%.3g %%", 100 * value);
    return out;
}

double ct_figure_scaled(enum ct_figure f, double value)
{
    if (ct_figures[f].scale == CT_FIGURE_SHARE)
        return value;
    return value > 0 ? log(value) : NAN;
}

double ct_figure_unscaled(enum ct_figure f, double scaled)
{
    return ct_figures[f].scale == CT_FIGURE_SHARE ? scaled : exp(scaled);
}

/* --- runs --- */

void ct_past_run_init(struct ct_past_run *r)
{
    *r = (struct ct_past_run){.verdict = CT_VERDICT_NO_DATA, .steal_percent = NAN};
    r->file = ct_xstrdup("");
    r->plan = ct_xstrdup("");
    r->command = ct_xstrdup("");
    r->reason = ct_xstrdup("");
    r->commit = ct_xstrdup("");
    r->hostname = ct_xstrdup("");
    r->ct_version = ct_xstrdup("");
    for (int f = 0; f < CT_FIGURE_COUNT; f++)
        r->figures[f] = NAN;
}

void ct_past_run_release(struct ct_past_run *r)
{
    free(r->file);
    free(r->plan);
    free(r->command);
    free(r->reason);
    free(r->commit);
    free(r->hostname);
    free(r->ct_version);
    *r = (struct ct_past_run){0};
}

void ct_past_add(struct ct_past *p, struct ct_past_run *r)
{
    p->runs = ct_xrealloc(p->runs, p->count + 1, sizeof(*p->runs));
    p->runs[p->count++] = *r;
    *r = (struct ct_past_run){0};
}

void ct_past_remove(struct ct_past *p, size_t i)
{
    ct_past_run_release(&p->runs[i]);
    p->count--;
    memmove(&p->runs[i], &p->runs[i + 1], (p->count - i) * sizeof(*p->runs));
}

size_t ct_past_from(const struct ct_past *p, uint64_t newest)
{
    return newest > 0 && newest < p->count ? p->count - (size_t)newest : 0;
}

bool ct_past_holds(const struct ct_past *p, const struct ct_past_run *r)
{
    for (size_t i = 0; i < p->count; i++)
        if (p->runs[i].started_ns == r->started_ns && strcmp(p->runs[i].hostname, r->hostname) == 0)
            return true;
    return false;
}

void ct_past_release(struct ct_past *p)
{
    for (size_t i = 0; i < p->count; i++)
        ct_past_run_release(&p->runs[i]);
    free(p->runs);
    *p = (struct ct_past){0};
}

static int earlier(const void *a, const void *b)
{
    const struct ct_past_run *x = a, *y = b;
    if (x->started_ns != y->started_ns)
        return x->started_ns < y->started_ns ? -1 : 1;
    int by_file = strcmp(x->file, y->file);
    return by_file != 0 ? by_file : (x->position > y->position) - (x->position < y->position);
}

void ct_past_sort(struct ct_past *p)
{
    if (p->count > 0)
        qsort(p->runs, p->count, sizeof(*p->runs), earlier);
}

struct ct_figure_values ct_figure_values_of(const struct ct_past *past, enum ct_figure f)
{
    struct ct_figure_values x = {ct_xcalloc(past->count + 1, sizeof(double)),
                                 ct_xcalloc(past->count + 1, sizeof(size_t)), 0};
    for (size_t i = 0; i < past->count; i++) {
        double scaled = ct_figure_scaled(f, past->runs[i].figures[f]);
        if (past->runs[i].verdict != CT_VERDICT_VALID || !isfinite(scaled))
            continue;
        x.v[x.count] = scaled;
        x.at[x.count++] = i;
    }
    return x;
}

void ct_figure_values_release(struct ct_figure_values *x)
{
    free(x->v);
    free(x->at);
}

void ct_plan_key_make(const char *plan, char key[CT_PLAN_KEY])
{
    (void)ct_hash_text(ct_hash_add(CT_HASH_START, plan, strlen(plan)), key);
}
