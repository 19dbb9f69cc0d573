#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/log.h"
#include "base/mem.h"
#include "services/aliases.h"
#include "services/analyze.h"
#include "services/charts.h"

enum { NAME_MAX_BYTES = 220 }; /* of a file, so that a temporary suffix still fits in 255 */

/* --- what is compared --- */

/* Where a file stands in the picture. */
struct place {
    const struct ct_analyzed_execution *at_load; /* NULL: the file has none */
    char *name;
};

struct comparison {
    const struct ct_charts *charts;
    const struct ct_analyze_opts *opts;
    const struct ct_analyzed *analyzed;
    struct place *places; /* per file */
};

/* The last at that load, as a later one replaces an earlier one in Cluster Tester. */
static const struct ct_analyzed_execution *execution_at(const struct ct_analyzed_file *f,
                                                        double load)
{
    for (size_t i = f->count; i > 0; i--)
        if (f->executions[i - 1].load == load)
            return &f->executions[i - 1];
    return NULL;
}

static void warn_no_load(const struct ct_analyzed_file *f, double load)
{
    struct ct_buf loads;

    ct_buf_init(&loads, 200);
    for (size_t i = 0; i < f->count; i++)
        (void)ct_buf_printf(&loads, "%s%.10g", i > 0 ? ", " : "", f->executions[i].load);
    ct_warn("%s has no execution at load %.10g (--load); it has %s", f->name, load,
            f->count > 0 ? loads.data : "none at all");
    ct_buf_release(&loads);
}

static void comparison_init(struct comparison *c, const struct ct_analyze_opts *opts,
                            const struct ct_analyzed *analyzed)
{
    size_t n = analyzed->count, given = opts->benchmark_names.count;

    *c = (struct comparison){.opts = opts, .analyzed = analyzed};
    c->places = ct_xcalloc(n + 1, sizeof(*c->places));
    if (given > 0 && given != n)
        ct_warn("--benchmark-names: %zu names for %zu files; they are called benchmark_1 and so on",
                given, n);
    for (size_t i = 0; i < n; i++) {
        c->places[i].at_load = execution_at(&analyzed->files[i], opts->load);
        if (c->places[i].at_load == NULL)
            warn_no_load(&analyzed->files[i], opts->load);
        c->places[i].name = given == n ? ct_xstrdup(opts->benchmark_names.items[i])
                                       : ct_xprintf("benchmark_%zu", i + 1);
    }
}

static void comparison_release(struct comparison *c)
{
    for (size_t i = 0; i < c->analyzed->count; i++)
        free(c->places[i].name);
    free(c->places);
}

/* --- where the picture goes --- */

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash != NULL ? slash + 1 : path;
}

static void add_part(struct ct_buf *name, const char *part, bool first)
{
    if (!first)
        (void)ct_buf_puts(name, "_");
    for (; *part != '\0'; part++) {
        bool plain = (unsigned char)*part >= ' ' && *part != '/' && *part != 0x7f;
        (void)ct_buf_add(name, plain ? part : "_", 1);
    }
}

/* Cluster Tester's names; too long for a file system, they end in "_and_others". */
static char *picture_name(const struct comparison *c)
{
    const struct ct_list *given = &c->opts->benchmark_names;
    size_t n = given->count > 0 ? given->count : c->analyzed->count;
    const char *form = c->opts->type == CT_ANALYSIS_CPU_USAGE_COMPARE ? "cpu_usage_comparison_load_"
                       : c->opts->type == CT_ANALYSIS_RAM_USAGE_COMPARE
                           ? "ram_usage_comparison_load_"
                           : "response_time_load_";
    struct ct_buf name;

    ct_buf_init(&name, NAME_MAX_BYTES);
    (void)ct_buf_printf(&name, "%s%.10g%s_", form, c->opts->load,
                        c->opts->type == CT_ANALYSIS_CPU_USAGE_COMPARE ? "_files" : "");
    for (size_t i = 0; i < n; i++)
        add_part(&name, given->count > 0 ? given->items[i] : base_name(c->analyzed->files[i].name),
                 i == 0);
    char *path = ct_xprintf("%s%s.png", name.data, name.failed ? "_and_others" : "");
    ct_buf_release(&name);
    return path;
}

/* --- bars --- */

struct hosts {
    const char **names; /* borrowed from the executions */
    size_t count;
};

static void hosts_add(struct hosts *hosts, const char *name)
{
    for (size_t i = 0; i < hosts->count; i++)
        if (strcmp(hosts->names[i], name) == 0)
            return;
    hosts->names = ct_xrealloc(hosts->names, hosts->count + 1, sizeof(*hosts->names));
    hosts->names[hosts->count++] = name;
}

static double host_value(const struct comparison *c, size_t file, const char *host)
{
    const struct ct_analyzed_execution *e = c->places[file].at_load;
    bool cpu = c->opts->type == CT_ANALYSIS_CPU_USAGE_COMPARE;
    double value = NAN;

    if (e == NULL)
        return NAN; /* warned about already */
    for (size_t i = 0; i < e->n_hosts; i++)
        if (strcmp(e->hosts[i].host, host) == 0)
            value = cpu ? e->hosts[i].cpu_user_mean : e->hosts[i].memory_used_mib_mean;
    if (isnan(value))
        ct_warn("%s has no %s values of host %s at load %.10g", c->analyzed->files[file].name,
                cpu ? "CPU" : "memory", host, c->opts->load);
    return value;
}

