/* The benchmark's own JSON: trials, points, the summary of a test case (docs/architecture.md,
 * sections 3, 5). Private to services. */
#ifndef CT_SERVICES_BENCHMARK_JSON_H
#define CT_SERVICES_BENCHMARK_JSON_H

#include "base/buf.h"
#include "services/benchmark.h"

/* Of the classic search. */
void ct_benchmark_trial_json(const struct ct_search_trial *t, struct ct_buf *out);

/* The object under "search": options, trials, points. */
void ct_benchmark_search_json(const struct ct_benchmark_opts *opts,
                              const struct ct_benchmark_case *c, const struct ct_search *search,
                              struct ct_buf *out);

/* The same of a sweep, with what each of its searches knows. */
void ct_benchmark_sweep_json(const struct ct_benchmark_opts *opts,
                             const struct ct_benchmark_case *c, struct ct_buf *out);

/* Trial i of a search of a sweep: a trial of the classic search, and what a search's has. */
void ct_benchmark_leg_trial_json(const struct ct_finding *found, const struct ct_finding_opts *o,
                                 uint32_t load, size_t i, struct ct_buf *out);

#endif
