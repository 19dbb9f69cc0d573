#include "cli/answer.h"

#include <math.h>
#include <stdio.h>

#include "base/buf.h"
#include "report/table.h"
#include "store/result.h"

enum { JSON_MAX = 16 << 20, CELL = 48 };

void ct_answer_execution(const struct ct_execution *e, const struct ct_mix *mix,
                         const char *command, enum ct_output output)
{
    const struct ct_summary *s = &e->test.summary;
    const char *file = e->outcome.not_durable ? "" : e->result_path;
    if (output == CT_OUTPUT_JSON) {
        struct ct_buf json;
        ct_buf_init(&json, JSON_MAX);
        ct_summary_json(s, command, file, &json);
        (void)printf("%s\n", json.data);
        ct_buf_release(&json);
        return;
    }
    char title[512], load[32] = "";
    const struct ct_run_subject *t = &e->test.subject;
    if (t->has_load)
        (void)snprintf(load, sizeof(load), ", load %u", (unsigned)t->load);
    if (mix != NULL && mix->count > 1)
        (void)snprintf(load, sizeof(load), " and %zu more", mix->count - 1);
    (void)snprintf(title, sizeof(title), "%s %s%s%s", t->method, t->base_url, t->path, load);
    struct ct_style style = ct_style_of(stdout);
    ct_print_summary(stdout, &style, s, title);
    if (file[0] != '\0')
        (void)printf("result: %s\n", file);
}

/* --- benchmark --- */

enum { COLUMNS = 6 };

static void fill_row(const struct ct_benchmark_case *c, size_t i, char cells[COLUMNS][CELL])
{
    const struct ct_benchmark_point *p = &c->points[i];
    char text[CT_UNIT_TEXT];
    if (c->testcase->has_load)
        (void)snprintf(cells[0], CELL, "%u", (unsigned)p->found.load);
    else
        (void)snprintf(cells[0], CELL, "-");
    if (p->found.rate == 0)
        (void)snprintf(cells[1], CELL, "none");
    else
        (void)snprintf(cells[1], CELL, "%s%s", p->found.at_least ? "at least " : "",
                       ct_rate_format((double)p->found.rate, text));
    for (int k = 2; k < COLUMNS; k++)
        (void)snprintf(cells[k], CELL, "-");
    if (!isnan(p->mean_s))
        (void)snprintf(cells[2], CELL, "%s", ct_duration_format((uint64_t)(p->mean_s * 1e9), text));
    if (!isnan(p->p99_s))
        (void)snprintf(cells[3], CELL, "%s", ct_duration_format((uint64_t)(p->p99_s * 1e9), text));
    if (!isnan(p->cpu_percent_max))
        (void)snprintf(cells[4], CELL, "%.0f %% %.24s", p->cpu_percent_max, p->cpu_host);
    (void)snprintf(cells[5], CELL, "%s", ct_limited_by_name(p->found.limited_by));
}

static void print_points(const struct ct_benchmark_case *c, const struct ct_style *style)
{
    static const char *const header[COLUMNS] = {"load", "highest rate", "mean",
                                                "p99",  "CPU",          "limited by"};
    char text[CT_SEARCH_LOADS_MAX + 1][COLUMNS][CELL];
    const char *cells[(CT_SEARCH_LOADS_MAX + 1) * COLUMNS];
    size_t rows = c->n_points < CT_SEARCH_LOADS_MAX ? c->n_points : CT_SEARCH_LOADS_MAX;
    for (size_t k = 0; k < COLUMNS; k++)
        cells[k] = header[k];
    for (size_t i = 0; i < rows; i++) {
        fill_row(c, i, text[i]);
        for (size_t k = 0; k < COLUMNS; k++)
            cells[(i + 1) * COLUMNS + k] = text[i][k];
    }
    ct_print_table(stdout, style, "rrrrll", cells, COLUMNS, rows + 1);
}

/* The highest load that has a rate; NULL: none has. */
static const struct ct_search_point *highest(const struct ct_benchmark_case *c)
{
    for (size_t i = 0; i < c->n_points; i++)
        if (c->points[i].found.rate != 0)
            return &c->points[i].found;
    return NULL;
}

/* One sentence that states the capacity, or why there is none. */
static void print_sentence(const struct ct_benchmark_case *c, double limit_s)
{
    char limit[CT_UNIT_TEXT], rate[CT_UNIT_TEXT];
    (void)ct_duration_format((uint64_t)(limit_s * 1e9), limit);
    const struct ct_search_point *p = highest(c);
    if (c->verdict == CT_VERDICT_NO_DATA)
        (void)printf("No answer was ok: there is no capacity to report.\n");
    else if (c->verdict == CT_VERDICT_INVALID)
        (void)printf(
            "This machine could not send the load on time: no capacity comes from that.\n");
    else if (p == NULL)
        (void)printf("It cannot hold a mean of %s even at its lowest load and rate.\n", limit);
    else if (c->testcase->has_load)
        (void)printf("Highest load with a mean of at most %s (even arrivals): %u, up to %s%s.\n",
                     limit, (unsigned)p->load, p->at_least ? "at least " : "",
                     ct_rate_format((double)p->rate, rate));
    else
        (void)printf("Highest rate with a mean of at most %s (even arrivals): %s%s.\n", limit,
                     p->at_least ? "at least " : "", ct_rate_format((double)p->rate, rate));
    for (size_t i = 0; i < c->n_reasons; i++)
        (void)printf("  %s: %s\n", c->reasons[i].code, c->reasons[i].text);
}

/* Of the highest load that was confirmed; the others' stand in the file. */
static void print_conclusion(const struct ct_benchmark_case *c, const struct ct_style *style)
{
    for (size_t i = 0; i < c->n_points; i++)
        if (c->points[i].conclusion[0] != '\0') {
            ct_print_conclusion(stdout, style, c->points[i].conclusion);
            return;
        }
}

static void print_case(const struct ct_benchmark_case *c, double limit_s,
                       const struct ct_style *style)
{
    (void)printf("\n%s: %zu tests\n", c->testcase->name, c->n_trials);
    print_sentence(c, limit_s);
    if (c->n_points > 0)
        print_points(c, style);
    print_conclusion(c, style);
    for (size_t i = 0; i < c->n_points; i++)
        if (c->points[i].measured && !c->points[i].found.confirmed)
            (void)printf("The run that should confirm load %u did not pass: measure it longer.\n",
                         (unsigned)c->points[i].found.load);
    if (!c->outcome.not_durable)
        (void)printf("result: %s\n", c->result_path);
}

void ct_answer_benchmark(const struct ct_benchmark_case *cases, size_t count, double limit_s,
                         enum ct_output output)
{
    if (output == CT_OUTPUT_TEXT) {
        struct ct_style style = ct_style_of(stdout);
        for (size_t i = 0; i < count; i++)
            print_case(&cases[i], limit_s, &style);
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
    (void)printf("%s\n", json.data);
    ct_buf_release(&json);
}
