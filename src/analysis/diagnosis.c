#include "analysis/diagnosis.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "base/units.h"

/* --- forecast --- */

#define BUSY_LIMIT 0.80   /* loop_busy of the verdict */
#define BEYOND_TRIED 1.25 /* how far a measured run is stretched */
#define SENT_SHARE 0.99   /* below it the run did not reach its rate */
#define TIME_WAIT_S 60.0  /* TCP_TIMEWAIT_LEN of Linux */
#define REUSE_AFTER_S 1.0 /* tcp_tw_reuse */
#define LOOPBACK_REUSE_ONLY 2

bool ct_sending_ok(const struct ct_sending *s)
{
    return s->valid && s->busy_share <= BUSY_LIMIT && s->sent_rps >= SENT_SHARE * s->offered_rps;
}

/* The highest rate that was well sent, and the lowest above it that was not; NULL: none. When none
 * was well sent the latter is the lowest of all. */
static void find_bounds(const struct ct_checkup *c, const struct ct_sending **ok,
                        const struct ct_sending **beyond)
{
    *ok = *beyond = NULL;
    for (size_t i = 0; i < c->n_sending; i++) {
        const struct ct_sending *s = &c->sending[i];
        if (ct_sending_ok(s) && (*ok == NULL || s->offered_rps > (*ok)->offered_rps))
            *ok = s;
    }
    for (size_t i = 0; i < c->n_sending; i++) {
        const struct ct_sending *s = &c->sending[i];
        if (!ct_sending_ok(s) && (*ok == NULL || s->offered_rps > (*ok)->offered_rps) &&
            (*beyond == NULL || s->offered_rps < (*beyond)->offered_rps))
            *beyond = s;
    }
}

static double in_proportion(const struct ct_sending *s, double most)
{
    double factor = s->busy_share > 0 ? BUSY_LIMIT / s->busy_share : 1;
    return s->offered_rps * (factor < most ? factor : most);
}

static double between(const struct ct_sending *ok, const struct ct_sending *beyond)
{
    if (!beyond->valid || !(beyond->busy_share > BUSY_LIMIT))
        return ok->offered_rps;
    double share = (BUSY_LIMIT - ok->busy_share) / (beyond->busy_share - ok->busy_share);
    return ok->offered_rps + share * (beyond->offered_rps - ok->offered_rps);
}

static double one_thread_rps(const struct ct_sending *ok, const struct ct_sending *beyond)
{
    if (ok != NULL)
        return beyond != NULL ? between(ok, beyond) : in_proportion(ok, BEYOND_TRIED);
    return beyond != NULL ? fmin(in_proportion(beyond, 1), beyond->sent_rps) : NAN;
}

void ct_forecast_make(const struct ct_checkup *c, struct ct_forecast *out)
{
    const struct ct_sending *ok, *beyond;
    find_bounds(c, &ok, &beyond);
    const struct ct_sending *from = ok != NULL ? ok : beyond;
    out->on_time = ok != NULL;
    out->lateness_p99_us = from != NULL ? from->lateness_p99_us : NAN;
    out->request_cpu_us = from != NULL ? from->request_cpu_us : NAN;
    double room = c->cpus > 0 ? c->cpus : 1;
    if (c->during.quota_cpus < room)
        room = c->during.quota_cpus;
    out->one_rps = one_thread_rps(ok, beyond) * (room < 1 ? room : 1);
    out->threads = room < 1 ? 1 : (uint32_t)room;
    out->all_rps = out->one_rps * out->threads;
    out->new_connections_rps = (double)c->ports / (c->tw_reuse == 1 ? REUSE_AFTER_S : TIME_WAIT_S);
}

/* --- findings --- */

static struct ct_finding *CT_PRINTF(4, 5)
    found(struct ct_diagnosis *d, const char *topic, enum ct_mark mark, const char *fmt, ...)
{
    struct ct_finding *f = &d->findings[d->n_findings++];
    f->topic = topic;
    f->mark = mark;
    va_list ap;
    va_start(ap, fmt);
    (void)vsnprintf(f->text, sizeof(f->text), fmt, ap);
    va_end(ap);
    return f;
}

static void CT_PRINTF(2, 3) advise(struct ct_finding *f, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    if (f->mark != CT_MARK_OK)
        (void)vsnprintf(f->advice, sizeof(f->advice), fmt, ap);
    va_end(ap);
}

static enum ct_mark mark_of(double value, double warn_from, double bad_from)
{
    return value >= bad_from ? CT_MARK_BAD : value >= warn_from ? CT_MARK_WARN : CT_MARK_OK;
}

