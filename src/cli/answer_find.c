#include "cli/answer_find.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "cli/answer.h"
#include "report/table.h"
#include "store/json_out.h"

enum { JSON_MAX = 16 << 20, TEXT_MAX = 8192, COLUMNS = 7, CELL = 48 };

static void at_text(const struct ct_finding_opts *o, double at, char cell[CELL])
{
    char text[CT_UNIT_TEXT];
    if (o->find.axis == CT_FIND_CONNECTIONS)
        (void)snprintf(cell, CELL, "%s", ct_count_format((uint64_t)at, text));
    else
        (void)snprintf(cell, CELL, "%s", ct_rate_format(at, text));
}

static void value_text(const struct ct_threshold *t, double value, char cell[CELL])
{
    char text[CT_UNIT_TEXT];
    if (isnan(value))
        (void)snprintf(cell, CELL, "-");
    else if (isinf(value))
        (void)snprintf(cell, CELL, "failed");
    else if (t->measure == CT_MEASURE_TIME)
        (void)snprintf(cell, CELL, "%s", ct_duration_format((uint64_t)value, text));
    else if (t->measure == CT_MEASURE_SHARE)
        (void)snprintf(cell, CELL, "%.3g %%", 100 * value);
    else
        (void)snprintf(cell, CELL, "%s", ct_bytes_format((uint64_t)value, text));
}

/* The limit that the table shows: the one that gave way, else the first. */
static size_t shown_limit(const struct ct_finding *f)
{
    return f->answer.gave_way > 0 ? (size_t)f->answer.gave_way : 0;
}

static void outcome_text(const struct ct_find_trial *t, const char *reason,
                         const struct ct_finding_opts *o, char cell[CELL])
{
    const char *broke = ct_finding_gave_way(o, t->broke);
    if (!t->valid)
        (void)snprintf(cell, CELL, "invalid: %s", reason);
    else if (t->kept)
        (void)snprintf(cell, CELL, "kept");
    else
        (void)snprintf(cell, CELL, "%s%s%.30s", t->overload ? "overload" : "broke",
                       broke != NULL ? " " : "", broke != NULL ? broke : "");
}

static void fill_row(const struct ct_finding *f, const struct ct_finding_opts *o, size_t i,
                     const struct ct_find_trial *t, char cells[COLUMNS][CELL])
{
    size_t limit = shown_limit(f);
    char text[CT_UNIT_TEXT];
    (void)snprintf(cells[0], CELL, "%s", ct_find_phase_name(t->phase));
    if (t->phase == CT_FIND_CALIBRATE)
        (void)snprintf(cells[1], CELL, "alone");
    else
        at_text(o, t->at, cells[1]);
    (void)snprintf(cells[2], CELL, "%.0f s", t->seconds);
    if (t->valid)
        (void)snprintf(cells[3], CELL, "%s", ct_count_format(t->n, text));
    else
        (void)snprintf(cells[3], CELL, "-"); /* they are not counted */
    value_text(&o->criteria.list[limit], f->trials[i].values[limit], cells[4]);
    (void)snprintf(cells[5], CELL, "-");
    if (o->find.limits[limit].kind == CT_FIND_SHARE && t->n > 0)
        (void)snprintf(cells[5], CELL, "%.3g %%", 100 * (double)t->over[limit] / (double)t->n);
    outcome_text(t, f->trials[i].reason, o, cells[6]);
}

static void metric_name(const struct ct_threshold *t, char cell[CELL])
{
    (void)snprintf(cell, CELL, "%.*s", (int)strcspn(t->text, "<>"), t->text);
}

static void print_trials(const struct ct_finding *f, const struct ct_finding_opts *o,
                         const struct ct_style *style)
{
    size_t n;
    const struct ct_find_trial *trials = ct_find_trials(f->find, &n);
    if (n > f->n_trials)
        n = f->n_trials;
    char(*text)[COLUMNS][CELL] = ct_xcalloc(n + 1, sizeof(*text));
    const char **cells = ct_xcalloc((n + 1) * COLUMNS, sizeof(char *));
    (void)snprintf(text[0][0], CELL, "phase");
    (void)snprintf(text[0][1], CELL, "%s",
                   o->find.axis == CT_FIND_CONNECTIONS ? "connections" : "rate");
    (void)snprintf(text[0][2], CELL, "time");
    (void)snprintf(text[0][3], CELL, "requests");
    metric_name(&o->criteria.list[shown_limit(f)], text[0][4]);
    (void)snprintf(text[0][5], CELL, "over it");
    (void)snprintf(text[0][6], CELL, "outcome");
    for (size_t i = 0; i < n; i++)
        fill_row(f, o, i, &trials[i], text[i + 1]);
    for (size_t i = 0; i < (n + 1) * COLUMNS; i++)
        cells[i] = text[i / COLUMNS][i % COLUMNS];
    if (n > 0)
        ct_print_table(stdout, style, "lrrrrrl", cells, COLUMNS, n + 1);
    free((void *)cells);
    free(text);
}

