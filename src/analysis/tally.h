/*
 * From blocks to a summary: the same code after a run and in "ct recover". Pure: no clock, no
 * files.
 *
 *   ct_tally_new -> ct_tally_block (each block, of each thread in order of its seconds),
 * ct_tally_snapshot
 *   -> ct_tally_summary -> ct_tally_free
 */
#ifndef CT_ANALYSIS_TALLY_H
#define CT_ANALYSIS_TALLY_H

#include <stdbool.h>
#include <stdint.h>

#include "model/block.h"
#include "model/host.h"
#include "model/run.h"
#include "model/snapshot.h"
#include "model/summary.h"

struct ct_tally;

/* Both are copied; criteria may be NULL: none. */
struct ct_tally *ct_tally_new(const struct ct_run_plan *plan, const struct ct_criteria *criteria);
void ct_tally_block(struct ct_tally *t, const struct ct_block *block);
void ct_tally_snapshot(struct ct_tally *t, const struct ct_snapshot *snapshot);
const struct ct_block *ct_tally_total(const struct ct_tally *t);    /* all blocks merged */
const struct ct_block *ct_tally_measured(const struct ct_tally *t); /* without the warm-up's */

/* A threshold that is broken whatever comes; NULL: none yet. Borrowed from t. */
const struct ct_threshold *ct_tally_broken(const struct ct_tally *t);
void ct_tally_free(struct ct_tally *t);

/* What the blocks do not know. */
struct ct_tally_facts {
    uint64_t planned;   /* as the engine counted it: the left side of the identity */
    uint64_t window_ns; /* from ct_tally_window_ns; 0: the plan's duration */
    bool interrupted;   /* stopped by a signal */
    bool aborted;       /* stopped by a threshold */
    bool truncated; /* recovered from a journal without its end: planned is then what came due, and
                       requests that were under way are not accounted for */
    bool colocated;
    const char *own_servers; /* of the watched ones those that are this machine, one a line; NULL */
    double cpu_percent;      /* of the generator; NAN unknown */
    uint64_t rss_bytes_max;
    struct ct_host_change host; /* ct_host_change_unknown when nobody looked */
};

/* The code of the first reason that makes the run invalid whatever comes; NULL: none yet. Known
 * about a second after it happened. */
const char *ct_tally_trouble(const struct ct_tally *t);

/* How much of the plan was offered: its duration, unless it was stopped or ended by a number of
 * requests. */
uint64_t ct_tally_window_ns(const struct ct_run_plan *plan, const struct ct_run_times *times,
                            bool stopped);

/* Checks the identity of law 2, judges (docs/architecture.md, section 6), fills *out: release it.
 * Once. */
void ct_tally_summary(struct ct_tally *t, const struct ct_tally_facts *facts,
                      struct ct_summary *out);

#endif
