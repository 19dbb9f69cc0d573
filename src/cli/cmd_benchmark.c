#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/threshold.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "cli/answer_benchmark.h"
#include "cli/exit_status.h"
#include "cli/find_opts.h"
#include "cli/load_opts.h"
#include "services/benchmark.h"
#include "testcases/testcases.h"

/* ct benchmark: the highest load, then the highest rates. */

struct opts {
    struct ct_common_opts common;
    struct ct_load_opts load_opts;
    struct ct_find_cmd_opts search;
    struct ct_list test_cases, limits;
    uint64_t load, n_loads, rate_min;
    uint64_t limit_ns, rest_ns, seed;
    int kind, arrivals;
};

enum { KIND_NEW, KIND_CLASSIC };
static const char *const kinds[] = {"new", "classic", NULL};
static const char *const arrivals_choices[] = {"even", "poisson", NULL};

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
     .max = 3600e9,
     .value = "TIME",
     .help = "limit on the mean response time; 0: none, with --limit"},
    {.name = "limit",
     .type = CT_OPT_LIST,
     .offset = OPT(limits, struct ct_list),
     .flags = CT_OPT_NO_SPLIT | CT_OPT_ONE_WORD,
     .value = "EXPR",
     .help = "what must hold besides: 'p(95)<1s', 'cpu(HOST)<80%'; may be repeated; "
             "error_rate<1% holds when no limit on errors is given"},
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
     .max = 86400e9,
     .flags = CT_OPT_UNSET,
     .value = "TIME",
     .help = "rest before each run; none when it is not given, 30s with --search classic"},
    {.name = "arrivals",
     .type = CT_OPT_CHOICE,
     .offset = OPT(arrivals, int),
     .def = "even",
     .choices = arrivals_choices,
     .value = "even|poisson",
     .help = "even gaps, or those of independent users (seeded)"},
    {.name = "seed",
     .type = CT_OPT_COUNT,
     .offset = OPT(seed, uint64_t),
     .def = "1",
     .value = "N",
     .help = "of Poisson arrivals: the same seed gives the same instants"},
    {.name = "search",
     .type = CT_OPT_CHOICE,
     .offset = OPT(kind, int),
     .def = "new",
     .choices = kinds,
     .value = "new|classic",
     .help = "classic: as Cluster Tester does it: every load, every test of the same length, one "
             "test decides"},
    CT_FIND_ROWS(struct opts, "10m",
                 "stop the searches of a test case after so much load, re-runs apart, however "
                 "wide the intervals are"),
};

/* --- what is asked for --- */

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

/* What only one of the searches knows. */
static int check_kind(const struct ct_cmd_ctx *ctx, struct ct_err *err)
{
    static const char *const of_new[] = {"limit",  "arrivals", "precision", "budget",
                                         "resume", "out",      "dry-run"};
    const struct opts *o = ctx->opts;
    if (o->kind == KIND_NEW && o->load_opts.duration_ns > CT_FIND_RUN_MAX_S * CT_NS_PER_S)
        return ct_fail(err, CT_EUSAGE,
                       "--duration-per-test: an hour at most; 'ct find --soak' "
                       "makes longer runs at an answer");
    if (o->kind == KIND_NEW)
        return 0;
    if (o->limit_ns == 0)
        return ct_fail(err, CT_EUSAGE, "--search classic needs a --max-response-time");
    for (size_t i = 0; i < sizeof(of_new) / sizeof(*of_new); i++)
        if (ct_cmd_given(ctx, of_new[i]))
            return ct_fail(err, CT_EUSAGE, "--%s does not go with --search classic", of_new[i]);
    return 0;
}

/* Failed requests fail a benchmark, as they always did: one in a hundred at least. */
static int add_errors(struct ct_criteria *c, struct ct_err *err)
{
    for (size_t i = 0; i < c->count; i++)
        if (c->list[i].metric == CT_METRIC_ERROR_RATE)
            return 0;
    return ct_threshold_parse("error_rate<1%", c, err);
}

static int read_search(const struct ct_cmd_ctx *ctx, struct ct_benchmark_opts *out,
                       struct ct_err *err)
{
    const struct opts *o = ctx->opts;
    int rc = ct_find_cmd_criteria(&o->limits, o->limit_ns, &out->plan, &ctx->config.cluster,
                                  &out->criteria, err);
    if (rc == 0)
        rc = add_errors(&out->criteria, err);
    if (rc == 0)
        rc = ct_find_cmd_make(&o->search, &out->criteria, &out->sweep.find, err);
    /* runs of a search have whole seconds */
    out->sweep.find.confirm_s = fmax(round((double)o->load_opts.duration_ns / 1e9), 1);
    out->sweep.load_fixed = (uint32_t)o->load;
    out->sweep.n_loads = (uint32_t)o->n_loads;
    out->sweep.rate_min = o->rate_min;
    return rc;
}

static int benchmark_opts(const struct ct_cmd_ctx *ctx, struct ct_benchmark_opts *out,
                          struct ct_err *err)
{
    const struct opts *o = ctx->opts;
    *out = (struct ct_benchmark_opts){
        .classic = o->kind == KIND_CLASSIC,
        .search = {.load_fixed = (uint32_t)o->load,
                   .n_loads = (uint32_t)o->n_loads,
                   .rate_min = o->rate_min,
                   .limit_s = (double)o->limit_ns / 1e9},
        .limit_s = (double)o->limit_ns / 1e9,
        .rest_ns = o->rest_ns,
        .plan = ct_load_plan(&o->load_opts),
        .results = (enum ct_results)o->load_opts.results,
        .command = ctx->cmd->name,
    };
    out->plan.arrivals = (enum ct_arrivals)o->arrivals;
    out->plan.seed = o->seed;
    if (o->rest_ns == UINT64_MAX) /* not given */
        out->rest_ns = out->classic ? 30 * CT_NS_PER_S : 0;
    int rc = check_kind(ctx, err);
    return rc < 0 || out->classic ? rc : read_search(ctx, out, err);
}

