#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "store/result.h"

/* Letters, digits, '.', '_' and '-' stay, everything else becomes '_'. */
static char *safe_name(const char *name)
{
    static const char safe[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
    char *out = ct_xstrdup(name[0] != '\0' ? name : "app");
    for (char *c = out; *c != '\0'; c++)
        if (strchr(safe, *c) == NULL)
            *c = '_';
    if (out[0] == '.')
        out[0] = '_';
    return out;
}

/* {app}-{case}-, or nothing; owned by caller. */
static char *prefix_of(const char *app_name, const char *case_file_name)
{
    if (case_file_name == NULL || case_file_name[0] == '\0')
        return ct_xstrdup("");
    char *app = safe_name(app_name);
    char *prefix = ct_xprintf("%s-%s-", app, case_file_name);
    free(app);
    return prefix;
}

/* The result {stem}.json and its journal .{stem}.journal; stem is {prefix}{stamp}{suffix}_{kind}.
 */
static void name_both(const char *storage, const char *stem, char **out_path, char **out_journal)
{
    size_t len = strlen(storage);
    while (len > 1 && storage[len - 1] == '/')
        len--;
    *out_path = ct_xprintf("%.*s/%s.json", (int)len, storage, stem);
    *out_journal = ct_xprintf("%.*s/.%s.journal", (int)len, storage, stem);
}

static char *stem_of(const char *prefix, uint64_t wall_ns, unsigned attempt, const char *kind)
{
    char stamp[CT_TIME_TEXT], suffix[16] = "";
    (void)ct_time_stamp(wall_ns, stamp);
    if (attempt > 0)
        (void)snprintf(suffix, sizeof(suffix), "-%u", attempt + 1);
    return ct_xprintf("%s%s%s_%s", prefix, stamp, suffix, kind);
}

void ct_result_name(const char *storage, const char *app_name, const char *case_file_name,
                    uint64_t wall_ns, unsigned attempt, char **out_path, char **out_journal)
{
    char *prefix = prefix_of(app_name, case_file_name);
    char *stem =
        stem_of(prefix, wall_ns, attempt, case_file_name != NULL ? "benchmark" : "test_execution");
    name_both(storage, stem, out_path, out_journal);
    free(stem);
    free(prefix);
}

void ct_result_find_name(const char *storage, const char *app_name, const char *case_file_name,
                         uint64_t wall_ns, unsigned attempt, char **out_path, char **out_journal)
{
    char *prefix = prefix_of(app_name, case_file_name);
    char *stem = stem_of(prefix, wall_ns, attempt, "find");
    name_both(storage, stem, out_path, out_journal);
    free(stem);
    free(prefix);
}

int ct_storage_check(const char *storage, struct ct_err *err)
{
    struct stat st;
    if (mkdir(storage, 0777) != 0 && errno != EEXIST)
        return ct_fail_errno(err, CT_EFAIL, "--storage: creating '%s'", storage);
    if (stat(storage, &st) != 0)
        return ct_fail_errno(err, CT_EFAIL, "--storage: '%s'", storage);
    if (!S_ISDIR(st.st_mode))
        return ct_fail(err, CT_EFAIL, "--storage: '%s' is not a folder", storage);
    if (access(storage, W_OK | X_OK) != 0)
        return ct_fail_errno(err, CT_EFAIL, "--storage: '%s' cannot be written", storage);
    return 0;
}

/* The journal ".{stem}.journal" of a folder has a result beside it: a search that can go on. */
static bool has_result(const char *storage, const char *name, size_t stem_len)
{
    char *result = ct_xprintf("%s/%.*s.json", storage, (int)stem_len, name + 1);
    bool found = access(result, F_OK) == 0;
    free(result);
    return found;
}

char *ct_storage_leftover(const char *storage)
{
    static const char suffix[] = ".journal";
    char *found = NULL;
    DIR *dir = opendir(storage);
    struct dirent *e;
    while (dir != NULL && found == NULL && (e = readdir(dir)) != NULL) {
        size_t len = strlen(e->d_name);
        if (e->d_name[0] != '.' || len < sizeof(suffix) ||
            strcmp(e->d_name + len - (sizeof(suffix) - 1), suffix) != 0 ||
            has_result(storage, e->d_name, len - sizeof(suffix)))
            continue;
        found = ct_xprintf("%s/%s", storage, e->d_name);
        if (ct_journal_held(found)) {
            free(found);
            found = NULL;
        }
    }
    if (dir != NULL)
        (void)closedir(dir);
    return found;
}
