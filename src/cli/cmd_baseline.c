#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/baseline.h"
#include "base/log.h"
#include "cli/answer.h"
#include "cli/baseline_runs.h"
#include "cli/baseline_text.h"
#include "cli/exit_status.h"
#include "services/baseline_json.h"
#include "store/baseline.h"

/* ct baseline: what runs of a plan were like, and whether new ones are worse. */

enum { RECORD_RUNS = 10 };

#define OPT(member, type) CT_OPT_MEMBER(struct ct_baseline_opts, member, type)

static const char *const outlier_choices[] = {"keep", "drop", NULL};

static const struct ct_opt rows[] = {
    {.name = "baseline",
     .type = CT_OPT_STRING,
     .offset = OPT(baseline, const char *),
     .def = "baseline.json",
     .value = "FILE",
     .help = "the baseline"},
    {.name = "runs",
     .type = CT_OPT_COUNT,
     .offset = OPT(runs, uint64_t),
     .def = "0",
     .max = 1000,
     .value = "N",
     .help = "valid runs to make; 0: record 10, check 1"},
    {.name = "warm-ups",
     .type = CT_OPT_COUNT,
     .offset = OPT(warm_ups, uint64_t),
     .def = "3",
     .max = 1000,
     .value = "N",
     .help = "record: runs before, that do not count"},
    {.name = "spread",
     .type = CT_OPT_DURATION,
     .offset = OPT(spread_ns, uint64_t),
     .def = "0",
     .max = 30 * 86400e9,
     .value = "TIME",
     .help = "from the first run's start to the last one's, evenly: 1h; 0: at once"},
    {.name = "outliers",
     .type = CT_OPT_CHOICE,
     .offset = OPT(outliers, int),
     .def = "keep",
     .choices = outlier_choices,
     .value = "keep|drop",
     .help = "record: do runs beyond two deviations count?"},
    {.name = "min-effect",
     .type = CT_OPT_STRING,
     .offset = OPT(min_effect, const char *),
     .def = "5%",
     .value = "PERCENT",
     .help = "a smaller change is not worse"},
    {.name = "files",
     .type = CT_OPT_LIST,
     .flags = CT_OPT_NO_SPLIT,
     .offset = OPT(files, struct ct_list),
     .value = "FILE",
     .help = "runs made before (result files, globs) instead of new ones"},
    {.name = "replace",
     .type = CT_OPT_FLAG,
     .offset = OPT(replace, bool),
     .help = "record: in place of the file that is there"},
    {.name = "force",
     .type = CT_OPT_FLAG,
     .offset = OPT(force, bool),
     .help = "update: also with runs that are worse"},
};

/* --- the four --- */

static void print_json(const struct ct_baseline *b, const struct ct_past *runs,
                       const struct ct_baseline_result results[CT_FIGURES_JUDGED])
{
    struct ct_buf json;
    ct_buf_init(&json, 64 << 20);
    ct_baseline_json(b, runs, results, &json);
    ct_answer_json(stdout, &json);
}

/* runs: of a check. */
static int show(const struct ct_baseline_opts *o, const struct ct_baseline *b, size_t runs,
                double min_effect)
{
    struct ct_baseline_result results[CT_FIGURES_JUDGED];
    (void)ct_baseline_judge(b, NULL, runs, min_effect, results);
    ct_baseline_plan_ahead(results, min_effect);
    if (o->load_opts.output == CT_OUTPUT_JSON)
        print_json(b, NULL, results);
    else
        ct_baseline_show(b, results);
    return 0;
}

static int record(const struct ct_cmd_ctx *ctx, double min_effect, struct ct_err *err)
{
    const struct ct_baseline_opts *o = ctx->opts;
    struct ct_baseline b = {.drop_outliers = o->outliers == 1};
    FILE *there = o->replace ? NULL : fopen(o->baseline, "re");
    if (there != NULL) {
        (void)fclose(there);
        return ct_fail(err, CT_EUSAGE,
                       "'%s' is there already: --replace, another --baseline, or 'ct baseline "
                       "update'",
                       o->baseline);
    }
    unsigned broke = 0;
    int rc = ct_cmd_out_check(o->baseline, err);
    if (rc == 0)
        rc = ct_baseline_runs(ctx, RECORD_RUNS, (unsigned)o->warm_ups, NULL, &b.runs, &broke, err);
    if (rc == 0 && (rc = ct_baseline_write(o->baseline, &b, o->replace, err)) == 0) {
        rc = show(o, &b, 1, min_effect);
        if (o->load_opts.output == CT_OUTPUT_TEXT)
            (void)printf("baseline: %s\n", o->baseline);
        if (b.runs.count < CT_BASELINE_RUNS_MIN)
            ct_warn("a check judges against %d runs or more: 'ct baseline update' adds some",
                    CT_BASELINE_RUNS_MIN);
    }
    if (rc == 0 && broke > 0)
        rc = CT_EXIT_THRESHOLD;
    ct_past_release(&b.runs);
    return rc;
}

/* The verdict on runs, of which some broke a threshold: how the command ends. */
static int hold_against(const struct ct_baseline_opts *o, const struct ct_baseline *b,
                        const struct ct_past *runs, unsigned broke, double min_effect)
{
    struct ct_baseline_result results[CT_FIGURES_JUDGED];
    bool worse = ct_baseline_judge(b, runs, 0, min_effect, results);
    ct_baseline_plan_ahead(results, min_effect);
    if (o->load_opts.output == CT_OUTPUT_JSON)
        print_json(b, runs, results);
    else
        ct_baseline_answer(results);
    return broke > 0 ? CT_EXIT_THRESHOLD : worse ? CT_EXIT_WORSE : 0;
}

