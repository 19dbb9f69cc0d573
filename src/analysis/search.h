/*
 * The classic search, as Cluster Tester documents it and with its faults mended, as a pure state
 * machine: no clock, no network. The owner does what it says and tells it what came of it.
 *
 *   s = ct_search_new(&opts);
 *   for (;;) { ct_search_next(s, &a); if (a.kind == CT_SEARCH_DONE) break; do it;
 *              if (a.kind == CT_SEARCH_RUN) ct_search_tell(s, &outcome); }
 *
 * Algorithm and golden trace: docs/architecture.md section 6, tests/golden. First the highest load:
 * from load_min up by 1 at rate_min until a trial fails. Then at that load the highest rate:
 * rate_min x 2^k until a trial fails, then bisection between rate_min and the rate that failed;
 * then the same at n_loads - 1 lower loads, beginning at the power of two at or below the rate just
 * found. Then each found (load, rate) once more while monitoring. A rest before every run and one
 * after all. An invalid run is repeated once; invalid again, it counts as failed by the generator,
 * or as passed where that rate or a higher one passed while doubling.
 * Rates end at 10 million a second: every search ends.
 */
#ifndef CT_ANALYSIS_SEARCH_H
#define CT_ANALYSIS_SEARCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { CT_SEARCH_LOADS_MAX = 100 };

struct ct_search_opts {
    uint32_t load_min;   /* minimum recommended load */
    uint32_t load_max;   /* largest load of the case */
    bool has_load;       /* false: no load axis, load is reported as load_min */
    uint32_t load_fixed; /* --load N: skip the load search; 0: search */
    uint32_t n_loads;    /* --max-n-loads-to-test; >= 1 */
    uint64_t rate_min;   /* --min-requests-per-second; >= 1 */
    double limit_s;      /* --max-response-time on the mean of ok responses; avg <= limit passes */
};

enum ct_search_kind { CT_SEARCH_REST, CT_SEARCH_RUN, CT_SEARCH_DONE };
enum ct_search_phase { CT_PHASE_LOAD, CT_PHASE_DOUBLE, CT_PHASE_BISECT, CT_PHASE_CONFIRM };
const char *ct_search_phase_name(enum ct_search_phase p); /* "load" "double" "bisect" "confirm" */

struct ct_search_action {
    enum ct_search_kind kind;
    enum ct_search_phase phase;
    uint32_t load;
    uint64_t rate;
    bool monitored; /* a confirming run: its execution is kept */
};

/* What a run came to. */
struct ct_search_outcome {
    bool valid; /* the verdict was valid (or no_data); false: the generator was at fault */
    uint64_t ok, failed, skipped; /* failed includes cancelled */
    double mean_s;                /* of ok responses; NAN when ok is 0 */
};

enum ct_limited_by {
    CT_LIMITED_MAX_RESPONSE_TIME,
    CT_LIMITED_THRESHOLD,
    CT_LIMITED_ERRORS,
    CT_LIMITED_SKIPPED,
    CT_LIMITED_SERVER,
    CT_LIMITED_GENERATOR,
    CT_LIMITED_LOAD_MAX,
};
const char *ct_limited_by_name(enum ct_limited_by l);

struct ct_search_trial {
    enum ct_search_phase phase;
    uint32_t load;
    uint64_t rate;
    struct ct_search_outcome outcome;
    bool passed;
};

/* One found load. rate 0: not even rate_min passed there (rps null). */
struct ct_search_point {
    uint32_t load;
    uint64_t rate;
    bool at_least; /* of the load or the rate: the search ended at the generator's limit or at
                      load_max, not at the server's */
    enum ct_limited_by limited_by;
    bool confirmed; /* the confirming run passed too (false until it ran) */
};

struct ct_search; /* owned by caller through new/free */

struct ct_search *ct_search_new(const struct ct_search_opts *opts);
void ct_search_free(struct ct_search *s);
void ct_search_next(struct ct_search *s,
                    struct ct_search_action *out); /* idempotent for RUN until told */
void ct_search_tell(struct ct_search *s, const struct ct_search_outcome *outcome);

/* Borrowed until free. Points from the highest load down. */
const struct ct_search_trial *ct_search_trials(const struct ct_search *s, size_t *count);
const struct ct_search_point *ct_search_points(const struct ct_search *s, size_t *count);

/* Of a plain execution's summary: does it pass the limit? For messages: the reason when it does
 * not. */
bool ct_search_passes(const struct ct_search_opts *o, const struct ct_search_outcome *outcome,
                      enum ct_limited_by *why);

#endif
