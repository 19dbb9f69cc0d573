#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/baseline.h"
#include "base/log.h"
#include "base/mem.h"
#include "cli/baseline_text.h"
#include "cli/plan_opts.h"
#include "cli/request_opts.h"
#include "services/analyze_files.h"
#include "services/baseline_json.h"
#include "services/series.h"
#include "store/baseline.h"
#include "store/past.h"

/* ct baseline: what runs of a plan were like, and whether new ones are worse. */

enum { RECORD_RUNS = 10, EXIT_WORSE = 90, EXIT_INVALID = 92 };

struct opts {
    struct ct_common_opts common;
    struct ct_load_opts load_opts;
    struct ct_plan_opts plan_opts;
    struct ct_request_opts request;
    const char *baseline, *min_effect;
    uint64_t runs, warm_ups, spread_ns;
    int outliers; /* 0: keep, 1: drop */
    struct ct_list files;
    bool replace, force;
};

#define OPT(member, type) CT_OPT_MEMBER(struct opts, member, type)

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

/* --- runs, from files or new --- */

/* Only valid ones stay; why others do not is said. */
static void keep_valid(struct ct_past *past)
{
    for (size_t i = past->count; i > 0; i--) {
        const struct ct_past_run *r = &past->runs[i - 1];
        if (r->verdict == CT_VERDICT_VALID)
            continue;
        ct_note("%s is left out: %s: %s", r->file, ct_verdict_name(r->verdict), r->reason);
        ct_past_remove(past, i - 1);
    }
}

static int read_files(const struct opts *o, struct ct_past *out, struct ct_err *err)
{
    struct ct_analyze_opts where = {.storage = o->load_opts.storage, .files = o->files};
    struct ct_analyzed found;
    int rc = ct_analyze_find(&where, &found, err);
    if (rc < 0)
        return rc;
    for (size_t i = 0; rc == 0 && i < found.count; i++)
        rc = ct_past_read(found.files[i].path, out, err);
    ct_analyzed_release(&found);
    keep_valid(out);
    ct_past_sort(out);
    if (rc == 0 && out->count == 0)
        rc = EXIT_INVALID;
    return rc;
}

static int run_series(struct ct_cmd_ctx *ctx, const struct ct_asked *asked,
                      const struct ct_test *test, const struct ct_series_opts *so,
                      struct ct_past *out, struct ct_err *err)
{
    bool monitor = asked->url == NULL || ctx->config_given;
    struct ct_session_opts session_opts = ct_load_session(ctx, asked->url, monitor);
    struct ct_session session;
    struct ct_run_series series = {0};
    int rc = ct_session_open(&session, &session_opts, err);
    if (rc < 0)
        return rc;
    rc = ct_series_run(&session, test, so, &series, err);
    if (rc == 0)
        rc = ct_load_status(&series.outcome, series.verdict);
    if (rc == EXIT_INVALID)
        ct_warn("%zu valid runs of %u: this machine could not send on time in the others",
                series.runs.count, so->runs);
    *out = series.runs;
    ct_session_close(&session);
    return rc;
}

static int make_runs(const struct ct_cmd_ctx *ctx, unsigned runs, unsigned warm_ups,
                     struct ct_past *out, struct ct_err *err)
{
    const struct opts *o = ctx->opts;
    struct ct_cmd_ctx rest = *ctx; /* without the word behind "baseline" */
    struct ct_asked asked;
    rest.operands.items++;
    rest.operands.count--;
    int rc = ct_asked_open(&rest, &o->request, &asked, err);
    if (rc < 0)
        return rc;
    struct ct_series_opts so = {
        .warm_ups = warm_ups, .runs = runs, .spread_ns = o->spread_ns, .command = ctx->cmd->name};
    struct ct_criteria criteria;
    struct ct_test test = {.testcase = asked.testcase,
                           .load = asked.load,
                           .mix = asked.mix,
                           .title = asked.shown,
                           .monitored = true,
                           .kept = true,
                           .results = (enum ct_results)o->load_opts.results,
                           .criteria = &criteria};
    if ((rc = ct_plan_opts_plan(ctx, &test.plan, err)) == 0 &&
        (rc = ct_plan_opts_criteria(ctx, &test.plan, NULL, &criteria, err)) == 0)
        rc = run_series(&rest, &asked, &test, &so, out, err);
    ct_plan_opts_release(&test.plan);
    ct_asked_close(&asked);
    return rc;
}

