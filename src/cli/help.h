/* Help texts, made from the command and option tables. */
#ifndef CT_CLI_HELP_H
#define CT_CLI_HELP_H

#include <stdio.h>

#include "cli/cmd.h"

void ct_help_all(FILE *to);
void ct_help_command(const struct ct_cmd *cmd, FILE *to);
void ct_help_version(FILE *to); /* of ct and of the libraries it was built with */

#endif
