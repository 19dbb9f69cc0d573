#include "made_run.h"

#include <assert.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "analysis/tally.h"
#include "base/mem.h"

static void describe(struct ct_journal_begin *b)
{
    b->plan = (struct ct_run_plan){.rate = ct_rate_per_s(10),
                                   .duration_ns = 2 * CT_NS_PER_S,
                                   .planned = 20,
                                   .timeout_ns = 30 * CT_NS_PER_S,
                                   .late_limit_ns = 50 * CT_NS_PER_MS,
                                   .max_in_flight = 1000,
                                   .threads = 2,
                                   .keep_alive = true};
    b->subject = (struct ct_run_subject){
        .app_name = ct_xstrdup("lab k3s"),
        .base_url = ct_xstrdup("http://127.0.0.1:8080"),
        .address = ct_xstrdup("127.0.0.1:8080"),
        .case_name = ct_xstrdup("fibonacci"),
        .case_file_name = ct_xstrdup("FibonacciTestCase"),
        .case_description = ct_xstrdup("Fibonacci numbers, \"recursively\""),
        .method = ct_xstrdup("GET"),
        .path = ct_xstrdup("/fibonacci/10"),
        .own_servers = ct_xstrdup("192.168.1.100\n"),
        .request = ct_xstrdup(""),
        .load_min = 10,
        .load = 10,
        .has_load = true,
        .colocated = true,
    };
    b->environment = (struct ct_environment){.ct_version = ct_xstrdup("0.1.0"),
                                             .hostname = ct_xstrdup("tester"),
                                             .kernel = ct_xstrdup("Linux 6.1.0"),
                                             .cpu_model = ct_xstrdup("A processor"),
                                             .command = ct_xstrdup("ct test-execution"),
                                             .commit = ct_xstrdup("4be1d24f0c"),
                                             .cpus = 2,
                                             .memory_kib = 8000000,
                                             .monitoring_interval_s = 0.5};
    b->want_samples = b->kept = true;
}

void made_run_open(struct made_run *r, enum ct_journal_kind kind)
{
    memset(r, 0, sizeof(*r));
    (void)snprintf(r->folder, sizeof(r->folder), "/tmp/ct-made-run-XXXXXX");
    if (mkdtemp(r->folder) == NULL)
        abort();
    describe(&r->begin);
    const char *name = r->begin.subject.case_file_name;
    ct_result_name(r->folder, r->begin.subject.app_name, kind == CT_JOURNAL_BENCHMARK ? name : NULL,
                   MADE_RUN_WALL_NS, 0, &r->result_path, &r->journal_path);
    struct ct_journal_head head = {.kind = kind};
    (void)snprintf(head.result_path, sizeof(head.result_path), "%s", r->result_path);
    (void)snprintf(head.test_case_name, sizeof(head.test_case_name), "%s", name);
    bool taken;
    struct ct_err err;
    if (ct_journal_create(r->journal_path, &head, &r->journal, &taken, &err) < 0) {
        fprintf(stderr, "%s\n", err.msg);
        abort();
    }
    r->blocks = ct_xcalloc(MADE_RUN_THREADS * MADE_RUN_SECONDS, sizeof(*r->blocks));
    r->times.t0 = (struct ct_instant){.mono_ns = 5 * CT_NS_PER_S, .wall_ns = MADE_RUN_WALL_NS};
}

void made_run_begin(struct made_run *r)
{
    r->from = ct_journal_offset(r->journal);
    ct_journal_begin(r->journal, &r->begin);
    ct_journal_started(r->journal, &r->times.t0);
    r->tally = ct_tally_new(&r->begin.plan, NULL);
}

static struct ct_block *block_at(struct made_run *r, unsigned thread, uint64_t time_ns)
{
    uint64_t second = time_ns / CT_NS_PER_S;
    assert(thread < MADE_RUN_THREADS && second < MADE_RUN_SECONDS);
    struct ct_block *b = &r->blocks[thread * MADE_RUN_SECONDS + second];
    b->second = second;
    return b;
}

static void count_done(struct made_run *r, struct ct_block *b, const struct ct_sample *s)
{
    b->bytes_received += s->bytes;
    b->status[s->status] += s->status != 0;
    b->connections_opened += s->new_connection;
    b->cancelled += s->cancelled;
    if (s->cancelled || s->failure != CT_FAILURE_NONE) {
        b->failed[s->failure] += !s->cancelled;
        return;
    }
    b->ok++;
    b->ok_due_in_window++;
    b->ok_done_in_window += s->done_ns < r->begin.plan.duration_ns;
    ct_histogram_record(&b->series[CT_SERIES_RESPONSE], s->done_ns - s->due_ns);
    ct_histogram_record(&b->series[CT_SERIES_SERVING], s->done_ns - s->begun_ns);
    ct_histogram_record(&b->series[CT_SERIES_SETUP], s->sent_ns - s->begun_ns);
    ct_histogram_record(&b->series[CT_SERIES_SERVICE], s->done_ns - s->sent_ns);
    ct_histogram_record(&b->series[CT_SERIES_RECEIVE_LAG], 2000);
    if (s->server_end_ns != 0)
        ct_histogram_record(&b->series[CT_SERIES_SERVER_PROCESSING],
                            s->server_end_ns - s->server_start_ns);
}

