#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/units.h"
#include "services/find.h"

#define STEAL_SHOWN 1.0 /* per cent */
#define ROBBED 3.0      /* per cent: more than a search is precise by */

enum { AT_TEXT = 64 };

static bool is_rate(const struct ct_finding_opts *o)
{
    return o->find.axis != CT_FIND_CONNECTIONS;
}

/* "769/s", "50 connections". */
static const char *at_text(const struct ct_finding_opts *o, double at, char text[AT_TEXT])
{
    char number[CT_UNIT_TEXT];
    if (o->find.axis == CT_FIND_LOAD)
        (void)snprintf(text, AT_TEXT, "load %s", ct_count_format((uint64_t)at, number));
    else if (is_rate(o))
        (void)snprintf(text, AT_TEXT, "%s", ct_rate_format(at, number));
    else
        (void)snprintf(text, AT_TEXT, "%s connection%s", ct_count_format((uint64_t)at, number),
                       at == 1 ? "" : "s");
    return text;
}

/* How the requests came: a capacity holds for that alone. */
static const char *arrivals_text(const struct ct_finding_opts *o)
{
    if (!is_rate(o))
        return "closed model";
    return o->plan.arrivals == CT_ARRIVALS_POISSON ? "Poisson arrivals" : "even arrivals";
}

double ct_finding_sustained(const struct ct_finding *f)
{
    const struct ct_find_answer *a = &f->answer;
    return isnan(a->low) ? a->capacity : a->low;
}

void ct_finding_limits(const struct ct_criteria *c, struct ct_buf *out)
{
    for (size_t i = 0; i < c->count; i++)
        (void)ct_buf_printf(out, "%s%s",
                            i == 0              ? ""
                            : i + 1 == c->count ? " and "
                                                : ", ",
                            c->list[i].text);
}

const char *ct_finding_gave_way(const struct ct_finding_opts *o, int gave_way)
{
    if (gave_way >= 0 && (size_t)gave_way < o->criteria.count)
        return o->criteria.list[gave_way].text;
    return gave_way == CT_FIND_STABILITY   ? "stability"
           : gave_way == CT_FIND_GENERATOR ? "generator"
                                           : NULL;
}

/* --- the first line --- */

static void put_gave_way(const struct ct_finding *f, const struct ct_finding_opts *o,
                         struct ct_buf *out)
{
    int which = f->answer.gave_way;
    if (which == CT_FIND_STABILITY) {
        (void)ct_buf_puts(out, "; its backlog grew first");
        return;
    }
    if (which < 0 || (size_t)which >= o->criteria.count)
        return;
    const struct ct_threshold *t = &o->criteria.list[which];
    const char *what = t->metric == CT_METRIC_ERROR_RATE ? "errors"
                       : t->metric == CT_METRIC_SENT     ? "sending"
                       : t->metric == CT_METRIC_ACHIEVED ? "delivery"
                       : t->metric == CT_METRIC_CPU      ? "the CPU"
                       : t->metric == CT_METRIC_MEMORY   ? "memory"
                       : t->metric == CT_METRIC_PING     ? "the network"
                                                         : "response time";
    (void)ct_buf_printf(out, "; %s gave way first", what);
    if (o->criteria.count > 1)
        (void)ct_buf_printf(out, " (%s)", t->text);
}

static void put_busiest(const struct ct_finding *f, struct ct_buf *out)
{
    if (!isnan(f->nearest.cpu_percent))
        (void)ct_buf_printf(out, "; %s's CPU was at %.0f %%", f->nearest.host,
                            f->nearest.cpu_percent);
}

static void put_interval(const struct ct_finding *f, const struct ct_finding_opts *o,
                         struct ct_buf *out)
{
    const struct ct_find_answer *a = &f->answer;
    char low[AT_TEXT], high[AT_TEXT];
    bool counted = a->ending == CT_FIND_WHOLE || (a->visits == 0 && !isnan(a->high));
    if (counted)
        (void)ct_buf_printf(out, " (%s failed, %s)", at_text(o, a->high, high), arrivals_text(o));
    else if (isnan(a->low) || isnan(a->high))
        (void)ct_buf_printf(out, " (%s)", arrivals_text(o));
    else
        (void)ct_buf_printf(out, " (%.0f %%: %.*s to %s, %s)", 100 * o->find.confidence,
                            (int)strcspn(at_text(o, a->low, low), "/ "), low,
                            at_text(o, a->high, high), arrivals_text(o));
}

