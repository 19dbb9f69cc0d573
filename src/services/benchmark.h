/*
 * "ct benchmark": per test case the preflight, the search for the highest load and the highest
 * rates, each point once more while monitoring, one file.
 */
#ifndef CT_SERVICES_BENCHMARK_H
#define CT_SERVICES_BENCHMARK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "analysis/search.h"
#include "base/buf.h"
#include "services/execution.h"
#include "services/session.h"

struct ct_benchmark_opts {
    struct ct_search_opts search; /* load_min, load_max and has_load come from the case */
    struct ct_run_plan plan;      /* of every test; rate is the search's */
    uint64_t rest_ns;
    enum ct_results results;
    const char *command;
};

/* A found point with what its confirming run measured. */
struct ct_benchmark_point {
    struct ct_search_point found;
    bool measured;           /* the confirming run took place */
    double mean_s, p99_s;    /* of its ok responses; NAN */
    enum ct_verdict verdict; /* of the confirming run */
    double cpu_percent_max;  /* busiest server's mean; NAN: not monitored */
    char cpu_host[256];
    char conclusion[CT_CONCLUSION_TEXT]; /* of the confirming run; "" */
};

struct ct_benchmark_case {
    const struct ct_testcase *testcase;
    char *result_path;
    enum ct_verdict verdict;
    struct ct_reason reasons[CT_REASON_MAX];
    size_t n_reasons;
    struct ct_benchmark_point *points; /* from the highest load down */
    size_t n_points;
    size_t n_trials;
    struct ct_outcome outcome;
};

/* One test case. Negative codes come before the first request; a file is left once the preflight
 * was reached. Release out in any case. */
int ct_benchmark_run(struct ct_session *session, const struct ct_testcase *testcase,
                     const struct ct_benchmark_opts *opts, struct ct_benchmark_case *out,
                     struct ct_err *err);
void ct_benchmark_case_release(struct ct_benchmark_case *c);

/* The entry of "test_cases" in the benchmark summary, as JSON text. */
void ct_benchmark_case_json(const struct ct_benchmark_case *c, struct ct_buf *out);

#endif
