/*
 * ct compare --live: two targets measured by turns, in short segments, on the same plan with the
 * same seeds. What drifts on this machine or between it and the targets meets both sides alike.
 */
#ifndef CT_SERVICES_COMPARE_LIVE_H
#define CT_SERVICES_COMPARE_LIVE_H

#include "model/comparison.h"
#include "services/execution.h"
#include "services/session.h"
#include "services/test.h"

struct ct_duel_side {
    const char *url, *shown;
    const struct ct_testcase *testcase;
    const struct ct_mix *mix; /* NULL: the case's own request */
};

struct ct_duel_opts {
    struct ct_session_opts session; /* url is the sides' */
    struct ct_duel_side a, b;
    struct ct_run_plan plan; /* of a segment */
    unsigned segments;       /* a side */
    enum ct_results results;
    double min_effect;
    const char *command;
};

struct ct_duel {
    struct ct_comparison comparison; /* without points when it was interrupted */
    struct ct_outcome outcome;
    char *path_a, *path_b; /* result files, each with the segments of its side; owned */
};

/* Segments in the order A B B A A B B A ...; an invalid one is repeated, twice at most. Each side
 * has a result file of the benchmark's form, so that "ct compare" of the two says the same again.
 * Negative codes come before the first request, or when a segment cannot be begun: those before it
 * are in their files all the same. Release out when 0 is returned. */
int ct_compare_live(const struct ct_duel_opts *opts, struct ct_duel *out, struct ct_err *err);
void ct_duel_release(struct ct_duel *l);

#endif
