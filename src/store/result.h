/*
 * Result documents out (docs/architecture.md, section 5): one streaming pass per array over the
 * journal, into a temporary file, fsync, a rename that never overwrites, fsync of the folder.
 * Memory does not depend on the number of requests.
 */
#ifndef CT_STORE_RESULT_H
#define CT_STORE_RESULT_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "model/run.h"
#include "model/summary.h"
#include "store/journal.h"

/* One execution inside a journal: everything the document says of it besides what the journal's
 * records give. */
struct ct_result_execution {
    uint64_t from, to; /* its records in the journal */
    const struct ct_run_subject *subject;
    const struct ct_environment *environment;
    const struct ct_run_times *times;
    const struct ct_summary *summary;
    const struct ct_block *total;    /* of everything */
    const struct ct_block *measured; /* without the warm-up: "histograms" */
    bool has_samples;                /* results[] is written */
    uint64_t samples_dropped;        /* > 0: results_kept says so */
};

/* The test-execution file: ten short-form keys, then the new ones. */
int ct_result_write_execution(const char *journal_path, const struct ct_result_execution *e,
                              const char *command, const char *path, struct ct_err *err);

/* The head of such a file as one object, without requests and servers: what past.h reads of it. */
void ct_result_head(const struct ct_result_execution *e, const char *command, struct ct_buf *out);

/* A benchmark's document, or a search's: search_json and summary_json are the objects under
 * "search" and "summary" as text, executions stand in the order given (highest load first). */
struct ct_result_benchmark {
    const struct ct_result_execution *executions;
    size_t count;
    const char *test_case_name, *search_json, *summary_json;
    const char *command;
    const char *schema; /* NULL: "ct/benchmark/1" */
};
int ct_result_write_benchmark(const char *journal_path, const struct ct_result_benchmark *b,
                              const char *path, struct ct_err *err);

/* The paths in storage of the result that began at wall_ns and of its journal; both owned by
 * caller. A name is taken by creating the journal; attempt 1, 2, ... are the next names to try.
 * case_file_name NULL: the test-execution form. Names: docs/architecture.md, section 5. */
void ct_result_name(const char *storage, const char *app_name, const char *case_file_name,
                    uint64_t wall_ns, unsigned attempt, char **out_path, char **out_journal);

/* The same of a search: {app}-{Case}-{stamp}_find.json; "" for case_file_name: {stamp}_find.json.
 */
void ct_result_find_name(const char *storage, const char *app_name, const char *case_file_name,
                         uint64_t wall_ns, unsigned attempt, char **out_path, char **out_journal);

/* The storage folder exists and can be written (it is created when its parent exists). CT_EFAIL. */
int ct_storage_check(const char *storage, struct ct_err *err);

/* First journal in storage that nobody holds and that has no result yet; owned by caller; NULL:
 * none. */
char *ct_storage_leftover(const char *storage);

/* The summary object as JSON text, with schema, command and result_file ("" is null). Used in
 * documents and for --output json. */
void ct_summary_json(const struct ct_summary *s, const char *command, const char *result_file,
                     struct ct_buf *out);

#endif
