#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/units.h"
#include "model/plan_text.h"
#include "report/kept.h"
#include "report/page.h"
#include "report/table.h"
#include "report/watched.h"

/* The screen has 24 lines; the last one is left for the prompt or the name of the result file. */
enum { LINES_MAX = 23, REASONS_MAX = 2, CAUSES_MAX = 2, FAILURES_MAX = 3, STATUS_MAX = 5 };

static uint64_t failed_total(const struct ct_summary *s)
{
    uint64_t sum = 0;

    for (int f = 0; f < CT_FAILURE_COUNT; f++)
        sum += s->failed[f];
    return sum;
}

static uint64_t skipped_total(const struct ct_summary *s)
{
    uint64_t sum = 0;

    for (int k = 0; k < CT_SKIP_COUNT; k++)
        sum += s->skipped[k];
    return sum;
}

/* --- verdict --- */

/* Thresholds have lines of their own, and how the run ended stands behind the verdict. */
static void print_reasons(struct ct_page *p, const struct ct_summary *s)
{
    size_t count = 0;
    for (size_t i = 0; i < s->n_reasons; i++) {
        const struct ct_reason *r = &s->reasons[i];
        bool said = strcmp(r->code, "threshold") == 0 || strcmp(r->code, "aborted") == 0;
        if (said || count++ >= REASONS_MAX)
            continue;
        char text[sizeof(r->code) + sizeof(r->text) + 2];
        (void)snprintf(text, sizeof(text), "%s: %s", r->code, r->text);
        ct_page_paragraph(p, CT_TONE_DOUBT, s->verdict == CT_VERDICT_VALID ? "  note" : "  because",
                          text);
    }
    if (count > REASONS_MAX)
        ct_page_line(p, CT_TONE_DOUBT, "  and %zu more, see the result file", count - REASONS_MAX);
}

static void print_verdict(struct ct_page *p, const struct ct_summary *s)
{
    const char *partial = s->truncated     ? " (recovered: part of the plan)"
                          : s->aborted     ? " (stopped by a threshold)"
                          : s->interrupted ? " (interrupted: part of the plan)"
                                           : "";

    switch (s->verdict) {
    case CT_VERDICT_VALID:
        ct_page_line(p, CT_TONE_GOOD, "VALID: requests went out on time, the numbers hold%s",
                     partial);
        break;
    case CT_VERDICT_INVALID:
        ct_page_line(p, CT_TONE_BAD, "INVALID: distorted by ct itself, do not use it%s", partial);
        break;
    case CT_VERDICT_NO_DATA:
    default:
        ct_page_line(p, CT_TONE_BAD, "NO DATA: not one request succeeded%s", partial);
    }
    print_reasons(p, s);
    for (size_t i = 0; i < s->n_causes && i < CAUSES_MAX; i++)
        ct_page_paragraph(p, CT_TONE_DOUBT, "  cause", s->causes[i].text);
    if (!s->identity_ok)
        ct_page_line(p, CT_TONE_BAD, "  BROKEN ACCOUNTING, an error in ct: %s", s->identity_text);
}

/* --- rates and accounting --- */

static void print_closed(struct ct_page *p, const struct ct_summary *s, const char *achieved)
{
    char length[CT_UNIT_TEXT], pool[60];
    unsigned connections = s->plan.connections, users = ct_run_plan_users(&s->plan);
    int n =
        snprintf(pool, sizeof(pool), "%u connection%s", connections, connections > 1 ? "s" : "");
    if (users != connections)
        (void)snprintf(pool + n, sizeof(pool) - (size_t)n, " x %u streams", users / connections);
    ct_page_line(p, CT_TONE_PLAIN, "rate      %s%s with %s for %s (closed model)",
                 s->limited_by_generator ? "at least " : "", achieved, pool,
                 ct_duration_format(s->window_ns, length));
    ct_page_line(p, CT_TONE_PLAIN, "  closed model: the latencies hold for %s only", pool);
    if (s->limited_by_generator)
        ct_page_line(p, CT_TONE_DOUBT, "  ct itself was busy: the target may take more");
}

