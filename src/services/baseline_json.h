/* A baseline and a check against it as one JSON object, "ct/baseline-check/1". */
#ifndef CT_SERVICES_BASELINE_JSON_H
#define CT_SERVICES_BASELINE_JSON_H

#include "analysis/baseline.h"
#include "base/buf.h"

/* new_runs: NULL when nothing was checked. */
void ct_baseline_json(const struct ct_baseline *b, const struct ct_past *new_runs,
                      const struct ct_baseline_result results[CT_FIGURES_JUDGED],
                      struct ct_buf *out);

#endif
