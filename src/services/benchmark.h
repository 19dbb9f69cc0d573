/*
 * "ct benchmark": per test case the preflight, the search for the highest load and the highest
 * rates, each point once more while monitoring, one file. Searches as "ct find" does
 * (analysis/sweep.h), or, classic, as Cluster Tester did (analysis/search.h).
 *
 * The searches come first, then the monitored runs, from the highest load down. One that does not
 * keep the limits is said and widens the interval of its point.
 */
#ifndef CT_SERVICES_BENCHMARK_H
#define CT_SERVICES_BENCHMARK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "analysis/search.h"
#include "analysis/sweep.h"
#include "base/buf.h"
#include "services/execution.h"
#include "services/find.h"
#include "services/session.h"

struct ct_benchmark_opts {
    bool classic;
    struct ct_search_opts search; /* classic; load_min, load_max and has_load come from the case */
    struct ct_sweep_opts sweep;   /* else; the same; its limits are those of criteria */
    struct ct_criteria criteria;  /* not classic: what must be kept */
    double limit_s;               /* on the mean, as given; 0: none */
    struct ct_run_plan plan;      /* of every test; rate is the search's */
    uint64_t rest_ns;             /* before each run */
    enum ct_results results;
    const char *resume; /* not classic: journal of this case to go on from; NULL */
    const char *command;
};

/* A found point with what its confirming run measured. */
struct ct_benchmark_point {
    uint32_t load;
    double rate;                /* that was confirmed, or would have been; 0: not even the lowest */
    double low, median, high;   /* interval of the capacity; NAN: the classic search has none */
    enum ct_find_ending ending; /* not classic */
    unsigned visits;         /* that the interval is made of; 0: it is what kept and what broke */
    unsigned warnings;       /* CT_FIND_DRIFTS ...; not classic */
    bool rate_at_least;      /* nothing above was seen to break a limit */
    bool at_least;           /* the same of the load or the rate */
    const char *limited_by;  /* a word of the file's; never NULL */
    bool measured;           /* the confirming run took place */
    bool confirmed;          /* and passed */
    double mean_s, p99_s;    /* of its ok responses; NAN */
    enum ct_verdict verdict; /* of the confirming run */
    double cpu_percent_max;  /* busiest server's mean; NAN: not monitored */
    char cpu_host[256];
    char conclusion[CT_CONCLUSION_TEXT]; /* of the confirming run; "" */
};

/* One search of a sweep. */
struct ct_benchmark_leg {
    uint32_t load; /* of a search for a rate */
    struct ct_finding_opts opts;
    char what[128];
    struct ct_finding found; /* found.find NULL: it did not begin */
};

struct ct_benchmark_case {
    const struct ct_testcase *testcase;
    char *result_path;
    char *journal_path; /* to go on from; NULL: there is nothing to add */
    enum ct_verdict verdict;
    struct ct_reason reasons[CT_REASON_MAX];
    size_t n_reasons;
    struct ct_benchmark_point *points; /* from the highest load down */
    size_t n_points;
    size_t n_trials;
    double spent_s;                /* of load, confirming runs included; not classic */
    struct ct_benchmark_leg *legs; /* not classic: the searches in their order */
    size_t n_legs;
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

/* Draw each search for a rate into a file of its own: of path "dir/x.png" it is
 * "dir/x-bubble-sort-load-15.png". Names of what was drawn, a line each, go to drawn. */
int ct_benchmark_charts(const struct ct_benchmark_case *c, const char *path, struct ct_buf *drawn,
                        struct ct_err *err);

/* Name (as in files) of the test case that a journal is of. CT_EUSAGE when it is no benchmark's, or
 * of a classic one, which cannot go on. */
int ct_benchmark_journal_case(const char *path, char name[128], struct ct_err *err);

#endif
