#include "analysis/causes.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>

#include "base/err.h"

/* Below these nothing is said: a tick in ten seconds is no cause. */
#define STEAL_PERCENT 1.0
#define WAIT_PERCENT 1.0

static void CT_PRINTF(3, 4) cause(struct ct_summary *s, const char *code, const char *fmt, ...)
{
    if (s->n_causes == CT_CAUSE_MAX)
        return;
    struct ct_reason *r = &s->causes[s->n_causes++];
    (void)snprintf(r->code, sizeof(r->code), "%s", code);
    va_list ap;
    va_start(ap, fmt);
    (void)vsnprintf(r->text, sizeof(r->text), fmt, ap);
    va_end(ap);
}

static void name_quota(const struct ct_host_change *h, struct ct_summary *s)
{
    char quota[48] = "";
    if (h->throttled_periods == 0)
        return;
    if (isfinite(h->quota_cpus))
        (void)snprintf(quota, sizeof(quota), " of %.3g CPU%s", h->quota_cpus,
                       h->quota_cpus == 1 ? "" : "s");
    cause(s, "throttled", "the CPU quota%s stopped ct for %.3g s in %llu of %llu periods", quota,
          h->throttled_s, (unsigned long long)h->throttled_periods, (unsigned long long)h->periods);
}

static void name_others(const struct ct_host_change *h, struct ct_summary *s)
{
    /* one CPU is the loop thread's own; what fits on the others is not in its way */
    double room = h->cpus > 1 ? (double)h->cpus - 1 : 0.5;
    bool crowded = h->cpus > 0 && h->others_running > room;
    /* a throttled thread waits for its quota, not for the others */
    bool waited = h->wait_percent >= WAIT_PERCENT && h->throttled_periods == 0;
    char wait[64] = "", others[64] = "";
    if (!crowded && !waited)
        return;
    if (waited)
        (void)snprintf(wait, sizeof(wait), "ct waited %.3g %% of the time for a CPU",
                       h->wait_percent);
    if (isfinite(h->others_running) && h->cpus > 0)
        (void)snprintf(others, sizeof(others), "%s%.3g other runnable tasks on %u CPU%s",
                       waited ? ": " : "", h->others_running, (unsigned)h->cpus,
                       h->cpus == 1 ? "" : "s");
    cause(s, "busy_machine", "%s%s", wait, others);
}

void ct_causes_find(const struct ct_host_change *host, struct ct_summary *s)
{
    s->n_causes = 0;
    name_quota(host, s);
    if (host->steal_percent >= STEAL_PERCENT)
        cause(s, "steal", "the hypervisor took %.3g %% of the CPU time (steal)",
              host->steal_percent);
    name_others(host, s);
}
