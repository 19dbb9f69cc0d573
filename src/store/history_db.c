#include <errno.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "store/history_rows.h"

/* "ctHi"; the version goes up when the table changes: what is older is made anew by a rebuild. */
enum { EMPTY = 1 /* a file without tables */ };
enum { APPLICATION_ID = 0x63744869, VERSION = 1, BUSY_MS = 1000 };
#define STRING_OF(x) #x
#define PRAGMA(name, value) "PRAGMA " name " = " STRING_OF(value) ";"

static const char schema[] =
    "CREATE TABLE runs ("
    " file TEXT NOT NULL, position INTEGER NOT NULL, started_ns INTEGER NOT NULL,"
    " key TEXT NOT NULL, plan TEXT NOT NULL, command TEXT NOT NULL, verdict INTEGER NOT NULL,"
    " reason TEXT NOT NULL, commit_id TEXT NOT NULL, hostname TEXT NOT NULL,"
    " ct_version TEXT NOT NULL, requests INTEGER NOT NULL, steal_percent REAL,"
    " service_p50_ms REAL, response_p90_ms REAL, response_p99_ms REAL, achieved_rps REAL,"
    " error_rate REAL, response_p50_ms REAL, response_mean_ms REAL, cpu_per_request_ms REAL,"
    " PRIMARY KEY (file, position)) WITHOUT ROWID;"
    "CREATE INDEX runs_by_key ON runs (key, started_ns);" PRAGMA("application_id", 1668565097)
        PRAGMA("user_version", 1);

_Static_assert(APPLICATION_ID == 1668565097 && VERSION == 1, "as the schema says");

/* A folder's name must not become a URI of SQLite. */
static char *path_of(const char *storage, const char *suffix)
{
    size_t len = strlen(storage);
    while (len > 1 && storage[len - 1] == '/')
        len--;
    return ct_xprintf("%s%.*s/history.db%s", storage[0] == '/' ? "" : "./", (int)len, storage,
                      suffix);
}

int ct_history_db_fail(struct sqlite3 *db, struct ct_err *err)
{
    int code = sqlite3_errcode(db) & 0xff;
    const char *path = sqlite3_db_filename(db, "main");
    if (path == NULL || path[0] == '\0')
        path = "history.db";
    if (code == SQLITE_CORRUPT || code == SQLITE_NOTADB || code == SQLITE_ERROR ||
        code == SQLITE_MISMATCH)
        return ct_fail(err, CT_HISTORY_DAMAGED,
                       "history '%s' is damaged (%s): 'ct history rebuild' makes it anew from the "
                       "result files",
                       path, sqlite3_errmsg(db));
    if (code == SQLITE_BUSY || code == SQLITE_LOCKED)
        return ct_fail(err, CT_EFAIL,
                       "history '%s' is locked by another program: 'ct history rebuild' adds later "
                       "what is missing",
                       path);
    return ct_fail(err, CT_EFAIL, "history '%s': %s", path, sqlite3_errmsg(db));
}

static int execute(struct sqlite3 *db, const char *sql, struct ct_err *err)
{
    return sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK ? 0 : ct_history_db_fail(db, err);
}

/* The number that a PRAGMA answers. */
static int ask(struct sqlite3 *db, const char *sql, int *out, struct ct_err *err)
{
    sqlite3_stmt *s = NULL;
    int rc = sqlite3_prepare_v2(db, sql, -1, &s, NULL);
    if (rc == SQLITE_OK)
        rc = sqlite3_step(s);
    if (rc == SQLITE_ROW)
        *out = sqlite3_column_int(s, 0);
    int failed = rc == SQLITE_ROW ? 0 : ct_history_db_fail(db, err);
    (void)sqlite3_finalize(s);
    return failed;
}

/* The pages hang together, as far as that is told quickly. */
static int check_pages(struct sqlite3 *db, struct ct_err *err)
{
    sqlite3_stmt *s = NULL;
    int rc = sqlite3_prepare_v2(db, "PRAGMA quick_check(1)", -1, &s, NULL);
    if (rc == SQLITE_OK)
        rc = sqlite3_step(s);
    int failed = 0;
    if (rc != SQLITE_ROW)
        failed = ct_history_db_fail(db, err);
    else if (strcmp((const char *)sqlite3_column_text(s, 0), "ok") != 0)
        failed =
            ct_fail(err, CT_HISTORY_DAMAGED,
                    "history '%s' is damaged (%s): 'ct history rebuild' makes it anew from the "
                    "result files",
                    sqlite3_db_filename(db, "main"), sqlite3_column_text(s, 0));
    (void)sqlite3_finalize(s);
    return failed;
}

