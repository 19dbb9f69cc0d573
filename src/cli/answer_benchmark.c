#include "cli/answer_benchmark.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "cli/answer.h"
#include "report/table.h"
#include "store/json_out.h"

enum { COLUMNS = 7, CELL = 64, JSON_MAX = 16 << 20, TEXT_MAX = 8192 };

/* --- the table --- */

static void interval_text(const struct ct_benchmark_point *p, char cell[CELL])
{
    char low[CT_UNIT_TEXT], high[CT_UNIT_TEXT];
    if (p->rate <= 0 || isnan(p->high))
        (void)snprintf(cell, CELL, "-");
    else if (p->visits == 0 && p->low > 0)
        (void)snprintf(cell, CELL, "%s fails", ct_rate_format(p->high, high));
    else
        (void)snprintf(cell, CELL, "%.*s to %s", (int)strcspn(ct_rate_format(p->low, low), "/"),
                       low, ct_rate_format(p->high, high));
}

static void fill_row(const struct ct_benchmark_case *c, size_t i, char cells[COLUMNS][CELL])
{
    const struct ct_benchmark_point *p = &c->points[i];
    char text[CT_UNIT_TEXT];
    for (int k = 0; k < COLUMNS; k++)
        (void)snprintf(cells[k], CELL, "-");
    if (c->testcase->has_load)
        (void)snprintf(cells[0], CELL, "%u", (unsigned)p->load);
    if (p->rate <= 0)
        (void)snprintf(cells[1], CELL, "none");
    else
        (void)snprintf(cells[1], CELL, "%s%s", p->rate_at_least ? "at least " : "",
                       ct_rate_format(p->rate, text));
    if (c->legs != NULL)
        interval_text(p, cells[2]);
    if (!isnan(p->mean_s))
        (void)snprintf(cells[3], CELL, "%s", ct_duration_format((uint64_t)(p->mean_s * 1e9), text));
    if (!isnan(p->p99_s))
        (void)snprintf(cells[4], CELL, "%s", ct_duration_format((uint64_t)(p->p99_s * 1e9), text));
    if (!isnan(p->cpu_percent_max))
        (void)snprintf(cells[5], CELL, "%.0f %% %.24s", p->cpu_percent_max, p->cpu_host);
    bool time = strcmp(p->limited_by, "max_response_time") == 0;
    (void)snprintf(cells[6], CELL, "%s", time ? "response time" : p->limited_by);
}

/* The classic search has no interval: its column is left out. */
static void print_points(const struct ct_benchmark_case *c, const struct ct_style *style)
{
    static const char *const header[COLUMNS] = {"load", "rate", "95 % interval", "mean",
                                                "p99",  "CPU",  "limited by"};
    size_t rows = c->n_points + 1, n = 0;
    char(*text)[COLUMNS][CELL] = ct_xcalloc(rows, sizeof(*text));
    const char **cells = ct_xcalloc(rows * COLUMNS, sizeof(char *));
    for (size_t i = 0; i < rows; i++) {
        if (i > 0)
            fill_row(c, i - 1, text[i]);
        for (size_t k = 0; k < COLUMNS; k++)
            if (k != 2 || c->legs != NULL)
                cells[n++] = i > 0 ? text[i][k] : header[k];
    }
    ct_print_table(stdout, style, c->legs != NULL ? "rrlrrll" : "rrrrll", cells,
                   c->legs != NULL ? COLUMNS : COLUMNS - 1, rows);
    free((void *)cells);
    free(text);
}

/* --- the sentences --- */

/* The highest load that has a rate; NULL: none has. */
static const struct ct_benchmark_point *highest(const struct ct_benchmark_case *c)
{
    for (size_t i = 0; i < c->n_points; i++)
        if (c->points[i].rate > 0)
            return &c->points[i];
    return NULL;
}

static void limits_text(const struct ct_benchmark_opts *o, struct ct_buf *out)
{
    char limit[CT_UNIT_TEXT];
    if (o->classic) {
        (void)ct_duration_format((uint64_t)(o->limit_s * 1e9), limit);
        (void)ct_buf_printf(out, "a mean of at most %s", limit);
        return;
    }
    ct_finding_limits(&o->criteria, out);
}

static const char *arrivals_text(const struct ct_benchmark_opts *o)
{
    return o->plan.arrivals == CT_ARRIVALS_POISSON ? "Poisson arrivals" : "even arrivals";
}

