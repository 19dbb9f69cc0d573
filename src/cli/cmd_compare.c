#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "cli/answer.h"
#include "cli/exit_status.h"
#include "cli/plan_opts.h"
#include "cli/request_opts.h"
#include "report/comparison.h"
#include "services/compare.h"
#include "services/compare_live.h"

/* ct compare: is B worse than A? */

struct opts {
    struct ct_common_opts common;
    struct ct_load_opts load;
    struct ct_plan_opts plan;
    struct ct_request_opts request;
    struct ct_list baseline, candidate;
    uint64_t segment_ns, segments;
    const char *out;
    const char *min_effect, *run_noise;
    bool force, live;
    int output;
};

enum form { FORM_TEXT, FORM_JSON, FORM_MARKDOWN, FORM_JUNIT };
enum { JSON_MAX = 64 << 20 };

static void print(FILE *to, enum form form, const struct ct_comparison *c)
{
    struct ct_style style = ct_style_of(to);
    struct ct_buf json;
    switch (form) {
    case FORM_JSON:
        ct_buf_init(&json, JSON_MAX);
        ct_comparison_json(c, &json);
        ct_answer_json(to, &json);
        return;
    case FORM_MARKDOWN:
        ct_print_comparison_markdown(to, c);
        return;
    case FORM_JUNIT:
        ct_print_comparison_junit(to, c);
        return;
    case FORM_TEXT:
    default:
        ct_print_comparison(to, &style, c);
        return;
    }
}

/* With a file, stdout still has the sentence. */
static int answer(const struct opts *o, const struct ct_comparison *c, struct ct_err *err)
{
    if (o->out == NULL || strcmp(o->out, "-") == 0) {
        print(stdout, (enum form)o->output, c);
        return 0;
    }
    FILE *to = fopen(o->out, "we");
    if (to == NULL)
        return ct_fail_errno(err, CT_EFAIL, "cannot write '%s'", o->out);
    print(to, (enum form)o->output, c);
    bool bad = ferror(to) != 0;
    if (fclose(to) != 0 || bad)
        return ct_fail_errno(err, CT_EFAIL, "writing '%s'", o->out);
    (void)printf("%s\n", c->sentence);
    return 0;
}

static int exit_status(enum ct_compare_verdict v)
{
    return v == CT_COMPARISON_INVALID ? CT_EXIT_INVALID
           : v == CT_COMPARISON_WORSE ? CT_EXIT_WORSE
                                      : 0;
}

/* Two operands, or both lists. The lists made of operands are borrowed from them. */
static int choose_sides(struct ct_cmd_ctx *ctx, struct ct_compare_request *q, struct ct_err *err)
{
    const struct opts *o = ctx->opts;
    bool lists = o->baseline.count > 0 || o->candidate.count > 0;
    if (!lists && ctx->operands.count == 2) {
        q->a = (struct ct_list){&ctx->operands.items[0], 1};
        q->b = (struct ct_list){&ctx->operands.items[1], 1};
        return 0;
    }
    if (lists && ctx->operands.count == 0 && o->baseline.count > 0 && o->candidate.count > 0) {
        q->a = o->baseline;
        q->b = o->candidate;
        return 0;
    }
    return ct_fail(err, CT_EUSAGE,
                   "compare what? two files: ct compare A.json B.json; or several runs a side: ct "
                   "compare --baseline A*.json --candidate B*.json");
}

static int read_percent(const char *name, const char *text, double *out, struct ct_err *err)
{
    return text == NULL || ct_percent_parse(text, out, err) == 0 ? 0
                                                                 : ct_fail_while(err, "--%s", name);
}

static int compare_files(struct ct_cmd_ctx *ctx, double min_effect, struct ct_err *err)
{
    const struct opts *o = ctx->opts;
    struct ct_compare_request q = {
        .storage = o->load.storage, .min_effect = min_effect, .force = o->force, .run_noise = NAN};
    struct ct_comparison c;
    int rc;
    if ((rc = choose_sides(ctx, &q, err)) < 0 ||
        (rc = read_percent("run-noise", o->run_noise, &q.run_noise, err)) < 0)
        return rc;
    if ((rc = ct_compare_files(&q, &c, err)) < 0)
        return rc;
    if ((rc = answer(o, &c, err)) == 0)
        rc = exit_status(c.verdict);
    ct_comparison_release(&c);
    return rc;
}

/* --- live --- */

