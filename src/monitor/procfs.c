#include "monitor/procfs.h"

#include <math.h>
#include <string.h>

#include "base/lines.h"

/* The numbers behind a line's name; kernels before 2.6 have four of them. */
static bool take_ticks(const char *at, const char *end, struct ct_cpu_ticks *out)
{
    enum { FIELDS = 10, FIELDS_MIN = 4 };
    struct ct_cpu_ticks t = {0};
    uint64_t *fields[FIELDS] = {&t.user, &t.nice,    &t.system, &t.idle,  &t.iowait,
                                &t.irq,  &t.softirq, &t.steal,  &t.guest, &t.guest_nice};
    int n = 0;
    while (n < FIELDS && ct_line_number(&at, end, fields[n]))
        n++;
    if (n < FIELDS_MIN)
        return false;
    *out = t;
    return true;
}

bool ct_procfs_stat(const char *text, size_t len, struct ct_cpu_ticks *out)
{
    const char *end;
    const char *at = ct_line_find(text, text + len, "cpu ", &end);
    return at != NULL && take_ticks(at, end, out);
}

static bool meminfo_line(const char *text, size_t len, const char *name, double *out)
{
    const char *end;
    uint64_t v;
    const char *at = ct_line_find(text, text + len, name, &end);
    if (at == NULL || !ct_line_number(&at, end, &v))
        return false;
    *out = (double)v;
    return true;
}

bool ct_procfs_meminfo(const char *text, size_t len, struct ct_memory_kib *out)
{
    double total, free_kib, available, buffers = 0, cached = 0, reclaimable = 0, shared = 0;
    if (!meminfo_line(text, len, "MemTotal:", &total) ||
        !meminfo_line(text, len, "MemFree:", &free_kib))
        return false;
    (void)meminfo_line(text, len, "Buffers:", &buffers);
    (void)meminfo_line(text, len, "Cached:", &cached);
    (void)meminfo_line(text, len, "SReclaimable:", &reclaimable);
    (void)meminfo_line(text, len, "Shmem:", &shared);
    if (!meminfo_line(text, len, "MemAvailable:", &available))
        available = free_kib + buffers + cached;
    *out = (struct ct_memory_kib){
        .total = total,
        .used = available < total ? total - available : 0,
        .free = free_kib,
        .shared = shared,
        .buff_cache = buffers + cached + reclaimable,
        .available = available,
    };
    return true;
}

bool ct_procfs_swap(const char *text, size_t len, struct ct_swap_kib *out)
{
    double total, free_kib;
    if (!meminfo_line(text, len, "SwapTotal:", &total) ||
        !meminfo_line(text, len, "SwapFree:", &free_kib) || free_kib > total)
        return false;
    *out = (struct ct_swap_kib){.total = total, .used = total - free_kib, .free = free_kib};
    return true;
}

/* "0.25": two digits behind the point, as the kernel writes them. */
static bool decimal(const char **at, const char *end, double *out)
{
    uint64_t whole, hundredths;
    if (!ct_line_number(at, end, &whole) || *at == end || *(*at)++ != '.' ||
        !ct_line_number(at, end, &hundredths))
        return false;
    *out = (double)whole + (double)hundredths / 100;
    return true;
}

bool ct_procfs_loadavg(const char *text, size_t len, struct ct_load *out)
{
    const char *at = text, *end = text + len;
    struct ct_load load = {0};
    if (!decimal(&at, end, &load.minute) || !decimal(&at, end, &load.five_minutes) ||
        !decimal(&at, end, &load.fifteen_minutes) || !ct_line_number(&at, end, &load.running) ||
        at == end || *at++ != '/' || !ct_line_number(&at, end, &load.tasks))
        return false;
    *out = load;
    return true;
}

bool ct_procfs_uptime(const char *text, size_t len, double *out)
{
    const char *at = text;
    return decimal(&at, text + len, out);
}

bool ct_procfs_stat_line(const char *text, size_t len, const char *name, uint64_t *out)
{
    const char *end;
    const char *at = ct_line_find(text, text + len, name, &end);
    return at != NULL && ct_line_number(&at, end, out);
}

uint64_t ct_procfs_cpus(const char *text, size_t len)
{
    uint64_t cpus = 0;
    const char *end = text + len, *line_end;
    for (const char *at = text; (at = ct_line_find(at, end, "cpu", &line_end)) != NULL;
         at = line_end)
        cpus += *at >= '0' && *at <= '9';
    return cpus;
}

