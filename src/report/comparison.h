/* What "ct compare" says: for a terminal, for a pull request, for a build server. */
#ifndef CT_REPORT_COMPARISON_H
#define CT_REPORT_COMPARISON_H

#include <stdio.h>

#include "model/comparison.h"
#include "report/table.h"

/* The verdict in one sentence, then a table. */
void ct_print_comparison(FILE *to, const struct ct_style *style, const struct ct_comparison *c);

/* GitHub's and GitLab's Markdown. */
void ct_print_comparison_markdown(FILE *to, const struct ct_comparison *c);

/* JUnit XML as build servers read it: a test case for each metric that decides; worse is a failure,
 * unclear is skipped, an invalid side an error. */
void ct_print_comparison_junit(FILE *to, const struct ct_comparison *c);

#endif
