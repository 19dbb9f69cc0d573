#include "services/doctor.h"

#include <math.h>

#include "analysis/diagnosis.h"
#include "base/clock.h"
#include "engine/self.h"
#include "monitor/procfs.h"
#include "services/host.h"
#include "services/machine.h"
#include "services/rig.h"
#include "services/trial.h"
#include "services/wakeups.h"

#define CLOSED_NS (150 * CT_NS_PER_MS)
#define OPEN_NS (200 * CT_NS_PER_MS) /* at least; */
#define OPEN_REQUESTS 1100           /* so many: a p99 takes 1,000 */
#define FIRST_SHARE                                                                                \
    0.25 /* of a closed loop's rate: an open request costs two or three times that */
#define UP 1.5
#define DOWN 0.6
#define RPS_MIN 1000.0
#define RPS_MAX 1e6

enum { CLOSED_CONNECTIONS = 50, OPEN_TRIES = 5 };

/* --- timers, and what else happens meanwhile --- */

static int measure_timers(struct ct_checkup *c, struct ct_err *err)
{
    static const struct {
        uint64_t rate, count;
    } series[CT_WAKEUPS] = {{100, 50}, {1000, 1000}, {10000, 1500}};
    struct ct_host_watch host;
    int rc = 0;
    ct_host_begin(&host);
    for (int i = 0; rc == 0 && i < CT_WAKEUPS; i++) {
        rc = ct_wakeups_measure(series[i].rate, series[i].count, &c->wakeups[i], &c->timer_slack_ns,
                                err);
        ct_host_look(&host);
    }
    ct_host_end(&host, &c->during);
    c->others_cpus = ct_host_others_cpus(&host);
    return rc;
}

/* --- the cost of a request --- */

/* Rounded to two digits: what was tried is named. */
static uint64_t round_rate(double rps)
{
    double within = fmin(fmax(rps, RPS_MIN), RPS_MAX);
    double step = pow(10, floor(log10(within)) - 1);
    return (uint64_t)(round(within / step) * step);
}

static int try_rate(struct ct_checkup *c, uint64_t rate, uint16_t port, struct ct_err *err)
{
    struct ct_run_plan plan = {.rate = ct_rate_per_s(rate),
                               .duration_ns = OPEN_REQUESTS * CT_NS_PER_S / rate};
    struct ct_trial t;
    if (plan.duration_ns < OPEN_NS)
        plan.duration_ns = OPEN_NS;
    int rc = ct_trial_run(&plan, port, &t, err);
    if (rc < 0)
        return rc;
    c->sending[c->n_sending++] = (struct ct_sending){
        .offered_rps = (double)rate,
        .sent_rps = t.summary.sent_rps,
        .busy_share = t.summary.generator_loop_busy_percent / 100,
        .request_cpu_us = t.request_cpu_us,
        .lateness_p99_us = t.summary.lateness.quantile[CT_P99] / 1e3,
        .valid = t.summary.verdict == CT_VERDICT_VALID,
    };
    ct_summary_release(&t.summary);
    return 0;
}

/* Between the highest rate that was well sent and the lowest that was not. */
static int close_in(struct ct_checkup *c, double rps, uint16_t port, struct ct_err *err)
{
    double lo = 0, hi = INFINITY;
    for (int i = 0; i < OPEN_TRIES; i++) {
        int rc = try_rate(c, round_rate(rps), port, err);
        if (rc < 0)
            return rc;
        const struct ct_sending *s = &c->sending[c->n_sending - 1];
        if (ct_sending_ok(s))
            lo = s->offered_rps;
        else
            hi = s->offered_rps;
        rps = lo == 0 ? hi * DOWN : isinf(hi) ? lo * UP : sqrt(lo * hi);
    }
    return 0;
}

/* A closed loop gives the order of magnitude, short open runs the rate itself. */
static int measure_requests(struct ct_checkup *c, uint16_t port, struct ct_err *err)
{
    struct ct_run_plan plan = {
        .closed = true, .connections = CLOSED_CONNECTIONS, .duration_ns = CLOSED_NS};
    if (plan.connections > c->connections)
        plan.connections = c->connections;
    struct ct_trial t;
    int rc = ct_trial_run(&plan, port, &t, err);
    if (rc < 0)
        return rc;
    bool answered = t.summary.ok > 0;
    double rps = FIRST_SHARE * 1e6 / t.request_cpu_us;
    ct_summary_release(&t.summary);
    if (!answered)
        return ct_fail(err, CT_EFAIL, "not one request over loopback was answered");
    return close_in(c, rps, port, err);
}

int ct_doctor_examine(struct ct_checkup *out, struct ct_err *err)
{
    const struct ct_delay at_once = {.kind = CT_DELAY_NONE};
    struct ct_rig rig;
    int rc;
    ct_machine_read(out);
    if ((rc = measure_timers(out, err)) < 0 || (rc = ct_rig_start(&rig, &at_once, 0, err)) < 0)
        return rc;
    rc = measure_requests(out, rig.port, err);
    if (rc == 0)
        rc = ct_rig_stop(&rig, err);
    ct_rig_release(&rig);
    return rc;
}
