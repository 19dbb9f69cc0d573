#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "cli/analyze_search.h"
#include "cli/cmd.h"
#include "services/analyze.h"

/* ct analyze: tables and charts from result files. */

struct opts {
    struct ct_common_opts common;
    struct ct_list files, benchmark_names, alias_hosts;
    const char *storage, *out;
    uint64_t load;
    int span;
};

enum { TEXT_MAX = 1024 };

/* Text from files and the line, fit for a terminal. */
static const char *clean(const char *text, char out[TEXT_MAX])
{
    ct_escape_text(out, TEXT_MAX, text, strlen(text));
    return out;
}

static const char *rate_text(double rate, char out[32])
{
    if (isnan(rate))
        return "?";
    (void)snprintf(out, 32, "%.10g", rate);
    return out;
}

/* --- response times: Cluster Tester's lines --- */

static void print_mean(const struct ct_analyzed_execution *e, const char *rate)
{
    (void)printf("Load: %.10g, Avg Response Time: ", e->load);
    if (isnan(e->mean_s))
        (void)printf("no requests (at %s RPS)\n", rate);
    else if (e->times.count == 0)
        (void)printf("%.4f seconds over all requests (at %s RPS)\n", e->mean_s, rate);
    else
        (void)printf("%.4f seconds over %llu requests (at %s RPS)\n", e->mean_s,
                     (unsigned long long)e->times.count, rate);
}

static void print_extreme(const struct ct_analyzed_execution *e, const char *word, double seconds,
                          const char *rate)
{
    if (e->times.count == 0)
        (void)printf("Load: %.10g, %s Response Time: no requests (at %s RPS)\n", e->load, word,
                     rate);
    else
        (void)printf("Load: %.10g, %s Response Time: %.4f seconds (at %s RPS)\n", e->load, word,
                     seconds, rate);
}

/* --- servers --- */

static void print_hosts(const struct ct_analyzed_execution *e, bool cpu, const char *rate)
{
    char host[TEXT_MAX];

    (void)printf("Load: %.10g(at %s RPS)\n", e->load, rate);
    if (e->n_hosts == 0)
        (void)printf("    no server was monitored\n");
    for (size_t i = 0; i < e->n_hosts; i++) {
        const struct ct_analyzed_host *h = &e->hosts[i];
        double value = cpu ? h->cpu_user_mean : h->memory_used_mib_mean;
        (void)printf("    Host: %s, Avg %s Usage: ", clean(h->host, host), cpu ? "CPU" : "RAM");
        if (isnan(value))
            (void)printf("no data\n");
        else
            (void)printf("%.2f %s\n", value, cpu ? "%" : "MB");
    }
}

static const char *subject(enum ct_analysis type)
{
    return type == CT_ANALYSIS_AVG_RESPONSE_TIME   ? "average response time"
           : type == CT_ANALYSIS_MIN_RESPONSE_TIME ? "minimum response time"
           : type == CT_ANALYSIS_MAX_RESPONSE_TIME ? "maximum response time"
           : type == CT_ANALYSIS_RAM_USAGE         ? "RAM usage"
                                                   : "CPU usage";
}

static void print_execution(const struct ct_analyzed_execution *e, enum ct_analysis type)
{
    char text[32];
    const char *rate = rate_text(e->rate, text);

    if (type == CT_ANALYSIS_AVG_RESPONSE_TIME)
        print_mean(e, rate);
    else if (type == CT_ANALYSIS_MIN_RESPONSE_TIME)
        print_extreme(e, "Min", e->times.min_s, rate);
    else if (type == CT_ANALYSIS_MAX_RESPONSE_TIME)
        print_extreme(e, "Max", e->times.max_s, rate);
    else
        print_hosts(e, type == CT_ANALYSIS_CPU_USAGE, rate);
}

static void print_file(const struct ct_analyzed_file *f, enum ct_analysis type)
{
    char name[TEXT_MAX];

    (void)printf("Analyzing %s for benchmark file: %s\n", subject(type), clean(f->name, name));
    (void)printf("Results for %s:\n", name);
    if (f->count == 0)
        (void)printf("no executions\n");
    for (size_t i = 0; i < f->count; i++)
        print_execution(&f->executions[i], type);
}

static int draw(const struct ct_analyze_opts *o, const struct ct_analyzed *a, struct ct_err *err)
{
    char *path = NULL, name[TEXT_MAX];
    int rc = ct_analyze_chart(o, a, &path, err);

    if (rc < 0)
        return rc;
    if (strcmp(path, "-") != 0)
        (void)printf("%s chart saved as %s\n",
                     o->type == CT_ANALYSIS_CPU_USAGE_COMPARE   ? "CPU comparison"
                     : o->type == CT_ANALYSIS_RAM_USAGE_COMPARE ? "RAM comparison"
                                                                : "Response time",
                     clean(path, name));
    free(path);
    return 0;
}

