#include "monitor/reading.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/lines.h"

/* --- the text --- */

/* Where a line begins that is the heading of a file; path NULL: of any. */
static const char *find_heading(const char *at, const char *end, const char *path)
{
    enum { BEGIN = 4 }; /* "==> " */
    size_t len = path != NULL ? strlen(path) : 0;
    while (at < end) {
        size_t left = (size_t)(end - at);
        if (left > BEGIN + len && memcmp(at, "==> ", BEGIN) == 0 &&
            (path == NULL || (memcmp(at + BEGIN, path, len) == 0 && at[BEGIN + len] == ' ')))
            return at;
        const char *newline = memchr(at, '\n', left);
        if (newline == NULL)
            return NULL;
        at = newline + 1;
    }
    return NULL;
}

const char *ct_reading_file(const char *text, size_t len, const char *path, size_t *out_len)
{
    const char *end = text + len;
    const char *heading = find_heading(text, end, path);
    if (heading == NULL)
        return NULL;
    const char *at = memchr(heading, '\n', (size_t)(end - heading));
    if (at == NULL)
        return NULL;
    const char *next = find_heading(++at, end, NULL);
    *out_len = (size_t)((next != NULL ? next : end) - at);
    return at;
}

/* A file, or for texts without headings all of it. */
static const char *file_of(const char *text, size_t len, const char *path, bool bare,
                           size_t *out_len)
{
    *out_len = len;
    const char *found = ct_reading_file(text, len, path, out_len);
    if (found == NULL && bare && find_heading(text, text + len, NULL) == NULL)
        found = text;
    return found;
}

static void parse_stat(const char *text, size_t len, struct ct_reading *r)
{
    r->has_ticks = ct_procfs_stat(text, len, &r->ticks);
    r->cpus = ct_procfs_cpus(text, len);
    ct_procfs_cores(text, len, &r->cores);
    r->switches.has = ct_procfs_stat_line(text, len, "ctxt ", &r->switches.value);
    r->interrupts.has = ct_procfs_stat_line(text, len, "intr ", &r->interrupts.value);
    r->forks.has = ct_procfs_stat_line(text, len, "processes ", &r->forks.value);
    r->booted_s.has = ct_procfs_stat_line(text, len, "btime ", &r->booted_s.value);
}

static void parse_pressure(const char *text, size_t len, struct ct_reading *r)
{
    static const struct {
        const char *path, *line;
    } rows[CT_PRESSURE_COUNT] = {
        [CT_PRESSURE_CPU_SOME] = {"/proc/pressure/cpu", "some "},
        [CT_PRESSURE_IO_SOME] = {"/proc/pressure/io", "some "},
        [CT_PRESSURE_IO_FULL] = {"/proc/pressure/io", "full "},
        [CT_PRESSURE_MEMORY_SOME] = {"/proc/pressure/memory", "some "},
        [CT_PRESSURE_MEMORY_FULL] = {"/proc/pressure/memory", "full "},
    };
    for (int i = 0; i < CT_PRESSURE_COUNT; i++) {
        size_t n;
        const char *file = ct_reading_file(text, len, rows[i].path, &n);
        struct ct_maybe *to = &r->pressure_us[i];
        to->has = file != NULL && ct_procfs_pressure(file, n, rows[i].line, &to->value);
    }
}

/* "/proc/123/stat" after a heading's "==> " */
static bool is_process(const char *heading, const char *end)
{
    static const char proc[] = "==> /proc/";
    size_t len = sizeof(proc) - 1;
    return (size_t)(end - heading) > len && memcmp(heading, proc, len) == 0 &&
           heading[len] >= '0' && heading[len] <= '9';
}

static void parse_processes(const char *text, size_t len, struct ct_reading *r)
{
    size_t n;
    const char *end = text + len;
    const char *at = ct_reading_file(text, len, "ct-watch", &n);
    if (at == NULL)
        return;
    r->has_processes = true;
    const char *digits = at;
    if (!ct_line_number(&digits, at + n, &r->page_bytes))
        r->page_bytes = 0;
    while ((at = find_heading(at, end, NULL)) != NULL && r->processes.count < CT_PROCESSES_MAX) {
        const char *newline = memchr(at, '\n', (size_t)(end - at));
        if (newline == NULL)
            return;
        if (is_process(at, newline) && ct_procfs_process(newline + 1, (size_t)(end - newline - 1),
                                                         &r->processes.items[r->processes.count]))
            r->processes.count++;
        at = newline + 1;
    }
}

static void parse_cgroup(const char *text, size_t len, const char *group,
                         struct ct_cgroup_reading *out)
{
    for (int i = 0; i < CT_CGROUP_FILES; i++) {
        char path[CT_CGROUP_PATH];
        size_t n;
        ct_cgroup_path((enum ct_cgroup_file)i, group, path);
        const char *file = ct_reading_file(text, len, path, &n);
        if (file != NULL)
            ct_cgroup_parse((enum ct_cgroup_file)i, file, n, out);
    }
}

