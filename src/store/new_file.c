#include "store/new_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"

int ct_new_file_open(struct ct_new_file *f, const char *path, struct ct_err *err)
{
    f->path = path;
    f->temporary = ct_xprintf("%s.%ld.tmp", path, (long)getpid());
    (void)unlink(f->temporary);
    f->fd = open(f->temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    if (f->fd >= 0)
        return 0;
    int rc = ct_fail_errno(err, CT_EFAIL, "creating '%s'", f->temporary);
    free(f->temporary);
    return rc;
}

static int sync_folder(const char *path, struct ct_err *err)
{
    const char *slash = strrchr(path, '/');
    char *folder = slash != NULL ? ct_xstrndup(path, (size_t)(slash - path) + 1) : ct_xstrdup(".");
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int rc = fd >= 0 && fsync(fd) == 0 ? 0 : ct_fail_errno(err, CT_EFAIL, "syncing '%s'", folder);
    if (fd >= 0)
        (void)close(fd);
    free(folder);
    return rc;
}

/* Give the file its name, which no other has. 0, or -1 with errno set. */
static int take_name(const char *temporary, const char *path)
{
    if (renameat2(AT_FDCWD, temporary, AT_FDCWD, path, RENAME_NOREPLACE) == 0)
        return 0;
    if (errno != EINVAL && errno != ENOSYS) /* those: this file system cannot */
        return -1;
    return link(temporary, path);
}

int ct_new_file_close(struct ct_new_file *f, bool ok, bool replace, struct ct_err *err)
{
    int rc = ok ? 0 : CT_EFAIL;
    if (ok && fsync(f->fd) != 0)
        rc = ct_fail_errno(err, CT_EFAIL, "writing '%s'", f->path);
    if (close(f->fd) != 0 && rc == 0)
        rc = ct_fail_errno(err, CT_EFAIL, "writing '%s'", f->path);
    if (rc == 0 &&
        (replace ? rename(f->temporary, f->path) : take_name(f->temporary, f->path)) != 0)
        rc = ct_fail_errno(err, CT_EFAIL, "naming '%s'", f->path);
    (void)unlink(f->temporary);
    free(f->temporary);
    return rc == 0 ? sync_folder(f->path, err) : rc;
}
