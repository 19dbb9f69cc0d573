/* The samples of an execution in order of completion, whatever the number of threads that sent.
 * Memory: one batch a thread. */
#ifndef CT_STORE_SAMPLES_H
#define CT_STORE_SAMPLES_H

#include <stdint.h>

#include "base/err.h"
#include "model/sample.h"

typedef void ct_samples_fn(void *ctx, const struct ct_sample *sample);

/* Call fn for each sample of the records in [from, to) of the journal. Each thread's own are taken
 * to be in order. 0, or a negative code with err set. */
int ct_samples_read(const char *journal_path, uint64_t from, uint64_t to, unsigned threads,
                    ct_samples_fn *fn, void *ctx, struct ct_err *err);

#endif
