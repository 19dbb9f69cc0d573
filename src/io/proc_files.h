/* The files that a reading is made of, wherever it is made. */
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

/* Of a control group: what version 2 has, then what version 1 has in its place; a machine has those
 * of one. Each in turn: EACH(kind, folder, name), for /sys/fs/cgroup/FOLDER/GROUP/NAME. */
#define CT_CGROUP_FILES_FOR(EACH)                                                                  \
    EACH(CT_CGROUP_CPU, "", "cpu.stat")                                                            \
    EACH(CT_CGROUP_MEMORY, "", "memory.current")                                                   \
    EACH(CT_CGROUP_V1_USAGE, "cpuacct/", "cpuacct.usage")                                          \
    EACH(CT_CGROUP_V1_CPU, "cpu/", "cpu.stat")                                                     \
    EACH(CT_CGROUP_V1_MEMORY, "memory/", "memory.usage_in_bytes")

#define CT_CGROUP_KIND(kind, folder, name) kind,
enum ct_cgroup_file { CT_CGROUP_FILES_FOR(CT_CGROUP_KIND) CT_CGROUP_FILES };
#undef CT_CGROUP_KIND
enum { CT_CGROUP_PATH = 320 };

/* "/sys/fs/cgroup/GROUP/cpu.stat"; group is as in struct ct_server, less than CT_CGROUP_NAME. */
void ct_cgroup_path(enum ct_cgroup_file file, const char *group, char out[CT_CGROUP_PATH]);

#endif
