/* What ct find prints on stdout. */
#ifndef CT_CLI_ANSWER_FIND_H
#define CT_CLI_ANSWER_FIND_H

#include "cli/cmd.h"
#include "services/find.h"

void ct_answer_find(const struct ct_finding *f, const struct ct_finding_opts *o, const char *target,
                    enum ct_output output);

/* What would be done, and how long it takes at most. */
void ct_answer_find_plan(const struct ct_finding_opts *o, const char *target,
                         enum ct_output output);

#endif
