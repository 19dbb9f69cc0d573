/* The benchmark's own JSON: trials, points, the summary of a test case (docs/architecture.md,
 * sections 3, 5). */
#ifndef CT_SERVICES_BENCHMARK_JSON_H
#define CT_SERVICES_BENCHMARK_JSON_H

#include "base/buf.h"
#include "services/benchmark.h"

void ct_benchmark_trial_json(const struct ct_search_trial *t, struct ct_buf *out);

/* The object under "search": options, trials, points. */
void ct_benchmark_search_json(const struct ct_benchmark_opts *opts, const struct ct_search *search,
                              struct ct_buf *out);

#endif
