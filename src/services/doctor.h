/*
 * What can this machine send, and how exactly? Facts are read, timers and the cost of a request are
 * measured, for about three seconds in all; analysis/diagnosis.h says what that means.
 */
#ifndef CT_SERVICES_DOCTOR_H
#define CT_SERVICES_DOCTOR_H

#include "base/buf.h"
#include "base/err.h"
#include "model/checkup.h"
#include "model/proof.h"

/* Starts a server of its own in a child process; sends over loopback only. CT_EFAIL: it could not
 * measure. One thread: main, before any other was started. */
int ct_doctor_examine(struct ct_checkup *out, struct ct_err *err);

/* Runs at rising rates against a server whose delays are known, until one does not hold or
 * forecast_rps is passed; concludes (analysis/proof.h). About a minute. step is called before each
 * run with what it is to be ("200/s, 5ms"). CT_EFAIL: it could not measure. As examine, of main
 * alone. */
int ct_doctor_prove(double forecast_rps, void (*step)(const char *text), struct ct_proof *out,
                    struct ct_err *err);

/* One JSON object, schema "ct/doctor/1". proof NULL: null. */
void ct_doctor_json(const struct ct_checkup *c, const struct ct_diagnosis *d,
                    const struct ct_proof *proof, struct ct_buf *out);

#endif
