/*
 * ct compare: is B worse than A, from result files. Files are streamed: memory depends on
 * executions and their batches, not on requests.
 */
#ifndef CT_SERVICES_COMPARE_H
#define CT_SERVICES_COMPARE_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/opt.h"
#include "model/comparison.h"

struct ct_compare_request {
    struct ct_list a, b; /* files of each side: paths, globs, names in the storage; borrowed */
    const char *storage;
    double min_effect; /* 0.05 */
    bool force;        /* also what was not measured alike */
    double run_noise;  /* standard deviation of the logarithms of all times and rates from one
                          run to the next; NAN: from the history of the storage, if it knows */
};

/* Read both sides, match their points (test case and load), compare. CT_EFAIL for a missing file,
 * CT_EUSAGE for one that is no result, when nothing was measured on both sides, and, unless forced,
 * when plans or environments differ: the line says in what. Release out. */
int ct_compare_files(const struct ct_compare_request *request, struct ct_comparison *out,
                     struct ct_err *err);

/* One object, "schema": "ct/comparison/1". */
void ct_comparison_json(const struct ct_comparison *c, struct ct_buf *out);

#endif
