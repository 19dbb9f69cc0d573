#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "cli/answer.h"
#include "cli/cmd.h"
#include "report/past.h"
#include "services/history_json.h"

/* ct history: the runs of a storage folder over time. */

struct opts {
    struct ct_common_opts common;
    const char *storage, *plan, *since, *min_effect;
    uint64_t last;
    int output; /* enum ct_output */
};

#define OPT(member, type) CT_OPT_MEMBER(struct opts, member, type)

static const char *const output_choices[] = {"text", "json", NULL};

static const struct ct_opt rows[] = {
    {.name = "storage",
     .type = CT_OPT_STRING,
     .offset = OPT(storage, const char *),
     .def = "results",
     .value = "DIR",
     .help = "folder with the result files"},
    {.name = "plan",
     .type = CT_OPT_STRING,
     .offset = OPT(plan, const char *),
     .value = "KEY",
     .help = "only plans with this key (or its beginning), or with this text in them"},
    {.name = "since",
     .type = CT_OPT_STRING,
     .offset = OPT(since, const char *),
     .value = "WHEN",
     .help = "only runs since: 7d, 12h, or a date such as 2026-11-21T08:00:00"},
    {.name = "last",
     .type = CT_OPT_COUNT,
     .offset = OPT(last, uint64_t),
     .def = "0",
     .max = 1e6,
     .value = "N",
     .help = "show: only the newest N runs (changes are looked for in all); 0: all"},
    {.name = "min-effect",
     .type = CT_OPT_STRING,
     .offset = OPT(min_effect, const char *),
     .def = "5%",
     .value = "PERCENT",
     .help = "a smaller change of level is not told"},
    {.name = "output",
     .type = CT_OPT_CHOICE,
     .offset = OPT(output, int),
     .def = "text",
     .choices = output_choices,
     .value = "text|json",
     .help = "what stdout is: text for people, or one JSON object"},
};

/* A length of time back from now, a date, or a time. */
static int parse_since(const char *text, uint64_t *out_ns, struct ct_err *err)
{
    uint64_t back_ns, now_ns = ct_clock_wall_ns();
    struct ct_err ignored;
    *out_ns = 0;
    if (text == NULL)
        return 0;
    char *midnight = ct_xprintf("%s%s", text, strlen(text) == 10 ? "T00:00:00" : "");
    int rc = ct_time_parse(midnight, strlen(midnight), out_ns);
    free(midnight);
    if (rc == 0)
        return 0;
    if (ct_duration_parse(text, &back_ns, &ignored) < 0)
        return ct_fail(err, CT_EUSAGE,
                       "--since: '%s' is no time: 7d, 12h, 2026-11-21 or 2026-11-21T08:00:00",
                       text);
    *out_ns = back_ns < now_ns ? now_ns - back_ns : 0;
    return 0;
}

static void print_changes(const struct ct_history_series *s)
{
    for (size_t i = 0; i < s->n_changes; i++) {
        char text[300];
        ct_history_change_text(s, &s->changes[i], text, sizeof(text));
        (void)printf("  %s\n", text);
    }
}

static void print_series(const struct ct_history_series *s, bool with_runs, uint64_t last)
{
    const struct ct_past_run *newest = &s->past.runs[s->past.count - 1];
    char service[CT_TREND_TEXT], p90[CT_TREND_TEXT];
    (void)printf("\nplan %s on %s: %zu %s\n  %s\n", newest->key, newest->hostname, s->past.count,
                 s->past.count == 1 ? "run" : "runs", newest->plan);
    (void)printf("  service p50 %s  response p90 %s\n",
                 ct_trend_text(&s->past, CT_FIGURE_SERVICE_P50, service),
                 ct_trend_text(&s->past, CT_FIGURE_RESPONSE_P90, p90));
    if (with_runs) {
        struct ct_style style = ct_style_of(stdout);
        ct_print_past(stdout, &style, &s->past, ct_past_from(&s->past, last));
    }
    print_changes(s);
    if (with_runs && s->n_changes == 0)
        (void)printf("  no change of level is seen\n");
}

