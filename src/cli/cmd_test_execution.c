#include <stdio.h>

#include "cli/cmd_execution.h"
#include "cli/plan_opts.h"
#include "testcases/testcases.h"

/* ct test-execution: one test case at one load and rate, in Cluster Tester's words. */

struct opts {
    struct ct_common_opts common;
    struct ct_load_opts load_opts;
    struct ct_plan_opts plan_opts;
    struct ct_list test_cases;
    uint64_t load;
};

#define OPT(member, type) CT_OPT_MEMBER(struct opts, member, type)

static const struct ct_opt rows[] = {
    {.name = "test-cases",
     .type = CT_OPT_LIST,
     .offset = OPT(test_cases, struct ct_list),
     .def = "fibonacci",
     .value = "NAME",
     .help = "the test case ('ct testcases' lists them); exactly one"},
    {.name = "load",
     .type = CT_OPT_COUNT,
     .offset = OPT(load, uint64_t),
     .def = "1",
     .min = 1,
     .max = 1e9,
     .value = "N",
     .help = "size of the work that each request asks for"},
};

static int run(struct ct_cmd_ctx *ctx, struct ct_err *err)
{
    const struct opts *o = ctx->opts;
    if (o->test_cases.count != 1)
        return ct_fail(err, CT_EUSAGE, "--test-cases: exactly one test case, not %zu",
                       o->test_cases.count);
    struct ct_testcases cases;
    int rc = ct_testcases_init(&cases, &ctx->config, err);
    if (rc < 0)
        return rc;
    struct ct_test test = {.load = (uint32_t)o->load};
    rc = ct_plan_opts_plan(ctx, &test.plan, err);
    if (rc == 0)
        rc = ct_testcases_find(&cases, o->test_cases.items[0], &test.testcase, err);
    if (rc == 0) {
        char title[500], how[CT_PLAN_TITLE];
        (void)snprintf(title, sizeof(title), "%s, load %u, %s", test.testcase->name,
                       (unsigned)test.load, ct_plan_opts_title(&test.plan, how));
        test.title = title;
        rc = ct_cmd_execute(ctx, NULL, true, &test, err);
    }
    ct_plan_opts_release(&test.plan);
    ct_testcases_release(&cases);
    return rc;
}

static const struct ct_opt_set sets[] = {
    {rows, sizeof(rows) / sizeof(*rows)}, CT_PLAN_SET, CT_LOAD_SET, CT_COMMON_SET};

const struct ct_cmd ct_cmd_test_execution = {
    .name = "test-execution",
    .summary = "one test case at one load and rate",
    .about = "Sends requests-per-second x duration requests at even, exact instants, watches\n"
             "the servers of the configuration meanwhile, prints a summary and saves a result\n"
             "file.\n",
    .example = "  ct test-execution --test-cases bubble-sort --load 10 \\\n"
               "      --requests-per-second 100 --duration-per-test 10\n",
    .sets = sets,
    .n_sets = sizeof(sets) / sizeof(*sets),
    .opts_size = sizeof(struct opts),
    .config = CT_CMD_NEEDS_CONFIG,
    .run = run,
};
