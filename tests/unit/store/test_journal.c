#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <fcntl.h>
#include <limits.h>
#include <math.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/mem.h"
#include "made_run.h"

static struct made_run r;

/* --- what a reading gave, as one line a record --- */

struct events {
    struct ct_buf lines[64];
    unsigned n;
    unsigned stop_after; /* callbacks until one returns 7; 0: none does */
};
static struct events whole, part;

static int line(struct events *e, const void *bytes, size_t len, const char *what)
{
    cr_assert(lt(int, (int)e->n, 64));
    struct ct_buf *b = &e->lines[e->n++];
    ct_buf_init(b, 4 << 20);
    (void)ct_buf_puts(b, what);
    (void)ct_buf_add(b, bytes, len);
    return e->n == e->stop_after ? 7 : 0;
}

static int on_begin(void *ctx, uint64_t offset, const struct ct_journal_begin *b)
{
    char text[1024];
    const struct ct_run_subject *s = &b->subject;
    const struct ct_environment *e = &b->environment;
    const struct ct_run_plan *p = &b->plan;
    int n = snprintf(
        text, sizeof(text),
        "%llu|%d %llu/%llu %llu %llu %llu %llu %u %u %d|%s|%s|%s|%s|%s|%s|%s|%s|%s|%u %u %d%d%d%d|"
        "%s|%s|%s|%s|%s|%u %llu %g|%d%d %llu %s|%s %d %s",
        (unsigned long long)offset, p->arrivals, (unsigned long long)p->rate.num,
        (unsigned long long)p->rate.den_ns, (unsigned long long)p->duration_ns,
        (unsigned long long)p->planned, (unsigned long long)p->timeout_ns,
        (unsigned long long)p->late_limit_ns, p->max_in_flight, p->threads, p->keep_alive,
        s->app_name, s->base_url, s->address, s->case_name, s->case_file_name, s->case_description,
        s->method, s->path, s->own_servers, s->load_min, s->load, s->has_load, s->colocated,
        s->tls_verified, s->https, e->ct_version, e->hostname, e->kernel, e->cpu_model, e->command,
        e->cpus, (unsigned long long)e->memory_kib, e->monitoring_interval_s, b->want_samples,
        b->kept, (unsigned long long)p->warm_up_ns, b->thresholds != NULL ? b->thresholds : "",
        s->request, s->embedded, e->commit);
    return line(ctx, text, (size_t)n, "begin ");
}

static int on_started(void *ctx, const struct ct_instant *t0)
{
    return line(ctx, t0, sizeof(*t0), "started ");
}

static int on_block(void *ctx, unsigned thread, const struct ct_block *block)
{
    char what[32];
    (void)snprintf(what, sizeof(what), "block %u ", thread);
    return line(ctx, block, sizeof(*block), what);
}

static int on_samples(void *ctx, unsigned thread, const struct ct_sample *s, size_t count)
{
    char text[32];
    struct ct_buf b;
    ct_buf_init(&b, 4 << 20);
    for (size_t k = 0; k < count; k++)
        (void)ct_buf_printf(&b, "|%llu %llu %llu %llu %llu %llu %llu %llu %s %u %u %d%d",
                            (unsigned long long)s[k].i, (unsigned long long)s[k].due_ns,
                            (unsigned long long)s[k].begun_ns, (unsigned long long)s[k].sent_ns,
                            (unsigned long long)s[k].done_ns, (unsigned long long)s[k].bytes,
                            (unsigned long long)s[k].server_start_ns,
                            (unsigned long long)s[k].server_end_ns,
                            s[k].detail != NULL ? s[k].detail : "-", (unsigned)s[k].status,
                            (unsigned)s[k].failure, s[k].cancelled, s[k].new_connection);
    (void)snprintf(text, sizeof(text), "samples %u %zu", thread, count);
    int rc = line(ctx, b.data, b.len, text);
    ct_buf_release(&b);
    return rc;
}

