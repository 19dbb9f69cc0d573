/*
 * From blocks to a verdict and a summary: the same code after a run and in "ct recover". Pure.
 *
 *   ct_tally_init -> ct_tally_block (each block, in order of seconds per thread) and
 * ct_tally_snapshot
 *   -> ct_tally_summary -> ct_tally_release
 */
#ifndef CT_ANALYSIS_VERDICT_H
#define CT_ANALYSIS_VERDICT_H

#include "model/block.h"
#include "model/run.h"
#include "model/snapshot.h"
#include "model/summary.h"

struct ct_tally;

/* plan->planned is the plan's own count: the left side of the identity. */
struct ct_tally *ct_tally_new(const struct ct_run_plan *plan);
void ct_tally_block(struct ct_tally *t, const struct ct_block *block);
void ct_tally_snapshot(struct ct_tally *t, const struct ct_snapshot *snapshot);
const struct ct_block *ct_tally_total(const struct ct_tally *t); /* all blocks merged */
void ct_tally_free(struct ct_tally *t);

/* What the blocks do not know. */
struct ct_tally_facts {
    bool interrupted; /* stopped by a signal */
    bool truncated;   /* recovered from a journal without its end */
    bool colocated;
    double cpu_percent; /* of the generator; NAN unknown */
    uint64_t rss_bytes_max;
};

/* Checks the identity of law 2, judges (docs/architecture.md, section 6), fills *out (release it).
 * With truncated the identity's missing part is not an error: planned is then what was counted. */
void ct_tally_summary(struct ct_tally *t, const struct ct_tally_facts *facts,
                      struct ct_summary *out);

#endif
