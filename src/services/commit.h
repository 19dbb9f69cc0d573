/*
 * Which commit is being tested: read from the files of the git work tree, without starting git.
 * Loose and packed refs, work trees beside the main one, detached heads; not the reftable format.
 * Changes that are not committed are not seen.
 */
#ifndef CT_SERVICES_COMMIT_H
#define CT_SERVICES_COMMIT_H

#include "base/err.h"

/* The commit checked out in the work tree that folder lies in: 40 or 64 hex digits; "" when there
 * is none, or it cannot be told. Owned by caller. */
char *ct_commit_find(const char *folder);

/* A name given by the user: 1 to 64 of [A-Za-z0-9._/+-]. CT_EUSAGE. */
int ct_commit_check(const char *text, struct ct_err *err);

#endif
