/*
 * A run that never was: requests and snapshots that a test makes up, counted and journalled as the
 * engine and the monitor would. Times are fixed, so that documents made from it are always the
 * same.
 */
#ifndef CT_TEST_MADE_RUN_H
#define CT_TEST_MADE_RUN_H

#include <stdbool.h>
#include <stdint.h>

#include "model/summary.h"
#include "store/journal.h"
#include "store/result.h"

enum { MADE_RUN_THREADS = 4, MADE_RUN_SECONDS = 10, MADE_RUN_BATCH = 512 };

/* 2026-11-21T02:19:35.335221Z */
#define MADE_RUN_WALL_NS UINT64_C(1795227575335221000)

struct made_run {
    char folder[64]; /* under /tmp, removed by made_run_close */
    char *journal_path, *result_path;
    struct ct_journal *journal;
    struct ct_journal_begin begin; /* change it before made_run_begin */
    struct ct_run_times times;
    uint64_t from, to;
    struct ct_block *blocks; /* [thread][second] */
    size_t n_samples[MADE_RUN_THREADS];
    struct ct_sample samples[MADE_RUN_THREADS][MADE_RUN_BATCH];
    uint64_t samples_dropped;
    bool interrupted;
    struct ct_tally *tally;
    struct ct_block total;
    struct ct_summary summary;
};

/* A folder and a journal in it; two threads, 10/s for 2 s of FibonacciTestCase at load 10. */
void made_run_open(struct made_run *r, enum ct_journal_kind kind);

void made_run_begin(struct made_run *r);
void made_run_request(struct made_run *r, unsigned thread, const struct ct_sample *s);
void made_run_skip(struct made_run *r, uint64_t second, enum ct_skip why);
void made_run_snapshot(struct made_run *r, const struct ct_snapshot *s);
void made_run_end(struct made_run *r); /* fills to, total and summary */
struct ct_result_execution made_run_view(const struct made_run *r);
void made_run_close(struct made_run *r);

/* An ok request, due at i / rate, answered service_ns after it was sent. */
struct ct_sample made_run_ok(const struct made_run *r, uint64_t i, uint64_t service_ns);

/* The run of the golden documents: 20 planned requests, among them a time-out, a 503, a skipped and
 * a cancelled one; two servers, one of them with a gap. */
void made_run_sample(struct made_run *r, enum ct_journal_kind kind);

#endif