/* A URL, or a file with a list of requests. */
static int ask(const struct ct_cmd_ctx *ctx, size_t operand, struct ct_asked *out,
               struct ct_err *err)
{
    const struct opts *o = ctx->opts;
    struct ct_cmd_ctx one = *ctx;
    struct ct_request_opts request = o->request;
    one.operands = (struct ct_list){&ctx->operands.items[operand], 1};
    if (strstr(ctx->operands.items[operand], "://") == NULL) {
        request.targets = ctx->operands.items[operand];
        one.operands.count = 0;
    }
    return ct_asked_open(&one, &request, out, err);
}

static struct ct_duel_side side_of(const struct ct_asked *a)
{
    return (struct ct_duel_side){
        .url = a->url, .shown = a->shown, .testcase = a->testcase, .mix = a->mix};
}

static int answer_live(const struct opts *o, const struct ct_duel *live, struct ct_err *err)
{
    int rc = answer(o, &live->comparison, err);
    if (rc < 0)
        return rc;
    if (!live->outcome.not_durable)
        ct_note("segments: %s %s", live->path_a, live->path_b);
    rc = ct_load_status(&live->outcome, CT_VERDICT_VALID);
    return rc != 0 ? rc : exit_status(live->comparison.verdict);
}

static int duel(struct ct_cmd_ctx *ctx, const struct ct_asked sides[2], double min_effect,
                struct ct_err *err)
{
    struct opts *o = ctx->opts;
    struct ct_criteria none;
    struct ct_duel live;
    struct ct_duel_opts lo = {
        .session = ct_load_session(ctx, NULL, ctx->config_given),
        .a = side_of(&sides[0]),
        .b = side_of(&sides[1]),
        .segments = (unsigned)o->segments,
        .results = (enum ct_results)o->load.results,
        .min_effect = min_effect,
        .command = ctx->cmd->name,
    };
    o->load.duration_ns = o->segment_ns;
    int rc = ct_plan_opts_plan(ctx, &lo.plan, err);
    if (rc == 0 && (rc = ct_plan_opts_criteria(ctx, &lo.plan, NULL, &none, err)) == 0 &&
        (rc = ct_compare_live(&lo, &live, err)) == 0) {
        rc = answer_live(o, &live, err);
        ct_duel_release(&live);
    }
    ct_plan_opts_release(&lo.plan);
    return rc;
}

static int compare_live(struct ct_cmd_ctx *ctx, double min_effect, struct ct_err *err)
{
    const struct opts *o = ctx->opts;
    struct ct_asked sides[2];
    int rc;
    if (ctx->operands.count != 2 || o->baseline.count > 0 || o->candidate.count > 0)
        return ct_fail(err, CT_EUSAGE,
                       "--live needs two URLs (or two files with lists of requests): ct compare "
                       "--live http://127.0.0.1:8080/ http://127.0.0.1:8081/ --rate 200");
    if ((rc = ask(ctx, 0, &sides[0], err)) < 0)
        return rc;
    if ((rc = ask(ctx, 1, &sides[1], err)) == 0) {
        rc = duel(ctx, sides, min_effect, err);
        ct_asked_close(&sides[1]);
    }
    ct_asked_close(&sides[0]);
    return rc;
}

static bool is_one_of(const char *name, const char *const *names)
{
    while (*names != NULL && strcmp(*names, name) != 0)
        names++;
    return *names != NULL;
}

/* What would be read and do nothing. */
static int check_options(const struct ct_cmd_ctx *ctx, bool live, struct ct_err *err)
{
    static const char *const of_files[] = {"baseline",  "candidate", "live",   "min-effect",
                                           "run-noise", "force",     "output", "out",
                                           "storage",   NULL};
    static const char *const not_live[] = {"run-noise", "force", NULL};
    size_t n_sets = ctx->cmd->n_sets - 1; /* but those of all commands */
    for (size_t s = 0; s < n_sets; s++)
        for (size_t i = 0; i < ctx->cmd->sets[s].count; i++) {
            const char *name = ctx->cmd->sets[s].rows[i].name;
            bool used = live ? !is_one_of(name, not_live) : is_one_of(name, of_files);
            if (!used && ct_cmd_given(ctx, name))
                return ct_fail(err, CT_EUSAGE, "--%s %s", name,
                               live ? "does nothing with --live: it is for result files"
                                    : "does nothing for result files: it is for --live");
        }
    return 0;
}

