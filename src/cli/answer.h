/* What the commands that send one test print on stdout. */
#ifndef CT_CLI_ANSWER_H
#define CT_CLI_ANSWER_H

#include "cli/cmd.h"
#include "services/execution.h"

/* mix: what was sent instead of the one request; NULL. */
void ct_answer_execution(const struct ct_execution *e, const struct ct_mix *mix,
                         const char *command, enum ct_output output);

#endif