static int on_snapshot(void *ctx, const struct ct_snapshot *s)
{
    struct ct_buf b;
    ct_buf_init(&b, 4 << 20);
    (void)ct_buf_printf(&b, "%llu %llu", (unsigned long long)s->at_ns,
                        (unsigned long long)s->wall_ns);
    for (size_t i = 0; i < s->n_servers; i++) {
        const struct ct_server_sample *v = &s->servers[i];
        (void)ct_buf_printf(&b, "|%s %llu %llu %d%d%d %s %llu/%llu %g %g %g %g %s", v->host,
                            (unsigned long long)v->at_ns, (unsigned long long)v->wall_ns,
                            v->has_cpu, v->has_memory, v->has_ping, v->gap,
                            (unsigned long long)v->ping.received,
                            (unsigned long long)v->ping.transmitted, v->ping.min_ms, v->ping.avg_ms,
                            v->ping.max_ms, v->ping.mdev_ms, v->has_ping ? v->ping.method : "-");
        (void)ct_buf_add(&b, &v->cpu, sizeof(v->cpu));
        (void)ct_buf_add(&b, &v->memory, sizeof(v->memory));
        (void)ct_buf_add(&b, &v->vitals, sizeof(v->vitals));
        (void)ct_buf_printf(&b, "%d", v->rebooted);
        for (size_t k = 0; k < v->n_cores; k++)
            (void)ct_buf_printf(&b, " %.2f", (double)v->core_percent[k]);
        for (size_t k = 0; k < v->n_cgroups; k++) {
            const struct ct_cgroup *g = &v->cgroups[k];
            (void)ct_buf_printf(&b, " %s %d%d%d %g %g %g", g->name, g->has_cpu, g->has_throttled,
                                g->has_memory, g->cpu_percent, g->throttled_percent, g->memory_kib);
        }
        for (size_t k = 0; k < v->n_watched; k++) {
            const struct ct_watched *w = &v->watched[k];
            (void)ct_buf_printf(&b, " %s %llu %d%d %g %g", w->name,
                                (unsigned long long)w->processes, w->has_cpu, w->has_rss,
                                w->cpu_percent, w->rss_kib);
        }
    }
    int rc = line(ctx, b.data, b.len, "snapshot ");
    ct_buf_release(&b);
    return rc;
}

static int on_end(void *ctx, const struct ct_journal_end *e)
{
    char text[512];
    const struct ct_host_change *h = &e->host;
    int n = snprintf(
        text, sizeof(text), "%llu %llu %llu %llu %llu %d%d%d %g %llu %g %g %g %g %g %llu/%llu %u",
        (unsigned long long)e->times.t0.mono_ns, (unsigned long long)e->times.t0.wall_ns,
        (unsigned long long)e->times.sending_end_ns, (unsigned long long)e->times.end_ns,
        (unsigned long long)e->samples_dropped, e->interrupted, e->stopped, e->aborted,
        e->cpu_percent, (unsigned long long)e->rss_bytes_max, h->steal_percent, h->wait_percent,
        h->quota_cpus, h->throttled_s, h->others_running, (unsigned long long)h->throttled_periods,
        (unsigned long long)h->periods, h->cpus);
    return line(ctx, text, (size_t)n, "end ");
}

static int on_trial(void *ctx, const char *json, size_t len)
{
    return line(ctx, json, len, "trial ");
}

static void forget(struct events *e)
{
    for (unsigned i = 0; i < e->n; i++)
        ct_buf_release(&e->lines[i]);
    memset(e, 0, sizeof(*e));
}

static int read_into(struct events *e, const char *path, uint64_t from, uint64_t to, bool *torn,
                     uint64_t *end, struct ct_err *err)
{
    unsigned stop_after = e->stop_after;
    forget(e);
    e->stop_after = stop_after;
    const struct ct_journal_reader reader = {on_begin,    on_started, on_block, on_samples,
                                             on_snapshot, on_end,     on_trial, e};
    return ct_journal_read(path, from, to, &reader, NULL, torn, end, err);
}

/* The lines that e must have, in the order in which a test wrote them. */
static void expect_same(const struct events *got, const struct events *want, unsigned n)
{
    cr_assert(eq(int, (int)got->n, (int)n));
    for (unsigned i = 0; i < n; i++)
        cr_assert(got->lines[i].len == want->lines[i].len &&
                      memcmp(got->lines[i].data, want->lines[i].data, got->lines[i].len) == 0,
                  "record %u differs: %.60s", i, got->lines[i].data);
}

static void fini(void)
{
    forget(&whole);
    forget(&part);
    made_run_close(&r);
}

/* --- round trips --- */

