#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "cli/answer_find.h"
#include "cli/exit_status.h"
#include "cli/find_opts.h"
#include "cli/plan_opts.h"
#include "cli/request_opts.h"
#include "services/find.h"

/* ct find: the highest rate, or number of connections, that keeps the limits. */

struct opts {
    struct ct_common_opts common;
    struct ct_load_opts load_opts;
    struct ct_plan_opts plan_opts;
    struct ct_request_opts request;
    struct ct_find_cmd_opts search;
    uint64_t limit_ns, confirm_ns, soak_ns;
    struct ct_rate require;
    double up_to;
    bool concurrency;
};

#define OPT(member, type) CT_OPT_MEMBER(struct opts, member, type)

static const char *const arrivals_choices[] = {"even", "poisson", NULL};

static const struct ct_opt rows[] = {
    {.name = "limit",
     .alias = "threshold",
     .type = CT_OPT_LIST,
     .offset = OPT(plan_opts.thresholds, struct ct_list),
     .flags = CT_OPT_NO_SPLIT | CT_OPT_ONE_WORD,
     .value = "EXPR",
     .help = "what must hold: 'p(99)<200ms', 'avg<2s', 'error_rate<1%', 'achieved>=99%', "
             "'cpu(HOST)<80%', 'memory(HOST)<4GiB'; may be repeated: all must hold"},
    {.name = "max-response-time",
     .type = CT_OPT_DURATION,
     .offset = OPT(limit_ns, uint64_t),
     .def = "0",
     .max = 3600e9,
     .value = "TIME",
     .help = "limit on the mean response time, as in ct benchmark; 0: none"},
    {.name = "confirm",
     .type = CT_OPT_DURATION,
     .offset = OPT(confirm_ns, uint64_t),
     .def = "30s",
     .max = CT_FIND_RUN_MAX_S * 1e9,
     .value = "TIME",
     .help = "length of the run at the answer that confirms it; 0: none"},
    {.name = "soak",
     .type = CT_OPT_DURATION,
     .offset = OPT(soak_ns, uint64_t),
     .def = "0",
     .max = 86400e9,
     .value = "TIME",
     .help = "then a run of this length at the answer, for rare events; exit 99 when it does not "
             "keep the limits"},
    {.name = "require",
     .type = CT_OPT_RATE,
     .offset = OPT(require, struct ct_rate),
     .value = "N",
     .help = "exit 91 when less than this rate (or connections) is sustained: the lower end of the "
             "interval"},
    {.name = "arrivals",
     .type = CT_OPT_CHOICE,
     .offset = OPT(plan_opts.arrivals, int),
     .def = "poisson",
     .choices = arrivals_choices,
     .value = "even|poisson",
     .help = "requests as independent users send them, or with even gaps"},
    {.name = "up-to",
     .type = CT_OPT_NUMBER,
     .offset = OPT(up_to, double),
     .def = "0",
     .max = 1e7,
     .value = "N",
     .help = "go no higher than this rate (or connections): then the answer is 'at least'; 0: to "
             "the end"},
    {.name = "concurrency",
     .type = CT_OPT_FLAG,
     .offset = OPT(concurrency, bool),
     .help = "find the highest number of connections instead, each sending as soon as it is "
             "answered (closed model)"},
    CT_FIND_ROWS(struct opts, "5m", "stop after so much load, however wide the interval is"),
    CT_REQUEST_ROWS(struct opts),
};

/* --- what is searched for --- */

static int make_opts(const struct ct_cmd_ctx *ctx, struct ct_finding_opts *out, struct ct_err *err)
{
    const struct opts *o = ctx->opts;
    struct ct_find_opts *f = &out->find;
    int rc = ct_find_cmd_make(&o->search, &out->criteria, f, err);
    if (rc < 0)
        return rc;
    f->axis = o->concurrency ? CT_FIND_CONNECTIONS : CT_FIND_RATE;
    f->confirm_s = round((double)o->confirm_ns / 1e9);
    double most = o->concurrency ? out->plan.max_in_flight : 1e7;
    f->highest = o->up_to > 0 ? fmin(o->up_to, most) : most;
    out->soak_ns = o->soak_ns;
    out->results = (enum ct_results)o->load_opts.results;
    out->resume = o->search.resume;
    out->command = ctx->cmd->name;
    return 0;
}

