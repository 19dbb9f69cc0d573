#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "cli/answer.h"
#include "cli/load_opts.h"
#include "services/benchmark.h"
#include "testcases/testcases.h"

/* ct benchmark: the highest load, then the highest rates. */

struct opts {
    struct ct_common_opts common;
    struct ct_load_opts load_opts;
    struct ct_list test_cases;
    uint64_t load, n_loads, rate_min;
    uint64_t limit_ns, rest_ns;
};

#define OPT(member, type) CT_OPT_MEMBER(struct opts, member, type)

static const struct ct_opt rows[] = {
    {.name = "test-cases",
     .type = CT_OPT_LIST,
     .offset = OPT(test_cases, struct ct_list),
     .def = "fibonacci,bubble-sort",
     .value = "NAME...",
     .help = "test cases, one after the other ('ct testcases' lists them)"},
    {.name = "max-response-time",
     .type = CT_OPT_DURATION,
     .offset = OPT(limit_ns, uint64_t),
     .def = "2s",
     .min = 1e3,
     .max = 3600e9,
     .value = "TIME",
     .help = "limit on the mean response time"},
    {.name = "max-n-loads-to-test",
     .type = CT_OPT_COUNT,
     .offset = OPT(n_loads, uint64_t),
     .def = "3",
     .min = 1,
     .max = CT_SEARCH_LOADS_MAX,
     .value = "N",
     .help = "loads to find a rate for: the highest one and those below it"},
    {.name = "min-requests-per-second",
     .type = CT_OPT_COUNT,
     .offset = OPT(rate_min, uint64_t),
     .def = "1",
     .min = 1,
     .max = 1e6,
     .value = "N",
     .help = "lowest rate that is tried, and the rate of the load search"},
    {.name = "load",
     .type = CT_OPT_COUNT,
     .offset = OPT(load, uint64_t),
     .def = "0",
     .min = 0,
     .max = 1e9,
     .value = "N",
     .help = "skip the search for the highest load and take this one; 0: search"},
    {.name = "rest-time",
     .type = CT_OPT_DURATION,
     .offset = OPT(rest_ns, uint64_t),
     .def = "30s",
     .min = 0,
     .max = 86400e9,
     .value = "TIME",
     .help = "rest before each test"},
};

/* All names are checked before anything is sent. */
static int find_cases(const struct opts *o, const struct ct_testcases *known,
                      const struct ct_testcase **found, struct ct_err *err)
{
    for (size_t i = 0; i < o->test_cases.count; i++) {
        int rc = ct_testcases_find(known, o->test_cases.items[i], &found[i], err);
        if (rc < 0)
            return rc;
        if (o->load != 0 && found[i]->has_load &&
            (o->load < found[i]->load_min || o->load > found[i]->load_max))
            return ct_fail(err, CT_EUSAGE, "--load: %s takes loads from %u to %u", found[i]->name,
                           (unsigned)found[i]->load_min, (unsigned)found[i]->load_max);
    }
    return 0;
}

static struct ct_benchmark_opts benchmark_opts(const struct ct_cmd_ctx *ctx)
{
    const struct opts *o = ctx->opts;
    return (struct ct_benchmark_opts){
        .search = {.load_fixed = (uint32_t)o->load,
                   .n_loads = (uint32_t)o->n_loads,
                   .rate_min = o->rate_min,
                   .limit_s = (double)o->limit_ns / 1e9},
        .plan = ct_load_plan(&o->load_opts),
        .rest_ns = o->rest_ns,
        .results = (enum ct_results)o->load_opts.results,
        .command = ctx->cmd->name,
    };
}

/* The gravest of the cases, in the order of the exit statuses. */
static int status_of(const struct ct_benchmark_case *cases, size_t count)
{
    static const int order[] = {1, 94, 130, 143, 92, 93};
    int worst = 0;
    size_t worst_rank = sizeof(order) / sizeof(*order);
    for (size_t i = 0; i < count; i++) {
        int status = ct_load_status(&cases[i].outcome, cases[i].verdict);
        for (size_t r = 0; r < worst_rank; r++) {
            if (order[r] != status)
                continue;
            worst = status;
            worst_rank = r;
        }
    }
    return worst;
}

static int run_cases(struct ct_cmd_ctx *ctx, const struct ct_testcase **found, struct ct_err *err)
{
    const struct opts *o = ctx->opts;
    size_t count = o->test_cases.count;
    size_t ran = 0;
    struct ct_session_opts so = ct_load_session(ctx, NULL, true);
    struct ct_benchmark_opts bo = benchmark_opts(ctx);
    struct ct_session session;
    int rc = ct_session_open(&session, &so, err);
    if (rc < 0)
        return rc;
    struct ct_benchmark_case *cases = ct_xcalloc(count, sizeof(*cases));
    while (rc == 0 && ran < count && session.signum == 0) {
        rc = ct_benchmark_run(&session, found[ran], &bo, &cases[ran], err);
        ran++;
    }
    size_t complete = rc == 0 ? ran : ran - 1;
    if (complete > 0 || rc == 0)
        ct_answer_benchmark(cases, complete, bo.search.limit_s,
                            (enum ct_output)o->load_opts.output);
    int status = rc == 0 ? status_of(cases, complete) : rc;
    for (size_t i = 0; i < ran; i++)
        ct_benchmark_case_release(&cases[i]);
    free(cases);
    ct_session_close(&session);
    return status;
}

static int run(struct ct_cmd_ctx *ctx, struct ct_err *err)
{
    const struct opts *o = ctx->opts;
    struct ct_testcases known;
    int rc = ct_testcases_init(&known, &ctx->config, err);
    if (rc < 0)
        return rc;
    const struct ct_testcase **found =
        ct_xcalloc(o->test_cases.count + 1, sizeof(struct ct_testcase *));
    rc = find_cases(o, &known, found, err);
    if (rc == 0)
        rc = run_cases(ctx, found, err);
    free(found);
    ct_testcases_release(&known);
    return rc;
}

static const struct ct_opt_set sets[] = {
    {rows, sizeof(rows) / sizeof(*rows)}, CT_LOAD_SET, CT_COMMON_SET};

const struct ct_cmd ct_cmd_benchmark = {
    .name = "benchmark",
    .summary = "find the highest load, and the highest rate at it and below it",
    .about = "Per test case: raises the load by one until the mean response time passes the limit\n"
             "or requests fail, then finds the highest rate at that load and at lower ones, runs\n"
             "each once more while watching the servers, and saves a benchmark file.\n",
    .example = "  ct benchmark --test-cases bubble-sort --duration-per-test 10 --rest-time 5 \\\n"
               "      --max-response-time 500ms\n",
    .sets = sets,
    .n_sets = sizeof(sets) / sizeof(*sets),
    .opts_size = sizeof(struct opts),
    .config = CT_CMD_NEEDS_CONFIG,
    .run = run,
};