/* "7 1 2 3 4" of "cpu7 1 2 3 4" */
static void take_core(const char *at, const char *end, struct ct_cores *out)
{
    struct ct_cpu_ticks t;
    uint64_t core;
    if (at == end || *at < '0' || *at > '9' || !ct_line_number(&at, end, &core) ||
        core >= CT_CORES_MAX || !take_ticks(at, end, &t))
        return;
    out->items[core] =
        (struct ct_core_ticks){.has = true,
                               .busy = t.user + t.nice + t.system + t.irq + t.softirq + t.steal,
                               .idle = t.idle,
                               .iowait = t.iowait};
    if (core >= out->count)
        out->count = (size_t)core + 1;
}

void ct_procfs_cores(const char *text, size_t len, struct ct_cores *out)
{
    const char *end = text + len, *line_end;
    memset(out, 0, sizeof(*out));
    for (const char *at = text; (at = ct_line_find(at, end, "cpu", &line_end)) != NULL;
         at = line_end)
        take_core(at, line_end, out);
}

static float core_between(const struct ct_core_ticks *b, const struct ct_core_ticks *a)
{
    if (!b->has || !a->has || a->busy < b->busy || a->idle < b->idle)
        return NAN;
    double busy = (double)(a->busy - b->busy), rest = (double)(a->idle - b->idle);
    rest += a->iowait > b->iowait ? (double)(a->iowait - b->iowait) : 0; /* it may go back */
    return busy + rest > 0 ? (float)(100 * busy / (busy + rest)) : NAN;
}

size_t ct_cores_between(const struct ct_cores *before, const struct ct_cores *after,
                        float out[CT_CORES_MAX])
{
    for (size_t i = 0; i < after->count; i++)
        out[i] = core_between(&before->items[i], &after->items[i]);
    return after->count;
}

bool ct_procfs_pressure(const char *text, size_t len, const char *name, uint64_t *out)
{
    static const char total[] = " total=";
    const char *end;
    const char *at = ct_line_find(text, text + len, name, &end);
    for (; at != NULL && (size_t)(end - at) >= sizeof(total) - 1; at++) {
        if (memcmp(at, total, sizeof(total) - 1) != 0)
            continue;
        at += sizeof(total) - 1;
        return ct_line_number(&at, end, out);
    }
    return false;
}

static uint64_t sum_of(const struct ct_cpu_ticks *t)
{
    return t->user + t->nice + t->system + t->idle + t->iowait + t->irq + t->softirq + t->steal;
}

double ct_cpu_ticks_between(const struct ct_cpu_ticks *before, const struct ct_cpu_ticks *after)
{
    uint64_t b = sum_of(before), a = sum_of(after);
    return a > b ? (double)(a - b) : 0;
}

bool ct_cpu_between(const struct ct_cpu_ticks *before, const struct ct_cpu_ticks *after,
                    struct ct_cpu_percent *out)
{
    enum { FIELDS = 10 };
    const uint64_t b[FIELDS] = {before->user,   before->nice,      before->system,  before->idle,
                                before->iowait, before->irq,       before->softirq, before->steal,
                                before->guest,  before->guest_nice};
    const uint64_t a[FIELDS] = {after->user,   after->nice,      after->system,  after->idle,
                                after->iowait, after->irq,       after->softirq, after->steal,
                                after->guest,  after->guest_nice};
    double d[FIELDS], total = 0;
    for (int i = 0; i < FIELDS; i++) {
        /* iowait may go back by a little on a running kernel (proc(5)); everything else only at a
         * reboot */
        if (a[i] < b[i] && i != 4)
            return false;
        d[i] = a[i] > b[i] ? (double)(a[i] - b[i]) : 0;
        total += i < 8 ? d[i] : 0; /* guest times are in user and nice already */
    }
    if (total <= 0)
        return false;
    double percent = 100 / total;
    *out = (struct ct_cpu_percent){
        .usr = (d[0] > d[8] ? d[0] - d[8] : 0) * percent,
        .nice = (d[1] > d[9] ? d[1] - d[9] : 0) * percent,
        .sys = d[2] * percent,
        .idle = d[3] * percent,
        .iowait = d[4] * percent,
        .irq = d[5] * percent,
        .soft = d[6] * percent,
        .steal = d[7] * percent,
        .guest = d[8] * percent,
        .gnice = d[9] * percent,
    };
    return true;
}