static int run(struct ct_cmd_ctx *ctx, struct ct_err *err)
{
    const struct opts *opts = ctx->opts;
    struct ct_analyze_opts o = {.span = (enum ct_span)opts->span,
                                .storage = opts->storage,
                                .files = opts->files,
                                .load = (double)opts->load,
                                .benchmark_names = opts->benchmark_names,
                                .alias_hosts = opts->alias_hosts,
                                .out = opts->out};
    struct ct_analyzed a;
    int rc;

    if (ctx->operands.count != 1)
        return ct_fail(err, CT_EUSAGE,
                       "which analysis? one, before the options: ct %s avg-response-time --files F",
                       ctx->cmd->name);
    if ((rc = ct_analysis_parse(ctx->operands.items[0], &o.type, err)) < 0)
        return rc;
    if (o.type == CT_ANALYSIS_SEARCH)
        return ct_analyze_searches(&o, ct_cmd_given(ctx, "load"), err);
    bool chart = o.type >= CT_ANALYSIS_CPU_USAGE_COMPARE;
    if (o.out != NULL && !chart)
        return ct_fail(err, CT_EUSAGE, "--out is for charts; %s prints text",
                       ct_analysis_names[o.type]);
    if ((rc = ct_analyze_read(&o, &a, err)) < 0)
        return rc;
    if (chart)
        rc = draw(&o, &a, err);
    for (size_t i = 0; !chart && i < a.count; i++)
        print_file(&a.files[i], o.type);
    ct_analyzed_release(&a);
    return rc;
}

#define OPT(member, type) CT_OPT_MEMBER(struct opts, member, type)

static const char *const spans[] = {"server", "client", NULL};

static const struct ct_opt rows[] = {
    {.name = "files",
     .type = CT_OPT_LIST,
     .offset = OPT(files, struct ct_list),
     .flags = CT_OPT_REQUIRED | CT_OPT_NO_SPLIT,
     .value = "FILE...",
     .help = "result files: paths, globs, or names in the storage"},
    {.name = "storage",
     .type = CT_OPT_STRING,
     .offset = OPT(storage, const char *),
     .def = "results",
     .value = "DIR",
     .help = "folder in which files are looked up, too"},
    {.name = "span",
     .type = CT_OPT_CHOICE,
     .offset = OPT(span, int),
     .def = "server",
     .choices = spans,
     .value = "server|client",
     .help = "whose response times: the server's own, or what the client saw"},
    {.name = "load",
     .type = CT_OPT_COUNT,
     .offset = OPT(load, uint64_t),
     .def = "1",
     .value = "N",
     .help = "charts: the load at which executions are compared"},
    {.name = "benchmark-names",
     .type = CT_OPT_LIST,
     .offset = OPT(benchmark_names, struct ct_list),
     .value = "NAME...",
     .help = "charts: what the files are called, in their order"},
    {.name = "alias-hosts",
     .type = CT_OPT_LIST,
     .offset = OPT(alias_hosts, struct ct_list),
     .value = "HOST:ALIAS...",
     .help = "charts: what hosts are called; [v6]:alias for IPv6"},
    {.name = "out",
     .letter = 'o',
     .type = CT_OPT_STRING,
     .offset = OPT(out, const char *),
     .value = "FILE",
     .help = "charts: a .png, .svg or .pdf file; - is a PNG on stdout"},
};

static const struct ct_opt_set sets[] = {{rows, sizeof(rows) / sizeof(*rows)}, CT_COMMON_SET};

const struct ct_cmd ct_cmd_analyze = {
    .name = "analyze",
    .alias = "data-analysis",
    .summary = "tables and charts from result files",
    .operands = "TYPE",
    .about = "Reads result files, ct's or Cluster Tester's. TYPE is one of\n"
             "  avg-response-time, min-response-time, max-response-time, ram-usage, cpu-usage:\n"
             "    a text, per file and load\n"
             "  search: what a search found and each of its trials; with -o its picture\n"
             "  cpu-usage-compare, ram-usage-compare: bars, per host and file, at one load\n"
             "  response-time-compare: violins, per file, at one load\n",
    .example = "  ct analyze avg-response-time --files 'results/*_benchmark.json'\n"
               "  ct analyze response-time-compare --load 13 --files a.json b.json \\\n"
               "             --benchmark-names k3s k0s -o times.pdf\n"
               "  ct analyze search --files results/20261121_101500_find.json -o knee.svg\n",
    .sets = sets,
    .n_sets = sizeof(sets) / sizeof(*sets),
    .opts_size = sizeof(struct opts),
    .config = CT_CMD_NO_CONFIG,
    .run = run,
};
