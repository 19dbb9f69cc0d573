/*
 * A search on its way: what a run came to, told to the search; live, and again from a journal.
 * Private to services.
 */
#ifndef CT_SERVICES_FIND_COURSE_H
#define CT_SERVICES_FIND_COURSE_H

#include "services/find.h"
#include "services/find_visit.h"

struct ct_find_course {
    struct ct_session *session;
    const struct ct_test *test; /* what is asked for; plan and the like are the search's */
    const struct ct_finding_opts *opts;
    struct ct_finding *out;
    enum ct_pacing pacing;
    uint64_t runs, valid_runs, ok;
    uint64_t left_behind; /* requests of the last run that the target may still be at */
    double drained_s;     /* spent since the last trial on waiting for it */
    bool stuck;           /* in vain */
    bool replaying;       /* what is told stands in a journal already */
};

/* How quick an answer must be to show that a target has recovered: the largest limit on times. */
double ct_find_course_settled_s(const struct ct_find_course *c);

/* A drain has ended. */
void ct_find_course_drained(struct ct_find_course *c, const struct ct_run_times *times,
                            bool settled);

/* A run has ended: tell the search, remember the trial, journal it unless it comes from there. */
void ct_find_course_tell(struct ct_find_course *c, const struct ct_find_action *a,
                         struct ct_run_count *visit, const struct ct_summary *s,
                         const struct ct_run_times *times, bool hopeless);

/* Tell a fresh search all trials of a journal but confirming runs, and take them over into this
 * session's journal. CT_EUSAGE when it is no search's journal or one of another search. */
int ct_find_course_resume(struct ct_find_course *c, const char *path, struct ct_err *err);

#endif