/* Why there is no capacity; NULL: not even the lowest load and rate kept the limits. */
static const char *why_none(const struct ct_benchmark_case *c)
{
    bool unsampled = c->n_reasons > 0 && strcmp(c->reasons[0].code, CT_FINDING_UNSAMPLED) == 0;
    if (c->outcome.signum != 0)
        return "It was stopped before a rate was found.";
    if (c->verdict == CT_VERDICT_NO_DATA)
        return "No answer was ok: there is no capacity to report.";
    if (c->verdict == CT_VERDICT_INVALID && unsampled)
        return "There was no sample to judge a server by: no capacity comes from that.";
    if (c->verdict == CT_VERDICT_INVALID)
        return "This machine could not send the load on time: no capacity comes from that.";
    for (size_t i = 0; c->legs != NULL && i < c->n_legs; i++)
        if (c->legs[i].found.answer.ending == CT_FIND_NO_RECOVERY)
            return "It did not come back after an overload: there is no capacity to report.";
    return NULL;
}

/* One sentence that states the capacity, or why there is none. */
static void print_sentence(const struct ct_benchmark_case *c, const struct ct_benchmark_opts *o)
{
    char rate[CT_UNIT_TEXT];
    struct ct_buf limits;
    const struct ct_benchmark_point *p = highest(c);
    const char *none = p == NULL || c->verdict != CT_VERDICT_VALID ? why_none(c) : NULL;
    ct_buf_init(&limits, TEXT_MAX);
    limits_text(o, &limits);
    if (none != NULL)
        (void)printf("%s\n", none);
    else if (p == NULL)
        (void)printf("It cannot hold %s even at its lowest load and rate.\n", limits.data);
    else if (c->testcase->has_load)
        (void)printf("Highest load with %s (%s): %s%u, up to %s%s.\n", limits.data,
                     arrivals_text(o), p->at_least && !p->rate_at_least ? "at least " : "",
                     (unsigned)p->load, p->rate_at_least ? "at least " : "",
                     ct_rate_format(p->rate, rate));
    else
        (void)printf("Highest rate with %s (%s): %s%s.\n", limits.data, arrivals_text(o),
                     p->rate_at_least ? "at least " : "", ct_rate_format(p->rate, rate));
    for (size_t i = 0; i < c->n_reasons; i++)
        (void)printf("  %s: %s\n", c->reasons[i].code, c->reasons[i].text);
    ct_buf_release(&limits);
}

/* Of the highest load that has one; the others' stand in the file. */
static void print_conclusion(const struct ct_benchmark_case *c, const struct ct_style *style)
{
    for (size_t i = 0; i < c->n_points; i++)
        if (c->points[i].conclusion[0] != '\0') {
            ct_print_conclusion(stdout, style, c->points[i].conclusion);
            return;
        }
}

/* What there is to add to the figures, each line behind the load that it is of. */
static void print_caveats(const struct ct_benchmark_case *c)
{
    for (size_t i = 0; c->legs != NULL && i < c->n_legs; i++) {
        const struct ct_benchmark_leg *l = &c->legs[i];
        char of[32] = "";
        struct ct_buf text;
        if (l->opts.find.axis == CT_FIND_LOAD)
            (void)snprintf(of, sizeof(of), "highest load: ");
        else if (c->testcase->has_load)
            (void)snprintf(of, sizeof(of), "load %u: ", (unsigned)l->load);
        ct_buf_init(&text, TEXT_MAX);
        if (l->found.answer.at_least && l->found.unsampled[0] != '\0')
            (void)ct_buf_printf(&text, "beyond, there was no sample to judge %s by\n",
                                l->found.unsampled);
        ct_finding_caveats(&l->found, &l->opts, &text);
        for (size_t at = 0, len; at < text.len; at += len + 1) {
            len = strcspn(text.data + at, "\n");
            (void)printf("  %s%.*s\n", of, (int)len, text.data + at);
        }
        ct_buf_release(&text);
    }
}

static void print_unconfirmed(const struct ct_benchmark_case *c)
{
    for (size_t i = 0; i < c->n_points; i++)
        if (c->points[i].measured && !c->points[i].confirmed)
            (void)printf("The run that should confirm load %u did not pass: measure it longer.\n",
                         (unsigned)c->points[i].load);
}

static void print_case(const struct ct_benchmark_case *c, const struct ct_benchmark_opts *o,
                       const struct ct_style *style)
{
    char spent[CT_UNIT_TEXT];
    (void)printf("\n%s: %zu tests", c->testcase->name, c->n_trials);
    if (c->legs != NULL)
        (void)printf(", %s of load", ct_seconds_format(c->spent_s, spent));
    (void)printf("\n");
    print_sentence(c, o);
    if (c->n_points > 0)
        print_points(c, style);
    if (c->verdict != CT_VERDICT_NO_DATA)
        print_caveats(c);
    print_conclusion(c, style);
    if (c->legs == NULL)
        print_unconfirmed(c);
    if (!c->outcome.not_durable)
        (void)printf("result: %s\n", c->result_path);
    if (c->journal_path != NULL)
        (void)printf("to go on: the same command with --resume %s\n", c->journal_path);
}