/* An empty file becomes a history; under the lock, so that two programs do not both do it. */
static int make_tables(struct sqlite3 *db, struct ct_err *err)
{
    int tables = 0, rc = execute(db, "BEGIN IMMEDIATE", err);
    if (rc == 0)
        rc = ask(db, "SELECT count(*) FROM sqlite_master", &tables, err);
    if (rc == 0 && tables == 0)
        rc = execute(db, schema, err);
    return ct_history_db_end(db, rc, err);
}

static int check_version(struct sqlite3 *db, enum ct_history_access access, struct ct_err *err)
{
    int application = 0, version = 0, tables = 0, rc;
    if ((rc = ask(db, "SELECT count(*) FROM sqlite_master", &tables, err)) < 0)
        return rc;
    if (tables == 0 && access == CT_HISTORY_READ)
        return EMPTY;
    if (tables == 0 && (rc = make_tables(db, err)) < 0)
        return rc;
    if ((rc = ask(db, "PRAGMA application_id", &application, err)) < 0 ||
        (rc = ask(db, "PRAGMA user_version", &version, err)) < 0)
        return rc;
    const char *path = sqlite3_db_filename(db, "main");
    if (application != APPLICATION_ID)
        return ct_fail(err, CT_EFAIL, "'%s' is no history of ct: move it away", path);
    if (version > VERSION && access != CT_HISTORY_REBUILD)
        return ct_fail(err, CT_EFAIL, "history '%s' is of a newer ct: use that, or rebuild it here",
                       path);
    if (version != VERSION)
        return ct_fail(err, CT_HISTORY_DAMAGED,
                       "history '%s' is of another version: 'ct history rebuild' makes it anew",
                       path);
    return 0;
}

/* What a file from elsewhere could bring along is off. */
static void settle(struct sqlite3 *db)
{
    (void)sqlite3_busy_timeout(db, BUSY_MS);
    (void)sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    (void)sqlite3_db_config(db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
    (void)sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, NULL);
    (void)sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_VIEW, 0, NULL);
}

int ct_history_db_open(const char *storage, enum ct_history_access access_mode,
                       struct sqlite3 **out, struct ct_err *err)
{
    *out = NULL;
    char *path = path_of(storage, "");
    if (access_mode == CT_HISTORY_READ && access(path, F_OK) != 0) {
        free(path);
        return 0;
    }
    int flags = SQLITE_OPEN_READWRITE | (access_mode == CT_HISTORY_READ ? 0 : SQLITE_OPEN_CREATE);
    struct sqlite3 *db = NULL;
    int rc = 0;
    if (sqlite3_open_v2(path, &db, flags, NULL) != SQLITE_OK)
        rc = db != NULL ? ct_history_db_fail(db, err)
                        : ct_fail(err, CT_EFAIL, "history '%s': no memory", path);
    free(path);
    if (rc == 0) {
        settle(db);
        rc = check_version(db, access_mode, err);
    }
    if (rc == 0 && access_mode != CT_HISTORY_WRITE)
        rc = check_pages(db, err);
    if (rc != 0) {
        (void)sqlite3_close(db);
        return rc == EMPTY ? 0 : rc;
    }
    *out = db;
    return 0;
}

void ct_history_db_close(struct sqlite3 *db)
{
    if (db != NULL)
        (void)sqlite3_close(db);
}

int ct_history_db_remove(const char *storage, struct ct_err *err)
{
    /* the journals first: one left behind would be played into the new file */
    static const char *const parts[] = {"-journal", "-wal", "-shm", ""};
    int rc = 0;
    for (size_t i = 0; i < sizeof(parts) / sizeof(*parts) && rc == 0; i++) {
        char *path = path_of(storage, parts[i]);
        if (unlink(path) != 0 && errno != ENOENT)
            rc = ct_fail_errno(err, CT_EFAIL, "removing '%s'", path);
        free(path);
    }
    return rc;
}

int ct_history_db_begin(struct sqlite3 *db, struct ct_err *err)
{
    return execute(db, "BEGIN IMMEDIATE", err);
}

int ct_history_db_end(struct sqlite3 *db, int rc, struct ct_err *err)
{
    if (rc == 0)
        rc = execute(db, "COMMIT", err);
    if (rc != 0 && sqlite3_get_autocommit(db) == 0)
        (void)sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL);
    return rc;
}