static void warn_unused(const struct ct_aliases *aliases)
{
    for (size_t i = 0; i < aliases->count; i++)
        if (!aliases->items[i].used)
            ct_warn("--alias-hosts: no host is called %s", aliases->items[i].host);
}

static int draw_bars(const struct comparison *c, const char *path, struct ct_err *err)
{
    bool cpu = c->opts->type == CT_ANALYSIS_CPU_USAGE_COMPARE;
    size_t n = c->analyzed->count;
    struct ct_aliases aliases = {0};
    struct hosts hosts = {0};
    int rc = ct_aliases_parse(&c->opts->alias_hosts, &aliases, err);

    if (rc < 0)
        return rc;
    for (size_t f = 0; f < n; f++)
        for (size_t i = 0; c->places[f].at_load != NULL && i < c->places[f].at_load->n_hosts; i++)
            hosts_add(&hosts, c->places[f].at_load->hosts[i].host);
    double *values = ct_xcalloc(n * hosts.count + 1, sizeof(*values));
    double *rates = ct_xcalloc(n + 1, sizeof(*rates));
    const char **groups = ct_xcalloc(hosts.count + 1, sizeof(char *));
    const char **series = ct_xcalloc(n + 1, sizeof(char *));
    for (size_t f = 0; f < n; f++) {
        series[f] = c->places[f].name;
        rates[f] = c->places[f].at_load != NULL ? c->places[f].at_load->rate : NAN;
        for (size_t h = 0; h < hosts.count; h++)
            values[f * hosts.count + h] = host_value(c, f, hosts.names[h]);
    }
    for (size_t h = 0; h < hosts.count; h++)
        groups[h] = ct_aliases_name(&aliases, hosts.names[h]);
    warn_unused(&aliases);
    const struct ct_bars bars = {
        .y_label = cpu ? "Mean CPU usage (usr), %" : "Mean RAM usage (MB)",
        .value_decimals = cpu ? 2 : 1,
        .value_unit = cpu ? "%" : " MB",
        .legend_title = "Benchmark",
        .groups = groups,
        .n_groups = hosts.count,
        .series = series,
        .n_series = n,
        .values = values,
        .rates = rates,
    };
    rc = c->charts->bars(&bars, path, err);
    free(series);
    free(groups);
    free(rates);
    free(values);
    free(hosts.names);
    ct_aliases_release(&aliases);
    return rc;
}

/* --- violins --- */

static struct ct_violin violin_of(const struct comparison *c, size_t file)
{
    const struct ct_analyzed_execution *e = c->places[file].at_load;
    struct ct_violin v = {.name = c->places[file].name, .rate = NAN};

    if (e == NULL)
        return v;
    if (e->times.count == 0) {
        ct_warn("%s has no %s times at load %.10g%s", c->analyzed->files[file].name,
                c->opts->span == CT_SPAN_SERVER ? "server processing" : "response", c->opts->load,
                c->opts->span == CT_SPAN_SERVER ? " (--span client?)" : "");
        return v;
    }
    struct ct_spread spread = e->times; /* its sample is sorted in place, nothing else changes */
    v.values = spread.sample_s;
    v.count = spread.sampled;
    v.mean = spread.mean_s;
    v.median = ct_spread_median_s(&spread);
    v.stddev = ct_spread_stddev_s(&spread);
    v.min = spread.min_s;
    v.max = spread.max_s;
    v.rate = e->rate;
    return v;
}

static int draw_violins(const struct comparison *c, const char *path, struct ct_err *err)
{
    struct ct_violin *items = ct_xcalloc(c->analyzed->count + 1, sizeof(*items));
    const struct ct_violins violins = {
        .x_label = "Benchmark",
        .y_label = c->opts->span == CT_SPAN_SERVER ? "Response time (server, seconds)"
                                                   : "Response time (client, seconds)",
        .items = items,
        .count = c->analyzed->count,
    };

    for (size_t i = 0; i < c->analyzed->count; i++)
        items[i] = violin_of(c, i);
    int rc = c->charts->violins(&violins, path, err);
    free(items);
    return rc;
}

int ct_analyze_chart(const struct ct_analyze_opts *opts, const struct ct_analyzed *analyzed,
                     char **out_path, struct ct_err *err)
{
    struct comparison c;
    const struct ct_charts *charts;
    int rc = ct_charts_load(&charts, err);
    if (rc < 0)
        return rc;
    comparison_init(&c, opts, analyzed);
    c.charts = charts;
    char *path = opts->out != NULL ? ct_xstrdup(opts->out) : picture_name(&c);
    rc = opts->type == CT_ANALYSIS_RESPONSE_TIME_COMPARE ? draw_violins(&c, path, err)
                                                         : draw_bars(&c, path, err);
    comparison_release(&c);
    if (rc < 0) {
        free(path);
        return rc;
    }
    *out_path = path;
    return 0;
}