/* Test cases before the one that the journal is of are done: where to go on. */
static int first_case(const struct opts *o, const struct ct_testcase **found, size_t *out_first,
                      struct ct_err *err)
{
    char name[128];
    *out_first = 0;
    if (o->search.resume == NULL)
        return 0;
    int rc = ct_benchmark_journal_case(o->search.resume, name, err);
    if (rc < 0)
        return rc;
    for (size_t i = 0; i < o->test_cases.count; i++) {
        if (strcmp(found[i]->file_name, name) != 0)
            continue;
        *out_first = i;
        if (i > 0)
            ct_note("going on with %s: the test cases before it are left out", found[i]->name);
        return 0;
    }
    return ct_fail(err, CT_EUSAGE, "--resume: that benchmark is of %s: name it in --test-cases",
                   name);
}

/* --- how it ended --- */

/* The gravest of the cases, in the order of the exit statuses. */
static int status_of(const struct ct_benchmark_case *cases, size_t count)
{
    static const int order[] = {
        1, CT_EXIT_NOT_DURABLE, 128 + SIGINT, 128 + SIGTERM, CT_EXIT_INVALID, CT_EXIT_NO_DATA};
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

static int draw(const struct ct_benchmark_case *cases, size_t count, const struct opts *o,
                int status, struct ct_err *err)
{
    struct ct_buf drawn;
    int rc = 0;
    ct_buf_init(&drawn, 1 << 16);
    for (size_t i = 0; i < count && rc == 0; i++)
        rc = ct_benchmark_charts(&cases[i], o->search.out, &drawn, err);
    if (rc < 0)
        status = ct_find_cmd_not_drawn(status, err);
    for (size_t at = 0, len; at < drawn.len; at += len + 1) {
        len = strcspn(drawn.data + at, "\n");
        ct_note("drawn: %.*s", (int)len, drawn.data + at);
    }
    ct_buf_release(&drawn);
    return status;
}

static int run_cases(struct ct_cmd_ctx *ctx, const struct ct_testcase **found,
                     struct ct_benchmark_opts *bo, struct ct_err *err)
{
    const struct opts *o = ctx->opts;
    size_t count = o->test_cases.count, first, ran = 0;
    struct ct_session_opts so = ct_load_session(ctx, NULL, true);
    struct ct_session session;
    int rc = first_case(o, found, &first, err);
    if (rc < 0 || (rc = ct_session_open(&session, &so, err)) < 0)
        return rc;
    struct ct_benchmark_case *cases = ct_xcalloc(count, sizeof(*cases));
    bo->resume = o->search.resume;
    while (rc == 0 && first + ran < count && session.signum == 0) {
        rc = ct_benchmark_run(&session, found[first + ran], bo, &cases[ran], err);
        bo->resume = NULL;
        ran++;
    }
    size_t complete = rc == 0 ? ran : ran - 1;
    if (complete > 0 || rc == 0)
        ct_answer_benchmark(cases, complete, bo, (enum ct_output)o->load_opts.output);
    int status = rc == 0 ? status_of(cases, complete) : rc;
    if (o->search.out != NULL && rc == 0)
        status = draw(cases, complete, o, status, err);
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
    struct ct_benchmark_opts *bo = ct_xcalloc(1, sizeof(*bo));
    rc = find_cases(o, &known, found, err);
    if (rc == 0)
        rc = benchmark_opts(ctx, bo, err);
    if (rc == 0 && o->search.dry_run)
        ct_answer_benchmark_plan(found, o->test_cases.count, bo, ctx->config.app_url,
                                 (enum ct_output)o->load_opts.output);
    else if (rc == 0)
        rc = run_cases(ctx, found, bo, err);
    free(bo);
    free((void *)found);
    ct_testcases_release(&known);
    return rc;
}

static const struct ct_opt_set sets[] = {
    {rows, sizeof(rows) / sizeof(*rows)}, CT_LOAD_SET, CT_COMMON_SET};

const struct ct_cmd ct_cmd_benchmark = {
    .name = "benchmark",
    .summary = "find the highest load, and the highest rate at it and below it",
    .about = "Per test case: finds the highest load whose mean response time keeps the limit\n"
             "at the lowest rate, then the highest rate at that load and at lower ones, with\n"
             "an interval; runs each once more for --duration-per-test while watching the\n"
             "servers, and saves a benchmark file. The searches are those of ct find;\n"
             "--search classic is Cluster Tester's.\n",
    .example = "  ct benchmark --test-cases bubble-sort --max-response-time 500ms\n"
               "  ct benchmark --test-cases bubble-sort --max-response-time 20ms --budget 2m \\\n"
               "      --duration-per-test 10 -o knee.png\n"
               "  ct benchmark --search classic --duration-per-test 10 --rest-time 5\n",
    .sets = sets,
    .n_sets = sizeof(sets) / sizeof(*sets),
    .opts_size = sizeof(struct opts),
    .config = CT_CMD_NEEDS_CONFIG,
    .run = run,
};
