/*
 * One reading of a server: the files of /proc as they came, taken apart; and what lies between two
 * of them as a sample. Pure; fuzzed.
 *
 * The text of a reading is files one after another, each under the heading that head(1) writes,
 * "==> /proc/stat <==". Without any heading it is /proc/stat and /proc/meminfo, as the forced
 * commands of earlier versions give them.
 */
#ifndef CT_MONITOR_READING_H
#define CT_MONITOR_READING_H

#include "model/snapshot.h"
#include "monitor/cgroups.h"
#include "monitor/devices.h"
#include "monitor/processes.h"
#include "monitor/procfs.h"

enum ct_pressure {
    CT_PRESSURE_CPU_SOME,
    CT_PRESSURE_IO_SOME,
    CT_PRESSURE_IO_FULL,
    CT_PRESSURE_MEMORY_SOME,
    CT_PRESSURE_MEMORY_FULL,
    CT_PRESSURE_COUNT
};

struct ct_reading {
    uint64_t at_ns; /* on this machine's monotonic clock */
    uint64_t wall_ns;
    bool has_ticks, has_memory, has_swap, has_load, has_uptime, has_net, has_disks;
    struct ct_cpu_ticks ticks;
    uint64_t cpus;
    struct ct_cores cores;
    struct ct_memory_kib memory;
    struct ct_swap_kib swap;
    struct ct_load load;
    double uptime_s;
    struct ct_maybe switches, interrupts, forks, booted_s; /* booted_s: Unix time */
    struct ct_maybe pressure_us[CT_PRESSURE_COUNT];
    struct ct_devices net, disks;
    bool has_processes;  /* those that are watched */
    uint64_t page_bytes; /* 0: unknown */
    struct ct_processes processes;
    struct ct_cgroup_reading cgroups[CT_WATCHED_MAX]; /* in the order of the server's */
};

/* Whatever the text has; all else is missing. server NULL: none of its control groups. */
void ct_reading_parse(const char *text, size_t len, const struct ct_server *server,
                      struct ct_reading *out);

/* A file of the text, or NULL. */
const char *ct_reading_file(const char *text, size_t len, const char *path, size_t *out_len);

/* The sample of after; what needs a reading before is missing when before is NULL, when a counter
 * went back, or when no time passed. host, ping and gap are not touched. */
void ct_reading_sample(const struct ct_reading *before, const struct ct_reading *after,
                       struct ct_server_sample *out);

/* What the server's configuration asks for besides: each core, the processes of its watch, its
 * control groups. Nothing of processes when the reading has no list of them. */
void ct_reading_watched(const struct ct_reading *before, const struct ct_reading *after,
                        const struct ct_server *server, struct ct_server_sample *out);

#endif
