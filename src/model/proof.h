/*
 * "ct doctor --prove": what ct said of a server whose delays are known, beside what that server
 * said itself. Filled by services, judged by analysis, shown by report. NAN: not known.
 */
#ifndef CT_MODEL_PROOF_H
#define CT_MODEL_PROOF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/summary.h"

/* The quantiles that are compared. */
enum { CT_PROOF_P50, CT_PROOF_P90, CT_PROOF_P99, CT_PROOF_QUANTILES };
extern const double ct_proof_quantile[CT_PROOF_QUANTILES];
extern const char *const ct_proof_quantile_name[CT_PROOF_QUANTILES]; /* "p50" ... */

enum { CT_PROOF_WHY = 240 };

/* One run. */
struct ct_proof_run {
    double rate_rps;
    const char *delay; /* as it was asked for: "5ms"; static */
    enum ct_verdict verdict;
    uint64_t planned, ok;
    uint64_t arrived;                      /* by the server's log */
    double client_ns[CT_PROOF_QUANTILES];  /* of ct's response times */
    double server_ns[CT_PROOF_QUANTILES];  /* from arrival to answer, by the server's log */
    double arrival_p50_ns, arrival_p99_ns; /* how late requests arrived, by the even schedule */
    bool held;
    char why[CT_PROOF_WHY]; /* it did not hold since; "" */
};

enum { CT_PROOF_RUNS_MAX = 32 };

struct ct_proof {
    struct ct_proof_run runs[CT_PROOF_RUNS_MAX]; /* in the order in which they were done */
    size_t n_runs;

    /* the conclusion */
    bool trusted;
    double rate_rps;        /* up to this rate; NAN */
    double p99_floor_ns;    /* down to this p99; NAN */
    double why_rps;         /* the first rate that did not hold; NAN: all did */
    char why[CT_PROOF_WHY]; /* and why; "" */
};

#endif
