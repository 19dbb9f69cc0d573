/*
 * From what "ct doctor" measured to what it says. Pure; the numbers of the rules are in
 * docs/measurement.md.
 */
#ifndef CT_ANALYSIS_DIAGNOSIS_H
#define CT_ANALYSIS_DIAGNOSIS_H

#include "model/checkup.h"

/* Was this rate sent as it should be: valid by ct's verdict, the loop busy for at most 80 % of the
 * time (longer runs are invalid beyond), nothing left out? */
bool ct_sending_ok(const struct ct_sending *s);

/* One thread: the highest rate that was sent so. Where the next higher one only kept the loop too
 * busy, the rate between them at which it would be busy for 80 %, in a straight line; where there
 * is none higher, up to a quarter more in proportion. Where no run was as it should be, the lowest
 * rate, in proportion, and not on_time. A CPU quota below one CPU cuts it; all threads: one per CPU
 * that affinity and quota leave. New connections: a closed one holds its port for 60 s, 1 s with
 * tcp_tw_reuse=1. */
void ct_forecast_make(const struct ct_checkup *c, struct ct_forecast *out);

/* Forecast and findings, in a fixed order. */
void ct_diagnosis_make(const struct ct_checkup *c, struct ct_diagnosis *out);

#endif
