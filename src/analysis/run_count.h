/*
 * What one run of a search comes to: the counts that ct_find_tell wants, from the run's blocks and
 * snapshots. The same live and from a journal. Pure.
 *
 * Requests that were due behind the warm-up are counted, in the second in which they ended (what
 * ends behind the plan counts in its last second). A failed request and one that waited too long
 * under the cap are over every limit and stand in a mean at their time-out; those that the
 * generator could not send, and those that were cancelled when the run was stopped, are left out.
 */
#ifndef CT_ANALYSIS_RUN_COUNT_H
#define CT_ANALYSIS_RUN_COUNT_H

#include "analysis/find.h"
#include "model/block.h"
#include "model/run.h"
#include "model/snapshot.h"
#include "model/threshold.h"

struct ct_run_count;

/* Both are copied; criteria as for ct_limits_make. */
struct ct_run_count *ct_run_count_new(const struct ct_criteria *criteria,
                                      const struct ct_run_plan *plan);
void ct_run_count_free(struct ct_run_count *v); /* accepts NULL */

/* Blocks of each thread in the order of their seconds. */
void ct_run_count_block(struct ct_run_count *v, unsigned thread, const struct ct_block *block);
void ct_run_count_snapshot(struct ct_run_count *v, const struct ct_snapshot *snapshot);

/* What comes from now on is not counted: the run is being stopped, and its target works off what it
 * has. */
void ct_run_count_close(struct ct_run_count *v);

/* True when all threads have told of another second since it was asked last. */
bool ct_run_count_ticked(struct ct_run_count *v);

/* Of what is there so far, in blocks of a second (as many seconds each as it takes): blocks,
 * counted_s and the backlogs; the rest is left as it is. Borrowed from v until it is next changed.
 */
void ct_run_count_outcome(struct ct_run_count *v, struct ct_find_outcome *out);

/* Which limit is on a server of which there is no sample in the counted part: it cannot be judged.
 * -1: none. */
int ct_run_count_unsampled(const struct ct_run_count *v);

/* Could the generator's lateness have changed what was counted? It could when more requests are
 * over a limit on times by it alone (their time counted from when they were sent, they are not)
 * than one, and than a tenth of what the limit allows or of those over it anyway; or when it is
 * more than a twentieth of a mean. It is in the backlogs, too, by as many requests as are due in a
 * pause. read_late: answers waited to be read: as many as can be over a limit by that alone, and
 * these times, count with it. */
bool ct_run_count_moved(const struct ct_run_count *v, bool read_late);

/* Counted requests so far, and whole seconds that all threads have told of. */
uint64_t ct_run_count_requests(const struct ct_run_count *v);
double ct_run_count_seconds(const struct ct_run_count *v);

#endif
