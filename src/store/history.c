#include "store/history.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "store/history_rows.h"
#include "store/past.h"

/* --- adding --- */

static const char *name_in(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash != NULL ? slash + 1 : path;
}

/* In a transaction: the rows of one file, the old ones away. */
static int put_file(struct sqlite3 *db, struct ct_past *past, const char *name, struct ct_err *err)
{
    int rc = ct_history_rows_remove(db, name, err);
    for (size_t i = 0; i < past->count && rc == 0; i++) {
        free(past->runs[i].file);
        past->runs[i].file = ct_xstrdup(name);
        rc = ct_history_rows_put(db, &past->runs[i], err);
    }
    return rc;
}

int ct_history_add(const char *storage, const char *path, struct ct_err *err)
{
    struct ct_past past = {0};
    struct sqlite3 *db = NULL;
    int rc = ct_past_read(path, &past, err);
    if (rc == 0 && (rc = ct_history_db_open(storage, CT_HISTORY_WRITE, &db, err)) == 0 &&
        (rc = ct_history_db_begin(db, err)) == 0)
        rc = ct_history_db_end(db, put_file(db, &past, name_in(path), err), err);
    ct_history_db_close(db);
    ct_past_release(&past);
    return rc == CT_HISTORY_DAMAGED ? CT_EFAIL : rc;
}

/* --- rebuilding --- */

/* All that stands in the storage. Files are read before the lock is taken. */
struct shelf {
    const char *storage;
    struct ct_past *files; /* one for each name */
    char **names;
    size_t count;
};

static bool is_result_name(const char *name)
{
    size_t len = strlen(name);
    return name[0] != '.' && len > 5 && strcmp(name + len - 5, ".json") == 0;
}

static void read_file(struct shelf *s, const char *name, struct ct_history_rebuilt *out)
{
    struct ct_err why = {0};
    char *path = ct_xprintf("%s/%s", s->storage, name);
    s->files = ct_xrealloc(s->files, s->count + 1, sizeof(*s->files));
    s->names = ct_xrealloc(s->names, s->count + 1, sizeof(*s->names));
    struct ct_past *past = &s->files[s->count];
    *past = (struct ct_past){0};
    s->names[s->count++] = ct_xstrdup(name);
    if (ct_past_read(path, past, &why) == 0) {
        out->files++;
        out->runs += past->count;
    } else {
        ct_past_release(past);
        if (out->passed_over++ == 0)
            (void)snprintf(out->example, sizeof(out->example), "%s", why.msg);
    }
    free(path);
}

static int read_all(struct shelf *s, struct ct_history_rebuilt *out, struct ct_err *err)
{
    DIR *dir = opendir(s->storage);
    if (dir == NULL)
        return ct_fail_errno(err, CT_EFAIL, "--storage: '%s'", s->storage);
    const struct dirent *e;
    while ((e = readdir(dir)) != NULL)
        if (is_result_name(e->d_name))
            read_file(s, e->d_name, out);
    (void)closedir(dir);
    return 0;
}

static void release(struct shelf *s)
{
    for (size_t i = 0; i < s->count; i++) {
        ct_past_release(&s->files[i]);
        free(s->names[i]);
    }
    free(s->files);
    free(s->names);
}

struct lost {
    const char *storage;
    char **names;
    size_t count;
};

static void note_lost(void *ctx, const char *file)
{
    struct lost *l = ctx;
    char *path = ct_xprintf("%s/%s", l->storage, file != NULL ? file : "");
    if (file != NULL && access(path, F_OK) != 0) {
        l->names = ct_xrealloc(l->names, l->count + 1, sizeof(*l->names));
        l->names[l->count++] = ct_xstrdup(file);
    }
    free(path);
}

/* Files that were removed have no rows any more. One that a run added meanwhile keeps its own. */
static int remove_lost(struct sqlite3 *db, const char *storage, struct ct_err *err)
{
    struct lost l = {.storage = storage};
    int rc = ct_history_rows_files(db, note_lost, &l, err);
    for (size_t i = 0; i < l.count; i++) {
        if (rc == 0)
            rc = ct_history_rows_remove(db, l.names[i], err);
        free(l.names[i]);
    }
    free(l.names);
    return rc;
}

static int put_all(struct sqlite3 *db, struct shelf *s, struct ct_err *err)
{
    int rc = remove_lost(db, s->storage, err);
    for (size_t i = 0; i < s->count && rc == 0; i++)
        rc = put_file(db, &s->files[i], s->names[i], err);
    return rc;
}

static int write_all(struct shelf *s, struct ct_err *err)
{
    struct sqlite3 *db = NULL;
    int rc = ct_history_db_open(s->storage, CT_HISTORY_REBUILD, &db, err);
    if (rc == 0 && (rc = ct_history_db_begin(db, err)) == 0)
        rc = ct_history_db_end(db, put_all(db, s, err), err);
    ct_history_db_close(db);
    return rc;
}

int ct_history_rebuild(const char *storage, struct ct_history_rebuilt *out, struct ct_err *err)
{
    *out = (struct ct_history_rebuilt){0};
    struct shelf s = {.storage = storage};
    struct ct_err why = {0};
    int rc = read_all(&s, out, &why);
    if (rc == 0 && (rc = write_all(&s, &why)) == CT_HISTORY_DAMAGED) {
        out->replaced = true;
        rc = ct_history_db_remove(storage, &why);
        if (rc == 0)
            rc = write_all(&s, &why);
    }
    release(&s);
    return rc == 0 ? 0 : ct_fail(err, CT_EFAIL, "%s", why.msg);
}

/* --- reading --- */

int ct_history_read(const char *storage, const struct ct_history_filter *filter,
                    struct ct_past *out, struct ct_err *err)
{
    struct sqlite3 *db = NULL;
    *out = (struct ct_past){0};
    int rc = ct_history_db_open(storage, CT_HISTORY_READ, &db, err);
    if (rc == 0 && db != NULL)
        rc = ct_history_rows_read(db, filter, out, err);
    ct_history_db_close(db);
    if (rc < 0)
        ct_past_release(out);
    return rc == CT_HISTORY_DAMAGED ? CT_EFAIL : rc;
}
