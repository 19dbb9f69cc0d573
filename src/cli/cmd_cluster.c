#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "cli/cluster_check.h"
#include "cli/cmd.h"
#include "report/table.h"
#include "services/cluster.h"

/* ct cluster: the monitored servers. */

struct opts {
    struct ct_common_opts common;
    int output; /* enum ct_output */
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
     .help = "what stdout is: text for people, or one JSON object"},
};

enum { COLUMNS = 6, CELL = 64 };

static void fill_row(const struct ct_watch_report *r, char row[COLUMNS][CELL])
{
    const struct ct_server_sample *s = &r->sample;
    (void)snprintf(row[0], CELL, "%s", r->server->id);
    for (int k = 1; k < COLUMNS; k++)
        (void)snprintf(row[k], CELL, "-");
    if (s->has_cpu) {
        (void)snprintf(row[1], CELL, "%.1f", ct_cpu_busy_percent(&s->cpu));
        (void)snprintf(row[2], CELL, "%.1f", s->cpu.usr);
    }
    if (s->has_memory) {
        (void)snprintf(row[3], CELL, "%.0f", s->memory.used / 1024);
        (void)snprintf(row[4], CELL, "%.0f", s->memory.total / 1024);
    }
    if (s->has_ping && s->ping.received > 0)
        (void)snprintf(row[5], CELL, "%.3f (%s)", s->ping.avg_ms, s->ping.method);
}

static void print_stats(const struct ct_watch_report *reports, size_t count)
{
    static const char *const header[COLUMNS] = {"server",   "CPU %",     "user %",
                                                "used MiB", "total MiB", "ping ms"};
    char(*text)[COLUMNS][CELL] = ct_xcalloc(count, sizeof(*text));
    const char **cells = ct_xcalloc((count + 1) * COLUMNS, sizeof(*cells));
    for (size_t k = 0; k < COLUMNS; k++)
        cells[k] = header[k];
    for (size_t i = 0; i < count; i++) {
        fill_row(&reports[i], text[i]);
        for (size_t k = 0; k < COLUMNS; k++)
            cells[(i + 1) * COLUMNS + k] = text[i][k];
    }
    struct ct_style style = ct_style_of(stdout);
    ct_print_table(stdout, &style, "lrrrrr", cells, COLUMNS, count + 1);
    free(text);
    free((void *)cells);
}

static int choose(const struct ct_cmd_ctx *ctx, bool *check, struct ct_err *err)
{
    static const char *const actions[] = {"check", "stats"};
    const char *action = ctx->operands.count == 1 ? ctx->operands.items[0] : "";
    *check = strcmp(action, "check") == 0;
    if (*check || strcmp(action, "stats") == 0)
        return 0;
    const char *near = ct_nearest(action, actions, 2);
    return ct_fail(err, CT_EUSAGE, "ct cluster check, or ct cluster stats%s%s%s",
                   near != NULL ? ": did you mean '" : "", near != NULL ? near : "",
                   near != NULL ? "'?" : "");
}

static void print_json(const struct ct_watch_report *reports, size_t count)
{
    struct ct_buf json;
    ct_buf_init(&json, 16 << 20);
    ct_cluster_json(reports, count, &json);
    (void)printf("%s\n", json.data);
    ct_buf_release(&json);
}

/* Nothing is to be saved here: a signal ends the command at once, while it waits for servers. */
static void let_signals_kill(void)
{
    sigset_t set;
    (void)sigemptyset(&set);
    (void)sigaddset(&set, SIGINT);
    (void)sigaddset(&set, SIGTERM);
    (void)pthread_sigmask(SIG_UNBLOCK, &set, NULL);
}

static int run(struct ct_cmd_ctx *ctx, struct ct_err *err)
{
    const struct opts *o = ctx->opts;
    size_t count = ctx->config.cluster.count;
    struct ct_watch_report *reports;
    bool check;
    int rc = choose(ctx, &check, err);
    if (rc < 0)
        return rc;
    let_signals_kill();
    rc = ct_cluster_look(&ctx->config, check ? CT_NS_PER_S / 10 : CT_NS_PER_S, &reports, err);
    if (reports == NULL)
        return rc;
    if (o->output == CT_OUTPUT_JSON)
        print_json(reports, count);
    else if (check)
        ct_cluster_print_check(reports, count);
    else
        print_stats(reports, count);
    free(reports);
    return check ? -rc : rc; /* the answer of check has said what is wrong */
}

static const struct ct_opt_set sets[] = {{rows, sizeof(rows) / sizeof(*rows)}, CT_COMMON_SET};

const struct ct_cmd ct_cmd_cluster = {
    .name = "cluster",
    .summary = "the monitored servers: can they be reached, how are they now?",
    .operands = "check|stats",
    .about = "check does once, for all servers at the same time, what a run would do: resolve,\n"
             "connect, host key, login, two readings; exit status 3 when one cannot be reached,\n"
             "4 when a host key is refused. stats prints one snapshot, CPU over one second.\n",
    .example = "  ct cluster check --config config.json\n"
               "  ct cluster stats --output json\n",
    .sets = sets,
    .n_sets = sizeof(sets) / sizeof(*sets),
    .opts_size = sizeof(struct opts),
    .config = CT_CMD_NEEDS_CONFIG,
    .run = run,
};
