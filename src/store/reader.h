/*
 * Result documents in, ours or Cluster Tester's, streamed: yajl, flat memory. Both forms are read:
 * the benchmark file (test_executions) and the short test-execution file. Naive and offset times,
 * ints and floats, cluster_stats as list, object or null are all accepted; unknown keys and nulls
 * are passed over. Of a server in a snapshot only "host" is required, of a result its request_span.
 *
 * A list of snapshots is handed over one by one. The short form's single cluster_stats object,
 * which holds means, is handed over as one snapshot at the end of the execution, unless a list
 * (cluster_samples) stands beside it.
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

/* Of a summary, for documents whose rows were left out; NAN: not there. */
struct ct_result_span {
    double min_s, mean_s, max_s;
};

/* One execution's scalars; complete when execution() is called, after its rows and snapshots. */
struct ct_result_head {
    char test_case_name[128]; /* cut when longer */
    double load;              /* of the last result, else of the short form; 0: there is none */
    double rate;              /* request_per_second; NAN when missing */
    double seconds;           /* seconds_making_requests; NAN */
    double avg_response_s, avg_server_processing_s; /* short form; NAN */
    uint64_t rows;                                  /* entries of results[] */
    uint64_t ok;     /* requests that succeeded: as the summary counts them, else rows */
    uint64_t errors; /* that failed: as the summary counts them, else entries of errors[] */
    struct ct_result_span response, server; /* of the summary: ok requests */
};

/* Each function may be NULL. */
struct ct_result_handler {
    void (*row)(void *ctx, const struct ct_result_row *row);
    /* at_ns 0, wall_ns 0 without a timestamp; hosts are borrowed until the reading ends */
    void (*snapshot)(void *ctx, const struct ct_snapshot *snapshot);
    void (*execution)(void *ctx, const struct ct_result_head *head); /* ends an execution */
    void *ctx;
};

/* CT_EFAIL when the file is missing or cannot be read, CT_EUSAGE with file and line when it is not
 * JSON or not a result; the handler may have been called before that. */
int ct_result_read(const char *path, const struct ct_result_handler *handler, struct ct_err *err);
int ct_result_parse(const char *text, size_t len, const char *path,
                    const struct ct_result_handler *handler, struct ct_err *err);

#endif
