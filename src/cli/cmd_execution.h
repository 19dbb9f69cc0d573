/* The shared end of "ct run" and "ct test-execution". */
#ifndef CT_CLI_CMD_EXECUTION_H
#define CT_CLI_CMD_EXECUTION_H

#include "cli/cmd.h"
#include "services/test.h"

/* Open the session, run test, print the answer; the exit status or a negative code. */
int ct_cmd_execute(struct ct_cmd_ctx *ctx, const char *url, bool monitor,
                   const struct ct_test *test, struct ct_err *err);

#endif
