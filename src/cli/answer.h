/* What the commands that send requests print on stdout. */
#ifndef CT_CLI_ANSWER_H
#define CT_CLI_ANSWER_H

#include <stddef.h>

#include "cli/cmd.h"
#include "services/benchmark.h"
#include "services/execution.h"

/* mix: what was sent instead of the one request; NULL. */
void ct_answer_execution(const struct ct_execution *e, const struct ct_mix *mix,
                         const char *command, enum ct_output output);
void ct_answer_benchmark(const struct ct_benchmark_case *cases, size_t count, double limit_s,
                         enum ct_output output);

#endif
