#include "io/proc_files.h"

#define ITEM(path) path,

const char *const ct_proc_files[CT_PROC_FILES] = {CT_PROC_FILES_FOR(ITEM)};

#define ONE(path) +1
_Static_assert(CT_PROC_FILES_FOR(ONE) == CT_PROC_FILES, "none is missing");
