/*
 * Several runs of one test, one after the other or spread over a time: what a baseline is recorded
 * and checked with. Each is an execution with a result file of its own. A run that is not valid is
 * repeated.
 */
#ifndef CT_SERVICES_SERIES_H
#define CT_SERVICES_SERIES_H

#include "model/past.h"
#include "services/execution.h"

struct ct_series_opts {
    unsigned warm_ups;  /* runs before, that do not count */
    unsigned runs;      /* valid ones that are wanted, >= 1 */
    uint64_t spread_ns; /* from the start of the first to that of the last; 0: at once */
    const char *command;
};

struct ct_run_series {
    struct ct_past runs;     /* the valid ones, as their files tell them */
    unsigned invalid;        /* that were repeated */
    unsigned broke;          /* of the valid ones: that did not keep the test's criteria */
    enum ct_verdict verdict; /* not valid: that of the run which ended the series too soon */
    struct ct_outcome outcome;
};

/* session is open. As many runs again may be invalid as are wanted, and two; one without any answer
 * ends the series, as do signals and a result that is not durable. Negative: before the first
 * request, or a result that cannot be read again. Release out in any case. */
int ct_series_run(struct ct_session *session, const struct ct_test *test,
                  const struct ct_series_opts *opts, struct ct_run_series *out, struct ct_err *err);
void ct_series_release(struct ct_run_series *s);

#endif
