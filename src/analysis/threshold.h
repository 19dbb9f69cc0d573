/*
 * Thresholds as text. Pure.
 *
 *   p(99)<250ms   p(99.9)<=1s   avg<2s   min>1ms   max<5s   error_rate<1%   sent>=99%
 *   achieved>=990/s   achieved>=99%   cpu(HOST)<80%   memory(HOST)<4GiB   ping(HOST)<5ms
 *
 * each with "over 30s" (in every window of that length) and "stage 2" (of that stage of the plan)
 * behind it; several separated by commas. Spaces are free. Relations: < <= > >=.
 */
#ifndef CT_ANALYSIS_THRESHOLD_H
#define CT_ANALYSIS_THRESHOLD_H

#include "base/err.h"
#include "model/run.h"
#include "model/threshold.h"

/* Append what text says. CT_EUSAGE names the place (1 is the first character) and suggests; c is
 * then as before. */
int ct_threshold_parse(const char *text, struct ct_criteria *c, struct ct_err *err);

/* All canonical texts, separated by ", ": reads back as the same criteria. Owned by the caller. */
char *ct_threshold_join(const struct ct_criteria *c);

/* Can this plan, and the servers with these ids, ever answer the criteria? CT_EUSAGE says why
 * not. */
int ct_threshold_check(const struct ct_criteria *c, const struct ct_run_plan *plan,
                       const char *const *hosts, size_t n_hosts, struct ct_err *err);

/* True when value keeps the limit. NAN keeps none; INFINITY is above every value. */
bool ct_threshold_holds(const struct ct_threshold *t, double value);

/* Requests that the threshold's quantile needs: ten on either side. */
uint64_t ct_threshold_needs(const struct ct_threshold *t);

#endif