static void record_extremes(struct ct_sample s[4])
{
    const struct ct_sample all[4] = {
        {.i = UINT64_MAX, .due_ns = 1, .begun_ns = 0, .sent_ns = CT_NEVER, .done_ns = 0},
        {.due_ns = UINT64_MAX - 1,
         .begun_ns = CT_NEVER,
         .sent_ns = 5,
         .done_ns = CT_NEVER,
         .bytes = UINT64_MAX,
         .server_start_ns = 9,
         .server_end_ns = 3,
         .detail = "first_byte",
         .status = 999,
         .failure = CT_FAILURE_COUNT - 1,
         .cancelled = true},
        {.begun_ns = CT_NEVER, .sent_ns = CT_NEVER, .done_ns = CT_NEVER, .new_connection = true},
        {.i = 128,
         .due_ns = 127,
         .begun_ns = 128,
         .sent_ns = 16383,
         .done_ns = 16384,
         .server_start_ns = MADE_RUN_WALL_NS,
         .server_end_ns = UINT64_MAX,
         .detail = "body"},
    };
    memcpy(s, all, sizeof(all));
}

Test(journal, every_record_comes_back_as_it_was, .fini = fini)
{
    static struct ct_block block;
    struct ct_sample samples[4];
    made_run_open(&r, CT_JOURNAL_EXECUTION);
    ct_block_init(&block, 3);
    block.warm_up = true;
    uint64_t *counter = &block.due;
    for (uint64_t v = 1; counter < (uint64_t *)block.status; v++)
        *counter++ = v * v << (v % 50);
    block.status[0] = 1;
    block.status[999] = UINT32_MAX;
    for (int i = 0; i < CT_SERIES_COUNT - 1; i++)
        for (uint64_t k = 0; k < 50; k++)
            ct_histogram_record(&block.series[i], (uint64_t)(i + 1) << k);
    record_extremes(samples);
    struct ct_server_sample servers[2] = {{.host = "a", .has_cpu = true, .gap = ""},
                                          {.host = "b", .wall_ns = 5, .gap = "no answer"}};
    servers[0].cpu = (struct ct_cpu_percent){1.5, 2, 3, 4, 5, 6, 7, 8, 9, 0.1};
    servers[0].rebooted = true;
    for (int i = 0; i < CT_VITAL_COUNT; i += 3)
        ct_vital_set(&servers[0].vitals, (enum ct_vital)i, 1000.25 + i);
    servers[0].n_watched = 1;
    servers[0].watched[0] = (struct ct_watched){"nginx", 4, true, true, 12.5, 2048};
    servers[0].n_cgroups = 2;
    servers[0].cgroups[0] = (struct ct_cgroup){"a.slice", true, true, false, 150.5, 25, 0};
    servers[0].cgroups[1] = (struct ct_cgroup){"b.slice", false, false, true, 0, 0, 77};
    servers[0].n_cores = 4;
    servers[0].core_percent[0] = 100;
    servers[0].core_percent[1] = NAN;
    servers[0].core_percent[2] = 0;
    servers[0].core_percent[3] = 33.33F;
    struct ct_snapshot snapshot = {77, MADE_RUN_WALL_NS, 2, servers};
    struct ct_journal_end end = {
        .times = {{1, 2}, 3, 4}, .samples_dropped = 5, .stopped = true, .aborted = true};
    end.cpu_percent = -0.5;
    end.host = (struct ct_host_change){1, 2, NAN, 4, 9, 5, 6, 7, 8};

    uint64_t offset = ct_journal_offset(r.journal);
    char thresholds[] = "p(99)<250ms, cpu(a)<80%";
    r.begin.subject.https = r.begin.subject.tls_verified = true;
    r.begin.plan.warm_up_ns = 7;
    r.begin.thresholds = thresholds;
    ct_journal_begin(r.journal, &r.begin);
    ct_journal_started(r.journal, &r.times.t0);
    ct_journal_block(r.journal, 3, &block);
    ct_journal_samples(r.journal, 2, samples, 4);
    ct_journal_snapshot(r.journal, &snapshot);
    ct_journal_end(r.journal, &end);
    ct_journal_trial(r.journal, "{\"load\": 3}");
    struct ct_err err = {0};
    cr_assert(eq(int, ct_journal_flush(r.journal, &err), 0));

    (void)on_begin(&whole, offset, &r.begin);
    (void)on_started(&whole, &r.times.t0);
    (void)on_block(&whole, 3, &block);
    (void)on_samples(&whole, 2, samples, 4);
    (void)on_snapshot(&whole, &snapshot);
    (void)on_end(&whole, &end);
    (void)on_trial(&whole, "{\"load\": 3}", 11);
    bool torn;
    uint64_t last;
    cr_assert(eq(int, read_into(&part, r.journal_path, 0, UINT64_MAX, &torn, &last, &err), 0));
    expect_same(&part, &whole, 7);
    cr_expect(not(torn));
    cr_expect(eq(u64, last, ct_journal_offset(r.journal)));
}