static void print_rates(struct ct_page *p, const struct ct_summary *s)
{
    static const char *const how[] = {"", " (Poisson arrivals)", " (replayed)"};
    char offered[CT_UNIT_TEXT], sent[CT_UNIT_TEXT], achieved[CT_UNIT_TEXT], length[CT_UNIT_TEXT],
        stages[CT_PLAN_TEXT];

    ct_rate_format(s->achieved_rps, achieved);
    if (s->plan.closed) {
        print_closed(p, s, achieved);
        return;
    }
    ct_page_line(p, CT_TONE_PLAIN, "rate      offered %s%s for %s, sent %s, achieved %s",
                 ct_rate_format(ct_run_plan_rps(&s->plan), offered), how[s->plan.arrivals],
                 ct_duration_format(s->plan.duration_ns, length), ct_rate_format(s->sent_rps, sent),
                 achieved);
    if (s->plan.n_stages > 0)
        ct_page_paragraph(p, CT_TONE_PLAIN, "plan", ct_plan_text_format(&s->plan, stages));
}

static void print_accounting(struct ct_page *p, const struct ct_summary *s)
{
    char planned[CT_UNIT_TEXT], started[CT_UNIT_TEXT], skipped[CT_UNIT_TEXT], ok[CT_UNIT_TEXT],
        failed[CT_UNIT_TEXT], cancelled[CT_UNIT_TEXT], length[CT_UNIT_TEXT], why[120] = "";
    size_t used = 0;

    for (int k = 0; k < CT_SKIP_COUNT; k++)
        if (s->skipped[k] > 0 && used < sizeof(why))
            used += (size_t)snprintf(why + used, sizeof(why) - used, "%s%s %s",
                                     used > 0 ? ", " : " (", ct_skip_name((enum ct_skip)k),
                                     ct_count_format(s->skipped[k], skipped));
    ct_page_line(p, CT_TONE_PLAIN, "requests  %s planned = %s started + %s skipped%s%s",
                 ct_count_format(s->planned, planned), ct_count_format(s->started, started),
                 ct_count_format(skipped_total(s), skipped), why, used > 0 ? ")" : "");
    ct_page_line(p, CT_TONE_PLAIN, "          %s started = %s ok + %s failed + %s cancelled",
                 started, ct_count_format(s->ok, ok), ct_count_format(failed_total(s), failed),
                 ct_count_format(s->cancelled, cancelled));
    if (s->plan.warm_up_ns > 0)
        ct_page_line(p, CT_TONE_DIM,
                     "  of these %s of the warm-up (%s) stand apart from what follows",
                     ct_count_format(s->warm_up.planned, planned),
                     ct_duration_format(s->plan.warm_up_ns, length));
}

/* --- latency --- */

enum { SHOWN = 4, CELL = CT_UNIT_TEXT + 4 };
static const enum ct_quantile shown[SHOWN] = {CT_P50, CT_P90, CT_P99, CT_P999};

/* All failures are time-outs: the quantile is at least the time-out. */
static bool only_timeouts(const struct ct_summary *s)
{
    return failed_total(s) > 0 && failed_total(s) == s->failed[CT_FAILURE_TIMEOUT] &&
           s->cancelled == 0;
}

/* Nothing that is shown here is known to less than a microsecond. */
static void time_cell(double ns, char out[CELL])
{
    char text[CT_UNIT_TEXT];

    (void)snprintf(out, CELL, "%s",
                   !(isfinite(ns) && ns >= 0) ? "-"
                   : ns < 999.5               ? "< 1 us"
                                              : ct_duration_format((uint64_t)llround(ns), text));
}

static void quantile_cell(const struct ct_summary *s, const struct ct_dist *d, enum ct_quantile q,
                          char out[CELL])
{
    char text[CT_UNIT_TEXT];

    switch (d->withheld[q]) {
    case CT_GIVEN:
        time_cell(d->quantile[q], out);
        break;
    case CT_WITHHELD_FAILED:
        if (only_timeouts(s))
            (void)snprintf(out, CELL, "> %s", ct_duration_format(s->plan.timeout_ns, text));
        else
            (void)snprintf(out, CELL, "failed");
        break;
    case CT_WITHHELD_SKIPPED:
        (void)snprintf(out, CELL, "skipped");
        break;
    case CT_WITHHELD_GENERATOR:
        (void)snprintf(out, CELL, "distorted");
        break;
    case CT_WITHHELD_SAMPLES:
    default:
        (void)snprintf(out, CELL, "-");
    }
}