void made_run_request(struct made_run *r, unsigned thread, const struct ct_sample *s)
{
    block_at(r, thread, s->due_ns)->due++;
    struct ct_block *b = block_at(r, thread, s->begun_ns);
    b->started++;
    ct_histogram_record(&b->series[CT_SERIES_LATENESS], s->begun_ns - s->due_ns);
    if (s->sent_ns != CT_NEVER) {
        b = block_at(r, thread, s->sent_ns);
        b->wire_attempts++;
        b->bytes_sent += 94;
    }
    count_done(r, block_at(r, thread, s->done_ns), s);
    if (s->done_ns > r->times.end_ns)
        r->times.end_ns = s->done_ns;
    if (!r->begin.want_samples)
        return;
    r->samples[thread][r->n_samples[thread]++] = *s;
    if (r->n_samples[thread] == MADE_RUN_BATCH) {
        ct_journal_samples(r->journal, thread, r->samples[thread], MADE_RUN_BATCH);
        r->n_samples[thread] = 0;
        (void)ct_journal_flush(r->journal, NULL);
    }
}

void made_run_skip(struct made_run *r, uint64_t second, enum ct_skip why)
{
    struct ct_block *b = block_at(r, 0, second * CT_NS_PER_S);
    b->due++;
    b->skipped[why]++;
}

void made_run_snapshot(struct made_run *r, const struct ct_snapshot *s)
{
    ct_journal_snapshot(r->journal, s);
    ct_tally_snapshot(r->tally, s);
}

static void hand_over_blocks(struct made_run *r)
{
    for (unsigned second = 0; second < MADE_RUN_SECONDS; second++) {
        for (unsigned thread = 0; thread < MADE_RUN_THREADS; thread++) {
            struct ct_block *b = &r->blocks[thread * MADE_RUN_SECONDS + second];
            if (b->due + b->started + b->ok + ct_block_failed(b) + b->cancelled == 0)
                continue;
            b->loop_ns = CT_NS_PER_S;
            b->wait_ns = CT_NS_PER_S * 99 / 100;
            ct_journal_block(r->journal, thread, b);
            ct_tally_block(r->tally, b);
        }
    }
}

void made_run_end(struct made_run *r)
{
    for (unsigned thread = 0; thread < MADE_RUN_THREADS; thread++)
        ct_journal_samples(r->journal, thread, r->samples[thread], r->n_samples[thread]);
    hand_over_blocks(r);
    r->times.sending_end_ns = r->begin.plan.duration_ns + 51000;
    if (r->times.end_ns < r->times.sending_end_ns)
        r->times.end_ns = r->times.sending_end_ns;
    struct ct_journal_end end = {.times = r->times,
                                 .samples_dropped = r->samples_dropped,
                                 .interrupted = r->interrupted,
                                 .cpu_percent = 1.25,
                                 .host = {.steal_percent = 2.5,
                                          .wait_percent = 0.125,
                                          .quota_cpus = 1.5,
                                          .throttled_s = 0.25,
                                          .others_running = 0.5,
                                          .periods = 20,
                                          .throttled_periods = 3,
                                          .cpus = 2},
                                 .rss_bytes_max = 12345678};
    ct_journal_end(r->journal, &end);
    r->to = ct_journal_offset(r->journal);
    struct ct_tally_facts facts = {.planned = r->begin.plan.planned,
                                   .interrupted = r->interrupted,
                                   .colocated = r->begin.subject.colocated,
                                   .own_servers = r->begin.subject.own_servers,
                                   .cpu_percent = end.cpu_percent,
                                   .host = end.host,
                                   .rss_bytes_max = end.rss_bytes_max};
    ct_tally_summary(r->tally, &facts, &r->summary);
    r->total = *ct_tally_total(r->tally);
    (void)ct_journal_flush(r->journal, NULL);
}

struct ct_result_execution made_run_view(const struct made_run *r)
{
    return (struct ct_result_execution){.from = r->from,
                                        .to = r->to,
                                        .subject = &r->begin.subject,
                                        .environment = &r->begin.environment,
                                        .times = &r->times,
                                        .summary = &r->summary,
                                        .total = &r->total,
                                        .measured = &r->total,
                                        .has_samples = r->begin.want_samples,
                                        .samples_dropped = r->samples_dropped};
}

