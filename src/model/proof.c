#include "model/proof.h"

const double ct_proof_quantile[CT_PROOF_QUANTILES] = {0.5, 0.9, 0.99};
const char *const ct_proof_quantile_name[CT_PROOF_QUANTILES] = {"p50", "p90", "p99"};