static void print_dist(struct ct_page *p, const struct ct_summary *s, const char *name,
                       const struct ct_dist *d)
{
    char min[CELL], mean[CELL], max[CELL], q[SHOWN][CELL];

    time_cell(d->min, min);
    time_cell(d->mean, mean);
    time_cell(d->max, max);
    for (int i = 0; i < SHOWN; i++)
        quantile_cell(s, d, shown[i], q[i]);
    ct_page_line(p, CT_TONE_PLAIN, "%-9s %9s %9s %9s %9s %9s %9s %9s", name, min, mean, q[0], q[1],
                 q[2], q[3], max);
}

static bool withheld(const struct ct_summary *s, enum ct_withheld why)
{
    for (int i = 0; i < SHOWN; i++)
        if (s->response.withheld[shown[i]] == why)
            return true;
    return false;
}

static void print_withheld(struct ct_page *p, const struct ct_summary *s)
{
    char needs[CT_UNIT_TEXT], timeout[CT_UNIT_TEXT];

    for (int i = 0; i < SHOWN; i++)
        if (s->response.withheld[shown[i]] == CT_WITHHELD_SAMPLES) {
            ct_page_line(p, CT_TONE_DIM, "  -  too few requests: %s needs %s of them",
                         shown[i] == CT_P999 ? "p99.9" : ct_quantile_name[shown[i]],
                         ct_count_format(ct_quantile_needs[shown[i]], needs));
            break;
        }
    if (withheld(s, CT_WITHHELD_FAILED) && only_timeouts(s))
        ct_page_line(p, CT_TONE_DIM, "  > %s  (time-out) the value lies among requests given up",
                     ct_duration_format(s->plan.timeout_ns, timeout));
    else if (withheld(s, CT_WITHHELD_FAILED) || withheld(s, CT_WITHHELD_SKIPPED))
        ct_page_line(p, CT_TONE_DIM,
                     "  failed, skipped  the value lies among requests that were not ok");
    if (withheld(s, CT_WITHHELD_GENERATOR))
        ct_page_line(p, CT_TONE_DIM, "  distorted  ct's own delay is too large a part of it");
}

/* "12.3 ms (11.9 to 12.8)": all in the value's unit. */
static size_t write_interval(const char *name, double ns, struct ct_interval i, bool first,
                             char *out, size_t size)
{
    const char *unit = ns < 999.5e3 ? "us" : ns < 999.5e6 ? "ms" : "s";
    double one = ns < 999.5e3 ? 1e3 : ns < 999.5e6 ? 1e6 : 1e9;
    int decimals = ns / one < 9.995 ? 2 : ns / one < 99.95 ? 1 : 0;
    if (isnan(ns) || !(i.high > 0))
        return 0;
    return (size_t)snprintf(out, size, "%s%s %.*f %s (%.*f to %.*f)", first ? "" : ", ", name,
                            decimals, ns / one, unit, decimals, i.low / one, decimals,
                            i.high / one);
}

static void print_intervals(struct ct_page *p, const struct ct_summary *s)
{
    const struct ct_intervals *i = &s->interval_95;
    const double *q = s->response.quantile;
    char text[160] = "";
    size_t at = write_interval("p50", q[CT_P50], i->p50, true, text, sizeof(text));
    at += write_interval("p90", q[CT_P90], i->p90, at == 0, text + at, sizeof(text) - at);
    at += write_interval("p99", q[CT_P99], i->p99, at == 0, text + at, sizeof(text) - at);
    if (at > 0)
        ct_page_line(p, CT_TONE_DIM, "  95 %%    %s", text);
}

static void print_latency(struct ct_page *p, const struct ct_summary *s)
{
    ct_page_line(p, CT_TONE_HEAD, "%-9s %9s %9s %9s %9s %9s %9s %9s", "latency", "min", "mean",
                 "p50", "p90", "p99", "p99.9", "max");
    print_dist(p, s, "response", &s->response);
    print_intervals(p, s);
    print_dist(p, s, "setup", &s->setup);
    print_dist(p, s, "service", &s->service);
    if (s->server_processing.count > 0)
        print_dist(p, s, "server", &s->server_processing);
    print_withheld(p, s);
    if (s->colocated)
        ct_page_line(p, CT_TONE_DIM, "  the target runs on this machine: the pair was measured");
}

