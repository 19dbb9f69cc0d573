#include "store/history_rows.h"

#include <math.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

/* Columns in the order of these statements; figures follow in the order of enum ct_figure. */
#define COLUMNS                                                                                    \
    "file, position, started_ns, key, plan, command, verdict, reason, commit_id, hostname, "       \
    "ct_version, requests, steal_percent, service_p50_ms, response_p90_ms, response_p99_ms, "      \
    "achieved_rps, error_rate, response_p50_ms, response_mean_ms, cpu_per_request_ms"

enum { FIRST_FIGURE = 13 };

static int prepare(struct sqlite3 *db, const char *sql, sqlite3_stmt **out, struct ct_err *err)
{
    *out = NULL;
    return sqlite3_prepare_v2(db, sql, -1, out, NULL) == SQLITE_OK ? 0
                                                                   : ct_history_db_fail(db, err);
}

static void bind_text(sqlite3_stmt *s, int column, const char *text)
{
    if (text != NULL)
        (void)sqlite3_bind_text(s, column, text, -1, SQLITE_TRANSIENT);
    else
        (void)sqlite3_bind_null(s, column);
}

static void bind_number(sqlite3_stmt *s, int column, double v)
{
    if (isfinite(v))
        (void)sqlite3_bind_double(s, column, v);
    else
        (void)sqlite3_bind_null(s, column);
}

/* Run a statement that answers nothing, and give it back. */
static int finish(struct sqlite3 *db, sqlite3_stmt *s, struct ct_err *err)
{
    int rc = sqlite3_step(s) == SQLITE_DONE ? 0 : ct_history_db_fail(db, err);
    (void)sqlite3_finalize(s);
    return rc;
}

int ct_history_rows_put(struct sqlite3 *db, const struct ct_past_run *r, struct ct_err *err)
{
    static const char sql[] =
        "INSERT INTO runs (" COLUMNS
        ") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
    sqlite3_stmt *s;
    int rc = prepare(db, sql, &s, err);
    if (rc < 0)
        return rc;
    bind_text(s, 1, r->file);
    (void)sqlite3_bind_int64(s, 2, r->position);
    (void)sqlite3_bind_int64(s, 3, (sqlite3_int64)r->started_ns);
    bind_text(s, 4, r->key);
    bind_text(s, 5, r->plan);
    bind_text(s, 6, r->command);
    (void)sqlite3_bind_int(s, 7, (int)r->verdict);
    bind_text(s, 8, r->reason);
    bind_text(s, 9, r->commit);
    bind_text(s, 10, r->hostname);
    bind_text(s, 11, r->ct_version);
    (void)sqlite3_bind_int64(s, 12, (sqlite3_int64)r->requests);
    bind_number(s, FIRST_FIGURE, r->steal_percent);
    for (int f = 0; f < CT_FIGURE_COUNT; f++)
        bind_number(s, FIRST_FIGURE + 1 + f, r->figures[f] / ct_figures[f].per_unit);
    return finish(db, s, err);
}

int ct_history_rows_remove(struct sqlite3 *db, const char *file, struct ct_err *err)
{
    sqlite3_stmt *s;
    int rc = prepare(db, "DELETE FROM runs WHERE file = ?", &s, err);
    if (rc < 0)
        return rc;
    bind_text(s, 1, file);
    return finish(db, s, err);
}

int ct_history_rows_files(struct sqlite3 *db, void (*fn)(void *ctx, const char *file), void *ctx,
                          struct ct_err *err)
{
    sqlite3_stmt *s;
    int rc = prepare(db, "SELECT DISTINCT file FROM runs", &s, err);
    if (rc < 0)
        return rc;
    int step;
    while ((step = sqlite3_step(s)) == SQLITE_ROW)
        fn(ctx, (const char *)sqlite3_column_text(s, 0));
    if (step != SQLITE_DONE)
        rc = ct_history_db_fail(db, err);
    (void)sqlite3_finalize(s);
    return rc;
}

/* --- reading --- */

static void get_text(sqlite3_stmt *s, int column, char **out)
{
    const char *text = (const char *)sqlite3_column_text(s, column);
    free(*out);
    *out = ct_xstrdup(text != NULL ? text : "");
}

static double get_number(sqlite3_stmt *s, int column)
{
    return sqlite3_column_type(s, column) == SQLITE_NULL ? NAN : sqlite3_column_double(s, column);
}

static uint64_t get_count(sqlite3_stmt *s, int column)
{
    sqlite3_int64 v = sqlite3_column_int64(s, column);
    return v > 0 ? (uint64_t)v : 0;
}

static void get_run(sqlite3_stmt *s, struct ct_past_run *r)
{
    ct_past_run_init(r);
    get_text(s, 0, &r->file);
    r->position = (uint32_t)get_count(s, 1);
    r->started_ns = get_count(s, 2);
    get_text(s, 4, &r->plan);
    ct_plan_key_make(r->plan, r->key);
    get_text(s, 5, &r->command);
    uint64_t verdict = get_count(s, 6);
    r->verdict = verdict <= CT_VERDICT_NO_DATA ? (enum ct_verdict)verdict : CT_VERDICT_INVALID;
    get_text(s, 7, &r->reason);
    get_text(s, 8, &r->commit);
    get_text(s, 9, &r->hostname);
    get_text(s, 10, &r->ct_version);
    r->requests = get_count(s, 11);
    r->steal_percent = get_number(s, 12);
    for (int f = 0; f < CT_FIGURE_COUNT; f++)
        r->figures[f] = get_number(s, FIRST_FIGURE + f) * ct_figures[f].per_unit;
}

/* The text, when it can be the beginning of a key; else NULL. */
static const char *as_key(const char *text)
{
    enum { SHORTEST = 4 };
    size_t len = text != NULL ? strlen(text) : 0;
    return len >= SHORTEST && len < CT_PLAN_KEY && text[strspn(text, "0123456789abcdef")] == '\0'
               ? text
               : NULL;
}

int ct_history_rows_read(struct sqlite3 *db, const struct ct_history_filter *filter,
                         struct ct_past *out, struct ct_err *err)
{
    static const char sql[] =
        "SELECT " COLUMNS " FROM runs WHERE (?1 IS NULL OR key = ?1)"
        " AND (?2 IS NULL OR instr(plan, ?2) > 0 OR (?3 IS NOT NULL AND substr(key, 1, length(?3)) "
        "= ?3))"
        " AND (?4 IS NULL OR hostname = ?4) AND started_ns >= ?5 AND (?6 = 0 OR verdict = 0)"
        " ORDER BY started_ns DESC, file DESC, position DESC LIMIT ?7";
    sqlite3_stmt *s;
    int rc = prepare(db, sql, &s, err);
    if (rc < 0)
        return rc;
    bind_text(s, 1, filter->key);
    bind_text(s, 2, filter->plan);
    bind_text(s, 3, as_key(filter->plan));
    bind_text(s, 4, filter->hostname);
    (void)sqlite3_bind_int64(s, 5, (sqlite3_int64)filter->since_ns);
    (void)sqlite3_bind_int(s, 6, filter->valid);
    (void)sqlite3_bind_int64(s, 7, filter->last > 0 ? (sqlite3_int64)filter->last : -1);
    int step;
    while ((step = sqlite3_step(s)) == SQLITE_ROW) {
        struct ct_past_run r;
        get_run(s, &r);
        ct_past_add(out, &r);
    }
    if (step != SQLITE_DONE)
        rc = ct_history_db_fail(db, err);
    (void)sqlite3_finalize(s);
    ct_past_sort(out);
    return rc;
}
