/*
 * May the numbers of this machine be trusted? The rules of "ct doctor --prove". Pure; the same in
 * words in docs/measurement.md.
 *
 * A run holds when ct calls it valid, every planned request arrived and was answered, p50, p90 and
 * p99 of ct's response times are within 0.5 ms of the server's own, and the p99 of the arrivals is
 * at most 1 ms behind the even schedule. A rate holds when each of its delays had a run that held.
 * What can be trusted: the highest rate that holds together with all lower ones, and, down from
 * there, a p99 of at least 20 times the largest difference seen in those runs (so that it is wrong
 * by at most 5 %).
 */
#ifndef CT_ANALYSIS_PROOF_H
#define CT_ANALYSIS_PROOF_H

#include <stddef.h>
#include <stdint.h>

#include "model/proof.h"

/* The value at quantile q of sorted[0..count): the smallest of which at least q are <= it; NAN when
 * there is none. */
double ct_proof_quantile_of(const uint64_t *sorted, size_t count, double q);

/* Fills held and why. invalid_text: what ct says of a run that is not valid. */
void ct_proof_judge_run(struct ct_proof_run *run, const char *invalid_text);

/* The largest difference of a quantile, in ns; NAN when one is not known. */
double ct_proof_error_ns(const struct ct_proof_run *run);

/* From runs in the order of their rates, several of each. */
void ct_proof_conclude(struct ct_proof *proof);

#endif
