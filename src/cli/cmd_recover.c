#include <stdio.h>
#include <stdlib.h>

#include "base/units.h"
#include "cli/cmd.h"
#include "services/recover.h"

/* ct recover: a result from the journal of an interrupted run. */

struct opts {
    struct ct_common_opts common;
};

static int run(struct ct_cmd_ctx *ctx, struct ct_err *err)
{
    if (ctx->operands.count != 1)
        return ct_fail(err, CT_EUSAGE, "which journal? usage: ct recover results/.NAME.journal");
    struct ct_recovered r;
    int rc = ct_recover(ctx->operands.items[0], ctx->cmd->name, &r, err);
    if (rc < 0)
        return rc;
    char requests[CT_UNIT_TEXT];
    (void)printf("recovered %zu %s with %s requests\nresult: %s\n", r.executions,
                 r.executions == 1 ? "execution" : "executions",
                 ct_count_format(r.requests, requests), r.result_path);
    free(r.result_path);
    return 0;
}

static const struct ct_opt_set sets[] = {CT_COMMON_SET};

const struct ct_cmd ct_cmd_recover = {
    .name = "recover",
    .summary = "a result file from the journal of an interrupted run",
    .operands = "JOURNAL",
    .about = "When ct was killed, everything up to the last second is in its journal, a\n"
             "hidden file beside the result that never came. This makes the result from it,\n"
             "marked truncated.\n",
    .example = "  ct recover results/.20261121_021606_test_execution.journal\n",
    .sets = sets,
    .n_sets = sizeof(sets) / sizeof(*sets),
    .opts_size = sizeof(struct opts),
    .config = CT_CMD_NO_CONFIG,
    .run = run,
};