Test(journal, the_head_comes_back, .fini = fini)
{
    struct ct_journal_head head;
    struct ct_err err = {0};
    const struct ct_journal_reader nothing = {0};
    made_run_open(&r, CT_JOURNAL_BENCHMARK);
    cr_assert(eq(int, ct_journal_read(r.journal_path, 0, 0, &nothing, &head, NULL, NULL, &err), 0));
    cr_expect(eq(int, head.kind, CT_JOURNAL_BENCHMARK));
    cr_expect(eq(str, head.result_path, r.result_path));
    cr_expect(eq(str, head.test_case_name, (char *)"FibonacciTestCase"));
}

Test(journal, many_samples_come_back_in_order, .fini = fini)
{
    enum { COUNT = 5000 };
    struct ct_err err = {0};
    made_run_open(&r, CT_JOURNAL_EXECUTION);
    struct ct_sample *samples = ct_xcalloc(COUNT, sizeof(*samples));
    for (uint64_t i = 0; i < COUNT; i++)
        samples[i] = made_run_ok(&r, i, i * 1000);
    ct_journal_samples(r.journal, 0, samples, COUNT);
    ct_journal_samples(r.journal, 0, samples, 0);
    cr_assert(eq(int, ct_journal_flush(r.journal, NULL), 0));
    (void)on_samples(&whole, 0, samples, COUNT);
    bool torn;
    cr_assert(eq(int, read_into(&part, r.journal_path, 0, UINT64_MAX, &torn, NULL, &err), 0));
    struct ct_buf all;
    ct_buf_init(&all, 4 << 20);
    (void)ct_buf_puts(&all, "samples 0 5000");
    for (unsigned i = 0; i < part.n; i++) {
        const char *first = strchr(part.lines[i].data, '|');
        (void)ct_buf_puts(&all, first);
    }
    cr_expect(ge(int, (int)part.n, 2));
    cr_expect(strcmp(all.data, whole.lines[0].data) == 0);
    ct_buf_release(&all);
    free(samples);
}

Test(journal, an_execution_is_read_by_its_bounds, .fini = fini)
{
    struct ct_err err = {0};
    uint64_t end;
    made_run_sample(&r, CT_JOURNAL_BENCHMARK);
    ct_journal_trial(r.journal, "{}");
    cr_assert(eq(int, ct_journal_flush(r.journal, NULL), 0));
    cr_assert(eq(int, read_into(&part, r.journal_path, r.from, r.to, NULL, &end, &err), 0));
    cr_expect(eq(u64, end, r.to));
    cr_expect(strncmp(part.lines[0].data, "begin ", 6) == 0);
    cr_expect(strncmp(part.lines[part.n - 1].data, "end ", 4) == 0);
    cr_assert(eq(int, read_into(&part, r.journal_path, r.to, UINT64_MAX, NULL, &end, &err), 0));
    cr_assert(eq(int, (int)part.n, 1));
    cr_expect(eq(str, part.lines[0].data, (char *)"trial {}"));
}

Test(journal, a_callback_ends_the_reading_with_its_value, .fini = fini)
{
    struct ct_err err = {0};
    made_run_sample(&r, CT_JOURNAL_EXECUTION);
    part.stop_after = 3;
    cr_expect(eq(int, read_into(&part, r.journal_path, 0, UINT64_MAX, NULL, NULL, &err), 7));
    cr_expect(eq(int, (int)part.n, 3));
}

/* --- damage --- */

static char *slurp(const char *path, size_t *len)
{
    struct ct_buf b;
    struct ct_err err = {0};
    ct_buf_init(&b, 1 << 20);
    cr_assert(eq(int, ct_buf_read_file(&b, path, &err), 0), "%s", err.msg);
    *len = b.len;
    return b.data;
}