/* Reads the baseline and gets runs of its plan. */
static int get_both(const struct ct_cmd_ctx *ctx, struct ct_baseline *b, struct ct_past *runs,
                    unsigned *broke, struct ct_err *err)
{
    const struct ct_baseline_opts *o = ctx->opts;
    int rc = ct_baseline_read(o->baseline, b, err);
    return rc == 0 ? ct_baseline_runs(ctx, 1, 0, &b->runs.runs[0], runs, broke, err) : rc;
}

static int check(const struct ct_cmd_ctx *ctx, double min_effect, struct ct_err *err)
{
    struct ct_baseline b = {0};
    struct ct_past runs = {0};
    unsigned broke = 0;
    int rc = get_both(ctx, &b, &runs, &broke, err);
    if (rc == 0)
        rc = hold_against(ctx->opts, &b, &runs, broke, min_effect);
    ct_past_release(&runs);
    ct_past_release(&b.runs);
    return rc;
}

static int update(const struct ct_cmd_ctx *ctx, double min_effect, struct ct_err *err)
{
    const struct ct_baseline_opts *o = ctx->opts;
    struct ct_baseline b = {0};
    struct ct_past runs = {0};
    unsigned broke = 0;
    size_t added = 0;
    int rc = ct_cmd_out_check(o->baseline, err);
    if (rc == 0)
        rc = get_both(ctx, &b, &runs, &broke, err);
    if (rc == 0 && (rc = hold_against(o, &b, &runs, broke, min_effect)) > 0) {
        if (!o->force)
            ct_warn("'%s' stays as it is: --force adds these runs all the same", o->baseline);
        rc = o->force ? 0 : rc;
    }
    for (size_t i = 0; rc == 0 && i < runs.count; i++)
        if (!ct_past_holds(&b.runs, &runs.runs[i])) {
            ct_past_add(&b.runs, &runs.runs[i]);
            ct_past_run_init(&runs.runs[i]);
            added++;
        }
    ct_past_sort(&b.runs);
    if (rc == 0 && (rc = ct_baseline_write(o->baseline, &b, true, err)) == 0)
        ct_note("%zu %s added: '%s' has %zu", added, added == 1 ? "run" : "runs", o->baseline,
                b.runs.count);
    ct_past_release(&runs);
    ct_past_release(&b.runs);
    return rc;
}

static int show_file(const struct ct_cmd_ctx *ctx, double min_effect, struct ct_err *err)
{
    const struct ct_baseline_opts *o = ctx->opts;
    struct ct_baseline b = {0};
    int rc = ct_cmd_operands_max(ctx, 1, err);
    if (rc == 0 && (rc = ct_baseline_read(o->baseline, &b, err)) == 0)
        rc = show(o, &b, o->runs > 0 ? (size_t)o->runs : 1, min_effect);
    ct_past_release(&b.runs);
    return rc;
}

static int run(struct ct_cmd_ctx *ctx, struct ct_err *err)
{
    static const struct {
        const char *name;
        int (*run)(const struct ct_cmd_ctx *ctx, double min_effect, struct ct_err *err);
    } actions[] = {{"record", record}, {"check", check}, {"show", show_file}, {"update", update}};
    enum { ACTIONS = sizeof(actions) / sizeof(*actions) };
    const struct ct_baseline_opts *o = ctx->opts;
    const char *action = ctx->operands.count > 0 ? ctx->operands.items[0] : "";
    const char *names[ACTIONS];
    double min_effect;
    if (ct_percent_parse(o->min_effect, &min_effect, err) < 0)
        return ct_fail_while(err, "--min-effect");
    for (size_t i = 0; i < ACTIONS; i++) {
        names[i] = actions[i].name;
        if (strcmp(action, names[i]) == 0)
            return actions[i].run(ctx, min_effect, err);
    }
    const char *near = ct_nearest(action, names, ACTIONS);
    return ct_fail(err, CT_EUSAGE, "say what: ct baseline record, check, show or update%s%s%s",
                   near != NULL ? ": did you mean '" : "", near != NULL ? near : "",
                   near != NULL ? "'?" : "");
}

static const struct ct_opt request_rows[] = {CT_REQUEST_ROWS(struct ct_baseline_opts)};

static const struct ct_opt_set sets[] = {
    {rows, sizeof(rows) / sizeof(*rows)},
    {request_rows, sizeof(request_rows) / sizeof(*request_rows)},
    CT_PLAN_SET,
    CT_LOAD_SET,
    CT_COMMON_SET};

const struct ct_cmd ct_cmd_baseline = {
    .name = "baseline",
    .summary = "what runs of a plan are like, and are new ones worse?",
    .operands = "record|check|show|update [URL]",
    .about = "record makes warm-ups and ten runs and writes what they were to the baseline;\n"
             "check makes one more run (--runs) and holds it against the bound that 95 of 100\n"
             "such runs keep; show draws the runs and says what change a check can see;\n"
             "update adds runs that were checked. With --files, result files take the place\n"
             "of new runs.\n",
    .example = "  ct baseline record http://127.0.0.1:8080/ --rate 500 --duration 30s \\\n"
               "      --spread 1h\n"
               "  ct baseline check http://127.0.0.1:8080/ --rate 500 --duration 30s\n"
               "  ct baseline show --runs 3\n"
               "  ct baseline update --files results/20261121_*.json\n",
    .sets = sets,
    .n_sets = sizeof(sets) / sizeof(*sets),
    .opts_size = sizeof(struct ct_baseline_opts),
    .config = CT_CMD_MAY_CONFIG,
    .run = run,
};