/* Why no higher figure is known. */
static void put_at_least(const struct ct_finding *f, struct ct_buf *out)
{
    const struct ct_find_answer *a = &f->answer;
    bool ended = a->ending == CT_FIND_AT_LEAST, generator = a->gave_way == CT_FIND_GENERATOR;
    if (generator && f->unsampled[0] != '\0')
        (void)ct_buf_printf(out, ": beyond, there was no sample to judge %s by", f->unsampled);
    else if (generator)
        (void)ct_buf_puts(out, ended ? ": the generator's limit, not the target's"
                                     : ": beyond, this machine did not do its part");
    else
        (void)ct_buf_puts(out, ended ? ": the highest that was tried"
                                     : ": the search ended before more broke that");
}

static void put_capacity(const struct ct_finding *f, const struct ct_finding_opts *o,
                         struct ct_buf *out)
{
    const struct ct_find_answer *a = &f->answer;
    char at[AT_TEXT];
    bool at_least = a->at_least;
    if (a->low <= 0 && !isnan(a->high)) {
        (void)ct_buf_printf(out, "nothing is known to be sustained: %s (%s) did not keep ",
                            at_text(o, a->high, at), arrivals_text(o));
        ct_finding_limits(&o->criteria, out);
        (void)ct_buf_puts(out, " when it was watched");
        return;
    }
    (void)ct_buf_printf(out, "sustains %s%s", at_least ? "at least " : "",
                        at_text(o, a->capacity, at));
    if (at_least)
        (void)ct_buf_printf(out, " (%s)", arrivals_text(o));
    else
        put_interval(f, o, out);
    (void)ct_buf_puts(out, " with ");
    ct_finding_limits(&o->criteria, out);
    if (at_least)
        put_at_least(f, out);
    else
        put_gave_way(f, o, out);
    put_busiest(f, out);
}

static void put_unreachable(const struct ct_finding *f, const struct ct_finding_opts *o,
                            struct ct_buf *out)
{
    char base[CT_UNIT_TEXT], lowest[AT_TEXT];
    double base_s = f->answer.base_s;
    (void)ct_buf_puts(out, "unreachable: not even ");
    (void)ct_buf_puts(out, is_rate(o) ? at_text(o, o->find.lowest, lowest) : "one connection");
    (void)ct_buf_puts(out, " keeps ");
    ct_finding_limits(&o->criteria, out);
    if (!isnan(base_s))
        (void)ct_buf_printf(out, "; one connection alone is answered in %s",
                            ct_duration_format((uint64_t)(base_s * 1e9), base));
}

static void put_first(const struct ct_finding *f, const struct ct_finding_opts *o,
                      struct ct_buf *out)
{
    const struct ct_find_answer *a = &f->answer;
    if (f->outcome.signum != 0 && isnan(a->capacity)) {
        (void)ct_buf_puts(out, "it was stopped before anything was found");
    } else if (f->verdict == CT_VERDICT_NO_DATA) {
        (void)ct_buf_puts(out, "no answer was ok: there is no capacity to report");
    } else if (f->verdict == CT_VERDICT_INVALID && f->unsampled[0] != '\0') {
        (void)ct_buf_printf(out, "there was no sample to judge %s by: no capacity comes from that",
                            f->unsampled);
    } else if (f->verdict == CT_VERDICT_INVALID) {
        (void)ct_buf_puts(
            out, "this machine could not send the load on time: no capacity comes from that");
    } else if (a->ending == CT_FIND_UNREACHABLE) {
        put_unreachable(f, o, out);
    } else if (a->ending == CT_FIND_NO_RECOVERY) {
        (void)ct_buf_puts(out, "the target did not come back after an overload: there is no "
                               "capacity to report");
    } else if (isnan(a->capacity)) {
        (void)ct_buf_puts(out, "the search has not found a rate yet");
    } else {
        put_capacity(f, o, out);
    }
    (void)ct_buf_puts(out, "\n");
}