static int run(struct ct_cmd_ctx *ctx, struct ct_err *err)
{
    const struct opts *o = ctx->opts;
    double min_effect = 0;
    int rc = check_options(ctx, o->live, err);
    if (rc < 0 || (rc = read_percent("min-effect", o->min_effect, &min_effect, err)) < 0 ||
        (rc = ct_cmd_out_check(o->out, err)) < 0)
        return rc;
    return o->live ? compare_live(ctx, min_effect, err) : compare_files(ctx, min_effect, err);
}

#define OPT(member, type) CT_OPT_MEMBER(struct opts, member, type)

static const char *const forms[] = {"text", "json", "markdown", "junit", NULL};

static const struct ct_opt rows[] = {
    {.name = "baseline",
     .type = CT_OPT_LIST,
     .offset = OPT(baseline, struct ct_list),
     .flags = CT_OPT_NO_SPLIT,
     .value = "FILE...",
     .help = "result files of A: paths, globs, or names in the storage"},
    {.name = "candidate",
     .type = CT_OPT_LIST,
     .offset = OPT(candidate, struct ct_list),
     .flags = CT_OPT_NO_SPLIT,
     .value = "FILE...",
     .help = "result files of B"},
    {.name = "live",
     .type = CT_OPT_FLAG,
     .offset = OPT(live, bool),
     .help = "A and B are URLs (or lists of requests): measure both now, by turns"},
    {.name = "segment",
     .type = CT_OPT_DURATION,
     .offset = OPT(segment_ns, uint64_t),
     .def = "10s",
     .min = 1e9,
     .max = 86400e9,
     .value = "TIME",
     .help = "live: length of one turn"},
    {.name = "segments",
     .type = CT_OPT_COUNT,
     .offset = OPT(segments, uint64_t),
     .def = "10",
     .min = 4,
     .max = 1000,
     .value = "N",
     .help = "live: turns a side"},
    {.name = "min-effect",
     .type = CT_OPT_STRING,
     .offset = OPT(min_effect, const char *),
     .def = "5%",
     .value = "PERCENT",
     .help = "smaller differences are no regression"},
    {.name = "run-noise",
     .type = CT_OPT_STRING,
     .offset = OPT(run_noise, const char *),
     .value = "PERCENT",
     .help = "fewer than four runs a side: how far two runs of this plan differ (standard "
             "deviation); else the history of the storage says it"},
    {.name = "force",
     .type = CT_OPT_FLAG,
     .offset = OPT(force, bool),
     .help = "compare what was not measured alike, and say in what it differs"},
    {.name = "output",
     .type = CT_OPT_CHOICE,
     .offset = OPT(output, int),
     .def = "text",
     .choices = forms,
     .value = "text|json|markdown|junit",
     .help = "for people, programs, a pull request, a build server"},
    {.name = "out",
     .letter = 'o',
     .type = CT_OPT_STRING,
     .offset = OPT(out, const char *),
     .value = "FILE",
     .help = "write it there; stdout has the verdict in a sentence then"},
    CT_REQUEST_URL_ROWS(struct opts),
};

static const struct ct_opt_set sets[] = {{rows, sizeof(rows) / sizeof(*rows)},
                                         {ct_plan_rows, CT_PLAN_ROWS - CT_CRITERIA_ROWS},
                                         CT_TRAFFIC_SET,
                                         {ct_send_rows, CT_SEND_ROWS},
                                         CT_COMMON_SET};

const struct ct_cmd ct_cmd_compare = {
    .name = "compare",
    .summary = "is B worse than A? intervals, a verdict, an exit status",
    .operands = "[A B]",
    .about = "A and B are result files of ct. Service p50, response p90 (p99 from 20,000\n"
             "requests a side), error rate, achieved rate and CPU per request decide; the\n"
             "rest is shown. Exit status 90: B is worse; 92: a side has no valid run; 0: not\n"
             "worse, or it cannot be said, and the sentence says from what difference it\n"
             "could. Four runs a side or more tell how much runs differ by themselves; of one\n"
             "run a side, only 15 % or more count.\n",
    .example = "  ct compare before.json after.json\n"
               "  ct compare --baseline main-*.json --candidate pr-*.json \\\n"
               "      --output markdown -o comment.md\n"
               "  ct compare --live http://127.0.0.1:8080/ http://127.0.0.1:8081/ --rate 200\n",
    .sets = sets,
    .n_sets = sizeof(sets) / sizeof(*sets),
    .opts_size = sizeof(struct opts),
    .config = CT_CMD_MAY_CONFIG,
    .run = run,
};
