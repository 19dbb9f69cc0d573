/* The history and what belongs to it as JSON. */
#ifndef CT_SERVICES_HISTORY_JSON_H
#define CT_SERVICES_HISTORY_JSON_H

#include "base/buf.h"
#include "services/history.h"

/* {"schema": "ct/history/1", "series": [...]}; each with its runs (with_runs; the
 * newest last of them, 0: all) and changes. */
void ct_history_json(const struct ct_history_series *series, size_t count, bool with_runs,
                     uint64_t last, struct ct_buf *out);

#endif