/* --- what there is to add --- */

static void put_budget(const struct ct_finding *f, const struct ct_finding_opts *o,
                       struct ct_buf *out)
{
    const struct ct_find_answer *a = &f->answer;
    char spent[CT_UNIT_TEXT], more[CT_UNIT_TEXT];
    bool unfinished = a->ending == CT_FIND_BUDGET || a->ending == CT_FIND_GOING_ON;
    if (o->find.axis == CT_FIND_LOAD) {
        if (unfinished && a->at_least)
            (void)ct_buf_printf(out, "the search ended before a load above %.0f broke a limit\n",
                                a->low);
        else if (unfinished && a->high - a->low > 1)
            (void)ct_buf_printf(out, "load %.0f failed; those between were not tried\n", a->high);
        return;
    }
    if (!unfinished || isnan(a->low) || isnan(a->high) || !(a->low > 0))
        return;
    double width = 100 * (a->high / a->low - 1);
    (void)ct_buf_printf(out, "%.*f %% wide after %s", width < 9.95 ? 1 : 0, width,
                        ct_seconds_format(a->spent_s, spent));
    if (isfinite(a->needs_s) && a->needs_s > 0)
        (void)ct_buf_printf(out, "; %.2g %% needs about %s more", 100 * o->find.precision,
                            ct_seconds_format(a->needs_s, more));
    (void)ct_buf_puts(out, "\n");
}

/* How many runs before the nth say nothing for the same reason as it. */
static size_t spoilt_alike(const struct ct_finding *f, const struct ct_find_trial *trials, size_t n)
{
    size_t count = 0;
    for (size_t i = 0; i < n; i++)
        count += !trials[i].valid && strcmp(f->trials[i].reason, f->trials[n].reason) == 0;
    return count;
}

/* Runs that say nothing: how many, of what most of them complain, and steal that explains it. */
static void put_spoilt(const struct ct_finding *f, struct ct_buf *out)
{
    size_t n = 0, spoilt = 0, most = 0;
    double steal_percent = 0;
    const char *why = "";
    const struct ct_find_trial *trials = f->find != NULL ? ct_find_trials(f->find, &n) : NULL;
    for (size_t i = 0; i < n && i < f->n_trials; i++) {
        if (trials[i].valid || strcmp(f->trials[i].reason, CT_FINDING_UNSAMPLED) == 0)
            continue;
        spoilt++;
        steal_percent += isnan(f->trials[i].steal_percent) ? 0 : f->trials[i].steal_percent;
        size_t alike = spoilt_alike(f, trials, i) + 1;
        why = alike > most ? f->trials[i].reason : why;
        most = alike > most ? alike : most;
    }
    if (spoilt == 0)
        return;
    (void)ct_buf_printf(out, "%zu of %zu runs say nothing: this machine did not do its part (%s)",
                        spoilt, n, why);
    if (steal_percent / (double)spoilt >= STEAL_SHOWN)
        (void)ct_buf_printf(out, "; its hypervisor took %.0f %% of its CPU time",
                            steal_percent / (double)spoilt);
    (void)ct_buf_puts(out, "\n");
}

static bool is_last_unsampled(const struct ct_finding *f)
{
    return f->n_trials > 0 && strcmp(f->trials[f->n_trials - 1].reason, CT_FINDING_UNSAMPLED) == 0;
}

/* What the hypervisor takes from this machine a target on it does not have. */
static void put_robbed(const struct ct_finding *f, struct ct_buf *out)
{
    size_t n = 0, known = 0;
    double steal_percent = 0;
    const struct ct_find_trial *trials = f->find != NULL ? ct_find_trials(f->find, &n) : NULL;
    for (size_t i = 0; i < n && i < f->n_trials; i++) {
        if (!trials[i].valid || isnan(f->trials[i].steal_percent))
            continue;
        known++;
        steal_percent += f->trials[i].steal_percent;
    }
    if (f->colocated && known > 0 && steal_percent / (double)known >= ROBBED)
        (void)ct_buf_printf(out,
                            "steal: the hypervisor took %.0f %% of this machine's CPU time, which "
                            "the target here did not have\n",
                            steal_percent / (double)known);
}

