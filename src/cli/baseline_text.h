/* What "ct baseline" prints for people. */
#ifndef CT_CLI_BASELINE_TEXT_H
#define CT_CLI_BASELINE_TEXT_H

#include "analysis/baseline.h"

/* Dot plots, the deviation, what runs can show. */
void ct_baseline_show(const struct ct_baseline *b,
                      const struct ct_baseline_result results[CT_FIGURES_JUDGED]);

/* A table, then the verdict in a sentence. */
void ct_baseline_answer(const struct ct_baseline_result results[CT_FIGURES_JUDGED]);

#endif
