#include "services/analyze_files.h"

#include <errno.h>
#include <glob.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"

static void add(struct ct_analyzed *a, const char *name, const char *path)
{
    a->files = ct_xrealloc(a->files, a->count + 1, sizeof(*a->files));
    a->files[a->count++] =
        (struct ct_analyzed_file){.name = ct_xstrdup(name), .path = ct_xstrdup(path)};
}

static bool add_existing(struct ct_analyzed *a, const char *name, const char *path)
{
    if (access(path, F_OK) != 0)
        return false;
    add(a, name, path);
    return true;
}

/* prefix_len: of a storage folder in front of the pattern, which is not part of the names. */
static bool add_matches(struct ct_analyzed *a, const char *pattern, size_t prefix_len)
{
    glob_t found = {0};

    if (glob(pattern, 0, NULL, &found) == 0)
        for (size_t i = 0; i < found.gl_pathc; i++)
            add(a, found.gl_pathv[i] + prefix_len, found.gl_pathv[i]);
    bool any = found.gl_pathc > 0;
    globfree(&found);
    return any;
}

static int find_one(const char *item, const char *storage, struct ct_analyzed *a,
                    struct ct_err *err)
{
    char *stored = ct_xprintf("%s/%s", storage, item);
    bool found = add_existing(a, item, item);

    if (!found && item[0] != '/')
        found = add_existing(a, item, stored);
    if (!found)
        found = add_matches(a, item, 0);
    if (!found && item[0] != '/')
        found = add_matches(a, stored, strlen(storage) + 1);
    free(stored);
    if (found)
        return 0;
    return item[0] == '/'
               ? ct_fail(err, CT_EFAIL, "there is no file '%s'", item)
               : ct_fail(err, CT_EFAIL, "there is no file '%s', neither here nor in '%s'", item,
                         storage);
}

static void drop(struct ct_analyzed *a, size_t i)
{
    free(a->files[i].name);
    free(a->files[i].path);
    a->count--;
    memmove(&a->files[i], &a->files[i + 1], (a->count - i) * sizeof(*a->files));
}

/* Each file once, however it is called. What has no real path stays: reading it says why. */
static void drop_repeated(struct ct_analyzed *a)
{
    char **real = ct_xcalloc(a->count + 1, sizeof(*real));
    size_t kept = 0;

    while (kept < a->count) {
        char *path = realpath(a->files[kept].path, NULL);
        bool again = false;
        for (size_t i = 0; i < kept && !again; i++)
            again = path != NULL && real[i] != NULL && strcmp(real[i], path) == 0;
        if (again) {
            free(path);
            drop(a, kept);
        } else {
            real[kept++] = path;
        }
    }
    for (size_t i = 0; i < kept; i++)
        free(real[i]);
    free((void *)real);
}

int ct_analyze_find(const struct ct_analyze_opts *opts, struct ct_analyzed *out, struct ct_err *err)
{
    int rc = 0;

    *out = (struct ct_analyzed){0};
    for (size_t i = 0; i < opts->files.count && rc == 0; i++)
        rc = find_one(opts->files.items[i], opts->storage, out, err);
    drop_repeated(out);
    if (rc < 0)
        ct_analyzed_release(out);
    return rc;
}
