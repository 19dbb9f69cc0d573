/* The tables of the history in SQLite. Private to store. */
#ifndef CT_STORE_HISTORY_ROWS_H
#define CT_STORE_HISTORY_ROWS_H

#include "store/history.h"

struct sqlite3;

/* Of the functions below, beside CT_EFAIL: the file is damaged or not ours; making it anew helps.
 */
enum { CT_HISTORY_DAMAGED = -100 };

enum ct_history_access {
    CT_HISTORY_READ,    /* *out NULL when there is no file */
    CT_HISTORY_WRITE,   /* made when it is not there */
    CT_HISTORY_REBUILD, /* the same; one of a newer ct counts as damaged */
};

/* Opened and checked, tables made. On failure *out is NULL. */
int ct_history_db_open(const char *storage, enum ct_history_access access, struct sqlite3 **out,
                       struct ct_err *err);
void ct_history_db_close(struct sqlite3 *db); /* accepts NULL */

/* Remove the file with what belongs to it. */
int ct_history_db_remove(const char *storage, struct ct_err *err);

/* One transaction: begin takes the lock; end commits when rc is 0, else rolls back and returns rc.
 */
int ct_history_db_begin(struct sqlite3 *db, struct ct_err *err);
int ct_history_db_end(struct sqlite3 *db, int rc, struct ct_err *err);

/* Rows of a file; file is a name in the storage. */
int ct_history_rows_put(struct sqlite3 *db, const struct ct_past_run *r, struct ct_err *err);
int ct_history_rows_remove(struct sqlite3 *db, const char *file, struct ct_err *err);

/* Call fn for each file that has rows. */
int ct_history_rows_files(struct sqlite3 *db, void (*fn)(void *ctx, const char *file), void *ctx,
                          struct ct_err *err);

int ct_history_rows_read(struct sqlite3 *db, const struct ct_history_filter *filter,
                         struct ct_past *out, struct ct_err *err);

/* For statements: the failure of db in words, with its file. CT_EFAIL or CT_HISTORY_DAMAGED. */
int ct_history_db_fail(struct sqlite3 *db, struct ct_err *err);

#endif
