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

void ct_result_name(const char *storage, const char *app_name, const char *case_file_name,
                    uint64_t wall_ns, unsigned attempt, char **out_path, char **out_journal)
{
    char stamp[CT_TIME_TEXT], suffix[16] = "";
    (void)ct_time_stamp(wall_ns, stamp);
    if (attempt > 0)
        (void)snprintf(suffix, sizeof(suffix), "-%u", attempt + 1);
    char *stem;
    if (case_file_name != NULL) {
        char *app = safe_name(app_name);
        stem = ct_xprintf("%s-%s-%s%s_benchmark", app, case_file_name, stamp, suffix);
        free(app);
    } else {
        stem = ct_xprintf("%s%s_test_execution", stamp, suffix);
    }
    size_t len = strlen(storage);
    while (len > 1 && storage[len - 1] == '/')
        len--;
    *out_path = ct_xprintf("%.*s/%s.json", (int)len, storage, stem);
    *out_journal = ct_xprintf("%.*s/.%s.journal", (int)len, storage, stem);
    free(stem);
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

char *ct_storage_leftover(const char *storage)
{
    static const char suffix[] = ".journal";
    char *found = NULL;
    DIR *dir = opendir(storage);
    struct dirent *e;
    while (dir != NULL && found == NULL && (e = readdir(dir)) != NULL) {
        size_t len = strlen(e->d_name);
        if (e->d_name[0] != '.' || len < sizeof(suffix) ||
            strcmp(e->d_name + len - (sizeof(suffix) - 1), suffix) != 0)
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
