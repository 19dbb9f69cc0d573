/* The answer of "ct cluster check" as text. */
#ifndef CT_CLI_CLUSTER_CHECK_H
#define CT_CLI_CLUSTER_CHECK_H

#include <stddef.h>

#include "monitor/watch.h"

/* A line per server; under one that is well, what a run would find there. */
void ct_cluster_print_check(const struct ct_watch_report *reports, size_t count);

#endif