static int read_opts(const struct ct_cmd_ctx *ctx, bool watches, struct ct_finding_opts *out,
                     struct ct_err *err)
{
    const struct opts *o = ctx->opts;
    int rc = ct_plan_opts_plan(ctx, &out->plan, err);
    if (rc < 0)
        return rc;
    if (!o->concurrency && o->plan_opts.think_ns != 0)
        return ct_fail(err, CT_EUSAGE, "--think-time is for --concurrency");
    rc = ct_find_cmd_criteria(&o->plan_opts.thresholds, o->limit_ns, &out->plan,
                              watches ? &ctx->config.cluster : NULL, &out->criteria, err);
    return rc < 0 ? rc : make_opts(ctx, out, err);
}

/* --- how it ended --- */

static int status_of(const struct opts *o, const struct ct_finding *f)
{
    const struct ct_find_answer *a = &f->answer;
    int status = ct_load_status(&f->outcome, f->verdict);
    if (status != 0)
        return status;
    bool generator = a->gave_way == CT_FIND_GENERATOR;
    double required = o->require.num != 0 ? ct_rate_rps(o->require) : 0;
    bool short_of = required > 0 && !(ct_finding_sustained(f) >= required);
    if ((generator && (isnan(a->capacity) || short_of)) || (f->soaked && !f->soak_valid))
        return CT_EXIT_INVALID;
    if (f->soaked && !f->soak_kept)
        return CT_EXIT_THRESHOLD;
    return short_of ? CT_EXIT_CAPACITY : 0;
}

static int search(struct ct_cmd_ctx *ctx, const struct ct_asked *asked,
                  const struct ct_finding_opts *fo, struct ct_err *err)
{
    const struct opts *o = ctx->opts;
    struct ct_session_opts so = ct_load_session(ctx, asked->url, asked->monitor);
    struct ct_session session;
    int rc = ct_session_open(&session, &so, err);
    if (rc < 0)
        return rc;
    struct ct_test test = {.testcase = asked->testcase, .load = asked->load, .mix = asked->mix};
    struct ct_finding f;
    rc = ct_finding_run(&session, &test, fo, &f, err);
    if (rc == 0) {
        ct_answer_find(&f, fo, asked->shown, (enum ct_output)o->load_opts.output);
        rc = status_of(o, &f);
        if (o->search.out != NULL && ct_finding_chart(&f, fo, o->search.out, err) < 0)
            rc = ct_find_cmd_not_drawn(rc, err);
    }
    ct_finding_release(&f);
    ct_session_close(&session);
    return rc;
}

static int run_asked(struct ct_cmd_ctx *ctx, const struct ct_asked *asked, struct ct_err *err)
{
    const struct opts *o = ctx->opts;
    struct ct_finding_opts *fo = ct_xcalloc(1, sizeof(*fo));
    int rc = read_opts(ctx, asked->monitor && ctx->has_config, fo, err);
    if (rc == 0 && o->search.dry_run)
        ct_answer_find_plan(fo, asked->shown, (enum ct_output)o->load_opts.output);
    else if (rc == 0)
        rc = search(ctx, asked, fo, err);
    ct_plan_opts_release(&fo->plan);
    free(fo);
    return rc;
}

static int run(struct ct_cmd_ctx *ctx, struct ct_err *err)
{
    const struct opts *o = ctx->opts;
    return ct_asked_do(ctx, &o->request, run_asked, err);
}

static const struct ct_opt_set sets[] = {
    {rows, sizeof(rows) / sizeof(*rows)}, CT_TRAFFIC_SET, CT_SEND_SET, CT_COMMON_SET};

const struct ct_cmd ct_cmd_find = {
    .name = "find",
    .summary = "the highest rate that keeps a limit, and how sure that is",
    .operands = "[URL]",
    .about = "Tries rates until it knows which of them the target sustains within the limits:\n"
             "a few short probes, then visits of 10 to 30 s around the answer. Says the\n"
             "capacity with an interval, what gave way first, and what it could not see.\n"
             "Poisson arrivals unless --arrivals even: the answer is what independent users\n"
             "can bring. With a URL servers are watched only when --config is given.\n",
    .example = "  ct find http://127.0.0.1:8080/ --limit 'p(99)<20ms'\n"
               "  ct find http://127.0.0.1:8080/ --limit 'p(95)<50ms' \\\n"
               "      --limit 'error_rate<0.1%' --budget 2m --require 500 --output json\n"
               "  ct find http://127.0.0.1:8080/ --concurrency --max-response-time 100ms\n"
               "  ct find http://127.0.0.1:8080/ --limit 'p(99)<20ms' --soak 10m --dry-run\n",
    .sets = sets,
    .n_sets = sizeof(sets) / sizeof(*sets),
    .opts_size = sizeof(struct opts),
    .config = CT_CMD_MAY_CONFIG,
    .run = run,
};
