/*
 * "ct find": the highest rate (or number of connections) that keeps every limit, with an interval.
 * Does what the search (analysis/find.h) asks for, measures it, journals it and tells the search;
 * then a monitored run at the answer, and a longer one on request. One file.
 *
 * Goes on from a journal: what stands in it is counted again by the same code and told to a fresh
 * search, which is then where the old one was.
 */
#ifndef CT_SERVICES_FIND_H
#define CT_SERVICES_FIND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "analysis/find.h"
#include "services/execution.h"
#include "services/session.h"
#include "services/test.h"

enum { CT_FINDING_KEPT_MAX = 8 };
#define CT_FINDING_UNSAMPLED "unsampled" /* reason of a run without a sample of a server */

struct ct_finding_opts {
    struct ct_find_opts find;    /* its limits are those of criteria, in their order */
    struct ct_criteria criteria; /* what must be kept */
    struct ct_run_plan plan;     /* of every run; rates, users and lengths are the search's */
    uint64_t soak_ns;            /* so long at the answer behind the search; 0: not */
    enum ct_results results;     /* of the runs that are kept */
    const char *resume;          /* journal to go on from; NULL */
    const char *what;            /* what is searched, before titles; NULL: goes without saying */
    const char *command;
};

/* What is known of a trial beside what the search keeps of it (ct_find_trials), in its order. */
struct ct_finding_trial {
    char reason[32];                   /* for which its own verdict is invalid; "" */
    double values[CT_FIND_LIMITS_MAX]; /* of the limits' metrics, in their measures; NAN: too few */
    double steal_percent;              /* of this machine's CPU time; NAN */
    double cpu_percent;                /* of the busiest server; NAN: not monitored */
    char host[256];
    uint64_t ok, failed, skipped; /* of the whole run; failed: cancelled ones too */
    double ok_mean_s;             /* of ok requests; NAN */
};

struct ct_finding {
    struct ct_find *find; /* all that was tried, the posterior, the curve */
    struct ct_find_answer answer;
    struct ct_finding_trial *trials;
    size_t n_trials;
    struct ct_test_result kept[CT_FINDING_KEPT_MAX]; /* confirming runs, then the soak */
    size_t n_kept;
    bool soaked, soak_kept, soak_valid;
    char soak_broke[CT_THRESHOLD_TEXT]; /* the first limit that the soak did not keep */
    char soak_unknown[CT_KEPT_TEXT];    /* why that could not be judged; "" */
    bool colocated;                     /* the target is on this machine */
    struct ct_finding_trial nearest;    /* of the trials: nearest to the capacity */
    char unsampled[CT_THRESHOLD_TEXT];  /* limit on a server of which the last run had no sample;
                                           the confirming run apart */
    double longest_s;                   /* of all runs: what is rarer was not seen */
    enum ct_verdict verdict;
    struct ct_reason reasons[CT_REASON_MAX];
    size_t n_reasons;
    struct ct_outcome outcome;
    char *result_path;
    char *journal_path; /* to go on from; NULL: there is nothing to add */
};

/* session is open. Negative codes come before the first request; a file is left once the preflight
 * was reached. Release out in any case. */
int ct_finding_run(struct ct_session *session, const struct ct_test *test,
                   const struct ct_finding_opts *opts, struct ct_finding *out, struct ct_err *err);
void ct_finding_release(struct ct_finding *f);

/* Of a command that failed: what it leaves, in notes. */
void ct_finding_note_files(const struct ct_outcome *o, const char *result_path,
                           const char *journal_path);

/* The answer, and what was seen near it, as the search knows them now. */
void ct_finding_fill(struct ct_finding *f);

/* What the target sustains for certain: the lower end of the interval; NAN: nothing. */
double ct_finding_sustained(const struct ct_finding *f);

/* The limits as "p(99)<20ms and error_rate<1%". */
void ct_finding_limits(const struct ct_criteria *c, struct ct_buf *out);

/* What there is to add to a figure: too wide, drifting, not confirmed; a line each, or nothing. */
void ct_finding_caveats(const struct ct_finding *f, const struct ct_finding_opts *o,
                        struct ct_buf *out);

/* The answer in sentences for people, a line each; the first says all that matters most. */
void ct_finding_text(const struct ct_finding *f, const struct ct_finding_opts *o,
                     struct ct_buf *out);

/* The name of what gave way (struct ct_find_answer): a limit's text, "stability", "generator"; NULL
 * for nothing. */
const char *ct_finding_gave_way(const struct ct_finding_opts *o, int gave_way);

/* Draw the trials, the fitted curve and the interval: .png, .svg or .pdf. */
int ct_finding_chart(const struct ct_finding *f, const struct ct_finding_opts *o, const char *path,
                     struct ct_err *err);

/* The object of --output json; result_file "" is null. */
void ct_finding_json(const struct ct_finding *f, const struct ct_finding_opts *o,
                     const char *result_file, struct ct_buf *out);

/* The object under "search" of the document. */
void ct_finding_search_json(const struct ct_finding *f, const struct ct_finding_opts *o,
                            struct ct_buf *out);

/* One trial: for the journal, and in the object above. */
void ct_finding_trial_json(const struct ct_find_trial *t, const struct ct_finding_trial *more,
                           const struct ct_finding_opts *o, struct ct_buf *out);

#endif
