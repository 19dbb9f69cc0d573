#include "services/recover.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "analysis/tally.h"
#include "analysis/threshold.h"
#include "base/buf.h"
#include "base/mem.h"
#include "services/history.h"
#include "store/journal.h"
#include "store/result.h"

enum { SEARCH_MAX = 64 << 20 };

/* One execution as the journal tells it. */
struct piece {
    struct ct_run_plan plan;
    struct ct_run_subject subject;
    struct ct_environment environment;
    struct ct_run_times times;
    struct ct_tally *tally;
    struct ct_block *total, *measured;
    struct ct_summary summary;
    uint64_t from, to, seconds;
    struct ct_journal_end end;
    bool ended, has_samples, kept;
};

struct salvage {
    struct piece *pieces;
    size_t count;
    struct ct_buf trials; /* JSON objects, comma-separated */
    size_t n_trials;
    struct ct_err *err;
};

static void piece_release(struct piece *p)
{
    ct_run_subject_release(&p->subject);
    ct_environment_release(&p->environment);
    ct_summary_release(&p->summary);
    if (p->tally != NULL)
        ct_tally_free(p->tally);
    free(p->total);
    free(p->measured);
}

/* --- from the journal --- */

static int read_begin(void *ctx, uint64_t offset, const struct ct_journal_begin *b)
{
    struct salvage *s = ctx;
    s->pieces = ct_xrealloc(s->pieces, s->count + 1, sizeof(*s->pieces));
    struct piece *p = &s->pieces[s->count++];
    memset(p, 0, sizeof(*p));
    p->plan = b->plan;
    ct_run_subject_copy(&p->subject, &b->subject);
    ct_environment_copy(&p->environment, &b->environment);
    p->from = p->to = offset;
    p->has_samples = b->want_samples;
    p->kept = b->kept;
    p->end.cpu_percent = NAN;
    struct ct_criteria *criteria = ct_xcalloc(1, sizeof(*criteria));
    int rc = 0;
    if (b->thresholds[0] != '\0')
        rc = ct_threshold_parse(b->thresholds, criteria, s->err);
    p->tally = ct_tally_new(&p->plan, criteria);
    free(criteria);
    return rc;
}

static struct piece *last_piece(struct salvage *s)
{
    return s->count > 0 ? &s->pieces[s->count - 1] : NULL;
}

static int read_started(void *ctx, const struct ct_instant *t0)
{
    struct piece *p = last_piece(ctx);
    if (p != NULL)
        p->times.t0 = *t0;
    return 0;
}

static int read_block(void *ctx, unsigned thread, const struct ct_block *block)
{
    struct piece *p = last_piece(ctx);
    (void)thread;
    if (p == NULL)
        return 0;
    ct_tally_block(p->tally, block);
    if (block->second + 1 > p->seconds)
        p->seconds = block->second + 1;
    return 0;
}

static int read_snapshot(void *ctx, const struct ct_snapshot *snapshot)
{
    struct piece *p = last_piece(ctx);
    if (p != NULL)
        ct_tally_snapshot(p->tally, snapshot);
    return 0;
}

static int read_end(void *ctx, const struct ct_journal_end *end)
{
    struct piece *p = last_piece(ctx);
    if (p != NULL) {
        p->end = *end;
        p->ended = true;
    }
    return 0;
}

static int read_trial(void *ctx, const char *json, size_t len)
{
    struct salvage *s = ctx;
    (void)ct_buf_puts(&s->trials, s->n_trials++ > 0 ? ",\n  " : "\n  ");
    (void)ct_buf_add(&s->trials, json, len);
    return 0;
}

/* --- into a document --- */

static void conclude(struct piece *p)
{
    if (p->ended) {
        p->times = p->end.times;
    } else {
        uint64_t seen_ns = p->seconds * CT_NS_PER_S;
        p->times.end_ns = seen_ns;
        p->times.sending_end_ns = seen_ns < p->plan.duration_ns ? seen_ns : p->plan.duration_ns;
    }
    struct ct_tally_facts facts = {
        .planned = p->plan.closed ? ct_tally_total(p->tally)->due : p->plan.planned,
        .window_ns = ct_tally_window_ns(&p->plan, &p->times, !p->ended || p->end.stopped),
        .interrupted = p->end.interrupted,
        .aborted = p->end.aborted,
        .truncated = !p->ended,
        .colocated = p->subject.colocated,
        .own_servers = p->subject.own_servers,
        .cpu_percent = p->end.cpu_percent,
        .host = p->ended ? p->end.host : ct_host_change_unknown(),
        .rss_bytes_max = p->end.rss_bytes_max,
    };
    ct_tally_summary(p->tally, &facts, &p->summary);
    p->total = ct_xcalloc(1, sizeof(*p->total));
    *p->total = *ct_tally_total(p->tally);
    p->measured = ct_xcalloc(1, sizeof(*p->measured));
    *p->measured = *ct_tally_measured(p->tally);
}