void ct_reading_parse(const char *text, size_t len, const struct ct_server *server,
                      struct ct_reading *out)
{
    size_t n;
    const char *file;
    memset(out, 0, sizeof(*out));
    if ((file = file_of(text, len, "/proc/stat", true, &n)) != NULL)
        parse_stat(file, n, out);
    if ((file = file_of(text, len, "/proc/meminfo", true, &n)) != NULL) {
        out->has_memory = ct_procfs_meminfo(file, n, &out->memory);
        out->has_swap = ct_procfs_swap(file, n, &out->swap);
    }
    if ((file = ct_reading_file(text, len, "/proc/loadavg", &n)) != NULL)
        out->has_load = ct_procfs_loadavg(file, n, &out->load);
    if ((file = ct_reading_file(text, len, "/proc/uptime", &n)) != NULL)
        out->has_uptime = ct_procfs_uptime(file, n, &out->uptime_s);
    if ((file = ct_reading_file(text, len, "/proc/net/dev", &n)) != NULL)
        out->has_net = ct_procfs_net(file, n, &out->net);
    if ((file = ct_reading_file(text, len, "/proc/diskstats", &n)) != NULL)
        out->has_disks = ct_procfs_disks(file, n, &out->disks);
    parse_pressure(text, len, out);
    parse_processes(text, len, out);
    for (size_t i = 0; server != NULL && i < server->n_cgroups; i++)
        parse_cgroup(text, len, server->cgroups[i], &out->cgroups[i]);
}

/* --- a sample --- */

static void put_state(const struct ct_reading *r, struct ct_server_sample *s)
{
    struct ct_vitals *m = &s->vitals;
    s->has_memory = r->has_memory;
    s->memory = r->memory;
    if (r->has_swap) {
        ct_vital_set(m, CT_VITAL_SWAP_TOTAL, r->swap.total);
        ct_vital_set(m, CT_VITAL_SWAP_USED, r->swap.used);
        ct_vital_set(m, CT_VITAL_SWAP_FREE, r->swap.free);
    }
    if (r->has_load) {
        ct_vital_set(m, CT_VITAL_LOAD_1, r->load.minute);
        ct_vital_set(m, CT_VITAL_LOAD_5, r->load.five_minutes);
        ct_vital_set(m, CT_VITAL_LOAD_15, r->load.fifteen_minutes);
        ct_vital_set(m, CT_VITAL_RUNNING, (double)r->load.running);
        ct_vital_set(m, CT_VITAL_TASKS, (double)r->load.tasks);
    }
    if (r->cpus > 0)
        ct_vital_set(m, CT_VITAL_PROCESSORS, (double)r->cpus);
    if (r->has_uptime)
        ct_vital_set(m, CT_VITAL_UPTIME_S, r->uptime_s);
    /* btime is cut to whole seconds: on average half of one is missing */
    if (r->has_uptime && r->booted_s.has && r->wall_ns != 0)
        ct_vital_set(m, CT_VITAL_CLOCK_OFFSET_S,
                     (double)r->booted_s.value + 0.5 + r->uptime_s -
                         (double)r->wall_ns / (double)CT_NS_PER_S);
}

static double seconds_between(const struct ct_reading *before, const struct ct_reading *after)
{
    return after->at_ns > before->at_ns
               ? (double)(after->at_ns - before->at_ns) / (double)CT_NS_PER_S
               : 0;
}

static void put_rate(struct ct_vitals *m, enum ct_vital which, struct ct_maybe before,
                     struct ct_maybe after, double factor)
{
    if (before.has && after.has && after.value >= before.value)
        ct_vital_set(m, which, (double)(after.value - before.value) * factor);
}

static void put_devices(struct ct_vitals *m, const enum ct_vital *which, int count,
                        const struct ct_devices *before, const struct ct_devices *after,
                        double per_s)
{
    uint64_t sums[CT_DEVICE_VALUES];
    if (!ct_devices_between(before, after, sums))
        return;
    for (int i = 0; i < count; i++)
        ct_vital_set(m, which[i], (double)sums[i] * per_s);
}

