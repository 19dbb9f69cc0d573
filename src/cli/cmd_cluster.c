#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "cli/cluster.h"
#include "cli/cluster_check.h"
#include "cli/cmd.h"
#include "io/loop.h"
#include "services/cluster.h"

/* ct cluster: the monitored servers. */

struct opts {
    struct ct_common_opts common;
    int output; /* enum ct_output */
    uint64_t interval_ns, duration_ns, count;
};

#define OPT(member, type) CT_OPT_MEMBER(struct opts, member, type)

static const char *const outputs[] = {"text", "json", NULL};

static const struct ct_opt rows[] = {
    {.name = "output",
     .type = CT_OPT_CHOICE,
     .offset = OPT(output, int),
     .def = "text",
     .choices = outputs,
     .value = "text|json",
     .help = "what stdout is: text for people, or JSON (watch: one object a line)"},
    {.name = "monitoring-interval",
     .type = CT_OPT_DURATION,
     .offset = OPT(interval_ns, uint64_t),
     .def = "1s",
     .min = 1e8,
     .max = 3600e9,
     .value = "TIME",
     .help = "watch: how often the servers are sampled"},
    {.name = "duration",
     .type = CT_OPT_DURATION,
     .offset = OPT(duration_ns, uint64_t),
     .value = "TIME",
     .help = "watch: end after this time"},
    {.name = "snapshots",
     .letter = 'n',
     .type = CT_OPT_COUNT,
     .offset = OPT(count, uint64_t),
     .value = "N",
     .help = "watch: end after so many snapshots"},
};

enum action { CHECK, STATS, WATCH, ACTIONS };
static const char *const actions[ACTIONS] = {"check", "stats", "watch"};

static int choose(const struct ct_cmd_ctx *ctx, enum action *out, struct ct_err *err)
{
    const char *word = ctx->operands.count == 1 ? ctx->operands.items[0] : "";
    for (int a = 0; a < ACTIONS; a++)
        if (strcmp(word, actions[a]) == 0) {
            *out = (enum action)a;
            return 0;
        }
    const char *near = ct_nearest(word, actions, ACTIONS);
    return ct_fail(err, CT_EUSAGE, "say what: ct cluster check, stats or watch%s%s%s",
                   near != NULL ? ": did you mean '" : "", near != NULL ? near : "",
                   near != NULL ? "'?" : "");
}

/* What only watch does. */
static int check_options(const struct ct_cmd_ctx *ctx, enum action action, struct ct_err *err)
{
    static const char *const own[] = {"monitoring-interval", "duration", "snapshots"};
    for (size_t i = 0; i < sizeof(own) / sizeof(*own); i++)
        if (action != WATCH && ct_cmd_given(ctx, own[i]))
            return ct_fail(err, CT_EUSAGE, "--%s is for ct cluster watch, not for %s", own[i],
                           actions[action]);
    return 0;
}

static void print_stats(const struct ct_watch_report *reports, size_t count)
{
    ct_cluster_print_stats(reports, count);
    ct_cluster_print_cores(reports, count);
    ct_cluster_print_watched(reports, count);
}

static int look(struct ct_cmd_ctx *ctx, bool check, struct ct_err *err)
{
    const struct opts *o = ctx->opts;
    size_t count = ctx->config.cluster.count;
    struct ct_watch_report *reports = NULL;
    ct_signals_let_kill(); /* nothing is to be saved */
    int rc = ct_cluster_look(&ctx->config, check ? CT_NS_PER_S / 10 : CT_NS_PER_S, &reports, err);
    if (reports == NULL)
        return rc;
    if (o->output == CT_OUTPUT_JSON)
        ct_cluster_print_json(reports, count);
    else if (check)
        ct_cluster_print_check(reports, count);
    else
        print_stats(reports, count);
    free(reports);
    return check ? -rc : rc; /* the answer of check has said what is wrong */
}

static int run(struct ct_cmd_ctx *ctx, struct ct_err *err)
{
    const struct opts *o = ctx->opts;
    enum action action = CHECK;
    int rc;
    if ((rc = choose(ctx, &action, err)) < 0 || (rc = check_options(ctx, action, err)) < 0)
        return rc;
    if (action != WATCH)
        return look(ctx, action == CHECK, err);
    struct ct_cluster_watch_opts watch = {.interval_ns = o->interval_ns,
                                          .duration_ns = o->duration_ns,
                                          .count = o->count,
                                          .output = (enum ct_output)o->output};
    return ct_cluster_watch(&ctx->config, &watch, err);
}

static const struct ct_opt_set sets[] = {{rows, sizeof(rows) / sizeof(*rows)}, CT_COMMON_SET};

const struct ct_cmd ct_cmd_cluster = {
    .name = "cluster",
    .summary = "the monitored servers: can they be reached, how are they now?",
    .operands = "check|stats|watch",
    .about = "check does once, for all servers at the same time, what a run would do:\n"
             "resolve, connect, host key, login, two readings; exit status 3 when one cannot\n"
             "be reached, 4 when a host key is refused. stats prints one snapshot, CPU over\n"
             "one second, with each core (\"cores\": true) and what the configuration watches\n"
             "by name. watch shows a live table with a history of the CPU; q quits.\n"
             "Without a terminal it prints a line for each server and snapshot. A server that\n"
             "does not answer is a gap, and is tried again.\n",
    .example = "  ct cluster check --config config.json\n"
               "  ct cluster stats --output json\n"
               "  ct cluster watch\n"
               "  ct cluster watch --monitoring-interval 0.5s --duration 1m > servers.log\n",
    .sets = sets,
    .n_sets = sizeof(sets) / sizeof(*sets),
    .opts_size = sizeof(struct opts),
    .config = CT_CMD_NEEDS_CONFIG,
    .run = run,
};
