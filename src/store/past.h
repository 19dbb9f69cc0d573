/*
 * Result documents of ct, as runs of the past: of each execution the plan, the verdict, the figures
 * and where it ran. The documents' summary stands before their requests where it can, and reading
 * ends as soon as all is known: a file with a single execution is not read to its end.
 *
 * A plan's text has everything that must be the same for two runs to be comparable: request, test
 * case and load, arrivals, rate or stages, duration, warm-up, connections, protocol, time-out; the
 * target as "embedded" when ct started it itself (its port differs each time). What only the
 * generator does (threads, pacing, cap, seed) is not in it.
 */
#ifndef CT_STORE_PAST_H
#define CT_STORE_PAST_H

#include <stddef.h>

#include "base/err.h"
#include "model/past.h"

/* Runs are added to *out (kept also on failure) with file as path is given. CT_EFAIL when the file
 * cannot be read, CT_EUSAGE with place and cause when it is not JSON or no result of ct. */
int ct_past_read(const char *path, struct ct_past *out, struct ct_err *err);
int ct_past_parse(const char *text, size_t len, const char *path, struct ct_past *out,
                  struct ct_err *err);

#endif
