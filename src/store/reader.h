/*
 * Result documents in, ours or Cluster Tester's, streamed: yajl, flat memory. Both forms are read:
 * the benchmark file (test_executions) and the short test-execution file. Naive and offset times,
 * ints and floats, cluster_stats as list, object or null are all accepted; unknown keys are passed
 * over. Of a server in a snapshot only "host" is required.
 */
#ifndef CT_STORE_READER_H
#define CT_STORE_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "model/snapshot.h"

/* One entry of results[]. */
struct ct_result_row {
    double load;
    uint64_t request_start_ns, request_end_ns; /* wall */
    bool has_server;
    uint64_t server_start_ns, server_end_ns;
};

/* One execution's scalars; complete when execution() is called, after its rows and snapshots. */
struct ct_result_head {
    char test_case_name[128];
    double load;    /* of the short form, or of the last result; 0 when there is none */
    double rate;    /* request_per_second; NAN when missing */
    double seconds; /* seconds_making_requests; NAN */
    double avg_response_s, avg_server_processing_s; /* short form; NAN */
    uint64_t errors;
};

struct ct_result_handler {
    void (*row)(void *ctx, const struct ct_result_row *row);
    void (*snapshot)(void *ctx, const struct ct_snapshot *snapshot); /* at_ns 0; hosts borrowed */
    void (*execution)(void *ctx, const struct ct_result_head *head); /* ends an execution */
    void *ctx;
};

/* CT_EFAIL when the file is missing or cannot be read, CT_EUSAGE with file and line when it is not
 * JSON or not a result. */
int ct_result_read(const char *path, const struct ct_result_handler *handler, struct ct_err *err);
int ct_result_parse(const char *text, size_t len, const char *path,
                    const struct ct_result_handler *handler, struct ct_err *err);

#endif