static void print_text(const struct ct_finding *f, const struct ct_finding_opts *o,
                       const char *target)
{
    char shown[512];
    struct ct_buf text;
    struct ct_style style = ct_style_of(stdout);
    ct_escape_text(shown, sizeof(shown), target, strlen(target));
    ct_buf_init(&text, TEXT_MAX);
    ct_finding_text(f, o, &text);
    (void)printf("%s %s", shown, text.data);
    for (size_t i = 0; i < f->n_reasons; i++)
        (void)printf("  %s: %s\n", f->reasons[i].code, f->reasons[i].text);
    if (f->verdict == CT_VERDICT_INVALID && f->outcome.signum == 0)
        (void)printf(
            "  -> try again when nothing else runs here; 'ct doctor' says what this machine "
            "can send\n");
    print_trials(f, o, &style);
    if (!f->outcome.not_durable)
        (void)printf("result: %s\n", f->result_path);
    if (f->journal_path != NULL)
        (void)printf("to go on: the same command with --resume %s\n", f->journal_path);
    ct_buf_release(&text);
}

void ct_answer_find(const struct ct_finding *f, const struct ct_finding_opts *o, const char *target,
                    enum ct_output output)
{
    if (output == CT_OUTPUT_TEXT) {
        print_text(f, o, target);
        return;
    }
    struct ct_buf json;
    ct_buf_init(&json, JSON_MAX);
    ct_finding_json(f, o, f->outcome.not_durable ? "" : f->result_path, &json);
    ct_answer_json(stdout, &json);
}

/* --- the plan --- */

static double whole_s(const struct ct_finding_opts *o)
{
    return o->find.budget_s + o->find.confirm_s + (double)o->soak_ns / 1e9;
}

static void print_plan(const struct ct_finding_opts *o, const char *target)
{
    char shown[512], text[CT_UNIT_TEXT];
    struct ct_buf limits;
    bool closed = o->find.axis == CT_FIND_CONNECTIONS;
    ct_escape_text(shown, sizeof(shown), target, strlen(target));
    ct_buf_init(&limits, TEXT_MAX);
    ct_finding_limits(&o->criteria, &limits);
    (void)printf("%s: the highest %s with %s (%s)\n", shown,
                 closed ? "number of connections" : "rate", limits.data,
                 closed                                    ? "closed model"
                 : o->plan.arrivals == CT_ARRIVALS_POISSON ? "Poisson arrivals"
                                                           : "even arrivals");
    (void)printf("calibrate  one connection for some seconds: how quick is it alone?\n");
    if (closed)
        (void)printf("bracket    1, 5, 10, 20, 50, 100, 200, 500 ... connections until a limit "
                     "breaks, then between\n");
    else
        (void)printf(
            "bracket    probes of 3 s, each 2 or 4 times the last, until a limit breaks\n"
            "localise   probes of 4 s between the last that kept it and the first that did "
            "not\n"
            "visit      10 to 30 s each around the answer, until the interval is %.3g %% "
            "wide\n",
            100 * o->find.precision);
    (void)printf("           all of it in at most %s of load\n",
                 ct_duration_format((uint64_t)(o->find.budget_s * 1e9), text));
    if (o->find.confirm_s > 0)
        (void)printf("confirm    %s at the lower end of the answer\n",
                     ct_duration_format((uint64_t)(o->find.confirm_s * 1e9), text));
    if (o->soak_ns > 0)
        (void)printf("soak       %s there\n", ct_duration_format(o->soak_ns, text));
    (void)printf("At most %s, and a last run that began within the budget ends; less when the "
                 "answer is clear.\n",
                 ct_duration_format((uint64_t)(whole_s(o) * 1e9), text));
    ct_buf_release(&limits);
}

void ct_answer_find_plan(const struct ct_finding_opts *o, const char *target, enum ct_output output)
{
    if (output == CT_OUTPUT_TEXT) {
        print_plan(o, target);
        return;
    }
    struct ct_buf buf;
    struct ct_json_out json;
    ct_buf_init(&buf, JSON_MAX);
    ct_json_init(&json, &buf, -1);
    ct_json_open(&json, NULL, '{');
    ct_json_text(&json, "schema", "ct/find-plan/1");
    ct_json_text(&json, "target", target);
    ct_json_number(&json, "budget_s", o->find.budget_s);
    ct_json_number(&json, "confirm_s", o->find.confirm_s);
    ct_json_number(&json, "soak_s", (double)o->soak_ns / 1e9);
    ct_json_number(&json, "at_most_s", whole_s(o));
    ct_json_close(&json, '}');
    ct_answer_json(stdout, &buf);
}
