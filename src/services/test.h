/*
 * One execution inside a session: the engine sends, the watch samples, everything goes into the
 * journal and the tally, progress is shown, signals stop it; at the end a summary.
 */
#ifndef CT_SERVICES_TEST_H
#define CT_SERVICES_TEST_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "model/run.h"
#include "model/summary.h"
#include "model/testcase.h"
#include "model/threshold.h"
#include "services/session.h"
#include "store/result.h"

enum ct_results { CT_RESULTS_AUTO, CT_RESULTS_ALL, CT_RESULTS_NONE };

/* Who looks on while it runs. Called from the threads that measure, one at a time. */
struct ct_test_onlooker {
    void *ctx;
    void (*block)(void *ctx, unsigned thread, const struct ct_block *block);
    void (*snapshot)(void *ctx, const struct ct_snapshot *snapshot);
    /* asked after each block; trouble: for which the run is invalid already, or NULL; true: it ends
     * gently */
    bool (*enough)(void *ctx, const char *trouble);
};

struct ct_test {
    const struct ct_testcase *testcase;
    uint32_t load;
    const struct ct_mix *mix;                /* what is sent instead of the case's request; NULL */
    struct ct_run_plan plan;                 /* planned is filled in by the run */
    const struct ct_criteria *criteria;      /* NULL: none */
    const struct ct_test_onlooker *onlooker; /* NULL: none */
    bool monitored;                          /* sample the session's servers */
    bool kept; /* it goes into the document (a benchmark's trials do not) */
    enum ct_results results;
    const char *title; /* for progress */
};

/* What came of it. Release it with ct_test_result_release. */
struct ct_test_result {
    struct ct_run_subject subject;
    struct ct_run_plan plan;
    struct ct_run_times times;
    struct ct_summary summary;
    struct ct_block *total;    /* owned */
    struct ct_block *measured; /* owned; without the warm-up */
    uint64_t from, to;         /* its records in the journal */
    uint64_t samples_dropped;
    bool has_samples;
};

/* Negative only when nothing was sent: CT_EUSAGE (the case refuses the load), CT_EFAIL. */
int ct_test_run(struct ct_session *s, const struct ct_test *test, struct ct_test_result *out,
                struct ct_err *err);
void ct_test_result_release(struct ct_test_result *r); /* accepts a zeroed struct */

/* The view of a result that store writes. Borrows from r and environment. */
struct ct_result_execution ct_test_result_view(const struct ct_test_result *r,
                                               const struct ct_environment *environment);

/* Who asks what of whom, as a document has it. Release out. */
void ct_test_describe(const struct ct_session *s, const struct ct_test *test,
                      struct ct_run_subject *out);

/* A result before anything is sent: what is asked for, and no figure. */
void ct_test_result_planned(const struct ct_session *s, const struct ct_test *test,
                            struct ct_test_result *out);

/* The same for a target that could not be reached: no_data with failure as its reason. */
void ct_test_result_none(struct ct_session *s, const struct ct_test *test, enum ct_failure failure,
                         const char *text, struct ct_test_result *out);

#endif