static int get_runs(const struct ct_cmd_ctx *ctx, unsigned usual, unsigned warm_ups,
                    struct ct_past *out, struct ct_err *err)
{
    const struct opts *o = ctx->opts;
    if (o->files.count == 0)
        return make_runs(ctx, o->runs > 0 ? (unsigned)o->runs : usual, warm_ups, out, err);
    if (ctx->operands.count > 1)
        return ct_fail(err, CT_EUSAGE, "--files: the runs are there: leave out '%s'",
                       ctx->operands.items[1]);
    int rc = read_files(o, out, err);
    if (rc == EXIT_INVALID)
        ct_warn("none of the files holds a valid run");
    return rc;
}

/* --- comparable? --- */

static int check_plans(const struct ct_past *runs, const struct ct_past_run *like,
                       struct ct_err *err)
{
    for (size_t i = 0; i < runs->count; i++)
        if (strcmp(runs->runs[i].key, like->key) != 0)
            return ct_fail(err, CT_EUSAGE, "another plan: '%.200s' (%.60s) is not '%.200s'",
                           runs->runs[i].plan, runs->runs[i].file, like->plan);
    for (size_t i = 0; i < runs->count; i++)
        if (strcmp(runs->runs[i].hostname, like->hostname) != 0) {
            ct_warn("runs were made on '%s' and on '%s': differences may be the machines'",
                    like->hostname, runs->runs[i].hostname);
            break;
        }
    return 0;
}

/* --- the four --- */

static void print_json(const struct ct_baseline *b, const struct ct_past *runs,
                       const struct ct_baseline_result results[CT_FIGURES_JUDGED])
{
    struct ct_buf json;
    ct_buf_init(&json, 64 << 20);
    ct_baseline_json(b, runs, results, &json);
    (void)printf("%s\n", json.data);
    ct_buf_release(&json);
}

/* runs: of a check. */
static int show(const struct opts *o, const struct ct_baseline *b, size_t runs, double min_effect)
{
    struct ct_baseline_result results[CT_FIGURES_JUDGED];
    (void)ct_baseline_judge(b, NULL, runs, min_effect, results);
    ct_baseline_plan_ahead(results, min_effect);
    if (o->load_opts.output == CT_OUTPUT_JSON)
        print_json(b, NULL, results);
    else
        ct_baseline_show(b, results, min_effect);
    return 0;
}

static int record(const struct ct_cmd_ctx *ctx, double min_effect, struct ct_err *err)
{
    const struct opts *o = ctx->opts;
    struct ct_baseline b = {.drop_outliers = o->outliers == 1};
    FILE *there = o->replace ? NULL : fopen(o->baseline, "re");
    if (there != NULL) {
        (void)fclose(there);
        return ct_fail(err, CT_EUSAGE,
                       "'%s' is there already: --replace, another --baseline, or 'ct baseline "
                       "update'",
                       o->baseline);
    }
    int rc = get_runs(ctx, RECORD_RUNS, (unsigned)o->warm_ups, &b.runs, err);
    if (rc == 0)
        rc = check_plans(&b.runs, &b.runs.runs[0], err);
    if (rc == 0 && (rc = ct_baseline_write(o->baseline, &b, o->replace, err)) == 0) {
        rc = show(o, &b, 1, min_effect);
        if (o->load_opts.output == CT_OUTPUT_TEXT)
            (void)printf("baseline: %s\n", o->baseline);
    }
    ct_past_release(&b.runs);
    return rc;
}

