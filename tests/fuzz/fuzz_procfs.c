#include <assert.h>
#include <math.h>
#include <string.h>

#include "monitor/reading.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_percent(const struct ct_cpu_ticks *before, const struct ct_cpu_ticks *after)
{
    struct ct_cpu_percent p;
    if (!ct_cpu_between(before, after, &p))
        return;
    const double all[] = {p.usr,  p.nice,  p.sys,   p.iowait, p.irq,
                          p.soft, p.steal, p.guest, p.gnice,  p.idle};
    for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++)
        assert(isfinite(all[i]) && all[i] >= 0);
    assert(p.usr + p.nice + p.sys + p.iowait + p.irq + p.soft + p.steal + p.idle < 100.001);
}

static void check_group(const struct ct_server_sample *s)
{
    const struct ct_cgroup *g = &s->cgroups[0];
    if (s->n_cgroups == 0)
        return;
    assert(!g->has_cpu || (isfinite(g->cpu_percent) && g->cpu_percent >= 0));
    assert(!g->has_throttled || (g->throttled_percent >= 0 && g->throttled_percent <= 100));
    assert(!g->has_memory || (isfinite(g->memory_kib) && g->memory_kib >= 0));
}

/* Two readings, the halves of what a server sent. */
static void check_sample(const char *text, size_t half, size_t size)
{
    static struct ct_reading before, after;
    struct ct_server_sample s = {0};
    static char name[] = "nginx", group[] = "system.slice/nginx.service";
    struct ct_server server = {
        .watch = {name}, .n_watch = 1, .cgroups = {group}, .n_cgroups = 1, .cores = true};
    ct_reading_parse(text, half, &server, &before);
    ct_reading_parse(text + half, size - half, &server, &after);
    before.at_ns = 1;
    after.at_ns = 1000000001;
    ct_reading_sample(&before, &after, &s);
    ct_reading_watched(&before, &after, &server, &s);
    assert(s.n_watched == 0 || (isfinite(s.watched[0].cpu_percent) && s.watched[0].rss_kib >= 0));
    check_group(&s);
    for (size_t i = 0; i < s.n_cores; i++)
        assert(isnan(s.core_percent[i]) || (s.core_percent[i] >= 0 && s.core_percent[i] <= 100));
    for (int i = 0; i < CT_VITAL_COUNT; i++) {
        double v = 0;
        bool has = ct_vital_get(&s.vitals, (enum ct_vital)i, &v);
        assert(!has || (isfinite(v) && (v >= 0 || i == CT_VITAL_CLOCK_OFFSET_S)));
    }
}

/* What a server says is numbers or nothing; no percentage is outside 0..100. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct ct_cpu_ticks boot;
    const char *text = (const char *)data;
    struct ct_cpu_ticks one, two;
    struct ct_memory_kib m;
    size_t half = size / 2;
    bool has_one = ct_procfs_stat(text, half, &one);
    bool has_two = ct_procfs_stat(text + half, size - half, &two);
    if (has_one)
        check_percent(&boot, &one);
    if (has_one && has_two)
        check_percent(&one, &two);
    check_sample(text, half, size);
    struct ct_load load;
    if (ct_procfs_loadavg(text, size, &load))
        assert(isfinite(load.minute) && load.minute >= 0);
    if (ct_procfs_meminfo(text, size, &m))
        assert(m.total >= 0 && m.used >= 0 && m.used <= m.total && m.available >= 0);
    return 0;
}
