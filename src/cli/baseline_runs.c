#include "cli/baseline_runs.h"

#include <string.h>

#include "analysis/baseline.h"
#include "base/log.h"
#include "cli/exit_status.h"
#include "services/analyze_files.h"
#include "services/series.h"
#include "store/past.h"

/* --- of one plan? --- */

static int check_plans(const struct ct_past *runs, const struct ct_past_run *like,
                       struct ct_err *err)
{
    for (size_t i = 0; i < runs->count; i++)
        if (strcmp(runs->runs[i].key, like->key) != 0)
            return ct_fail(err, CT_EUSAGE, "another plan: '%.200s' (%.60s) is not '%.200s'",
                           runs->runs[i].plan, runs->runs[i].file, like->plan);
    return 0;
}

static void check_hosts(const struct ct_past *runs, const struct ct_past_run *like)
{
    for (size_t i = 0; i < runs->count; i++)
        if (strcmp(runs->runs[i].hostname, like->hostname) != 0) {
            ct_warn("runs were made on '%s' and on '%s': differences may be the machines'",
                    like->hostname, runs->runs[i].hostname);
            return;
        }
}

/* --- from files --- */

/* The same run twice is one. */
static void drop_copies(struct ct_past *past)
{
    for (size_t i = past->count; i > 1; i--) {
        const struct ct_past before = {past->runs, i - 1};
        if (!ct_past_holds(&before, &past->runs[i - 1]))
            continue;
        ct_note("%s is left out: the same run is there already", past->runs[i - 1].file);
        ct_past_remove(past, i - 1);
    }
}

/* Only valid ones stay; why others do not is said. Returns how many had no answer at all. */
static size_t keep_valid(struct ct_past *past)
{
    size_t without = 0;
    for (size_t i = past->count; i > 0; i--) {
        const struct ct_past_run *r = &past->runs[i - 1];
        if (r->verdict == CT_VERDICT_VALID)
            continue;
        without += r->verdict == CT_VERDICT_NO_DATA;
        ct_note("%s is left out: %s: %s", r->file, ct_verdict_name(r->verdict), r->reason);
        ct_past_remove(past, i - 1);
    }
    return without;
}

/* strict: a run in which nothing succeeded is not passed over. */
static int read_files(const struct ct_baseline_opts *o, bool strict, struct ct_past *out,
                      struct ct_err *err)
{
    struct ct_analyze_opts where = {.storage = o->load_opts.storage, .files = o->files};
    struct ct_analyzed found;
    int rc = ct_analyze_find(&where, &found, err);
    if (rc < 0)
        return rc;
    for (size_t i = 0; rc == 0 && i < found.count; i++)
        rc = ct_past_read(found.files[i].path, out, err);
    ct_analyzed_release(&found);
    if (rc < 0)
        return rc;
    drop_copies(out);
    size_t without = keep_valid(out);
    ct_past_sort(out);
    if (without > 0 && (strict || out->count == 0)) {
        ct_warn("in %zu of the runs no request succeeded: nothing is judged", without);
        return CT_EXIT_NO_DATA;
    }
    if (out->count > 0)
        return 0;
    ct_warn("none of the files holds a valid run");
    return CT_EXIT_INVALID;
}

/* What says something of new runs only. */
static int check_for_files(const struct ct_cmd_ctx *ctx, struct ct_err *err)
{
    const struct ct_baseline_opts *o = ctx->opts;
    if (ctx->operands.count > 1)
        return ct_fail(err, CT_EUSAGE, "--files: the runs are there: leave out '%s'",
                       ctx->operands.items[1]);
    if (o->plan_opts.thresholds.count > 0)
        return ct_fail(err, CT_EUSAGE,
                       "--threshold is for new runs: those of --files were held against theirs "
                       "when they were made");
    return 0;
}

/* --- new ones --- */

static int check_asked(const struct ct_session *session, const struct ct_test *test,
                       const char *command, const struct ct_past_run *like, struct ct_err *err)
{
    struct ct_past asked = {0};
    if (like == NULL)
        return 0;
    int rc = ct_execution_plan(session, test, command, &asked, err);
    if (rc == 0)
        rc = check_plans(&asked, like, err);
    ct_past_release(&asked);
    return rc;
}

/* Fewer than were asked for, as this machine could not send on time: a baseline stands on five,
 * too; a check has what was asked for. */