/* The verdict on runs; true when they are worse. */
static bool hold_against(const struct opts *o, const struct ct_baseline *b,
                         const struct ct_past *runs, double min_effect)
{
    struct ct_baseline_result results[CT_FIGURES_JUDGED];
    bool worse = ct_baseline_judge(b, runs, 0, min_effect, results);
    ct_baseline_plan_ahead(results, min_effect);
    if (o->load_opts.output == CT_OUTPUT_JSON)
        print_json(b, runs, results);
    else
        ct_baseline_answer(results, min_effect);
    return worse;
}

static int check(const struct ct_cmd_ctx *ctx, double min_effect, struct ct_err *err)
{
    const struct opts *o = ctx->opts;
    struct ct_baseline b = {0};
    struct ct_past runs = {0};
    int rc = ct_baseline_read(o->baseline, &b, err);
    if (rc == 0 && (rc = get_runs(ctx, 1, 0, &runs, err)) == 0 &&
        (rc = check_plans(&runs, &b.runs.runs[0], err)) == 0 &&
        hold_against(o, &b, &runs, min_effect))
        rc = EXIT_WORSE;
    ct_past_release(&runs);
    ct_past_release(&b.runs);
    return rc;
}

static bool holds(const struct ct_past *past, const struct ct_past_run *r)
{
    for (size_t i = 0; i < past->count; i++)
        if (past->runs[i].started_ns == r->started_ns &&
            strcmp(past->runs[i].hostname, r->hostname) == 0)
            return true;
    return false;
}

static int update(const struct ct_cmd_ctx *ctx, double min_effect, struct ct_err *err)
{
    const struct opts *o = ctx->opts;
    struct ct_baseline b = {0};
    struct ct_past runs = {0};
    size_t added = 0;
    int rc = ct_baseline_read(o->baseline, &b, err);
    if (rc == 0 && (rc = get_runs(ctx, 1, 0, &runs, err)) == 0)
        rc = check_plans(&runs, &b.runs.runs[0], err);
    if (rc == 0 && hold_against(o, &b, &runs, min_effect) && !o->force) {
        ct_warn("'%s' stays as it is: --force adds runs that are worse", o->baseline);
        rc = EXIT_WORSE;
    }
    for (size_t i = 0; rc == 0 && i < runs.count; i++)
        if (!holds(&b.runs, &runs.runs[i])) {
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
    const struct opts *o = ctx->opts;
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
    const struct opts *o = ctx->opts;
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

static const struct ct_opt request_rows[] = {CT_REQUEST_ROWS(struct opts)};

static const struct ct_opt_set sets[] = {
    {rows, sizeof(rows) / sizeof(*rows)},
    {request_rows, sizeof(request_rows) / sizeof(*request_rows)},
    CT_PLAN_SET,
    CT_LOAD_SET,
    CT_COMMON_SET};

const struct ct_cmd ct_cmd_baseline = {
    .name = "baseline",
    .summary = "what runs of a plan are like, and whether new ones are worse (exit 90)",
    .operands = "record|check|show|update [URL]",
    .about = "record makes warm-ups and ten runs and writes what they were to the baseline; check\n"
             "makes one more run (--runs) and holds it against the bound that 95 of 100 such runs\n"
             "keep; show draws the runs and says what change a check can see; update adds runs\n"
             "that were checked. With --files, result files take the place of new runs.\n",
    .example = "  ct baseline record http://127.0.0.1:8080/ --rate 500 --duration 30s --spread 1h\n"
               "  ct baseline check http://127.0.0.1:8080/ --rate 500 --duration 30s\n"
               "  ct baseline show --runs 3\n"
               "  ct baseline update --files results/20261121_*.json\n",
    .sets = sets,
    .n_sets = sizeof(sets) / sizeof(*sets),
    .opts_size = sizeof(struct opts),
    .config = CT_CMD_MAY_CONFIG,
    .run = run,
};
