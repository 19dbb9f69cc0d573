#include "services/commit.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/mem.h"

enum { DEPTH_MAX = 64, SMALL_MAX = 4096, PACKED_MAX = 64 << 20 };

/* A small file's first line; owned; NULL: it cannot be read. */
static char *first_line(const char *folder, const char *name, size_t max)
{
    char *path = ct_xprintf("%s/%s", folder, name);
    struct ct_buf b;
    struct ct_err ignored;
    ct_buf_init(&b, max);
    char *line = NULL;
    if (ct_buf_read_file(&b, path, &ignored) == 0) {
        size_t len = strcspn(b.data, "\r\n");
        line = ct_xstrndup(b.data, len);
    }
    ct_buf_release(&b);
    free(path);
    return line;
}

/* A path in a file of git, relative to the folder of that file. */
static char *resolve(const char *folder, const char *path)
{
    return path[0] == '/' ? ct_xstrdup(path) : ct_xprintf("%s/%s", folder, path);
}

static bool is_id(const char *text, size_t len)
{
    return (len == 40 || len == 64) && strspn(text, "0123456789abcdef") >= len;
}

/* The git folder of the work tree that folder lies in; owned; NULL: it is in none. A ".git" that is
 * a file names it. */
static char *find_git(const char *folder)
{
    char *at = realpath(folder, NULL);
    char *found = NULL;
    for (int depth = 0; at != NULL && found == NULL && depth < DEPTH_MAX; depth++) {
        char *git = ct_xprintf("%s/.git", at);
        char *head = ct_xprintf("%s/HEAD", git);
        char *line = access(git, F_OK) == 0 ? first_line(at, ".git", SMALL_MAX) : NULL;
        if (access(head, R_OK) == 0)
            found = ct_xstrdup(git);
        else if (line != NULL && strncmp(line, "gitdir: ", 8) == 0)
            found = resolve(at, line + 8);
        free(line);
        free(head);
        free(git);
        char *slash = strrchr(at, '/');
        if (slash == NULL || slash == at)
            break;
        *slash = '\0';
    }
    free(at);
    return found;
}

/* In packed-refs: a line "ID REF". */
static char *packed(const char *folder, const char *ref)
{
    char *path = ct_xprintf("%s/packed-refs", folder);
    struct ct_buf b;
    struct ct_err ignored;
    ct_buf_init(&b, PACKED_MAX);
    char *id = NULL;
    size_t ref_len = strlen(ref);
    const char *line = ct_buf_read_file(&b, path, &ignored) == 0 ? b.data : "";
    while (*line != '\0' && id == NULL) {
        size_t len = strcspn(line, "\r\n"), space = strcspn(line, " \r\n");
        if (len == space + 1 + ref_len && is_id(line, space) &&
            memcmp(line + space + 1, ref, ref_len) == 0)
            id = ct_xstrndup(line, space);
        line += len + strspn(line + len, "\r\n");
    }
    ct_buf_release(&b);
    free(path);
    return id;
}

/* What a ref stands for, in the folder of the work tree or in the one that all share. */
static char *follow(const char *git, const char *common, const char *ref)
{
    if (ref[0] == '/' || strstr(ref, "..") != NULL)
        return NULL;
    char *id = first_line(git, ref, SMALL_MAX);
    if (id == NULL)
        id = first_line(common, ref, SMALL_MAX);
    return id != NULL ? id : packed(common, ref);
}

char *ct_commit_find(const char *folder)
{
    char *git = find_git(folder);
    char *head = git != NULL ? first_line(git, "HEAD", SMALL_MAX) : NULL;
    char *id = NULL;
    if (head != NULL && strncmp(head, "ref: ", 5) == 0) {
        char *shared = first_line(git, "commondir", SMALL_MAX);
        char *common = shared != NULL ? resolve(git, shared) : ct_xstrdup(git);
        id = follow(git, common, head + 5);
        free(common);
        free(shared);
    } else if (head != NULL) {
        id = ct_xstrdup(head);
    }
    free(head);
    free(git);
    if (id != NULL && is_id(id, strlen(id)))
        return id;
    free(id);
    return ct_xstrdup("");
}

int ct_commit_check(const char *text, struct ct_err *err)
{
    static const char good[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._/+-";
    enum { LONGEST = 64 };
    size_t len = strlen(text);
    if (len >= 1 && len <= LONGEST && text[strspn(text, good)] == '\0')
        return 0;
    return ct_fail(err, CT_EUSAGE,
                   "--commit: 1 to %d letters, digits and . _ / + - (such as 4be1d24), not '%s'",
                   LONGEST, text);
}
