/*
 * The history: an index over the result files of a storage folder, in SQLite (history.db beside
 * them). Everything in it comes from the files and can be made again from them: losing it loses
 * nothing. One row per execution.
 *
 * One writer at a time: a connection is opened for each file that is added, waits at most a second
 * for another's, writes in one transaction and is closed. With SQLite's rollback journal, which
 * needs no shared memory and leaves one file. A file that is damaged, not ours, or of a newer ct is
 * refused with a line that says what to do; ct_history_rebuild makes a damaged one anew.
 *
 * Not thread-safe; what is read is copied.
 */
#ifndef CT_STORE_HISTORY_H
#define CT_STORE_HISTORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "model/past.h"

/* Add the executions of a result file that lies in the storage, in place of what the history knew
 * of that file. CT_EFAIL (history), CT_EUSAGE (no result of ct). */
int ct_history_add(const char *storage, const char *path, struct ct_err *err);

struct ct_history_rebuilt {
    size_t files, runs; /* now in the history */
    size_t passed_over; /* JSON files that are no results of ct */
    char example[512];  /* why the first of these was */
    bool replaced;      /* the old history was damaged and is gone */
};

/* Make the history again from all files of the storage: one transaction. CT_EFAIL. */
int ct_history_rebuild(const char *storage, struct ct_history_rebuilt *out, struct ct_err *err);

/* Which runs. Zeroed: all. */
struct ct_history_filter {
    const char *plan;     /* key, its beginning (4 digits at least), or part of the plan's text */
    const char *key;      /* the whole key */
    const char *hostname; /* where ct ran */
    uint64_t since_ns;    /* wall */
    bool valid;           /* only valid ones */
    size_t last;          /* only so many, the newest; 0: all */
};

/* By time. CT_EFAIL; a storage without a history has no runs. */
int ct_history_read(const char *storage, const struct ct_history_filter *filter,
                    struct ct_past *out, struct ct_err *err);

#endif
