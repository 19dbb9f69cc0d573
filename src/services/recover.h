/*
 * "ct recover": the document of a command that ended before it could write it, made from its
 * journal by the same code that makes it at the end of a run. What was lost is said: the result is
 * marked truncated.
 */
#ifndef CT_SERVICES_RECOVER_H
#define CT_SERVICES_RECOVER_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct ct_recovered {
    char *result_path; /* owned */
    size_t executions; /* in the document */
    uint64_t requests; /* begun, in these */
    uint64_t seconds;  /* of load, in these */
};

/* CT_EUSAGE: no journal, or one that holds no execution; CT_EFAIL: a running ct holds it, or
 * writing failed. The journal is removed when the document is durable. command is for the summary.
 */
int ct_recover(const char *journal_path, const char *command, struct ct_recovered *out,
               struct ct_err *err);

#endif
