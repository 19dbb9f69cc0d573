#include "cli/load_opts.h"

#include "base/log.h"
#include "cli/exit_status.h"
#include "engine/runner.h"

#define LOAD(member, type) CT_OPT_MEMBER(struct ct_load_cmd_opts, load.member, type)
#define NS_PER_DAY (24.0 * 3600e9)

static const char *const on_off[] = {"on", "off", NULL};
static const char *const results_choices[] = {"auto", "all", "none", NULL};
static const char *const pacing_choices[] = {"auto", "sleep", "spin", NULL};
static const char *const output_choices[] = {"text", "json", NULL};

const struct ct_opt ct_send_rows[CT_SEND_ROWS] = {
    {.name = "storage",
     .type = CT_OPT_STRING,
     .offset = LOAD(storage, const char *),
     .def = "results",
     .value = "DIR",
     .help = "folder for result files"},
    {.name = "commit",
     .type = CT_OPT_STRING,
     .offset = LOAD(commit, const char *),
     .value = "ID",
     .help = "what is tested, for the history; else the git commit checked out here"},
    {.name = "timeout",
     .type = CT_OPT_DURATION,
     .offset = LOAD(timeout_ns, uint64_t),
     .def = "30s",
     .min = 1e6,
     .max = NS_PER_DAY,
     .value = "TIME",
     .help = "of a request, from the instant it was due; covers everything"},
    {.name = "max-in-flight",
     .type = CT_OPT_COUNT,
     .offset = LOAD(max_in_flight, uint64_t),
     .def = "0",
     .min = 0,
     .max = 1e6,
     .value = "N",
     .help = "most requests under way at once; 0: 10,000 or what the machine allows"},
    {.name = "keep-alive",
     .type = CT_OPT_CHOICE,
     .offset = LOAD(keep_alive, int),
     .def = "on",
     .choices = on_off,
     .value = "on|off",
     .help = "reuse connections; off: a new one for each request"},
    {.name = "threads",
     .type = CT_OPT_COUNT,
     .offset = LOAD(threads, uint64_t),
     .def = "1",
     .min = 1,
     .max = 256,
     .value = "N",
     .help = "threads that send, each with its share of the plan"},
    {.name = "pacing",
     .type = CT_OPT_CHOICE,
     .offset = LOAD(pacing, int),
     .def = "auto",
     .choices = pacing_choices,
     .value = "auto|sleep|spin",
     .help = "spin: a CPU per thread is kept awake before each instant; auto: when one is spare"},
    {.name = "late-limit",
     .type = CT_OPT_DURATION,
     .offset = LOAD(late_limit_ns, uint64_t),
     .def = "50ms",
     .min = 1e6,
     .max = 3600e9,
     .value = "TIME",
     .help = "a request that ct cannot send within this after it was due is skipped"},
    {.name = "monitoring-interval",
     .type = CT_OPT_DURATION,
     .offset = LOAD(monitoring_interval_ns, uint64_t),
     .def = "0.5s",
     .min = 1e8,
     .max = 3600e9,
     .value = "TIME",
     .help = "how often the monitored servers are sampled"},
    {.name = "results",
     .type = CT_OPT_CHOICE,
     .offset = LOAD(results, int),
     .def = "auto",
     .choices = results_choices,
     .value = "all|auto|none",
     .help = "keep every request in the file; auto: when at most 100,000 are planned (closed "
             "model: by -n)"},
    {.name = "insecure",
     .type = CT_OPT_FLAG,
     .offset = LOAD(insecure, bool),
     .help = "do not verify the target's TLS certificate"},
};

const struct ct_opt ct_output_rows[CT_OUTPUT_ROWS] = {
    {.name = "output",
     .type = CT_OPT_CHOICE,
     .offset = LOAD(output, int),
     .def = "text",
     .choices = output_choices,
     .value = "text|json",
     .help = "what stdout is: text for people, or one JSON object"},
};

const struct ct_opt ct_length_rows[CT_LENGTH_ROWS] = {
    {.name = "duration-per-test",
     .alias = "duration",
     .type = CT_OPT_DURATION,
     .offset = LOAD(duration_ns, uint64_t),
     .def = "30s",
     .min = 1e6,
     .max = 365 * NS_PER_DAY,
     .value = "TIME",
     .help = "how long each test sends requests"},
};

struct ct_run_plan ct_load_plan(const struct ct_load_opts *o)
{
    enum ct_cap cap;
    uint32_t most = ct_run_default_max_in_flight(&cap);
    return (struct ct_run_plan){
        .duration_ns = o->duration_ns,
        .timeout_ns = o->timeout_ns,
        .late_limit_ns = o->late_limit_ns,
        .max_in_flight = o->max_in_flight != 0 ? (uint32_t)o->max_in_flight : most,
        .cap = o->max_in_flight != 0 ? CT_CAP_CHOSEN : cap,
        .threads = (uint32_t)o->threads,
        .pacing = (enum ct_pacing)o->pacing,
        .keep_alive = o->keep_alive == 0,
    };
}

struct ct_session_opts ct_load_session(struct ct_cmd_ctx *ctx, const char *url, bool monitor)
{
    const struct ct_load_cmd_opts *o = ctx->opts;
    return (struct ct_session_opts){
        .config = ctx->has_config ? &ctx->config : NULL,
        .url = url,
        .monitor = monitor,
        .monitoring_interval_ns = o->load.monitoring_interval_ns,
        .storage = o->load.storage,
        .insecure = o->load.insecure,
        .quiet = o->common.quiet,
        .command_line = ctx->line,
        .commit = o->load.commit,
    };
}

int ct_load_status(const struct ct_outcome *outcome, enum ct_verdict verdict)
{
    if (outcome->not_durable)
        ct_error_line("%s", outcome->durable_err.msg);
    if (outcome->broken)
        return 1;
    if (outcome->not_durable)
        return CT_EXIT_NOT_DURABLE;
    if (outcome->signum != 0)
        return 128 + outcome->signum;
    if (verdict == CT_VERDICT_INVALID)
        return CT_EXIT_INVALID;
    return verdict == CT_VERDICT_NO_DATA ? CT_EXIT_NO_DATA : 0;
}
