/*
 * Thresholds as limits of a search: which of them a search can find the highest rate for, and how a
 * request counts against them. Pure.
 */
#ifndef CT_ANALYSIS_LIMITS_H
#define CT_ANALYSIS_LIMITS_H

#include "analysis/find.h"
#include "base/err.h"
#include "model/threshold.h"

/* One limit for each threshold, in their order. A quantile, error_rate, sent and achieved (in
 * percent) become shares; avg, cpu, memory and ping are means. CT_EUSAGE says why a threshold
 * cannot be searched for: one that more load only helps to keep, one of a stage or a window, max
 * and min (one request decides), shares of 0 or 100 %, too many. */
int ct_limits_make(const struct ct_criteria *c, struct ct_find_limit out[CT_FIND_LIMITS_MAX],
                   struct ct_err *err);

/* True when the values that the search's mean of this limit is made of are a server's, not those of
 * requests. */
bool ct_limits_of_server(const struct ct_threshold *t);

#endif