void ct_answer_benchmark(const struct ct_benchmark_case *cases, size_t count,
                         const struct ct_benchmark_opts *o, enum ct_output output)
{
    if (output == CT_OUTPUT_TEXT) {
        struct ct_style style = ct_style_of(stdout);
        for (size_t i = 0; i < count; i++)
            print_case(&cases[i], o, &style);
        return;
    }
    struct ct_buf json;
    ct_buf_init(&json, JSON_MAX);
    (void)ct_buf_puts(&json, "{\"schema\": \"ct/benchmark-summary/1\", \"test_cases\": [");
    for (size_t i = 0; i < count; i++) {
        (void)ct_buf_puts(&json, i > 0 ? ", " : "");
        ct_benchmark_case_json(&cases[i], &json);
    }
    (void)ct_buf_puts(&json, "]}");
    ct_answer_json(stdout, &json);
}

/* --- the plan --- */

static bool finds_load(const struct ct_testcase *t, const struct ct_benchmark_opts *o)
{
    return t->has_load && o->sweep.load_fixed == 0;
}

static uint32_t rates_of(const struct ct_testcase *t, const struct ct_benchmark_opts *o)
{
    return t->has_load ? o->sweep.n_loads : 1;
}

static double at_most_s(const struct ct_testcase *t, const struct ct_benchmark_opts *o)
{
    return o->sweep.find.budget_s + rates_of(t, o) * o->sweep.find.confirm_s;
}

static void print_plan(const struct ct_testcase *t, const struct ct_benchmark_opts *o)
{
    char rate[CT_UNIT_TEXT], budget[CT_UNIT_TEXT], each[CT_UNIT_TEXT], all[CT_UNIT_TEXT];
    struct ct_buf limits;
    unsigned rates = rates_of(t, o);
    ct_buf_init(&limits, TEXT_MAX);
    limits_text(o, &limits);
    (void)printf("%s: what keeps %s (%s)?\n", t->name, limits.data, arrivals_text(o));
    if (finds_load(t, o))
        (void)printf("loads      %u and up, at %s, 3 or 6 s each, until a limit breaks; then "
                     "between\n",
                     (unsigned)t->load_min, ct_rate_format((double)o->sweep.rate_min, rate));
    (void)printf(
        "rates      for %u load%s: 3 s each, doubled until a limit breaks, then between;\n"
        "           from 20/s on visits of 14 to 30 s until the interval is %.3g %% wide\n",
        rates, rates == 1 ? "" : "s, from the highest down", 100 * o->sweep.find.precision);
    (void)printf("           all of it in at most %s of load\n",
                 ct_seconds_format(o->sweep.find.budget_s, budget));
    (void)printf("re-runs    %u of %s, monitored\n", rates,
                 ct_seconds_format(o->sweep.find.confirm_s, each));
    if (o->rest_ns > 0)
        (void)printf("rests      %s before each run\n", ct_duration_format(o->rest_ns, each));
    (void)printf("At most %s%s; a last run that began within the budget ends, and a monitored run "
                 "that\nthis machine spoils is repeated. Less when the answer is clear.\n",
                 ct_seconds_format(at_most_s(t, o), all),
                 o->rest_ns > 0 ? " without the rests" : "");
    ct_buf_release(&limits);
}

static void put_plan(struct ct_json_out *json, const struct ct_testcase *t,
                     const struct ct_benchmark_opts *o)
{
    ct_json_open(json, NULL, '{');
    ct_json_text(json, "test_case", t->name);
    ct_json_bool(json, "finds_load", finds_load(t, o));
    ct_json_count(json, "rates", rates_of(t, o));
    ct_json_number(json, "budget_s", o->sweep.find.budget_s);
    ct_json_number(json, "confirm_s", o->sweep.find.confirm_s);
    ct_json_number(json, "at_most_s", at_most_s(t, o));
    ct_json_close(json, '}');
}

void ct_answer_benchmark_plan(const struct ct_testcase *const *cases, size_t count,
                              const struct ct_benchmark_opts *o, const char *target,
                              enum ct_output output)
{
    if (output == CT_OUTPUT_TEXT) {
        for (size_t i = 0; i < count; i++)
            print_plan(cases[i], o);
        return;
    }
    struct ct_buf buf;
    struct ct_json_out json;
    ct_buf_init(&buf, JSON_MAX);
    ct_json_init(&json, &buf, -1);
    ct_json_open(&json, NULL, '{');
    ct_json_text(&json, "schema", "ct/benchmark-plan/1");
    ct_json_text(&json, "target", target);
    ct_json_open(&json, "test_cases", '[');
    for (size_t i = 0; i < count; i++)
        put_plan(&json, cases[i], o);
    ct_json_close(&json, ']');
    ct_json_close(&json, '}');
    ct_answer_json(stdout, &buf);
}
