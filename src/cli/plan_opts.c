#include "cli/plan_opts.h"

#include <stdio.h>
#include <stdlib.h>

#include "analysis/threshold.h"
#include "base/clock.h"
#include "base/mem.h"
#include "engine/plan.h"
#include "engine/runner.h"
#include "model/plan_text.h"
#include "services/replay.h"

#define DURATION_MAX_NS (365 * 86400e9)
#define OPT(member, type) CT_OPT_MEMBER(struct ct_plan_cmd_opts, plan.member, type)

static const char *const http_choices[] = {"1.1", "2", NULL};
static const char *const arrivals_choices[] = {"even", "poisson", NULL};

const struct ct_opt ct_plan_rows[CT_PLAN_ROWS] = {
    {.name = "requests-per-second",
     .alias = "rate",
     .type = CT_OPT_RATE,
     .offset = OPT(rate, struct ct_rate),
     .value = "RATE",
     .help = "offered rate: 500, 10k, 0.5, 30/m; 1 when nothing else says how much"},
    {.name = "plan",
     .type = CT_OPT_STRING,
     .offset = OPT(plan, const char *),
     .value = "STAGES",
     .help = "rates over time: 'line(1,1k,1m) const(1k,30s) step(100,500,100,10s) pause(5s)'"},
    {.name = "arrivals",
     .type = CT_OPT_CHOICE,
     .offset = OPT(arrivals, int),
     .def = "even",
     .choices = arrivals_choices,
     .value = "even|poisson",
     .help = "even gaps, or those of independent users (seeded)"},
    {.name = "replay",
     .type = CT_OPT_STRING,
     .offset = OPT(replay, const char *),
     .value = "FILE",
     .help = "send at the instants of a file: a line each, seconds or ISO 8601; - is stdin"},
    {.name = "connections",
     .letter = 'c',
     .type = CT_OPT_COUNT,
     .offset = OPT(connections, uint64_t),
     .def = "0",
     .min = 0,
     .max = 1e6,
     .value = "N",
     .help = "a pool of N, opened before; without a rate each sends as soon as it is answered "
             "(closed model)"},
    {.name = "requests",
     .letter = 'n',
     .type = CT_OPT_COUNT,
     .offset = OPT(requests, uint64_t),
     .def = "0",
     .min = 0,
     .max = 1e12,
     .value = "N",
     .help = "end after this many requests; 0: by duration"},
    {.name = "warm-up",
     .type = CT_OPT_DURATION,
     .offset = OPT(warm_up_ns, uint64_t),
     .def = "0",
     .max = 365 * 86400e9,
     .value = "TIME",
     .help = "requests due in the first TIME are sent, but stand apart from rates and latencies"},
    {.name = "threshold",
     .type = CT_OPT_LIST,
     .offset = OPT(thresholds, struct ct_list),
     .flags = CT_OPT_NO_SPLIT | CT_OPT_ONE_WORD,
     .value = "EXPR",
     .help = "what must hold, else exit 99: 'p(99)<250ms', 'avg<2s', 'error_rate<1%', 'sent>=99%', "
             "'achieved>=990/s', 'cpu(HOST)<80%', with 'over 30s' in every such window, with "
             "'stage 2' in that stage; may be repeated"},
    {.name = "abort",
     .type = CT_OPT_FLAG,
     .offset = OPT(abort, bool),
     .help = "end the run as soon as a threshold is certain to be broken"},
};

const struct ct_opt ct_traffic_rows[CT_TRAFFIC_ROWS] = {
    {.name = "seed",
     .type = CT_OPT_COUNT,
     .offset = OPT(seed, uint64_t),
     .def = "1",
     .value = "N",
     .help = "of Poisson arrivals: the same seed gives the same instants"},
    {.name = "think-time",
     .type = CT_OPT_DURATION,
     .offset = OPT(think_ns, uint64_t),
     .def = "0",
     .max = 86400e9,
     .value = "TIME",
     .help = "closed model: from an answer to the next request on that connection"},
    {.name = "http",
     .type = CT_OPT_CHOICE,
     .offset = OPT(http, int),
     .def = "1.1",
     .choices = http_choices,
     .value = "1.1|2",
     .help = "2: many requests at once on a connection (without TLS by prior knowledge)"},
    {.name = "streams",
     .type = CT_OPT_COUNT,
     .offset = OPT(streams, uint64_t),
     .def = "0",
     .max = 10000,
     .value = "N",
     .help =
         "HTTP/2: requests at once on a connection; 0: what the server allows (closed model: 1)"},
    {.name = "connection-lifetime",
     .type = CT_OPT_DURATION,
     .offset = OPT(lifetime_ns, uint64_t),
     .def = "0",
     .max = 86400e9,
     .value = "TIME",
     .help = "connections older than this are not used again; 0: no limit"},
    {.name = "connection-requests",
     .type = CT_OPT_COUNT,
     .offset = OPT(connection_requests, uint64_t),
     .def = "0",
     .max = 1e9,
     .value = "N",
     .help = "nor those that carried so many requests; 0: no limit"},
    {.name = "new-connection-rate",
     .type = CT_OPT_RATE,
     .offset = OPT(new_connections, struct ct_rate),
     .value = "RATE",
     .help = "so often a request gets a new connection while idle ones are closed"},
};