static void us_text(double us, char out[CT_UNIT_TEXT])
{
    if (isfinite(us))
        (void)ct_duration_format((uint64_t)llround(us * 1e3), out);
    else
        (void)snprintf(out, CT_UNIT_TEXT, "-");
}

/* 200 us distort, 1 ms is late: the limits of the verdict. */
static void judge_timers(const struct ct_checkup *c, struct ct_diagnosis *d)
{
    const struct ct_wakeups *w = &c->wakeups[1];
    char p50[CT_UNIT_TEXT], p99[CT_UNIT_TEXT], max[CT_UNIT_TEXT], rate[CT_UNIT_TEXT];
    us_text(w->p50_us, p50);
    us_text(w->p99_us, p99);
    us_text(w->max_us, max);
    struct ct_finding *f =
        found(d, "timers", mark_of(w->p99_us, 200, 1000), "p50 %s, p99 %s, max %s late at %s", p50,
              p99, max, ct_rate_format(w->rate_rps, rate));
    advise(f, "free a CPU for ct: what else runs here, the hypervisor or a deep sleep state of the "
              "CPU holds it up");
}

static void judge_sending(const struct ct_checkup *c, struct ct_diagnosis *d)
{
    const struct ct_sending *ok, *beyond;
    char late[CT_UNIT_TEXT], rate[CT_UNIT_TEXT];
    find_bounds(c, &ok, &beyond);
    const struct ct_sending *s = ok != NULL ? ok : beyond;
    if (s == NULL) {
        (void)found(d, "sending", CT_MARK_OK, "not measured");
        return;
    }
    us_text(s->lateness_p99_us, late);
    enum ct_mark mark = ok == NULL ? CT_MARK_BAD : mark_of(s->lateness_p99_us, 500, 1000);
    struct ct_finding *f = found(d, "sending", mark, "p99 %s late at %s, the loop %.0f %% busy",
                                 late, ct_rate_format(s->offered_rps, rate), 100 * s->busy_share);
    advise(f, "see the lines below; ct calls a run invalid when the p99 is 1 ms late, or its loop "
              "80 %% busy");
}

static void judge_cpus(const struct ct_checkup *c, struct ct_diagnosis *d)
{
    bool few = c->cpus < 2, cut = c->cpus < c->cpus_online;
    struct ct_finding *f = found(d, "cpus", few || cut ? CT_MARK_WARN : CT_MARK_OK,
                                 "%u of %u may be used", c->cpus, c->cpus_online);
    if (cut)
        advise(f, "allow more: taskset -c 0-%u ct ..., or the cpuset of its container",
               c->cpus_online - 1);
    else
        advise(f, "give the machine a second CPU: everything else here runs in ct's time");
}

static void judge_quota(const struct ct_checkup *c, struct ct_diagnosis *d)
{
    double quota = c->during.quota_cpus;
    if (c->cgroup_version == 0 || isnan(quota)) {
        (void)found(d, "quota", CT_MARK_OK, "no CPU quota%s",
                    c->cgroup_version == 0 ? " was found (no CPU cgroup)" : "");
        return;
    }
    struct ct_finding *f = found(d, "quota",
                                 quota < 1         ? CT_MARK_BAD
                                 : quota < c->cpus ? CT_MARK_WARN
                                                   : CT_MARK_OK,
                                 "%.3g CPUs; it stopped this process in %llu of %llu periods",
                                 quota, (unsigned long long)c->during.throttled_periods,
                                 (unsigned long long)c->during.periods);
    advise(f, "lift it: echo %s > %.120s/%s (or the container's CPU limit)",
           c->cgroup_version == 2 ? "max" : "-1", c->quota_path,
           c->cgroup_version == 2 ? "cpu.max" : "cpu.cfs_quota_us");
}

static void judge_steal(const struct ct_checkup *c, struct ct_diagnosis *d)
{
    double steal = c->during.steal_percent;
    if (isnan(steal)) {
        (void)found(d, "steal", CT_MARK_OK, "the kernel does not tell");
        return;
    }
    struct ct_finding *f = found(d, "steal", mark_of(steal, 1, 5),
                                 "the hypervisor took %.2f %% of the CPU time", steal);
    advise(f, "take a machine with CPUs of its own, or another host");
}

