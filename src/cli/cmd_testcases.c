#include <stdio.h>

#include "cli/cmd.h"
#include "report/table.h"
#include "testcases/testcases.h"

/* ct testcases: what can be asked of a target. */

struct opts {
    struct ct_common_opts common;
};

static int run(struct ct_cmd_ctx *ctx, struct ct_err *err)
{
    struct ct_testcases t;
    int rc = ct_testcases_init(&t, &ctx->config, err);
    if (rc < 0)
        return rc;
    for (size_t i = 0; i < t.count; i++) {
        const struct ct_testcase *c = t.items[i];
        (void)printf("%s\n    %s\n", c->name, c->description);
        if (c->has_load)
            (void)printf("    load %u to %u: %s\n", (unsigned)c->load_min, (unsigned)c->load_max,
                         c->load_help);
    }
    ct_testcases_release(&t);
    return 0;
}

static const struct ct_opt_set sets[] = {CT_COMMON_SET};

const struct ct_cmd ct_cmd_testcases = {
    .name = "testcases",
    .summary = "the test cases: built in and from the configuration",
    .about = "Lists each test case with what it asks for and what its load means. The loads\n"
             "begin at the smallest recommended one.\n",
    .example = "  ct testcases --config config.json\n",
    .sets = sets,
    .n_sets = sizeof(sets) / sizeof(*sets),
    .opts_size = sizeof(struct opts),
    .config = CT_CMD_MAY_CONFIG,
    .run = run,
};
