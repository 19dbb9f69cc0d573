#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "cli/cluster.h"
#include "report/table.h"

/* --- cores --- */

void ct_cluster_print_cores(const struct ct_watch_report *reports, size_t count)
{
    enum { PER_LINE = 10 };
    for (size_t i = 0; i < count; i++) {
        const struct ct_server_sample *s = &reports[i].sample;
        if (s->n_cores == 0)
            continue;
        (void)printf("\n%s: CPU %% of each core\n", reports[i].server->id);
        for (size_t core = 0; core < s->n_cores; core++) {
            double percent = (double)s->core_percent[core];
            if (core % PER_LINE == 0)
                (void)printf("%s%5zu:", core > 0 ? "\n" : "", core);
            if (isnan(percent))
                (void)printf("%7s", "-");
            else
                (void)printf("%7.1f", percent);
        }
        (void)printf("\n");
    }
}

/* --- processes and control groups --- */

enum { COLUMNS = 6, NUMBER = 32 };

struct row {
    char *name; /* owned */
    const char *server;
    char processes[NUMBER], cpu[NUMBER], throttled[NUMBER], memory[NUMBER];
};

static void put(char text[NUMBER], bool has, double value)
{
    if (has)
        (void)snprintf(text, NUMBER, "%.1f", value);
    else
        (void)snprintf(text, NUMBER, "-");
}

static const struct ct_cgroup *cgroup_of(const struct ct_server_sample *s, const char *name)
{
    for (size_t i = 0; i < s->n_cgroups; i++)
        if (strcmp(s->cgroups[i].name, name) == 0)
            return &s->cgroups[i];
    return NULL;
}

static void fill_process(const struct ct_server_sample *s, size_t i, struct row *row)
{
    static const struct ct_watched missing;
    const struct ct_watched *w = i < s->n_watched ? &s->watched[i] : &missing;
    if (i < s->n_watched)
        (void)snprintf(row->processes, NUMBER, "%llu", (unsigned long long)w->processes);
    put(row->cpu, w->has_cpu, w->cpu_percent);
    put(row->memory, w->has_rss, w->rss_kib / 1024);
}

static void fill_cgroup(const struct ct_server_sample *s, const char *name, struct row *row)
{
    static const struct ct_cgroup missing;
    const struct ct_cgroup *g = cgroup_of(s, name);
    if (g == NULL)
        g = &missing;
    put(row->cpu, g->has_cpu, g->cpu_percent);
    put(row->throttled, g->has_throttled, g->throttled_percent);
    put(row->memory, g->has_memory, g->memory_kib / 1024);
}

/* The rows of a server, in the order of its configuration; what is not there has none of the
 * numbers. */
static size_t fill(const struct ct_watch_report *r, struct row *rows)
{
    const struct ct_server *server = r->server;
    size_t count = server->n_watch + server->n_cgroups;
    for (size_t i = 0; i < count; i++) {
        bool is_process = i < server->n_watch;
        const char *name = is_process ? server->watch[i] : server->cgroups[i - server->n_watch];
        rows[i].server = server->id;
        rows[i].name = ct_xprintf("%s%s", is_process ? "" : "cgroup:", name);
        (void)snprintf(rows[i].processes, NUMBER, "-");
        (void)snprintf(rows[i].throttled, NUMBER, "-");
        if (is_process)
            fill_process(&r->sample, i, &rows[i]);
        else
            fill_cgroup(&r->sample, name, &rows[i]);
    }
    return count;
}

void ct_cluster_print_watched(const struct ct_watch_report *reports, size_t count)
{
    static const char *const header[COLUMNS] = {"server",      "processes", "CPU % of 1",
                                                "throttled %", "MiB",       "watched"};
    struct row *rows = ct_xcalloc(count * CT_WATCHED_MAX, sizeof(*rows));
    size_t n = 0;
    for (size_t i = 0; i < count; i++)
        n += fill(&reports[i], rows + n);
    const char **cells = ct_xcalloc((n + 1) * COLUMNS, sizeof(*cells));
    memcpy((void *)cells, (const void *)header, sizeof(header));
    for (size_t i = 0; i < n; i++) {
        const char *const row[COLUMNS] = {rows[i].server,    rows[i].processes, rows[i].cpu,
                                          rows[i].throttled, rows[i].memory,    rows[i].name};
        memcpy((void *)&cells[(i + 1) * COLUMNS], (const void *)row, sizeof(row));
    }
    struct ct_style style = ct_style_of(stdout);
    style.width = UINT_MAX; /* names are long: a terminal may break them, none is cut */
    if (n > 0) {
        (void)printf("\n");
        ct_print_table(stdout, &style, "lrrrrl", cells, COLUMNS, n + 1);
    }
    for (size_t i = 0; i < n; i++)
        free(rows[i].name);
    free(rows);
    free((void *)cells);
}
