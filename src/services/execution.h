/*
 * "ct run" and "ct test-execution": one test at one plan, its result file, its summary.
 */
#ifndef CT_SERVICES_EXECUTION_H
#define CT_SERVICES_EXECUTION_H

#include <stdbool.h>

#include "model/past.h"
#include "services/session.h"
#include "services/test.h"

/* How a command ended, for the exit status. */
struct ct_outcome {
    int signum;       /* 0: not interrupted */
    bool not_durable; /* something could not be written; durable_err says what */
    bool broken;      /* the accounting identity does not hold */
    struct ct_err durable_err;
};

struct ct_execution {
    struct ct_test_result test;
    struct ct_outcome outcome;
    char *result_path; /* owned */
};

/* session is open. Negative codes come before the first request; also then a file is left once the
 * preflight was reached. out is valid (release it) only when 0 is returned. */
int ct_execution_run(struct ct_session *session, const struct ct_test *test, const char *command,
                     struct ct_execution *out, struct ct_err *err);
/* The run that the history would know this test by, before anything is sent: its plan and key,
 * without figures. session is open. */
int ct_execution_plan(const struct ct_session *session, const struct ct_test *test,
                      const char *command, struct ct_past *out, struct ct_err *err);

void ct_execution_release(struct ct_execution *e);

#endif