static struct ct_result_execution view_of(const struct piece *p)
{
    return (struct ct_result_execution){
        .from = p->from,
        .to = p->to,
        .subject = &p->subject,
        .environment = &p->environment,
        .times = &p->times,
        .summary = &p->summary,
        .total = p->total,
        .measured = p->measured,
        .has_samples = p->has_samples,
        .samples_dropped = p->end.samples_dropped,
    };
}

static int write_benchmark(const char *journal_path, const struct ct_journal_head *head,
                           const struct salvage *s, const struct ct_result_execution *views,
                           size_t count, const char *command, struct ct_err *err)
{
    struct ct_buf search;
    ct_buf_init(&search, SEARCH_MAX);
    bool find = head->kind == CT_JOURNAL_FIND;
    (void)ct_buf_printf(&search, "{\"kind\": \"%s\", \"truncated\": true, \"trials\": [%s]%s}",
                        head->kind == CT_JOURNAL_BENCHMARK ? "classic" : "find", s->trials.data,
                        find ? "" : ", \"points\": []");
    struct ct_result_benchmark document = {
        .executions = views,
        .count = count,
        .test_case_name = head->test_case_name,
        .search_json = search.data,
        .summary_json = "null",
        .command = command,
        .schema = find ? "ct/find/1" : NULL,
    };
    int rc = ct_result_write_benchmark(journal_path, &document, head->result_path, err);
    ct_buf_release(&search);
    return rc;
}

static int write_document(const char *journal_path, const struct ct_journal_head *head,
                          struct salvage *s, const char *command, struct ct_recovered *out,
                          struct ct_err *err)
{
    struct ct_result_execution *views = ct_xcalloc(s->count + 1, sizeof(*views));
    size_t n = 0;
    for (size_t i = 0; i < s->count; i++) {
        struct piece *p = &s->pieces[i];
        if (!p->kept || (!p->ended && p->times.t0.wall_ns == 0)) /* it was never started */
            continue;
        conclude(p);
        views[n++] = view_of(p);
        out->requests += p->summary.started;
        out->seconds += p->seconds;
    }
    int rc;
    if (n == 0 && s->n_trials == 0)
        rc = ct_fail(err, CT_EUSAGE, "%s holds no execution: nothing to recover", journal_path);
    else if (head->kind != CT_JOURNAL_EXECUTION)
        rc = write_benchmark(journal_path, head, s, views, n, command, err);
    else
        rc = ct_result_write_execution(journal_path, &views[0], command, head->result_path, err);
    out->executions = n;
    free(views);
    return rc;
}

static char *folder_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash != NULL ? ct_xstrndup(path, (size_t)(slash - path)) : ct_xstrdup(".");
}

int ct_recover(const char *journal_path, const char *command, struct ct_recovered *out,
               struct ct_err *err)
{
    memset(out, 0, sizeof(*out));
    if (ct_journal_held(journal_path))
        return ct_fail(err, CT_EFAIL, "%s belongs to a ct that is still running", journal_path);
    struct salvage s = {.err = err};
    ct_buf_init(&s.trials, SEARCH_MAX);
    struct ct_journal_reader reader = {
        .begin = read_begin,
        .started = read_started,
        .block = read_block,
        .snapshot = read_snapshot,
        .end = read_end,
        .trial = read_trial,
        .ctx = &s,
    };
    struct ct_journal_head head;
    bool torn;
    uint64_t end;
    int rc = ct_journal_read(journal_path, 0, UINT64_MAX, &reader, &head, &torn, &end, err);
    for (size_t i = 0; rc == 0 && i < s.count; i++)
        s.pieces[i].to = i + 1 < s.count ? s.pieces[i + 1].from : end;
    if (rc == 0)
        rc = write_document(journal_path, &head, &s, command, out, err);
    if (rc == 0) {
        out->result_path = ct_xstrdup(head.result_path);
        char *storage = folder_of(head.result_path);
        ct_history_keep(storage, head.result_path);
        free(storage);
        (void)unlink(journal_path);
    }
    for (size_t i = 0; i < s.count; i++)
        piece_release(&s.pieces[i]);
    free(s.pieces);
    ct_buf_release(&s.trials);
    return rc;
}