static const struct ct_plan_opts *opts_of(const struct ct_cmd_ctx *ctx)
{
    const struct ct_plan_cmd_opts *all = ctx->opts;
    return &all->plan;
}

/* The line wins: what it says about when requests are due puts aside what the environment and the
 * configuration say about it in other words. */
static struct ct_plan_opts chosen(const struct ct_cmd_ctx *ctx)
{
    struct ct_plan_opts o = *opts_of(ctx);
    bool rate = ct_cmd_given(ctx, "requests-per-second");
    bool plan = ct_cmd_given(ctx, "plan"), replay = ct_cmd_given(ctx, "replay");
    if (!rate && (plan || replay))
        o.rate = (struct ct_rate){0};
    if (!plan && (rate || replay))
        o.plan = NULL;
    if (!replay && (rate || plan))
        o.replay = NULL;
    if ((plan || replay) && !ct_cmd_given(ctx, "requests"))
        o.requests = 0;
    return o;
}

/* Who says how much: at most one may. */
static int check_sources(const struct ct_cmd_ctx *ctx, const struct ct_plan_opts *o,
                         struct ct_err *err)
{
    bool timed = o->plan != NULL || o->replay != NULL;
    if ((o->plan != NULL) + (o->replay != NULL) + (o->rate.num != 0) > 1)
        return ct_fail(err, CT_EUSAGE,
                       "--requests-per-second, --plan and --replay exclude each "
                       "other: each says when requests are due");
    if (timed && o->requests != 0)
        return ct_fail(err, CT_EUSAGE, "--requests does not go with --plan or --replay");
    if (o->plan != NULL && ct_cmd_given(ctx, "duration-per-test"))
        return ct_fail(err, CT_EUSAGE,
                       "--duration-per-test does not go with --plan: its stages "
                       "say how long");
    bool lasts = o->replay != NULL || o->requests != 0;
    if (lasts && o->connections == 0 && ct_cmd_given(ctx, "duration-per-test"))
        return ct_fail(err, CT_EUSAGE,
                       "--duration-per-test does not go with --requests or --replay: "
                       "they say when it ends");
    if (o->connections != 0 && ct_cmd_given(ctx, "max-in-flight"))
        return ct_fail(err, CT_EUSAGE,
                       "--max-in-flight does not go with --connections, which says "
                       "how many requests can be under way");
    if (o->replay != NULL && o->arrivals != CT_ARRIVALS_EVEN)
        return ct_fail(err, CT_EUSAGE, "--arrivals does not go with --replay: the file says when");
    if (o->think_ns != 0 && (timed || o->rate.num != 0 || o->connections == 0))
        return ct_fail(err, CT_EUSAGE,
                       "--think-time is for the closed model: --connections N "
                       "without a rate");
    return 0;
}

/* -n in the open model: until the request after them would be due. */
static int plan_requests(uint64_t requests, struct ct_run_plan *plan, struct ct_err *err)
{
    if (requests == 0)
        return 0;
    if ((double)requests / ct_rate_rps(plan->rate) * 1e9 > DURATION_MAX_NS)
        return ct_fail(err, CT_EUSAGE, "--requests: so many take more than 365 days at this rate");
    plan->duration_ns = ct_plan_due_ns(plan, requests);
    return 0;
}

static void make_closed(const struct ct_cmd_ctx *ctx, const struct ct_plan_opts *o,
                        struct ct_run_plan *plan)
{
    if (o->requests != 0 && !ct_cmd_given(ctx, "duration-per-test"))
        plan->duration_ns = (uint64_t)DURATION_MAX_NS;
    plan->closed = true;
    plan->think_ns = o->think_ns;
    plan->most = o->requests;
}

static int set_connections(const struct ct_plan_opts *o, struct ct_run_plan *plan,
                           struct ct_err *err)
{
    enum { STREAMS = 100 /* until the server says */, IN_FLIGHT_MAX = 1000000 };
    uint32_t most = ct_run_connections_max(NULL);
    if (o->connections > most)
        return ct_fail(err, CT_EUSAGE,
                       "--connections: this machine allows %u to one address (descriptors: 'ulimit "
                       "-n', local ports: net.ipv4.ip_local_port_range)",
                       most);
    plan->http2 = o->http != 0;
    if (!plan->http2 && o->streams != 0)
        return ct_fail(err, CT_EUSAGE, "--streams is for --http 2");
    if (plan->http2 && (o->lifetime_ns != 0 || o->connection_requests != 0 ||
                        o->new_connections.num != 0 || !plan->keep_alive))
        return ct_fail(err, CT_EUSAGE,
                       "HTTP/2 keeps its connections: --keep-alive off, --connection-lifetime, "
                       "--connection-requests and --new-connection-rate are for --http 1.1");
    plan->streams = (uint32_t)o->streams;
    plan->connection_lifetime_ns = o->lifetime_ns;
    plan->connection_requests = o->connection_requests;
    plan->new_connections = o->new_connections;
    plan->connections = (uint32_t)o->connections;
    if (plan->connections != 0) {
        uint64_t streams = !plan->http2 ? 1 : plan->streams > 0 ? plan->streams : STREAMS;
        uint64_t in_flight = plan->connections * streams;
        if (in_flight > IN_FLIGHT_MAX)
            return ct_fail(err, CT_EUSAGE, "--connections x --streams: at most %d", IN_FLIGHT_MAX);
        plan->max_in_flight = (uint32_t)in_flight;
        plan->cap = CT_CAP_CHOSEN;
    }
    return 0;
}

