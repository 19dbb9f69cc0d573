/* What both searches of a benchmark need around them. Private to services. */
#ifndef CT_SERVICES_BENCHMARK_CASE_H
#define CT_SERVICES_BENCHMARK_CASE_H

#include "services/benchmark.h"

/* Between the begin of the session's result and its end. */
int ct_benchmark_classic(struct ct_session *session, const struct ct_benchmark_opts *opts,
                         struct ct_benchmark_case *out, struct ct_err *err);
int ct_benchmark_sweep(struct ct_session *session, const struct ct_benchmark_opts *opts,
                       struct ct_benchmark_case *out, struct ct_err *err);

void ct_benchmark_point_init(struct ct_benchmark_point *p);
void ct_benchmark_point_measured(struct ct_benchmark_point *p, const struct ct_test_result *r);

/* Of the highest load that was tried, when none above it broke a limit: why (static). */
void ct_benchmark_point_of_last_load(struct ct_benchmark_point *p, const char *why);

/* From counts over all runs, and the points; reasons are dropped when it is valid. */
void ct_benchmark_judge(struct ct_benchmark_case *out, uint64_t ok, uint64_t valid_runs,
                        uint64_t runs);

void ct_benchmark_note_failure(struct ct_benchmark_case *out, enum ct_failure failure,
                               const char *text);

/* Write the document and end the session's result. kept: borrowed, from the highest load down. */
void ct_benchmark_finish(struct ct_session *s, const struct ct_benchmark_opts *opts,
                         struct ct_benchmark_case *out, const struct ct_test_result *const *kept,
                         size_t n_kept, const char *search_json);

#endif
