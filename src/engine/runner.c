#include "engine/runner.h"

#include <assert.h>
#include <errno.h>
#include <math.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "engine/plan.h"
#include "engine/self.h"
#include "engine/worker.h"
#include "engine/writer.h"

#define LEAD_NS (100 * CT_NS_PER_MS) /* from all ready to t0 */

enum { IN_FLIGHT_MAX = 10000, DESCRIPTORS_KEPT = 64 };

/* One loop thread. */
struct sender {
    struct ct_run *run;
    pthread_t thread;
};

struct ct_run {
    struct ct_run_config config;
    struct ct_request request;
    uint32_t threads;
    struct ct_worker **workers;
    struct sender *senders;
    struct ct_writer writer;
    struct ct_instant t0;
    sem_t ready; /* posted by each loop thread when it runs */
    sem_t go;    /* posted once for each when t0 is known, or when the start failed */
    bool failed; /* the start: threads leave at go */
    bool started;
    atomic_int stop; /* 0 or enum ct_stop */
};

static void set_off(void *ctx, struct ct_instant *t0);

int ct_run_new(struct ct_run_config *config, struct ct_run **out, struct ct_err *err)
{
    const struct ct_run_plan *plan = &config->plan;
    assert(plan->threads > 0 && plan->duration_ns > 0 && plan->timeout_ns > 0 && config->done);
    if (plan->connections != 0 && plan->connections < plan->threads)
        return ct_fail(err, CT_EUSAGE, "%u connections are too few for %u threads: each needs one",
                       plan->connections, plan->threads);
    if (plan->max_in_flight < plan->threads)
        return ct_fail(err, CT_EUSAGE,
                       "at most %u requests in flight are too few for %u threads: each needs one",
                       plan->max_in_flight, plan->threads);
    struct ct_request request = {0};
    int rc = config->testcase->build(config->testcase, config->load, &request, err);
    if (rc < 0) {
        ct_request_release(&request);
        return rc;
    }
    ct_plan_set_count(&config->plan);

    struct ct_run *run = ct_xcalloc(1, sizeof(*run));
    run->config = *config;
    run->request = request;
    run->threads = plan->threads;
    run->workers = ct_xcalloc(run->threads, sizeof(struct ct_worker *));
    run->senders = ct_xcalloc(run->threads, sizeof(*run->senders));
    ct_writer_init(&run->writer, &run->config, run->workers, run->threads);
    run->writer.set_off = set_off;
    run->writer.set_off_ctx = run;
    sem_init(&run->ready, 0, 0);
    sem_init(&run->go, 0, 0);
    atomic_init(&run->stop, 0);
    *out = run;
    return 0;
}

/* A signal may interrupt a wait. */
static void wait_for(sem_t *sem)
{
    while (sem_wait(sem) < 0 && errno == EINTR)
        continue;
}

static void *sender_main(void *arg)
{
    struct sender *s = arg;
    struct ct_run *run = s->run;
    (void)ct_self_short_turns();
    ct_worker_prepare(run->workers[s - run->senders]);
    sem_post(&run->ready);
    wait_for(&run->go);
    if (run->failed)
        return NULL;
    ct_worker_run(run->workers[s - run->senders], run->t0.mono_ns);
    ct_writer_worker_ended(&run->writer);
    return NULL;
}

static int make_workers(struct ct_run *run, struct ct_err *err)
{
    for (uint32_t k = 0; k < run->threads; k++) {
        const struct ct_worker_config config = {.run = &run->config,
                                                .request = &run->request,
                                                .thread = k,
                                                .stop = &run->stop,
                                                .writer = &run->writer.wake};
        int rc = ct_worker_new(&config, &run->workers[k], err);
        if (rc < 0)
            return rc;
    }
    return 0;
}

static int start_sender(struct ct_run *run, uint32_t k, struct ct_err *err)
{
    struct sender *s = &run->senders[k];
    s->run = run;
    int rc = pthread_create(&s->thread, NULL, sender_main, s);
    if (rc != 0) {
        errno = rc;
        return ct_fail_errno(err, CT_EFAIL, "starting loop thread %u", k);
    }
    char name[16];
    snprintf(name, sizeof(name), "ct-load-%u", k % 10000);
    pthread_setname_np(s->thread, name);
    return 0;
}

