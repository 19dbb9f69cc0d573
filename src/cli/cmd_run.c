#include <stdio.h>

#include "cli/cmd_execution.h"
#include "cli/plan_opts.h"
#include "cli/request_opts.h"

/* ct run: one test at one plan; a URL on the line needs no file. */

struct opts {
    struct ct_common_opts common;
    struct ct_load_opts load_opts;
    struct ct_plan_opts plan_opts;
    struct ct_request_opts request;
};

static const struct ct_opt rows[] = {CT_REQUEST_ROWS(struct opts)};

static int run_asked(struct ct_cmd_ctx *ctx, const struct ct_asked *asked, struct ct_err *err)
{
    char title[500], how[CT_PLAN_TITLE];
    struct ct_test test = {
        .testcase = asked->testcase, .load = asked->load, .mix = asked->mix, .title = title};
    int rc = ct_plan_opts_plan(ctx, &test.plan, err);
    if (rc == 0) {
        (void)snprintf(title, sizeof(title), "%.200s %s", asked->shown,
                       ct_plan_opts_title(&test.plan, how));
        rc = ct_cmd_execute(ctx, asked->url, asked->monitor, &test, err);
    }
    ct_plan_opts_release(&test.plan);
    return rc;
}

static int run(struct ct_cmd_ctx *ctx, struct ct_err *err)
{
    const struct opts *o = ctx->opts;
    return ct_asked_do(ctx, &o->request, run_asked, err);
}

static const struct ct_opt_set sets[] = {
    {rows, sizeof(rows) / sizeof(*rows)}, CT_PLAN_SET, CT_LOAD_SET, CT_COMMON_SET};

const struct ct_cmd ct_cmd_run = {
    .name = "run",
    .summary = "one test at one plan; needs no file when a URL is given",
    .operands = "[URL]",
    .about = "Sends requests at even, exact instants and prints what came of them. With a URL\n"
             "the monitored servers of a configuration are watched only when --config is\n"
             "given; without a URL the target and its servers are those of the configuration.\n",
    .example = "  ct run http://127.0.0.1:8080/ --rate 500 --duration 5s\n"
               "  ct run http://127.0.0.1:8080/cart -X POST \\\n"
               "      -H 'Content-Type: application/json' --body '{\"item\": 1}' \\\n"
               "      --rate 50 -n 1000 --output json\n"
               "  ct run http://127.0.0.1:8080/ --plan 'line(1,500,20s) const(500,1m)'\n"
               "  ct run http://127.0.0.1:8080/ -c 50 --duration 10s\n"
               "  ct run 'http://127.0.0.1:8080/users/{{id}}' --feed users.csv --rate 200\n"
               "  printf 'GET http://127.0.0.1:8080/%s\\n' ' weight=3' cart |\n"
               "      ct run - --rate 100\n",
    .sets = sets,
    .n_sets = sizeof(sets) / sizeof(*sets),
    .opts_size = sizeof(struct opts),
    .config = CT_CMD_MAY_CONFIG,
    .run = run,
};
