/*
 * A baseline as a file: JSON, "ct/baseline/1", with every run it is made of; what follows from them
 * is computed when it is read. Written whole or not at all.
 */
#ifndef CT_STORE_BASELINE_H
#define CT_STORE_BASELINE_H

#include "base/err.h"
#include "model/past.h"

/* replace false: CT_EFAIL when there is such a file. */
int ct_baseline_write(const char *path, const struct ct_baseline *b, bool replace,
                      struct ct_err *err);

/* CT_EUSAGE with file and line when it is missing, no baseline, or of another version. Release out
 * by ct_past_release(&out->runs). */
int ct_baseline_read(const char *path, struct ct_baseline *out, struct ct_err *err);
int ct_baseline_parse(const char *text, size_t len, const char *path, struct ct_baseline *out,
                      struct ct_err *err);

#endif
