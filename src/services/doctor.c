#include "services/doctor.h"

#include <math.h>

#include "base/clock.h"
#include "engine/self.h"
#include "monitor/procfs.h"
#include "services/host.h"
#include "services/machine.h"
#include "services/rig.h"
#include "services/trial.h"
#include "services/wakeups.h"

#define CLOSED_NS (200 * CT_NS_PER_MS)
#define OPEN_NS (350 * CT_NS_PER_MS)
#define AIM_BUSY 0.70 /* below the limit, so that the run is a run and not its collapse */
#define RPS_MIN 1000.0
#define RPS_MAX 1e6

enum { CLOSED_CONNECTIONS = 50, OPEN_TRIES = 2 };

/* --- timers, and what else happens meanwhile --- */

static int measure_timers(struct ct_checkup *c, struct ct_err *err)
{
    static const struct {
        uint64_t rate, count;
    } series[CT_WAKEUPS] = {{100, 100}, {1000, 1000}, {10000, 2000}};
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
    double step = pow(10, floor(log10(rps)) - 1);
    return (uint64_t)(round(rps / step) * step);
}

/* The rate at which one thread would be about AIM_BUSY busy, by what the run before tells. */
static double aim(double rps, double busy)
{
    double next = rps * AIM_BUSY / (busy > 0.05 ? busy : 0.05);
    return next < RPS_MIN ? RPS_MIN : next > RPS_MAX ? RPS_MAX : next;
}

static void take_trial(struct ct_checkup *c, uint64_t rate, const struct ct_trial *t)
{
    c->tried_rps = (double)rate;
    c->sent_rps = t->summary.sent_rps;
    c->busy_share = t->summary.generator_loop_busy_percent / 100;
    c->request_cpu_us = t->request_cpu_us;
    c->lateness_p99_us = t->summary.lateness.quantile[CT_P99] / 1e3;
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
    if (t.summary.ok == 0) {
        ct_summary_release(&t.summary);
        return ct_fail(err, CT_EFAIL, "not one request over loopback was answered");
    }
    double rps = aim(1e6 / t.request_cpu_us, 2); /* an open request costs about twice as much */
    ct_summary_release(&t.summary);
    for (int i = 0; i < OPEN_TRIES; i++) {
        uint64_t rate = round_rate(rps);
        plan = (struct ct_run_plan){.rate = ct_rate_per_s(rate), .duration_ns = OPEN_NS};
        if ((rc = ct_trial_run(&plan, port, &t, err)) < 0)
            return rc;
        take_trial(c, rate, &t);
        ct_summary_release(&t.summary);
        rps = aim(c->tried_rps, c->busy_share);
    }
    return 0;
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