static int with_fewer(const struct ct_series_opts *so, const struct ct_run_series *series,
                      bool to_record)
{
    bool enough = to_record && series->runs.count >= CT_BASELINE_ESTABLISHED;
    ct_warn("%zu valid runs of %u: this machine could not send on time in the others%s",
            series->runs.count, so->runs,
            enough      ? "; 'ct baseline update' adds more"
            : to_record ? "; nothing is recorded"
                        : "; nothing is judged");
    return enough ? 0 : CT_EXIT_INVALID;
}

static int run_series(struct ct_session *session, const struct ct_test *test,
                      const struct ct_series_opts *so, bool to_record, struct ct_run_series *series,
                      struct ct_err *err)
{
    int rc = ct_series_run(session, test, so, series, err);
    if (rc == 0)
        rc = ct_load_status(&series->outcome, series->verdict);
    if (rc == CT_EXIT_INVALID)
        rc = with_fewer(so, series, to_record);
    if (series->broke > 0)
        ct_warn("%u of %zu runs did not keep a threshold", series->broke, series->runs.count);
    return rc;
}

static int read_plan(const struct ct_cmd_ctx *ctx, const struct ct_cluster *monitored,
                     struct ct_test *test, struct ct_criteria *criteria, struct ct_err *err)
{
    const struct ct_baseline_opts *o = ctx->opts;
    int rc = ct_plan_opts_plan(ctx, &test->plan, err);
    if (rc == 0)
        rc = ct_plan_opts_criteria(ctx, &test->plan, monitored, criteria, err);
    if (rc == 0 && o->plan_opts.abort)
        rc = ct_fail(err, CT_EUSAGE,
                     "--abort: a run that is cut short cannot be held against whole ones");
    return rc;
}

static int make_runs(const struct ct_cmd_ctx *ctx, const struct ct_series_opts *so,
                     const struct ct_past_run *like, struct ct_run_series *series,
                     struct ct_err *err)
{
    const struct ct_baseline_opts *o = ctx->opts;
    struct ct_cmd_ctx rest = *ctx; /* without the word behind "baseline" */
    struct ct_asked asked;
    rest.operands.items++;
    rest.operands.count--;
    int rc = ct_asked_open(&rest, &o->request, &asked, err);
    if (rc < 0)
        return rc;
    bool monitor = asked.url == NULL || ctx->config_given, watches = monitor && ctx->has_config;
    struct ct_criteria criteria;
    struct ct_session session;
    struct ct_test test = {.testcase = asked.testcase,
                           .load = asked.load,
                           .mix = asked.mix,
                           .title = asked.shown,
                           .monitored = true,
                           .kept = true,
                           .results = (enum ct_results)o->load_opts.results,
                           .criteria = &criteria};
    struct ct_session_opts session_opts = ct_load_session(&rest, asked.url, monitor);
    rc = read_plan(ctx, watches ? &ctx->config.cluster : NULL, &test, &criteria, err);
    if (rc == 0 && (rc = ct_session_open(&session, &session_opts, err)) == 0) {
        rc = check_asked(&session, &test, so->command, like, err);
        if (rc == 0)
            rc = run_series(&session, &test, so, like == NULL, series, err);
        ct_session_close(&session);
    }
    ct_plan_opts_release(&test.plan);
    ct_asked_close(&asked);
    return rc;
}

int ct_baseline_runs(const struct ct_cmd_ctx *ctx, unsigned usual, unsigned warm_ups,
                     const struct ct_past_run *like, struct ct_past *out, unsigned *broke,
                     struct ct_err *err)
{
    const struct ct_baseline_opts *o = ctx->opts;
    struct ct_run_series series = {0};
    struct ct_series_opts so = {.warm_ups = warm_ups,
                                .runs = o->runs > 0 ? (unsigned)o->runs : usual,
                                .spread_ns = o->spread_ns,
                                .command = ctx->cmd->name};
    int rc = 0;
    if (o->files.count == 0)
        rc = make_runs(ctx, &so, like, &series, err);
    else if ((rc = check_for_files(ctx, err)) == 0)
        rc = read_files(o, like != NULL, &series.runs, err);
    *out = series.runs;
    *broke = series.broke;
    if (rc != 0)
        return rc;
    like = like != NULL ? like : &out->runs[0];
    if ((rc = check_plans(out, like, err)) == 0)
        check_hosts(out, like);
    return rc;
}