static void judge_others(const struct ct_checkup *c, struct ct_diagnosis *d)
{
    double cpus = c->cpus_online > 0 ? c->cpus_online : 1, share = c->others_cpus / cpus;
    char load[32] = "";
    if (isfinite(c->load_minute))
        (void)snprintf(load, sizeof(load), " (load average %.2f)", c->load_minute);
    if (isnan(share)) {
        (void)found(d, "others", CT_MARK_OK, "the kernel does not tell%s", load);
        return;
    }
    struct ct_finding *f =
        found(d, "others", mark_of(share, 0.1, 0.5), "other programs used %.2f of %.0f CPUs%s",
              c->others_cpus, cpus, load);
    advise(f, "stop them, or measure from a machine that does nothing else (see top)");
}

static void judge_governor(const struct ct_checkup *c, struct ct_diagnosis *d)
{
    bool slow = strcmp(c->governor, "powersave") == 0;
    struct ct_finding *f = found(d, "governor", slow ? CT_MARK_WARN : CT_MARK_OK, "%s",
                                 c->governor[0] != '\0' ? c->governor : "not to be seen from here");
    advise(f, "cpupower frequency-set -g performance");
}

static void judge_clock(const struct ct_checkup *c, struct ct_diagnosis *d)
{
    static const char *const fast[] = {"tsc", "kvm-clock", "hyperv_clocksource_tsc_page",
                                       "arch_sys_counter", ""};
    bool known = false;
    for (size_t i = 0; i < sizeof(fast) / sizeof(fast[0]); i++)
        known = known || strcmp(c->clock_source, fast[i]) == 0;
    struct ct_finding *f = found(d, "clock", known ? CT_MARK_OK : CT_MARK_WARN, "%s",
                                 c->clock_source[0] != '\0' ? c->clock_source : "unknown");
    advise(f, "each look at this clock is a system call: boot with clocksource=tsc if the CPU's is "
              "stable");
}

static void judge_descriptors(const struct ct_checkup *c, struct ct_diagnosis *d)
{
    enum { ENOUGH = 10064 }; /* the default of --max-in-flight, and what ct needs itself */
    char connections[CT_UNIT_TEXT];
    bool few = c->descriptors_hard < ENOUGH;
    struct ct_finding *f = found(d, "files",
                                 c->descriptors_hard < 1024 ? CT_MARK_BAD
                                 : few                      ? CT_MARK_WARN
                                                            : CT_MARK_OK,
                                 "%llu descriptors (hard limit): at most %s connections at once",
                                 (unsigned long long)c->descriptors_hard,
                                 ct_count_format(c->connections, connections));
    advise(f, "ulimit -Hn 65536 before ct (as root), or nofile in /etc/security/limits.conf");
}

static void judge_ports(const struct ct_checkup *c, struct ct_diagnosis *d)
{
    enum { ENOUGH = 10000 };
    char ports[CT_UNIT_TEXT], rate[CT_UNIT_TEXT];
    bool few = c->ports < ENOUGH;
    const char *reuse = c->tw_reuse == 1                     ? ", tcp_tw_reuse is on"
                        : c->tw_reuse == LOOPBACK_REUSE_ONLY ? ", more over loopback"
                                                             : "";
    struct ct_finding *f =
        found(d, "ports", few ? CT_MARK_WARN : CT_MARK_OK,
              "%s: about %s new connections to one address without keep-alive%s",
              ct_count_format(c->ports, ports),
              ct_rate_format(floor(d->forecast.new_connections_rps), rate), reuse);
    advise(f, "sysctl -w net.ipv4.ip_local_port_range='1024 65535' net.ipv4.tcp_tw_reuse=1");
}

static void judge_memory(const struct ct_checkup *c, struct ct_diagnosis *d)
{
    double bytes = c->memory_available_bytes;
    char text[CT_UNIT_TEXT];
    if (isnan(bytes)) {
        (void)found(d, "memory", CT_MARK_OK, "the kernel does not tell");
        return;
    }
    const double mib = 1024.0 * 1024;
    enum ct_mark mark = bytes < 64 * mib    ? CT_MARK_BAD
                        : bytes < 256 * mib ? CT_MARK_WARN
                                            : CT_MARK_OK;
    struct ct_finding *f =
        found(d, "memory", mark, "%s available", ct_bytes_format((uint64_t)bytes, text));
    advise(f, "free some: ct takes about 30 MiB, more with thousands of connections");
}

void ct_diagnosis_make(const struct ct_checkup *c, struct ct_diagnosis *out)
{
    memset(out, 0, sizeof(*out));
    ct_forecast_make(c, &out->forecast);
    judge_timers(c, out);
    judge_sending(c, out);
    judge_cpus(c, out);
    judge_quota(c, out);
    judge_steal(c, out);
    judge_others(c, out);
    judge_governor(c, out);
    judge_clock(c, out);
    judge_descriptors(c, out);
    judge_ports(c, out);
    judge_memory(c, out);
}
