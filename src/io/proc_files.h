/* The files of /proc that a reading is made of, wherever it is made. */
#ifndef CT_IO_PROC_FILES_H
#define CT_IO_PROC_FILES_H

/* Each in turn: EACH(path), a string literal. */
#define CT_PROC_FILES_FOR(EACH)                                                                    \
    EACH("/proc/stat")                                                                             \
    EACH("/proc/meminfo")                                                                          \
    EACH("/proc/loadavg")                                                                          \
    EACH("/proc/uptime")                                                                           \
    EACH("/proc/net/dev")                                                                          \
    EACH("/proc/diskstats")                                                                        \
    EACH("/proc/pressure/cpu")                                                                     \
    EACH("/proc/pressure/io")                                                                      \
    EACH("/proc/pressure/memory")

enum { CT_PROC_FILES = 9 };
extern const char *const ct_proc_files[CT_PROC_FILES];

#endif
