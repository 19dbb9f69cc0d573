#include "cli/cmd_execution.h"

#include "analysis/threshold.h"
#include "base/log.h"
#include "base/units.h"
#include "cli/answer.h"
#include "cli/exit_status.h"
#include "cli/plan_opts.h"
#include "engine/plan.h"
#include "services/execution.h"

/* A quantile that the plan has too few requests for is certain not to be kept: said beforehand, not
 * after half a minute of load. */
static void warn_of_few(const struct ct_criteria *c, const struct ct_run_plan *plan)
{
    char needs[CT_UNIT_TEXT], has[CT_UNIT_TEXT];
    if (plan->closed || plan->warm_up_ns > 0)
        return;
    uint64_t planned = ct_plan_count(plan);
    for (size_t i = 0; i < c->count; i++) {
        const struct ct_threshold *t = &c->list[i];
        bool whole = t->metric == CT_METRIC_QUANTILE && t->over_s == 0 && t->stage == 0;
        if (whole && ct_threshold_needs(t) > planned)
            ct_warn("--threshold '%s' needs %s requests and the plan has %s: it will not be kept",
                    t->text, ct_count_format(ct_threshold_needs(t), needs),
                    ct_count_format(planned, has));
    }
}

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
    warn_of_few(&criteria, &test->plan);
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