static size_t copy_sample_journal(char path[128], char **bytes)
{
    size_t len;
    made_run_sample(&r, CT_JOURNAL_EXECUTION);
    ct_journal_trial(r.journal, "{\"load\": 3}");
    cr_assert(eq(int, ct_journal_flush(r.journal, NULL), 0));
    *bytes = slurp(r.journal_path, &len);
    (void)snprintf(path, 128, "%s/copy", r.folder);
    FILE *f = fopen(path, "we");
    cr_assert(f != NULL && fwrite(*bytes, 1, len, f) == len);
    (void)fclose(f);
    struct ct_err err = {0};
    cr_assert(eq(int, read_into(&whole, path, 0, UINT64_MAX, NULL, NULL, &err), 0));
    cr_assert(ge(int, (int)whole.n, 9));
    return len;
}

static size_t end_of_head(const char *bytes)
{
    return 8 + 9 + (size_t)(unsigned char)bytes[8] + ((size_t)(unsigned char)bytes[9] << 8);
}

Test(journal, torn_at_any_byte_it_gives_the_records_before, .fini = fini)
{
    char path[128], *bytes;
    struct ct_err err = {0};
    size_t len = copy_sample_journal(path, &bytes);
    size_t head = end_of_head(bytes);
    unsigned n = whole.n;
    for (size_t cut = len; cut-- > 0;) {
        bool torn = false;
        uint64_t end = 0;
        cr_assert(eq(int, truncate(path, (off_t)cut), 0));
        int rc = read_into(&part, path, 0, UINT64_MAX, &torn, &end, &err);
        cr_assert(eq(int, rc, cut < head ? CT_EUSAGE : 0), "cut at %zu", cut);
        if (rc < 0)
            continue;
        cr_assert(le(int, (int)part.n, (int)n));
        n = part.n;
        expect_same(&part, &whole, n);
        cr_assert(torn ? end < cut : end == cut, "cut at %zu: end %llu", cut,
                  (unsigned long long)end);
    }
    cr_expect(eq(int, (int)n, 0));
    free(bytes);
}

Test(journal, a_wrong_byte_ends_it_there, .fini = fini)
{
    char path[128], *bytes;
    struct ct_err err = {0};
    size_t len = copy_sample_journal(path, &bytes);
    size_t head = end_of_head(bytes);
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    for (size_t at = 0; at < len; at++) {
        bool torn = false;
        char wrong = (char)(bytes[at] ^ (1 << at % 8));
        cr_assert(eq(int, (int)pwrite(fd, &wrong, 1, (off_t)at), 1));
        int rc = read_into(&part, path, 0, UINT64_MAX, &torn, NULL, &err);
        cr_assert(eq(int, rc, at < head ? CT_EUSAGE : 0), "byte %zu", at);
        if (rc == 0) {
            cr_assert(torn, "byte %zu", at);
            expect_same(&part, &whole, part.n);
        }
        cr_assert(eq(int, (int)pwrite(fd, &bytes[at], 1, (off_t)at), 1));
    }
    (void)close(fd);
    free(bytes);
}

Test(journal, other_files_are_refused_in_one_line, .fini = fini)
{
    struct ct_err err = {0};
    const struct ct_journal_reader nothing = {0};
    made_run_open(&r, CT_JOURNAL_EXECUTION);
    static const char *const paths[] = {"/dev/null", "/etc/passwd", "/", "/no/such/file"};
    for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
        int rc = ct_journal_read(paths[i], 0, UINT64_MAX, &nothing, NULL, NULL, NULL, &err);
        cr_expect(eq(int, rc, CT_EUSAGE), "%s", paths[i]);
        cr_expect(strstr(err.msg, paths[i]) != NULL && strchr(err.msg, '\n') == NULL);
    }
}

Test(journal, a_record_that_no_reader_takes_is_not_written, .fini = fini)
{
    struct ct_err err = {0};
    bool torn;
    made_run_open(&r, CT_JOURNAL_EXECUTION);
    size_t len = (16 << 20) + 1;
    char *json = ct_xcalloc(len + 1, 1);
    memset(json, 'x', len);
    ct_journal_trial(r.journal, json);
    ct_journal_trial(r.journal, "{}");
    cr_assert(eq(int, ct_journal_flush(r.journal, NULL), 0));
    cr_assert(eq(int, read_into(&part, r.journal_path, 0, UINT64_MAX, &torn, NULL, &err), 0));
    cr_assert(eq(int, (int)part.n, 1));
    cr_expect(eq(str, part.lines[0].data, (char *)"trial {}"));
    cr_expect(not(torn));
    free(json);
}

