/* "ct analyze search" on stdout. */
#ifndef CT_CLI_ANALYZE_SEARCH_H
#define CT_CLI_ANALYZE_SEARCH_H

#include <stdbool.h>

#include "services/analyze.h"

/* A text per file; with o->out the picture of one search: at o->load when the user gave it, else
 * the last. With "-" the picture is all that stdout gets. */
int ct_analyze_searches(const struct ct_analyze_opts *o, bool load_given, struct ct_err *err);

#endif