static void put_rates(const struct ct_reading *b, const struct ct_reading *a, struct ct_vitals *m)
{
    static const enum ct_vital net[] = {
        [CT_NET_RX_BYTES] = CT_VITAL_NET_RECEIVED_BYTES,
        [CT_NET_RX_PACKETS] = CT_VITAL_NET_RECEIVED_PACKETS,
        [CT_NET_TX_BYTES] = CT_VITAL_NET_SENT_BYTES,
        [CT_NET_TX_PACKETS] = CT_VITAL_NET_SENT_PACKETS,
        [CT_NET_ERRORS] = CT_VITAL_NET_ERRORS,
        [CT_NET_DROPS] = CT_VITAL_NET_DROPS,
    };
    static const enum ct_vital disk[] = {
        [CT_DISK_READS] = CT_VITAL_DISK_READS,
        [CT_DISK_READ_BYTES] = CT_VITAL_DISK_READ_BYTES,
        [CT_DISK_WRITES] = CT_VITAL_DISK_WRITES,
        [CT_DISK_WRITTEN_BYTES] = CT_VITAL_DISK_WRITTEN_BYTES,
    };
    double seconds = seconds_between(b, a);
    if (seconds <= 0)
        return;
    put_rate(m, CT_VITAL_CONTEXT_SWITCHES, b->switches, a->switches, 1 / seconds);
    put_rate(m, CT_VITAL_INTERRUPTS, b->interrupts, a->interrupts, 1 / seconds);
    put_rate(m, CT_VITAL_FORKS, b->forks, a->forks, 1 / seconds);
    for (int i = 0; i < CT_PRESSURE_COUNT; i++) /* us of waiting per s, as percent */
        put_rate(m, (enum ct_vital)(CT_VITAL_PRESSURE_CPU_SOME + i), b->pressure_us[i],
                 a->pressure_us[i], 100 / (seconds * 1e6));
    if (b->has_net && a->has_net)
        put_devices(m, net, sizeof(net) / sizeof(net[0]), &b->net, &a->net, 1 / seconds);
    if (b->has_disks && a->has_disks)
        put_devices(m, disk, sizeof(disk) / sizeof(disk[0]), &b->disks, &a->disks, 1 / seconds);
}

static bool is_reboot(const struct ct_reading *before, const struct ct_reading *after)
{
    return before->has_uptime && after->has_uptime && after->uptime_s < before->uptime_s;
}

static void put_busiest(const struct ct_reading *before, const struct ct_reading *after,
                        struct ct_vitals *m)
{
    float percent[CT_CORES_MAX];
    size_t count = ct_cores_between(&before->cores, &after->cores, percent);
    double busiest = NAN;
    for (size_t i = 0; i < count; i++)
        busiest = fmax(busiest, (double)percent[i]);
    ct_vital_set(m, CT_VITAL_BUSIEST_CORE, busiest);
}

void ct_reading_sample(const struct ct_reading *before, const struct ct_reading *after,
                       struct ct_server_sample *out)
{
    out->at_ns = after->at_ns;
    out->wall_ns = after->wall_ns;
    put_state(after, out);
    if (before == NULL)
        return;
    out->rebooted = is_reboot(before, after);
    if (out->rebooted)
        return;
    out->has_cpu = before->has_ticks && after->has_ticks &&
                   ct_cpu_between(&before->ticks, &after->ticks, &out->cpu);
    put_busiest(before, after, &out->vitals);
    put_rates(before, after, &out->vitals);
}

static void put_processes(const struct ct_reading *before, const struct ct_reading *after,
                          const struct ct_server *server, struct ct_server_sample *out)
{
    if (!after->has_processes)
        return;
    bool has_before = before != NULL && before->has_processes && before->has_ticks &&
                      after->has_ticks && after->cpus > 0;
    double core_ticks =
        has_before ? ct_cpu_ticks_between(&before->ticks, &after->ticks) / (double)after->cpus : 0;
    for (out->n_watched = 0; out->n_watched < server->n_watch; out->n_watched++) {
        struct ct_watched *w = &out->watched[out->n_watched];
        (void)snprintf(w->name, sizeof(w->name), "%s", server->watch[out->n_watched]);
        ct_processes_sum(has_before ? &before->processes : NULL, &after->processes, core_ticks,
                         after->page_bytes, w);
    }
}

/* A group that shows nothing is left out: it is not there. */
static void put_cgroups(const struct ct_reading *before, const struct ct_reading *after,
                        const struct ct_server *server, struct ct_server_sample *out)
{
    double seconds = before != NULL ? seconds_between(before, after) : 0;
    out->n_cgroups = 0;
    for (size_t i = 0; i < server->n_cgroups; i++) {
        if (!ct_cgroup_exists(&after->cgroups[i]))
            continue;
        struct ct_cgroup *g = &out->cgroups[out->n_cgroups++];
        g->name = server->cgroups[i];
        ct_cgroup_between(before != NULL ? &before->cgroups[i] : NULL, &after->cgroups[i], seconds,
                          g);
    }
}

void ct_reading_watched(const struct ct_reading *before, const struct ct_reading *after,
                        const struct ct_server *server, struct ct_server_sample *out)
{
    const struct ct_reading *since = before != NULL && !is_reboot(before, after) ? before : NULL;
    if (server->cores && since != NULL)
        out->n_cores = ct_cores_between(&since->cores, &after->cores, out->core_percent);
    put_processes(since, after, server, out);
    put_cgroups(since, after, server, out);
}