/* --- the file --- */

Test(journal, it_is_private_and_never_takes_anothers_place, .fini = fini)
{
    struct stat st;
    struct ct_journal *second = NULL;
    struct ct_journal_head head = {0};
    struct ct_err err = {0};
    bool taken = false;
    made_run_open(&r, CT_JOURNAL_EXECUTION);
    cr_assert(eq(int, stat(r.journal_path, &st), 0));
    cr_expect(eq(int, (int)(st.st_mode & 0777), 0600));
    cr_expect(eq(int, ct_journal_create(r.journal_path, &head, &second, &taken, &err), CT_EFAIL));
    cr_expect(taken);
    cr_expect(
        eq(int, ct_journal_create("/no/such/folder/j", &head, &second, &taken, &err), CT_EFAIL));
    cr_expect(not(taken));
    cr_expect(strstr(err.msg, "/no/such/folder/j") != NULL);
}

Test(journal, one_of_another_form_says_so, .fini = fini)
{
    const struct ct_journal_reader nothing = {0};
    struct ct_err err = {0};
    made_run_sample(&r, CT_JOURNAL_EXECUTION);
    FILE *f = fopen(r.journal_path, "r+e");
    cr_assert(f != NULL && fseek(f, 6, SEEK_SET) == 0 && fputc('0', f) == '0' && fclose(f) == 0);
    cr_expect(eq(int,
                 ct_journal_read(r.journal_path, 0, UINT64_MAX, &nothing, NULL, NULL, NULL, &err),
                 CT_EUSAGE));
    cr_expect(strstr(err.msg, "is a journal of another version of ct") != NULL, "%s", err.msg);
    f = fopen(r.journal_path, "r+e");
    cr_assert(f != NULL && fputc('x', f) == 'x' && fclose(f) == 0);
    cr_expect(eq(int,
                 ct_journal_read(r.journal_path, 0, UINT64_MAX, &nothing, NULL, NULL, NULL, &err),
                 CT_EUSAGE));
    cr_expect(strstr(err.msg, "is not a journal of ct") != NULL, "%s", err.msg);
}

Test(journal, it_is_held_while_its_writer_lives, .fini = fini)
{
    made_run_open(&r, CT_JOURNAL_EXECUTION);
    cr_expect(ct_journal_held(r.journal_path));
    cr_assert(eq(int, ct_journal_close(r.journal, false, NULL), 0));
    r.journal = NULL;
    cr_expect(not(ct_journal_held(r.journal_path)));
    cr_expect(not(ct_journal_held("/no/such/file")));
}

Test(journal, closing_with_remove_leaves_nothing, .fini = fini)
{
    made_run_open(&r, CT_JOURNAL_EXECUTION);
    cr_assert(eq(int, ct_journal_close(r.journal, true, NULL), 0));
    r.journal = NULL;
    cr_expect(ne(int, access(r.journal_path, F_OK), 0));
}

Test(journal, a_full_disk_is_kept_in_mind_and_ends_nothing, .fini = fini)
{
    struct ct_err err = {0};
    bool torn;
    static struct ct_sample samples[200];
    made_run_open(&r, CT_JOURNAL_EXECUTION);
    made_run_begin(&r);
    cr_assert(eq(int, ct_journal_flush(r.journal, &err), 0));
    (void)signal(SIGXFSZ, SIG_IGN);
    struct rlimit limit = {.rlim_cur = 2000, .rlim_max = RLIM_INFINITY}, none;
    cr_assert(eq(int, getrlimit(RLIMIT_FSIZE, &none), 0));
    cr_assert(eq(int, setrlimit(RLIMIT_FSIZE, &limit), 0));
    ct_journal_samples(r.journal, 0, samples, 200);
    cr_expect(eq(int, ct_journal_flush(r.journal, &err), CT_EFAIL));
    cr_expect(strstr(err.msg, r.journal_path) != NULL, "%s", err.msg);
    cr_expect(strstr(err.msg, "File too large") != NULL, "%s", err.msg);
    cr_assert(eq(int, setrlimit(RLIMIT_FSIZE, &none), 0));

    /* there is room again, but what was lost stays lost: the first error is the answer, and nothing
     * is written behind the torn record */
    struct ct_err later = {0};
    struct stat before, after;
    cr_assert(eq(int, stat(r.journal_path, &before), 0));
    ct_journal_trial(r.journal, "{}");
    cr_expect(eq(int, ct_journal_flush(r.journal, &later), CT_EFAIL));
    cr_assert(eq(int, stat(r.journal_path, &after), 0));
    cr_expect(eq(i64, after.st_size, before.st_size));
    cr_expect(eq(str, later.msg, err.msg));
    memset(&later, 0, sizeof(later));
    cr_expect(eq(int, ct_journal_close(r.journal, false, &later), CT_EFAIL));
    cr_expect(eq(str, later.msg, err.msg));
    r.journal = NULL;
    cr_assert(eq(int, read_into(&part, r.journal_path, 0, UINT64_MAX, &torn, NULL, &err), 0));
    cr_expect(eq(int, (int)part.n, 2));
    cr_expect(torn);
}

