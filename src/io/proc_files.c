#include "io/proc_files.h"

const char *const ct_proc_files[CT_PROC_FILES] = {
    "/proc/stat",         "/proc/meminfo",     "/proc/loadavg",
    "/proc/uptime",       "/proc/net/dev",     "/proc/diskstats",
    "/proc/pressure/cpu", "/proc/pressure/io", "/proc/pressure/memory",
};