static void put_warnings(const struct ct_finding *f, struct ct_buf *out)
{
    const struct ct_find_answer *a = &f->answer;
    if (a->ending == CT_FIND_NO_RECOVERY)
        (void)ct_buf_puts(out, "does not recover: 30 s after an overload it was still busy\n");
    if (a->warnings & CT_FIND_DRIFTS)
        (void)ct_buf_printf(out,
                            "drifts: its capacity changed by %.0f %% in 100 s of load, so the "
                            "figure is that of a moment\n",
                            100 * a->drift);
    if (a->warnings & CT_FIND_NOT_MONOTONE)
        (void)ct_buf_puts(out,
                          "not monotone: it kept the limits at a higher rate than one at which "
                          "it broke them\n");
    if (a->warnings & CT_FIND_NOT_CONFIRMED)
        (void)ct_buf_puts(out, "the monitored run at the lower end did not keep the limits: the "
                               "interval is widened\n");
    if (a->warnings & CT_FIND_UNCONFIRMED && is_last_unsampled(f))
        (void)ct_buf_puts(out, "not confirmed: the monitored run at the lower end had no sample of "
                               "a server to judge it by\n");
    else if (a->warnings & CT_FIND_UNCONFIRMED)
        (void)ct_buf_puts(out, "not confirmed: this machine could not send the monitored run at "
                               "the lower end on time\n");
    if (a->warnings & CT_FIND_HICCUPS)
        (void)ct_buf_puts(out, "hiccups: once or more it broke down at a rate that it took before "
                               "and when tried again; such runs are not in the figure, --soak "
                               "looks for them\n");
    if (a->warnings & CT_FIND_FEW_VISITS)
        (void)ct_buf_puts(out,
                          "few visits: the budget was too short to know the target's own noise\n");
}

void ct_finding_caveats(const struct ct_finding *f, const struct ct_finding_opts *o,
                        struct ct_buf *out)
{
    put_budget(f, o, out);
    put_spoilt(f, out);
    put_robbed(f, out);
    put_warnings(f, out);
}

static void put_soak(const struct ct_finding *f, const struct ct_finding_opts *o,
                     struct ct_buf *out)
{
    char length[CT_UNIT_TEXT];
    double seconds = (double)o->soak_ns / 1e9;
    if (f->soaked && !f->soak_valid)
        (void)ct_buf_puts(out, "soak: this machine could not send it on time, it says nothing\n");
    else if (f->soaked && f->soak_kept)
        (void)ct_buf_printf(out, "soak: %s at the answer kept the limits\n",
                            ct_seconds_format(seconds, length));
    else if (f->soaked && f->soak_unknown[0] != '\0')
        (void)ct_buf_printf(out, "soak: %s at the answer could not judge %s: %s\n",
                            ct_seconds_format(seconds, length), f->soak_broke, f->soak_unknown);
    else if (f->soaked)
        (void)ct_buf_printf(out, "soak: %s at the answer did not keep %s\n",
                            ct_seconds_format(seconds, length), f->soak_broke);
    else if (f->longest_s >= 1)
        (void)ct_buf_printf(out,
                            "events rarer than one in %s are not in this figure; --soak 10m looks "
                            "for them\n",
                            ct_seconds_format(f->longest_s, length));
}

void ct_finding_text(const struct ct_finding *f, const struct ct_finding_opts *o,
                     struct ct_buf *out)
{
    const struct ct_find_answer *a = &f->answer;
    char at[AT_TEXT];
    put_first(f, o, out);
    if (f->verdict != CT_VERDICT_VALID)
        return;
    ct_finding_caveats(f, o, out);
    if (a->confirmed)
        (void)ct_buf_printf(out, "a monitored run of %.0f s at %s kept the limits\n",
                            o->find.confirm_s, at_text(o, ct_finding_sustained(f), at));
    if (!is_rate(o) && a->recommended > 0)
        (void)ct_buf_printf(out, "recommended: %s%s\n", at_text(o, a->recommended, at),
                            a->recommended < a->capacity ? ", 80 % of that" : "");
    if (!isnan(a->capacity))
        put_soak(f, o, out);
}
