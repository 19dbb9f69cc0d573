/*
 * From what "ct doctor" measured to what it says. Pure; the numbers of the rules are in
 * docs/measurement.md.
 */
#ifndef CT_ANALYSIS_DIAGNOSIS_H
#define CT_ANALYSIS_DIAGNOSIS_H

#include "model/checkup.h"

/* One thread: the rate at which its loop would be busy for 80 % of the time (beyond that a run is
 * invalid), in proportion to the run that was tried; no more than a quarter above it, and no more
 * than was really sent. A CPU quota below one CPU cuts it; all threads: one per CPU that affinity
 * and quota leave. New connections: a closed one holds its port for 60 s, 1 s with tcp_tw_reuse=1.
 */
void ct_forecast_make(const struct ct_checkup *c, struct ct_forecast *out);

/* Forecast and findings, in a fixed order. */
void ct_diagnosis_make(const struct ct_checkup *c, struct ct_diagnosis *out);

#endif
