/* A file that is there whole or not at all. */
#ifndef CT_STORE_NEW_FILE_H
#define CT_STORE_NEW_FILE_H

#include <stdbool.h>

#include "base/err.h"

struct ct_new_file {
    const char *path; /* borrowed */
    char *temporary;  /* beside it, until it is closed */
    int fd;           /* write here */
};

/* CT_EFAIL. */
int ct_new_file_open(struct ct_new_file *f, const char *path, struct ct_err *err);

/* ok: all was written. The name appears only when the content is durable; replace false: it takes
 * no other file's place. CT_EFAIL, also when not ok (err is then untouched). */
int ct_new_file_close(struct ct_new_file *f, bool ok, bool replace, struct ct_err *err);

#endif
