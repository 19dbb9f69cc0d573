#include "cli/cmd_execution.h"

#include "cli/answer.h"
#include "cli/exit_status.h"
#include "cli/plan_opts.h"
#include "services/execution.h"

int ct_cmd_execute(struct ct_cmd_ctx *ctx, const char *url, bool monitor,
                   const struct ct_test *test, struct ct_err *err)
{
    const struct ct_load_cmd_opts *o = ctx->opts;
    struct ct_session_opts so = ct_load_session(ctx, url, monitor);
    struct ct_session session;
    struct ct_execution e;
    struct ct_criteria criteria;
    bool watches = monitor && ctx->has_config;
    int rc = ct_plan_opts_criteria(ctx, &test->plan, watches ? &ctx->config.cluster : NULL,
                                   &criteria, err);
    if (rc < 0 || (rc = ct_session_open(&session, &so, err)) < 0)
        return rc;
    struct ct_test all = *test;
    all.monitored = all.kept = true;
    all.results = (enum ct_results)o->load.results;
    all.criteria = &criteria;
    rc = ct_execution_run(&session, &all, ctx->cmd->name, &e, err);
    if (rc == 0) {
        ct_answer_execution(&e, test->mix, ctx->cmd->name, (enum ct_output)o->load.output);
        rc = ct_load_status(&e.outcome, e.test.summary.verdict);
        if (rc == 0 && !ct_summary_kept(&e.test.summary))
            rc = CT_EXIT_THRESHOLD;
        ct_execution_release(&e);
    }
    ct_session_close(&session);
    return rc;
}
