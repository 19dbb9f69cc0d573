/*
 * A search on its way: the runs that it asks for, what they came to, told to the search; live, and
 * again from a journal. Private to services.
 */
#ifndef CT_SERVICES_FIND_COURSE_H
#define CT_SERVICES_FIND_COURSE_H

#include "services/find.h"
#include "services/find_visit.h"

struct ct_find_course {
    struct ct_session *session;
    const struct ct_test *test; /* what is asked for; plan and the like are the search's, and the
                                   load where that is what it searches */
    const struct ct_finding_opts *opts;
    struct ct_finding *out;
    enum ct_pacing pacing;
    double later_s;   /* of searches that are still to come behind this one, at most */
    double reruns_s;  /* of their confirmations */
    uint64_t rest_ns; /* before each run */
    uint64_t earlier; /* runs of the same command before this search: each has its own seed */
    void (*trial_json)(const struct ct_find_course *c, size_t i, struct ct_buf *out); /* of trial i,
                              for the journal; NULL: as "ct find" writes it */
    uint64_t runs;        /* that were made, drains among them */
    uint64_t valid_runs;  /* that the search counted */
    uint64_t ok;          /* requests of all runs */
    uint64_t left_behind; /* requests of the last run that the target may still be at */
    bool drain_first;     /* they are of another search: wait for them */
    double drained_s;     /* spent since the last trial on waiting for it */
    bool stuck;           /* in vain */
    bool replaying;       /* what is told stands in a journal already */
};

/* Does it ask for a run other than the one that confirms its answer? */
bool ct_find_course_is_searching(struct ct_find_course *c);

/* Do what the search asks for until it is done, or until only the confirmation is left. Returns
 * early, with 0, when a signal came. Negative: nothing could be sent. */
int ct_find_course_go(struct ct_find_course *c, bool confirm, struct ct_err *err);

/* A result goes into the document: out->kept owns it. */
void ct_find_course_keep(struct ct_find_course *c, const struct ct_test_result *r);

/* How quick an answer must be to show that a target has recovered: the largest limit on times. */
double ct_find_course_settled_s(const struct ct_find_course *c);

/* A drain has ended. */
void ct_find_course_drained(struct ct_find_course *c, const struct ct_run_times *times,
                            bool settled);

/* A run has ended: tell the search, remember the trial, journal it unless it comes from there. */
void ct_find_course_tell(struct ct_find_course *c, const struct ct_find_action *a,
                         struct ct_run_count *visit, const struct ct_summary *s,
                         const struct ct_run_times *times, bool hopeless);

/* --- from a journal --- */

struct ct_find_replay {
    struct ct_session *session;                   /* its journal takes over what was told */
    enum ct_journal_kind kind;                    /* that the journal must have */
    struct ct_find_course *(*current)(void *ctx); /* the search whose run is next; NULL: none */
    void *ctx;
};

/* Tell fresh searches all trials of a journal but confirming runs, and take them over into this
 * session's journal. CT_EUSAGE when it is no search's journal or one of another search. */
int ct_find_replay(const struct ct_find_replay *how, const char *path, struct ct_err *err);

#endif
