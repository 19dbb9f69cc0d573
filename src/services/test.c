#include "services/test.h"

#include <assert.h>
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/tally.h"
#include "analysis/threshold.h"
#include "base/log.h"
#include "base/mem.h"
#include "engine/pacing.h"
#include "engine/plan.h"
#include "engine/runner.h"
#include "engine/self.h"
#include "services/host.h"

enum { PROGRESS_MS = 250 };

/* The run as main, the engine's writer thread and the monitor's thread see it. */
struct conduct {
    struct ct_session *session;
    const struct ct_test *test;
    struct ct_run *run;
    struct ct_host_watch host;
    bool watched;
    uint64_t planned; /* of the open model */

    pthread_mutex_t lock; /* of what follows: fed by the writer and the monitor, read by main */
    struct ct_instant t0; /* mono_ns 0 until it is known */
    struct ct_tally *tally;
    bool aborted;
    bool enough; /* the onlooker has seen enough */
    bool told;   /* that the run is invalid; main only */
};

/* --- from the writer thread and the monitor's --- */

/* Something new is in the tally: end the run if a threshold is lost and that was asked for. */
static void abort_if_lost(struct conduct *c)
{
    if (c->test->criteria == NULL || !c->test->criteria->abort)
        return;
    (void)pthread_mutex_lock(&c->lock);
    bool lost = !c->aborted && ct_tally_broken(c->tally) != NULL;
    c->aborted = c->aborted || lost;
    (void)pthread_mutex_unlock(&c->lock);
    if (lost)
        ct_run_stop(c->run, CT_STOP_GENTLY);
}

/* With the lock held. */
static void show_block(struct conduct *c, unsigned thread, const struct ct_block *block)
{
    const struct ct_test_onlooker *on = c->test->onlooker;
    if (on == NULL)
        return;
    on->block(on->ctx, thread, block);
    if (c->enough || !on->enough(on->ctx, ct_tally_trouble(c->tally)))
        return;
    c->enough = true;
    ct_run_stop(c->run, CT_STOP_GENTLY);
}

static void run_block(void *ctx, unsigned thread, const struct ct_block *block)
{
    struct conduct *c = ctx;
    struct ct_err ignored; /* the journal keeps its first error until it is closed */
    ct_journal_block(c->session->journal, thread, block);
    (void)ct_journal_flush(c->session->journal, &ignored);
    (void)pthread_mutex_lock(&c->lock);
    ct_tally_block(c->tally, block);
    show_block(c, thread, block);
    (void)pthread_mutex_unlock(&c->lock);
    abort_if_lost(c);
}

static void run_samples(void *ctx, unsigned thread, const struct ct_sample *samples, size_t count)
{
    struct conduct *c = ctx;
    ct_journal_samples(c->session->journal, thread, samples, count);
}

static void watch_snapshot(void *ctx, const struct ct_snapshot *snapshot)
{
    struct conduct *c = ctx;
    ct_journal_snapshot(c->session->journal, snapshot);
    (void)pthread_mutex_lock(&c->lock);
    ct_tally_snapshot(c->tally, snapshot);
    if (c->test->onlooker != NULL)
        c->test->onlooker->snapshot(c->test->onlooker->ctx, snapshot);
    (void)pthread_mutex_unlock(&c->lock);
    abort_if_lost(c);
}

static void run_started(void *ctx, const struct ct_instant *t0)
{
    struct conduct *c = ctx;
    struct ct_session *s = c->session;
    ct_journal_started(s->journal, t0);
    (void)pthread_mutex_lock(&c->lock);
    c->t0 = *t0;
    (void)pthread_mutex_unlock(&c->lock);
    if (c->watched) {
        struct ct_watch_sink sink = {.ctx = c, .snapshot = watch_snapshot};
        ct_watch_start(s->watch, t0, s->opts.monitoring_interval_ns, &sink);
    }
}

static void stop_loop(void *ctx)
{
    struct ct_session *s = ctx;
    ct_loop_stop(s->loop);
}

static void run_done(void *ctx)
{
    struct conduct *c = ctx;
    ct_loop_post(c->session->loop, stop_loop, c->session);
}

/* --- on main's loop --- */

static void signal_step(void *ctx)
{
    struct conduct *c = ctx;
    ct_run_stop(c->run, c->session->n_signals == 1 ? CT_STOP_GENTLY : CT_STOP_NOW);
}

/* Held back as in the answer: p99 of a hundred requests is none. */
static double quantile_ms(const struct ct_block *b, enum ct_quantile q)
{
    uint64_t ns;
    const struct ct_histogram *h = &b->series[CT_SERIES_RESPONSE];
    bool enough = h->count >= ct_quantile_needs[q] &&
                  ct_histogram_quantile(h, ct_quantile_value[q], h->count, &ns) == 0;
    return enough ? (double)ns / 1e6 : NAN;
}

/* Once, so that nobody waits an hour for a run that is lost already. */
static void tell_trouble(struct conduct *c, const char *trouble)
{
    if (trouble == NULL || c->told || !c->test->kept)
        return;
    c->told = true;
    ct_warn("this run is invalid already: %s (it goes on)", trouble);
}

