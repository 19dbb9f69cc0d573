#include "io/proc_files.h"

#include <stdio.h>

#define ITEM(path) path,

const char *const ct_proc_files[CT_PROC_FILES] = {CT_PROC_FILES_FOR(ITEM)};
_Static_assert(sizeof((const char *const[]){CT_PROC_FILES_FOR(ITEM)}) == sizeof(ct_proc_files),
               "none is missing");

void ct_cgroup_path(enum ct_cgroup_file file, const char *group, char out[CT_CGROUP_PATH])
{
#define ROW(kind, folder, name) [kind] = {folder, name},
    static const struct {
        const char *folder, *name;
    } rows[CT_CGROUP_FILES] = {CT_CGROUP_FILES_FOR(ROW)};
    (void)snprintf(out, CT_CGROUP_PATH, "/sys/fs/cgroup/%s%s/%s", rows[file].folder, group,
                   rows[file].name);
}