static void us_text(double ns, char out[CT_UNIT_TEXT])
{
    if (isfinite(ns))
        (void)snprintf(out, CT_UNIT_TEXT, "%.*f us", ns < 10e3 ? 1 : 0, ns / 1e3);
    else
        (void)snprintf(out, CT_UNIT_TEXT, "-");
}

static void print_lateness(struct ct_page *p, const struct ct_summary *s)
{
    char p50[CT_UNIT_TEXT], p99[CT_UNIT_TEXT], max[CT_UNIT_TEXT];

    us_text(s->lateness.quantile[CT_P50], p50);
    us_text(s->lateness.quantile[CT_P99], p99);
    us_text(s->lateness.max, max);
    ct_page_line(p, CT_TONE_PLAIN, "lateness  p50 %s, p99 %s, max %s: ct's own share of response",
                 p50, p99, max);
}

/* --- what came back --- */

static void print_failures(struct ct_page *p, const struct ct_summary *s)
{
    bool done[CT_FAILURE_COUNT] = {false};
    char count[CT_UNIT_TEXT];
    unsigned classes = 0;

    for (int f = 0; f < CT_FAILURE_COUNT; f++)
        classes += s->failed[f] > 0 ? 1 : 0;
    unsigned shown_max = classes > FAILURES_MAX ? FAILURES_MAX - 1 : classes;
    for (unsigned shown_n = 0; shown_n < shown_max; shown_n++) {
        int worst = -1;
        for (int f = 0; f < CT_FAILURE_COUNT; f++)
            if (s->failed[f] > 0 && !done[f] && (worst < 0 || s->failed[f] > s->failed[worst]))
                worst = f;
        done[worst] = true;
        ct_page_line(p, CT_TONE_DOUBT, "%-9s %s %s: %s", shown_n == 0 ? "failed" : "",
                     ct_count_format(s->failed[worst], count),
                     ct_failure_name((enum ct_failure)worst),
                     ct_failure_meaning((enum ct_failure)worst));
    }
    if (classes > FAILURES_MAX)
        ct_page_line(p, CT_TONE_DOUBT, "%-9s %u more kinds, see the result file", "",
                     classes - FAILURES_MAX + 1);
}

static void print_status(struct ct_page *p, const struct ct_summary *s)
{
    char text[160] = "", count[CT_UNIT_TEXT];
    size_t used = 0;
    int kinds = 0;

    for (int code = 0; code < CT_STATUS_MAX; code++) {
        if (s->status[code] == 0)
            continue;
        if (kinds++ < STATUS_MAX)
            used += (size_t)snprintf(text + used, sizeof(text) - used, "%s%d x %s",
                                     used > 0 ? ", " : "", code,
                                     ct_count_format(s->status[code], count));
    }
    ct_page_line(p, CT_TONE_PLAIN, "status    %s%s", kinds > 0 ? text : "no complete answer",
                 kinds > STATUS_MAX ? ", ..." : "");
}

static void print_bytes(struct ct_page *p, const struct ct_summary *s)
{
    char sent[CT_UNIT_TEXT], received[CT_UNIT_TEXT], opened[CT_UNIT_TEXT];

    ct_page_line(p, CT_TONE_PLAIN, "bytes     sent %s, received %s, over %s connection%s",
                 ct_bytes_format(s->bytes_sent, sent), ct_bytes_format(s->bytes_received, received),
                 ct_count_format(s->connections_opened, opened),
                 s->connections_opened == 1 ? "" : "s");
}

void ct_print_summary(FILE *to, const struct ct_style *style, const struct ct_summary *s,
                      const char *title)
{
    struct ct_style narrow = {.color = style->color,
                              .width = style->width < 80 ? style->width : 80};
    struct ct_page p = {.to = to, .style = &narrow, .lines_left = LINES_MAX};
    unsigned last = ct_page_conclusion_lines(&p, s);

    p.lines_left -= last;

    print_verdict(&p, s);
    ct_page_line(&p, CT_TONE_HEAD, "%s", title);
    ct_page_thresholds(&p, s);
    print_rates(&p, s);
    print_accounting(&p, s);
    print_latency(&p, s);
    print_lateness(&p, s);
    print_failures(&p, s);
    print_status(&p, s);
    print_bytes(&p, s);
    ct_page_servers(&p, s);
    p.lines_left = last;
    ct_page_conclusion(&p, s);
}