static void remove_folder(const char *folder)
{
    DIR *dir = opendir(folder);
    for (struct dirent *e; dir != NULL && (e = readdir(dir)) != NULL;) {
        char path[512];
        (void)snprintf(path, sizeof(path), "%s/%s", folder, e->d_name);
        (void)unlink(path);
    }
    if (dir != NULL)
        (void)closedir(dir);
    (void)rmdir(folder);
}

void made_run_close(struct made_run *r)
{
    if (r->journal != NULL)
        (void)ct_journal_close(r->journal, true, NULL);
    if (r->tally != NULL)
        ct_tally_free(r->tally);
    ct_summary_release(&r->summary);
    ct_run_subject_release(&r->begin.subject);
    ct_environment_release(&r->begin.environment);
    remove_folder(r->folder);
    free(r->journal_path);
    free(r->result_path);
    free(r->blocks);
}

struct ct_sample made_run_ok(const struct made_run *r, uint64_t i, uint64_t service_ns)
{
    struct ct_sample s = {.i = i, .status = 200, .bytes = 254};
    s.due_ns = i * r->begin.plan.rate.den_ns / r->begin.plan.rate.num;
    s.begun_ns = s.due_ns + 20000 + i % 100 * 10;
    s.new_connection = i < 2;
    s.sent_ns = s.begun_ns + (s.new_connection ? 310000 : 15000);
    s.done_ns = s.sent_ns + service_ns;
    s.server_start_ns = (MADE_RUN_WALL_NS + s.sent_ns) / CT_NS_PER_MS * CT_NS_PER_MS;
    s.server_end_ns = s.server_start_ns + service_ns / CT_NS_PER_MS * CT_NS_PER_MS;
    return s;
}

/* --- the run of the golden documents --- */

static void sample_requests(struct made_run *r)
{
    for (uint64_t k = 0; k < 20; k++) {
        uint64_t i = k == 3 ? 5 : k == 5 ? 3 : k; /* 3 is slow: done after 5 */
        struct ct_sample s = made_run_ok(r, i, (i == 3 ? 250 : 4) * CT_NS_PER_MS + i * 1001);
        if (i == 7) {
            s.failure = CT_FAILURE_TIMEOUT;
            s.detail = "connect";
            s.sent_ns = CT_NEVER;
            s.status = 0;
        } else if (i == 11) {
            s.failure = CT_FAILURE_HTTP_STATUS;
            s.status = 503;
        } else if (i == 19) {
            s.cancelled = true;
            s.status = 0;
            s.done_ns = 2100 * CT_NS_PER_MS;
        }
        if (s.failure != CT_FAILURE_NONE || s.cancelled)
            s.server_start_ns = s.server_end_ns = s.bytes = 0;
        if (i == 13)
            made_run_skip(r, 1, CT_SKIP_LATE);
        else
            made_run_request(r, (unsigned)i % 2, &s);
    }
}

static void sample_snapshots(struct made_run *r)
{
    static const char *const hosts[] = {"192.168.1.100", "node-2:2222"};
    for (unsigned k = 1; k <= 4; k++) {
        uint64_t at_ns = k * CT_NS_PER_S / 2;
        struct ct_server_sample servers[2] = {{.host = hosts[0]}, {.host = hosts[1]}};
        for (unsigned h = 0; h < 2; h++) {
            struct ct_server_sample *v = &servers[h];
            v->at_ns = at_ns + 1200000;
            v->wall_ns = MADE_RUN_WALL_NS + v->at_ns;
            v->has_cpu = !(h == 1 && k == 3);
            v->has_memory = v->has_ping = true;
            v->cpu = (struct ct_cpu_percent){.usr = 10.0 + 2 * k, .sys = 0.5, .idle = 89.5 - 2 * k};
            v->memory = (struct ct_memory_kib){8000000, 2000000 + 1000.0 * k, 5000000, 1200, 900000,
                                               6900000};
            v->ping = (struct ct_ping){1, 1, 0.25 * k, 0.25 * k, 0.25 * k, 0, "icmp"};
            for (int i = 0; i < CT_VITAL_COUNT && h == 0; i++) /* node-2 says nothing more */
                ct_vital_set(&v->vitals, (enum ct_vital)i, i + 0.5 * k);
        }
        if (k == 2) {
            struct ct_server_sample gap = {.host = hosts[1],
                                           .gap = "no answer within the interval"};
            gap.wall_ns = servers[1].wall_ns;
            servers[1] = gap;
        }
        struct ct_snapshot s = {at_ns, MADE_RUN_WALL_NS + at_ns, 2, servers};
        made_run_snapshot(r, &s);
    }
}

void made_run_sample(struct made_run *r, enum ct_journal_kind kind)
{
    made_run_open(r, kind);
    made_run_begin(r);
    sample_requests(r);
    sample_snapshots(r);
    made_run_end(r);
}
