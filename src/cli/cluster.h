/* What stats and watch of "ct cluster" print. Private to cli. */
#ifndef CT_CLI_CLUSTER_H
#define CT_CLI_CLUSTER_H

#include <stddef.h>
#include <stdint.h>

#include "cli/cmd.h"
#include "monitor/watch.h"

/* A snapshot, as a table. */
void ct_cluster_print_stats(const struct ct_watch_report *reports, size_t count);

/* Below it, for servers whose configuration asks for them: the CPU of each core; processes and
 * control groups by name, also those that are not there. */
void ct_cluster_print_cores(const struct ct_watch_report *reports, size_t count);
void ct_cluster_print_watched(const struct ct_watch_report *reports, size_t count);

/* One JSON object on a line: check and stats. */
void ct_cluster_print_json(const struct ct_watch_report *reports, size_t count);

struct ct_cluster_watch_opts {
    uint64_t interval_ns, duration_ns, count; /* 0: no end by itself */
    enum ct_output output;
};

/* The live table, or lines when stdout is no terminal. The exit status, or a negative code. */
int ct_cluster_watch(struct ct_config *config, const struct ct_cluster_watch_opts *o,
                     struct ct_err *err);

#endif
