/*
 * Is the generator at fault? The criteria of docs/architecture.md, section 6, judged each second as
 * blocks arrive and for the whole at the end. Pure; memory does not depend on the length of the
 * run.
 */
#ifndef CT_ANALYSIS_VERDICT_H
#define CT_ANALYSIS_VERDICT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "model/block.h"
#include "model/summary.h"

enum { CT_JUDGE_SECONDS = 8 }; /* a second that is not complete by then is judged as it is */

/* One second, all threads. */
struct ct_judged_second {
    bool open;
    uint64_t second;
    uint32_t blocks; /* that were added: all threads' make it complete */
    double busy_max; /* largest busy share of a thread */
    struct ct_histogram lateness;
};

struct ct_judge {
    struct ct_judged_second window[CT_JUDGE_SECONDS]; /* by second modulo its size */
    uint32_t threads;
    uint64_t timeout_ns;
    uint64_t next;              /* first second not judged yet */
    struct ct_histogram two;    /* scratch: lateness of two seconds */
    struct ct_histogram before; /* lateness of the second judged last */
    double busy_before;
    bool busy_twice;
    uint64_t busy_second; /* where it was first seen */
    uint64_t burst_ns;    /* p90 of lateness in the two seconds where that is worst */
    uint64_t burst_second;
};

/* j is zeroed. */
void ct_judge_init(struct ct_judge *j, const struct ct_run_plan *plan);

void ct_judge_block(struct ct_judge *j, const struct ct_block *block);

/* The gravest reason for which the run is invalid; NULL: none yet. What is late is not said while
 * most requests have no answer: nobody knows then how long these take. planned: requests behind the
 * warm-up; 0: unknown. */
const char *ct_judge_trouble(const struct ct_judge *j, const struct ct_block *measured,
                             uint64_t planned);

/* Judge what is left, then the whole; writes verdict and reasons and withholds distorted quantiles.
 * measured: all blocks behind the warm-up. s holds accounting and distributions already. A quantile
 * of criteria that is distorted makes the run invalid. */
void ct_judge_finish(struct ct_judge *j, const struct ct_block *measured,
                     const struct ct_criteria *criteria, struct ct_summary *s);

/* The run is invalid for when its requests were sent, or their answers read, alone: late,
 * distorted, loop_busy of a loop that had rest. */
bool ct_verdict_only_late(const struct ct_summary *s);

/* Of several runs in which so many requests were ok. spoilt: what they should have shown they did
 * not, for the sake of this machine. */
enum ct_verdict ct_verdict_of_runs(uint64_t ok, uint64_t valid_runs, uint64_t runs, bool spoilt);

/* One more reason; beyond CT_REASON_MAX none. */
void ct_verdict_reason(struct ct_summary *s, const char *code, const char *fmt, ...)
    CT_PRINTF(3, 4);

#endif