int ct_plan_opts_plan(const struct ct_cmd_ctx *ctx, struct ct_run_plan *out, struct ct_err *err)
{
    const struct ct_plan_opts own = chosen(ctx), *o = &own;
    const struct ct_plan_cmd_opts *all = ctx->opts;
    int rc = check_sources(ctx, o, err);
    if (rc < 0)
        return rc;
    *out = ct_load_plan(&all->load);
    out->warm_up_ns = o->warm_up_ns;
    out->arrivals = (enum ct_arrivals)o->arrivals;
    out->seed = o->seed;
    out->rate = o->rate.num != 0 ? o->rate : ct_rate_per_s(1);
    if ((rc = set_connections(o, out, err)) < 0)
        return rc;
    if (o->plan != NULL)
        return ct_plan_text_parse(o->plan, out, err) < 0 ? ct_fail_while(err, "--plan") : 0;
    if (o->replay != NULL)
        return ct_replay_read(o->replay, out, err);
    if (o->rate.num == 0 && o->connections != 0)
        make_closed(ctx, o, out);
    else if (out->arrivals == CT_ARRIVALS_EVEN)
        return plan_requests(o->requests, out, err);
    else if (o->requests != 0)
        return ct_fail(err, CT_EUSAGE,
                       "--requests does not go with Poisson arrivals: their number "
                       "in a time is random");
    return 0;
}

void ct_plan_opts_release(struct ct_run_plan *plan)
{
    free((void *)plan->replay_ns);
    plan->replay_ns = NULL;
}

int ct_plan_opts_check(const struct ct_criteria *c, const struct ct_run_plan *plan,
                       const struct ct_cluster *monitored, struct ct_err *err)
{
    size_t count = monitored != NULL ? monitored->count : 0;
    const char **hosts = ct_xcalloc(count + 1, sizeof(*hosts));
    for (size_t i = 0; i < count; i++)
        hosts[i] = monitored->servers[i].id;
    int rc = ct_threshold_check(c, plan, hosts, count, err);
    free((void *)hosts);
    return rc;
}

int ct_plan_opts_criteria(const struct ct_cmd_ctx *ctx, const struct ct_run_plan *plan,
                          const struct ct_cluster *monitored, struct ct_criteria *out,
                          struct ct_err *err)
{
    const struct ct_plan_opts *o = opts_of(ctx);
    char warm_up[CT_UNIT_TEXT], length[CT_UNIT_TEXT];
    out->count = 0;
    out->abort = o->abort;
    if (plan->warm_up_ns >= plan->duration_ns)
        return ct_fail(err, CT_EUSAGE, "--warm-up %s leaves nothing of a run of %s",
                       ct_duration_write(plan->warm_up_ns, warm_up),
                       ct_duration_write(plan->duration_ns, length));
    for (size_t i = 0; i < o->thresholds.count; i++) {
        int rc = ct_threshold_parse(o->thresholds.items[i], out, err);
        if (rc < 0)
            return rc;
    }
    if (out->abort && out->count == 0)
        return ct_fail(err, CT_EUSAGE, "--abort needs a --threshold");
    return ct_plan_opts_check(out, plan, monitored, err);
}

const char *ct_plan_opts_title(const struct ct_run_plan *plan, char text[CT_PLAN_TITLE])
{
    char rate[CT_UNIT_TEXT], time[CT_UNIT_TEXT], stages[CT_PLAN_TEXT];
    ct_duration_format(plan->duration_ns, time);
    ct_rate_format(ct_rate_rps(plan->rate), rate);
    if (plan->closed)
        (void)snprintf(text, CT_PLAN_TITLE, "with %u connections", (unsigned)plan->connections);
    else if (plan->arrivals == CT_ARRIVALS_REPLAY)
        (void)snprintf(text, CT_PLAN_TITLE, "at the instants of a file, %s", time);
    else if (plan->n_stages > 0)
        (void)snprintf(text, CT_PLAN_TITLE, "at %s", ct_plan_text_format(plan, stages));
    else
        (void)snprintf(text, CT_PLAN_TITLE, "at %s%s", rate,
                       plan->arrivals == CT_ARRIVALS_POISSON ? " (Poisson)" : "");
    return text;
}
