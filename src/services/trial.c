#include "services/trial.h"

#include <math.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <string.h>

#include "analysis/tally.h"
#include "engine/plan.h"
#include "engine/runner.h"
#include "services/host.h"
#include "testcases/testcases.h"

#define TIMEOUT_NS (5 * CT_NS_PER_S)
#define LATE_LIMIT_NS (50 * CT_NS_PER_MS)

struct trial_run {
    struct ct_tally *tally; /* the writer thread's while it runs */
    sem_t done;
};

static void take_block(void *ctx, unsigned thread, const struct ct_block *block)
{
    struct trial_run *t = ctx;
    (void)thread;
    ct_tally_block(t->tally, block);
}

static void run_done(void *ctx)
{
    struct trial_run *t = ctx;
    (void)sem_post(&t->done);
}

static void complete_plan(struct ct_run_plan *plan)
{
    if (plan->rate.num == 0)
        plan->rate = ct_rate_per_s(1); /* unused in the closed model, but valid */
    plan->timeout_ns = TIMEOUT_NS;
    plan->late_limit_ns = LATE_LIMIT_NS;
    plan->threads = 1;
    plan->keep_alive = true;
    plan->max_in_flight =
        plan->closed ? plan->connections : ct_run_default_max_in_flight(&plan->cap);
    ct_plan_set_count(plan);
}

static int open_endpoint(uint16_t port, struct ct_endpoint *out, struct ct_err *err)
{
    char url[64];
    (void)snprintf(url, sizeof(url), "http://127.0.0.1:%u", port);
    int rc = ct_endpoint_parse(url, out, NULL, err);
    return rc < 0 ? rc : ct_endpoint_resolve(out, err);
}

static void conclude(struct trial_run *t, struct ct_run *run, const struct ct_run_plan *plan,
                     struct ct_host_watch *host, struct ct_trial *out)
{
    struct ct_run_result r;
    ct_run_result(run, &r);
    struct ct_tally_facts facts = {.planned = r.planned,
                                   .window_ns = ct_tally_window_ns(plan, &r.times, r.stopped),
                                   .colocated = true,
                                   .cpu_percent = r.cpu_percent};
    ct_host_end(host, &facts.host);
    facts.host.wait_percent = r.cpu_wait_percent;
    ct_tally_summary(t->tally, &facts, &out->summary);
    out->times = r.times;
    out->request_cpu_us = out->summary.started > 0 ? r.cpu_percent / 100 * (double)r.times.end_ns /
                                                         1e3 / (double)out->summary.started
                                                   : NAN;
}

int ct_trial_run(const struct ct_run_plan *plan, uint16_t port, struct ct_trial *out,
                 struct ct_err *err)
{
    struct trial_run t;
    struct ct_request request;
    struct ct_host_watch host;
    struct ct_run *run = NULL;
    memset(out, 0, sizeof(*out));
    ct_request_init(&request, "GET", "/");
    struct ct_testcase *testcase = ct_testcase_nameless(&request);
    struct ct_run_config config = {
        .plan = *plan,
        .testcase = testcase,
        .load = 1,
        .sink = {.ctx = &t, .block = take_block},
        .done = run_done,
        .ctx = &t,
    };
    complete_plan(&config.plan);
    (void)sem_init(&t.done, 0, 0);
    t.tally = ct_tally_new(&config.plan, NULL);
    ct_host_begin(&host);
    int rc;
    if ((rc = open_endpoint(port, &config.endpoint, err)) == 0 &&
        (rc = ct_run_new(&config, &run, err)) == 0 && (rc = ct_run_start(run, err)) == 0) {
        while (sem_wait(&t.done) != 0)
            continue;
        conclude(&t, run, &config.plan, &host, out);
    }
    if (run != NULL)
        ct_run_free(run);
    ct_tally_free(t.tally);
    (void)sem_destroy(&t.done);
    testcase->free(testcase);
    ct_request_release(&request);
    return rc;
}