/* --- threads --- */

static void *append_trials(void *arg)
{
    for (int i = 0; i < 20000; i++)
        ct_journal_trial(arg, "{\"load\": 3, \"passed\": true}");
    return NULL;
}

static int count_trial(void *ctx, const char *json, size_t len)
{
    (void)json;
    *(unsigned *)ctx += len == 27;
    return 0;
}

Test(journal, appends_and_flushes_of_several_threads_lose_nothing, .fini = fini)
{
    unsigned count = 0;
    struct ct_err err = {0};
    bool torn;
    pthread_t threads[2];
    made_run_open(&r, CT_JOURNAL_BENCHMARK);
    for (int i = 0; i < 2; i++)
        cr_assert(eq(int, pthread_create(&threads[i], NULL, append_trials, r.journal), 0));
    for (int i = 0; i < 200; i++)
        (void)ct_journal_flush(r.journal, NULL);
    for (int i = 0; i < 2; i++)
        (void)pthread_join(threads[i], NULL);
    cr_assert(eq(int, ct_journal_flush(r.journal, NULL), 0));
    const struct ct_journal_reader reader = {.trial = count_trial, .ctx = &count};
    cr_assert(eq(
        int, ct_journal_read(r.journal_path, 0, UINT64_MAX, &reader, NULL, &torn, NULL, &err), 0));
    cr_expect(eq(int, (int)count, 40000));
    cr_expect(not(torn));
}

Test(journal, another_takes_over_its_records, .fini = fini)
{
    struct ct_err err = {0};
    bool torn, taken;
    made_run_sample(&r, CT_JOURNAL_FIND);
    ct_journal_trial(r.journal, "{}");
    uint64_t to = ct_journal_offset(r.journal);
    ct_journal_trial(r.journal, "{\"later\": 1}");
    cr_assert(eq(int, ct_journal_flush(r.journal, NULL), 0));
    cr_assert(eq(int, read_into(&whole, r.journal_path, 0, to, &torn, NULL, &err), 0));

    struct ct_journal_head head = {.kind = CT_JOURNAL_FIND, .result_path = "a longer name/of.json"};
    struct ct_journal *next;
    char path[128];
    (void)snprintf(path, sizeof(path), "%s/.next.journal", r.folder);
    cr_assert(eq(int, ct_journal_create(path, &head, &next, &taken, &err), 0), "%s", err.msg);
    cr_assert(eq(int, ct_journal_take_over(next, r.journal_path, to, &err), 0), "%s", err.msg);
    uint64_t from = ct_journal_offset(next);
    ct_journal_trial(next, "{\"own\": 1}");
    cr_assert(eq(int, ct_journal_flush(next, NULL), 0));
    cr_assert(eq(int, read_into(&part, path, 0, from, &torn, NULL, &err), 0));
    cr_expect(not(torn));
    cr_assert(eq(sz, part.n, whole.n));
    cr_expect(eq(str, strchr(part.lines[0].data, '|'), strchr(whole.lines[0].data, '|')),
              "all of it but its place");
    for (unsigned i = 1; i < whole.n; i++)
        cr_expect(eq(str, part.lines[i].data, whole.lines[i].data));
    cr_expect(eq(int, ct_journal_take_over(next, "/etc/passwd", to, &err), CT_EUSAGE));
    (void)ct_journal_close(next, true, NULL);
}
