#include "cli/cmd_execution.h"

#include "cli/answer.h"
#include "cli/load_opts.h"
#include "services/execution.h"

int ct_cmd_execute(struct ct_cmd_ctx *ctx, const char *url, bool monitor, struct ct_test *test,
                   struct ct_err *err)
{
    const struct ct_load_cmd_opts *o = ctx->opts;
    struct ct_session_opts so = ct_load_session(ctx, url, monitor);
    struct ct_session session;
    struct ct_execution e;
    test->monitored = test->kept = true;
    test->results = (enum ct_results)o->load.results;
    int rc = ct_session_open(&session, &so, err);
    if (rc < 0)
        return rc;
    rc = ct_execution_run(&session, test, ctx->cmd->name, &e, err);
    if (rc == 0) {
        ct_answer_execution(&e, ctx->cmd->name, (enum ct_output)o->load.output);
        rc = ct_load_status(&e.outcome, e.test.summary.verdict);
        ct_execution_release(&e);
    }
    ct_session_close(&session);
    return rc;
}
