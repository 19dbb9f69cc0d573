/*
 * What can this machine send, and how exactly? Facts are read, timers and the cost of a request are
 * measured, for about three seconds in all; analysis/diagnosis.h says what that means.
 */
#ifndef CT_SERVICES_DOCTOR_H
#define CT_SERVICES_DOCTOR_H

#include "base/buf.h"
#include "base/err.h"
#include "model/checkup.h"

/* Starts a server of its own in a child process; sends over loopback only. CT_EFAIL: it could not
 * measure. One thread: main, before any other was started. */
int ct_doctor_examine(struct ct_checkup *out, struct ct_err *err);

/* One JSON object, schema "ct/doctor/1". */
void ct_doctor_json(const struct ct_checkup *c, const struct ct_diagnosis *d, struct ct_buf *out);

#endif
