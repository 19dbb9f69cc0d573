/* What commands print on stdout. */
#ifndef CT_CLI_ANSWER_H
#define CT_CLI_ANSWER_H

#include <stdio.h>

#include "base/buf.h"
#include "cli/cmd.h"
#include "services/execution.h"

/* mix: what was sent instead of the one request; NULL. */
void ct_answer_execution(const struct ct_execution *e, const struct ct_mix *mix,
                         const char *command, enum ct_output output);

/* One JSON object as a line, and release it. Ends the program when it was too large for its buffer:
 * half an object is none. */
void ct_answer_json(FILE *to, struct ct_buf *json);

#endif
