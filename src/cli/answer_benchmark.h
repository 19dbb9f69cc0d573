/* What ct benchmark prints on stdout. */
#ifndef CT_CLI_ANSWER_BENCHMARK_H
#define CT_CLI_ANSWER_BENCHMARK_H

#include <stddef.h>

#include "cli/cmd.h"
#include "services/benchmark.h"

void ct_answer_benchmark(const struct ct_benchmark_case *cases, size_t count,
                         const struct ct_benchmark_opts *o, enum ct_output output);

/* What would be done, and how long it takes at most. */
void ct_answer_benchmark_plan(const struct ct_testcase *const *cases, size_t count,
                              const struct ct_benchmark_opts *o, const char *target,
                              enum ct_output output);

#endif
