#include "monitor/cgroups.h"

#include "base/lines.h"

static void take_line(const char *text, size_t len, const char *name, uint64_t factor,
                      struct ct_maybe *out)
{
    uint64_t value;
    if (!ct_procfs_stat_line(text, len, name, &value) || value > UINT64_MAX / factor)
        return;
    *out = (struct ct_maybe){.has = true, .value = value * factor};
}

/* A file that is one number. */
static void take_number(const char *text, size_t len, struct ct_maybe *out)
{
    const char *at = text;
    uint64_t value;
    if (ct_line_number(&at, text + len, &value))
        *out = (struct ct_maybe){.has = true, .value = value};
}

void ct_cgroup_parse(enum ct_cgroup_file file, const char *text, size_t len,
                     struct ct_cgroup_reading *out)
{
    switch (file) {
    case CT_CGROUP_CPU:
    case CT_CGROUP_V1_CPU:
        take_line(text, len, "usage_usec ", 1000, &out->usage_ns);
        take_line(text, len, "nr_periods ", 1, &out->periods);
        take_line(text, len, "nr_throttled ", 1, &out->throttled);
        break;
    case CT_CGROUP_V1_USAGE:
        take_number(text, len, &out->usage_ns);
        break;
    case CT_CGROUP_MEMORY:
    case CT_CGROUP_V1_MEMORY:
        take_number(text, len, &out->memory_bytes);
        break;
    case CT_CGROUP_FILES:
        break;
    }
}

bool ct_cgroup_exists(const struct ct_cgroup_reading *r)
{
    return r->usage_ns.has || r->periods.has || r->memory_bytes.has;
}

static bool grew(const struct ct_maybe *before, const struct ct_maybe *after)
{
    return before->has && after->has && after->value >= before->value;
}

/* A quota that did not have to be looked at stopped nothing; where no period was ever counted,
 * there is none. */
static void put_throttled(const struct ct_cgroup_reading *before,
                          const struct ct_cgroup_reading *after, struct ct_cgroup *out)
{
    if (after->periods.value == 0 || !grew(&before->periods, &after->periods) ||
        !grew(&before->throttled, &after->throttled))
        return;
    uint64_t periods = after->periods.value - before->periods.value;
    uint64_t throttled = after->throttled.value - before->throttled.value;
    if (throttled > periods)
        throttled = periods;
    out->has_throttled = true;
    out->throttled_percent = periods > 0 ? 100 * (double)throttled / (double)periods : 0;
}

void ct_cgroup_between(const struct ct_cgroup_reading *before,
                       const struct ct_cgroup_reading *after, double seconds, struct ct_cgroup *out)
{
    out->has_cpu = out->has_throttled = false;
    out->cpu_percent = out->throttled_percent = 0;
    out->has_memory = after->memory_bytes.has;
    out->memory_kib = after->memory_bytes.has ? (double)after->memory_bytes.value / 1024 : 0;
    if (before == NULL || seconds <= 0)
        return;
    put_throttled(before, after, out);
    out->has_cpu = grew(&before->usage_ns, &after->usage_ns);
    if (out->has_cpu)
        out->cpu_percent =
            100 * (double)(after->usage_ns.value - before->usage_ns.value) / 1e9 / seconds;
}