static void release_senders(struct ct_run *run, uint32_t count)
{
    for (uint32_t k = 0; k < count; k++)
        wait_for(&run->ready);
    run->t0 = ct_instant_now();
    run->t0.mono_ns += LEAD_NS;
    run->t0.wall_ns += LEAD_NS;
    for (uint32_t k = 0; k < count; k++)
        sem_post(&run->go);
}

/* In the writer thread: a pool may take its time, and the owner has signals to look after. */
static void set_off(void *ctx, struct ct_instant *t0)
{
    struct ct_run *run = ctx;
    release_senders(run, run->threads);
    *t0 = run->t0;
}

/* Only count loop threads were started, or no writer: they leave. */
static void send_home(struct ct_run *run, uint32_t count)
{
    run->failed = true;
    ct_run_stop(run, CT_STOP_NOW);
    release_senders(run, count);
    for (uint32_t k = 0; k < count; k++)
        pthread_join(run->senders[k].thread, NULL);
}

int ct_run_start(struct ct_run *run, struct ct_err *err)
{
    const struct ct_run_plan *plan = &run->config.plan;
    uint32_t sockets = plan->connections != 0 ? plan->connections : plan->max_in_flight;
    ct_self_room_for_descriptors(sockets + DESCRIPTORS_KEPT);
    int rc = make_workers(run, err);
    if (rc < 0)
        return rc;
    uint32_t count = 0;
    while (rc == 0 && count < run->threads) {
        rc = start_sender(run, count, err);
        if (rc == 0)
            count++;
    }
    if (rc == 0)
        rc = ct_writer_start(&run->writer, err);
    if (rc < 0)
        send_home(run, count);
    run->started = rc == 0;
    return rc;
}

void ct_run_stop(struct ct_run *run, enum ct_stop how)
{
    int now = atomic_load(&run->stop);
    while (now < (int)how && !atomic_compare_exchange_weak(&run->stop, &now, (int)how))
        continue;
}

void ct_run_result(const struct ct_run *run, struct ct_run_result *out)
{
    uint64_t cpu_ns = 0;
    double waited_ns = 0;
    *out = (struct ct_run_result){.times.t0 = run->t0};
    for (uint32_t k = 0; k < run->threads; k++) {
        struct ct_worker_result w;
        ct_worker_result(run->workers[k], &w);
        out->planned += w.planned;
        out->samples_dropped += w.samples_dropped;
        out->stopped |= w.stopped;
        cpu_ns += w.cpu_ns;
        waited_ns += w.cpu_wait_ns != UINT64_MAX ? (double)w.cpu_wait_ns : NAN;
        if (w.sending_end_ns > out->times.sending_end_ns)
            out->times.sending_end_ns = w.sending_end_ns;
        if (w.end_ns > out->times.end_ns)
            out->times.end_ns = w.end_ns;
    }
    out->cpu_percent = 100.0 * (double)cpu_ns / (double)out->times.end_ns;
    out->cpu_wait_percent = 100.0 * waited_ns / (double)out->times.end_ns / run->threads;
}

void ct_run_free(struct ct_run *run)
{
    for (uint32_t k = 0; run->started && k < run->threads; k++)
        pthread_join(run->senders[k].thread, NULL);
    if (run->started)
        pthread_join(run->writer.thread, NULL);
    for (uint32_t k = 0; k < run->threads; k++)
        if (run->workers[k])
            ct_worker_free(run->workers[k]);
    ct_writer_release(&run->writer);
    sem_destroy(&run->ready);
    sem_destroy(&run->go);
    ct_request_release(&run->request);
    free(run->senders);
    free(run->workers);
    free(run);
}

uint32_t ct_run_connections_max(enum ct_cap *out_cap)
{
    uint64_t descriptors = ct_self_raise_descriptors();
    uint64_t most = descriptors > DESCRIPTORS_KEPT ? descriptors - DESCRIPTORS_KEPT : 1;
    uint64_t ports = ct_self_local_ports() * 8 / 10;
    bool by_ports = ports > 0 && ports < most;
    if (by_ports)
        most = ports;
    if (out_cap)
        *out_cap = by_ports ? CT_CAP_PORTS : CT_CAP_DESCRIPTORS;
    return most < UINT32_MAX ? (uint32_t)most : UINT32_MAX;
}

uint32_t ct_run_default_max_in_flight(enum ct_cap *out_cap)
{
    uint32_t most = ct_run_connections_max(out_cap);
    if (most < IN_FLIGHT_MAX)
        return most;
    if (out_cap)
        *out_cap = CT_CAP_CHOSEN;
    return IN_FLIGHT_MAX;
}