static int print_all(const struct opts *o, bool show, struct ct_past *past, double min_effect)
{
    size_t count;
    struct ct_history_series *series = ct_history_split(past, min_effect, &count);
    if (o->output == CT_OUTPUT_JSON) {
        struct ct_buf json;
        ct_buf_init(&json, (size_t)1 << 30);
        ct_history_json(series, count, show, o->last, &json);
        ct_answer_json(stdout, &json);
    }
    for (size_t i = 0; i < count && o->output == CT_OUTPUT_TEXT; i++)
        print_series(&series[i], show, o->last);
    if (count == 0 && o->output == CT_OUTPUT_TEXT)
        (void)printf(o->plan != NULL || o->since != NULL
                         ? "no runs in the history of '%s' are as --plan and --since ask: 'ct "
                           "history list' without them shows all\n"
                         : "no runs in the history of '%s': runs add themselves; 'ct history "
                           "rebuild' adds the files that are there\n",
                     o->storage);
    ct_history_series_release(series, count);
    return 0;
}

static int look(const struct opts *o, bool show, struct ct_err *err)
{
    struct ct_history_filter filter = {.plan = o->plan};
    struct ct_past past;
    double min_effect;
    int rc;
    if (ct_percent_parse(o->min_effect, &min_effect, err) < 0)
        return ct_fail_while(err, "--min-effect");
    if (access(o->storage, F_OK) != 0)
        return ct_fail(err, CT_EFAIL,
                       "there is no folder '%s': --storage names the one with the result files",
                       o->storage);
    if ((rc = parse_since(o->since, &filter.since_ns, err)) < 0 ||
        (rc = ct_history_read(o->storage, &filter, &past, err)) < 0)
        return rc;
    return print_all(o, show, &past, min_effect);
}

static int rebuild(const struct opts *o, struct ct_err *err)
{
    struct ct_history_rebuilt r;
    int rc = ct_history_rebuild(o->storage, &r, err);
    if (rc < 0)
        return rc;
    if (r.replaced)
        (void)printf("the old history was damaged or of another version: it is made anew\n");
    (void)printf("%zu %s from %zu result %s of '%s'\n", r.runs, r.runs == 1 ? "run" : "runs",
                 r.files, r.files == 1 ? "file" : "files", o->storage);
    if (r.passed_over > 0)
        (void)printf("%zu JSON %s no %s of ct; the first: %s\n", r.passed_over,
                     r.passed_over == 1 ? "file is" : "files are",
                     r.passed_over == 1 ? "result" : "results", r.example);
    return 0;
}

static int run(struct ct_cmd_ctx *ctx, struct ct_err *err)
{
    static const char *const actions[] = {"list", "show", "rebuild"};
    const struct opts *o = ctx->opts;
    const char *action = ctx->operands.count == 1 ? ctx->operands.items[0] : "";
    if (strcmp(action, "rebuild") == 0)
        return rebuild(o, err);
    if (strcmp(action, "list") == 0 || strcmp(action, "show") == 0)
        return look(o, strcmp(action, "show") == 0, err);
    const char *near = ct_nearest(action, actions, 3);
    return ct_fail(err, CT_EUSAGE, "say what: ct history list, show or rebuild%s%s%s",
                   near != NULL ? ": did you mean '" : "", near != NULL ? near : "",
                   near != NULL ? "'?" : "");
}

static const struct ct_opt_set sets[] = {{rows, sizeof(rows) / sizeof(*rows)}, CT_COMMON_SET};

const struct ct_cmd ct_cmd_history = {
    .name = "history",
    .summary = "past runs, plan by plan, and where their level changed",
    .operands = "list|show|rebuild",
    .about = "Every run adds itself to history.db in the storage folder. list names the plans\n"
             "that were run, show prints their runs too; both say where a figure changed its\n"
             "level (E-divisive with a permutation test). rebuild makes the history again\n"
             "from the result files, which hold everything that is in it.\n",
    .example = "  ct history list --since 30d\n"
               "  ct history show --plan 3f2a --last 20\n"
               "  ct history show --output json\n"
               "  ct history rebuild --storage results\n",
    .sets = sets,
    .n_sets = sizeof(sets) / sizeof(*sets),
    .opts_size = sizeof(struct opts),
    .config = CT_CMD_NO_CONFIG,
    .run = run,
};
