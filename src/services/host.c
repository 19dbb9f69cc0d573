#include "services/host.h"

#include <math.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "engine/self.h"

enum { PROC_MAX = 1 << 20 };

static bool read_ticks(struct ct_cpu_ticks *out)
{
    struct ct_buf b;
    ct_buf_init(&b, PROC_MAX);
    bool known =
        ct_buf_read_file(&b, "/proc/stat", NULL) == 0 && ct_procfs_stat(b.data, b.len, out);
    ct_buf_release(&b);
    return known;
}

void ct_host_begin(struct ct_host_watch *w)
{
    memset(w, 0, sizeof(*w));
    ct_cgroup_read(&w->cgroup);
    w->has_ticks = read_ticks(&w->ticks);
    w->own_cpu_ns = ct_self_cpu_ns();
    w->at = ct_instant_now();
}

void ct_host_look(struct ct_host_watch *w)
{
    struct ct_load load;
    struct ct_buf b;
    ct_buf_init(&b, 256);
    if (ct_buf_read_file(&b, "/proc/loadavg", NULL) == 0 &&
        ct_procfs_loadavg(b.data, b.len, &load)) {
        w->running += load.running > 0 ? (double)(load.running - 1) : 0;
        w->looks++;
    }
    ct_buf_release(&b);
}

double ct_host_others_cpus(const struct ct_host_watch *w)
{
    struct ct_cpu_ticks ticks;
    struct ct_cpu_percent cpu;
    uint64_t passed_ns = ct_clock_ns() - w->at.mono_ns;
    long online = sysconf(_SC_NPROCESSORS_ONLN);
    if (!w->has_ticks || !read_ticks(&ticks) || !ct_cpu_between(&w->ticks, &ticks, &cpu) ||
        passed_ns == 0)
        return NAN;
    double busy = ct_cpu_busy_percent(&cpu) / 100 * (double)(online > 0 ? online : 1);
    double own = (double)(ct_self_cpu_ns() - w->own_cpu_ns) / (double)passed_ns;
    return busy > own ? busy - own : 0;
}

static void compare_groups(const struct ct_cgroup_cpu *before, const struct ct_cgroup_cpu *after,
                           struct ct_host_change *out)
{
    const struct ct_cgroup_stat *b = &before->stat, *a = &after->stat;
    out->quota_cpus = after->quota_cpus;
    /* a counter that went back: the process was moved to another group */
    if (!before->counted || !after->counted || a->periods < b->periods ||
        a->throttled_periods < b->throttled_periods || a->throttled_ns < b->throttled_ns)
        return;
    out->periods = a->periods - b->periods;
    out->throttled_periods = a->throttled_periods - b->throttled_periods;
    out->throttled_s = (double)(a->throttled_ns - b->throttled_ns) / (double)CT_NS_PER_S;
}

void ct_host_end(const struct ct_host_watch *w, struct ct_host_change *out)
{
    *out = ct_host_change_unknown();
    struct ct_cpu_ticks ticks;
    struct ct_cpu_percent cpu;
    struct ct_cgroup_cpu cgroup;
    if (w->has_ticks && read_ticks(&ticks) && ct_cpu_between(&w->ticks, &ticks, &cpu))
        out->steal_percent = cpu.steal;
    ct_cgroup_read(&cgroup);
    compare_groups(&w->cgroup, &cgroup, out);
    struct ct_instant now = ct_instant_now();
    out->clock_step_s =
        ((double)now.wall_ns - (double)w->at.wall_ns - (double)(now.mono_ns - w->at.mono_ns)) / 1e9;
    out->cpus = ct_self_cpus();
    uint64_t passed_ns = ct_clock_ns() - w->at.mono_ns;
    if (w->looks > 0 && passed_ns > 0) {
        double own = (double)(ct_self_cpu_ns() - w->own_cpu_ns) / (double)passed_ns;
        double others = w->running / w->looks - own;
        out->others_running = others > 0 ? others : 0;
    }
}