static void progress_step(void *ctx)
{
    struct conduct *c = ctx;
    uint64_t now_ns = ct_clock_ns();
    (void)pthread_mutex_lock(&c->lock);
    const struct ct_block *b = ct_tally_total(c->tally);
    struct ct_progress_now now = {
        .elapsed_s = c->t0.mono_ns != 0 && now_ns > c->t0.mono_ns
                         ? (double)(now_ns - c->t0.mono_ns) / 1e9
                         : 0,
        .duration_s = c->test->plan.most > 0 ? 0 : (double)c->test->plan.duration_ns / 1e9,
        .sent = b->started,
        .planned = c->test->plan.closed ? c->test->plan.most : c->planned,
        .ok = b->ok,
        .failed = ct_block_failed(b),
        .skipped = ct_block_skipped(b),
        .in_flight = b->in_flight,
        .p50_ms = quantile_ms(b, CT_P50),
        .p99_ms = quantile_ms(b, CT_P99),
    };
    const char *trouble = ct_tally_trouble(c->tally);
    (void)pthread_mutex_unlock(&c->lock);
    tell_trouble(c, trouble);
    ct_host_look(&c->host);
    ct_progress_update(c->session->progress, &now);
    ct_alarm_set(c->session->alarm, now_ns + PROGRESS_MS * CT_NS_PER_MS);
}

/* --- the execution --- */

static bool wants_samples(const struct ct_test *test, const struct ct_run_plan *plan)
{
    enum { AUTO_MAX = 100000 };
    uint64_t most = plan->closed ? plan->most : plan->planned;
    return test->kept && (test->results == CT_RESULTS_ALL ||
                          (test->results == CT_RESULTS_AUTO && most > 0 && most <= AUTO_MAX));
}

static int open_run(struct conduct *c, struct ct_test_result *out, struct ct_err *err)
{
    const struct ct_session *s = c->session;
    struct ct_run_config config = {
        .plan = c->test->plan,
        .endpoint = s->endpoint,
        .testcase = c->test->testcase,
        .load = c->test->load,
        .mix = c->test->mix,
        .insecure = s->opts.insecure,
        .sink = {.ctx = c, .block = run_block, .samples = run_samples},
        .started = run_started,
        .done = run_done,
        .ctx = c,
    };
    ct_plan_set_count(&config.plan);
    config.plan.pacing = ct_pacing_choose(&config.plan, &s->endpoint);
    config.want_samples = wants_samples(c->test, &config.plan);
    int rc = ct_run_new(&config, &c->run, err);
    if (rc < 0)
        return rc;
    out->plan = config.plan;
    c->planned = config.plan.planned;
    out->has_samples = config.want_samples;
    c->tally = ct_tally_new(&out->plan, c->test->criteria);
    out->from = ct_journal_offset(s->journal);
    char *thresholds = c->test->criteria != NULL ? ct_threshold_join(c->test->criteria) : NULL;
    struct ct_journal_begin begin = {
        .plan = out->plan,
        .subject = out->subject,
        .environment = s->environment,
        .thresholds = thresholds,
        .want_samples = out->has_samples,
        .kept = c->test->kept,
    };
    ct_journal_begin(s->journal, &begin);
    free(thresholds);
    return 0;
}

/* Run main's loop until the run is done. */
static void attend(struct conduct *c)
{
    struct ct_session *s = c->session;
    s->on_ctx = c;
    s->on_signal = signal_step;
    s->on_alarm = progress_step;
    ct_progress_test(s->progress, c->test->title);
    ct_alarm_set(s->alarm, ct_clock_ns() + PROGRESS_MS * CT_NS_PER_MS);
    ct_loop_run(s->loop);
    ct_alarm_unset(s->alarm);
    s->on_signal = s->on_alarm = NULL;
    ct_progress_end(s->progress);
}

static void conclude(struct conduct *c, struct ct_test_result *out)
{
    struct ct_session *s = c->session;
    struct ct_run_result r;
    ct_run_result(c->run, &r);
    out->times = r.times;
    out->samples_dropped = r.samples_dropped;
    struct ct_journal_end end = {
        .times = r.times,
        .samples_dropped = r.samples_dropped,
        .interrupted = s->signum != 0,
        .stopped = r.stopped,
        .aborted = c->aborted && r.stopped,
        .cpu_percent = r.cpu_percent,
        .rss_bytes_max = ct_self_rss_bytes_max(),
    };
    ct_host_end(&c->host, &end.host);
    end.host.wait_percent = r.cpu_wait_percent;
    ct_journal_end(s->journal, &end);
    out->to = ct_journal_offset(s->journal);
    struct ct_tally_facts facts = {
        .planned = r.planned,
        .window_ns = ct_tally_window_ns(&out->plan, &r.times, r.stopped),
        .interrupted = end.interrupted,
        .aborted = end.aborted,
        .colocated = out->subject.colocated,
        .own_servers = out->subject.own_servers,
        .cpu_percent = end.cpu_percent,
        .rss_bytes_max = end.rss_bytes_max,
        .host = end.host,
    };
    ct_tally_summary(c->tally, &facts, &out->summary);
    out->total = ct_xcalloc(1, sizeof(*out->total));
    *out->total = *ct_tally_total(c->tally);
    out->measured = ct_xcalloc(1, sizeof(*out->measured));
    *out->measured = *ct_tally_measured(c->tally);
}

int ct_test_run(struct ct_session *s, const struct ct_test *test, struct ct_test_result *out,
                struct ct_err *err)
{
    memset(out, 0, sizeof(*out));
    struct conduct c = {.session = s,
                        .test = test,
                        .watched = test->monitored && s->watch != NULL,
                        .lock = PTHREAD_MUTEX_INITIALIZER};
    ct_test_describe(s, test, &out->subject);
    int rc;
    if ((rc = open_run(&c, out, err)) < 0)
        goto out;
    ct_host_begin(&c.host);
    if ((rc = ct_run_start(c.run, err)) < 0)
        goto out;
    attend(&c);
    if (c.watched)
        ct_watch_stop(s->watch);
    conclude(&c, out);
out:
    if (c.tally != NULL)
        ct_tally_free(c.tally);
    if (c.run != NULL)
        ct_run_free(c.run);
    if (rc < 0)
        ct_test_result_release(out);
    return rc;
}
