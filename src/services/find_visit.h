/*
 * One run of a search: its plan, from what the search asked for, and when it may end early. Private
 * to services.
 */
#ifndef CT_SERVICES_FIND_VISIT_H
#define CT_SERVICES_FIND_VISIT_H

#include "analysis/find.h"
#include "analysis/run_count.h"
#include "model/run.h"
#include "services/test.h"

/* The plan of an action; base is the plan of the command line. The seed is base's plus run. */
void ct_find_visit_plan(const struct ct_run_plan *base, const struct ct_find_action *a,
                        uint64_t run, struct ct_run_plan *out);

/* The plan of waiting for a target to recover: one connection for at most max_s. */
void ct_find_drain_plan(const struct ct_run_plan *base, double max_s, struct ct_run_plan *out);

/* Does the search count the run? Its question is whether a limit was kept: what was sent late and
 * moved no limit answers it, on a machine where a pause of some ms a second makes every other run
 * invalid for its own figures. What confirms goes into the document, and is held to all of it. */
bool ct_find_visit_counts(const struct ct_find_action *a, const struct ct_run_count *visit,
                          const struct ct_summary *s);

/* Did it show how much ct itself can send at most (its loop had no rest; descriptors, ports,
 * memory), or was it disturbed by something else? */
bool ct_find_visit_at_limit(const struct ct_summary *s);

/* Code of what was ct's own fault in it; "" when nothing was. What was not sent goes before what
 * was late. Borrowed from s. */
const char *ct_find_visit_fault(const struct ct_summary *s);

/* Looks on while a run goes on; zeroed but for these. */
struct ct_find_onlooker {
    const struct ct_find_action *action; /* NULL: a drain, which ends with an answer that is quick
                                            enough */
    double settled_s;                    /* drain: such an answer; INFINITY: any */
    struct ct_run_count *visit;
    bool settled;  /* drain: it came */
    bool hopeless; /* the search wants no more of it */
};
struct ct_test_onlooker ct_find_onlooker_of(struct ct_find_onlooker *o);

#endif
