/*
 * Does a run keep its thresholds? Follows blocks and snapshots as they come, and says at the end,
 * and on the way when one is certain to be broken. Pure; the same input in the same order gives the
 * same answer, live and from a journal.
 *
 * What a threshold is judged over:
 * - without "over" and "stage": all requests due behind the warm-up, and all samples of a server
 *   taken behind it. Failed, cancelled and skipped requests are longer than any other, as in the
 *   summary's response (those that a stop kept from being due are not counted at all).
 * - "over T": each window of T whole seconds behind the warm-up, by what ended in them (sent: by
 *   what began). What ends behind the plan counts in its last whole second, but not for achieved
 *   and sent. One broken window breaks the threshold; a window with too few requests for the
 *   quantile says nothing.
 * - "stage N": the whole seconds of that stage, at once; with "over", windows within it.
 */
#ifndef CT_ANALYSIS_REFEREE_H
#define CT_ANALYSIS_REFEREE_H

#include "model/block.h"
#include "model/run.h"
#include "model/snapshot.h"
#include "model/threshold.h"

struct ct_referee;

/* Both are borrowed. */
struct ct_referee *ct_referee_new(const struct ct_criteria *criteria,
                                  const struct ct_run_plan *plan);
void ct_referee_free(struct ct_referee *r); /* accepts NULL */

/* Blocks of requests behind the warm-up, of each thread in order. */
void ct_referee_block(struct ct_referee *r, const struct ct_block *block);
void ct_referee_snapshot(struct ct_referee *r, const struct ct_snapshot *snapshot);

/* All requests behind the warm-up so far. */
struct ct_referee_whole {
    const struct ct_block *measured;
    uint64_t planned;   /* of the whole plan behind the warm-up; 0: not known */
    uint64_t window_ns; /* how long that is */
};

/* A threshold that is broken whatever comes; NULL: none yet. */
const struct ct_threshold *ct_referee_broken(const struct ct_referee *r,
                                             const struct ct_referee_whole *whole);

/* The results, one for each threshold in its order. offered_ns: how much of the plan was offered,
 * from t0; windows that end behind it are not judged. Once. */
void ct_referee_finish(struct ct_referee *r, const struct ct_referee_whole *whole,
                       uint64_t offered_ns, struct ct_threshold_result *out);

#endif
