#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/mem.h"
#include "cli/answer.h"
#include "cli/cluster.h"
#include "report/table.h"
#include "services/cluster.h"

enum { COLUMNS = 7, CELL = 64 };

static void fill_row(const struct ct_watch_report *r, char row[COLUMNS][CELL])
{
    const struct ct_server_sample *s = &r->sample;
    double busiest;
    (void)snprintf(row[0], CELL, "%s", r->server->id);
    for (int k = 1; k < COLUMNS; k++)
        (void)snprintf(row[k], CELL, "-");
    if (s->has_cpu) {
        (void)snprintf(row[1], CELL, "%.1f", ct_cpu_busy_percent(&s->cpu));
        (void)snprintf(row[2], CELL, "%.1f", ct_cpu_user_percent(&s->cpu));
    }
    if (ct_vital_get(&s->vitals, CT_VITAL_BUSIEST_CORE, &busiest))
        (void)snprintf(row[3], CELL, "%.1f", busiest);
    if (s->has_memory) {
        (void)snprintf(row[4], CELL, "%.0f", s->memory.used / 1024);
        (void)snprintf(row[5], CELL, "%.0f", s->memory.total / 1024);
    }
    if (s->has_ping && s->ping.received > 0)
        (void)snprintf(row[6], CELL, "%.3f (%s)", s->ping.avg_ms, s->ping.method);
}

void ct_cluster_print_stats(const struct ct_watch_report *reports, size_t count)
{
    static const char *const header[COLUMNS] = {"server",   "CPU %",     "user %", "core %",
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
    ct_print_table(stdout, &style, "lrrrrrr", cells, COLUMNS, count + 1);
    free(text);
    free((void *)cells);
}

void ct_cluster_print_json(const struct ct_watch_report *reports, size_t count)
{
    struct ct_buf json;
    ct_buf_init(&json, 16 << 20);
    ct_cluster_json(reports, count, &json);
    ct_answer_json(stdout, &json);
}
