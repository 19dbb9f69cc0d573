/*
 * Instants to send at, from a file: one on each line, a number of seconds or an ISO 8601 time, in
 * any order; what follows a comma, a space or a tab is not looked at, so a column of a log will do.
 * Empty lines and lines that begin with # are passed over. The earliest is t0.
 */
#ifndef CT_SERVICES_REPLAY_H
#define CT_SERVICES_REPLAY_H

#include "base/err.h"
#include "model/run.h"

enum { CT_REPLAY_FILE_MAX = 1 << 30 };

/* Pure. Fills replay_ns (owned by caller: free), n_replay, instants, planned, duration_ns (up to
 * the last instant) and arrivals of plan. CT_EUSAGE names the line. */
int ct_replay_parse(const char *text, size_t len, struct ct_run_plan *plan, struct ct_err *err);

/* "-" is stdin. */
int ct_replay_read(const char *path, struct ct_run_plan *plan, struct ct_err *err);

#endif
