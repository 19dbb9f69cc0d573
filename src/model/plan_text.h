/*
 * A plan's stages as text, the grammar of --plan:
 *
 *   const(RATE,TIME)  line(FROM,TO,TIME)  step(FROM,TO,INCREMENT,TIME each)  pause(TIME)
 *
 * separated by spaces or commas: "line(1,1k,1m) const(1k,30s) pause(5s) step(100,500,100,10s)".
 * Rates as elsewhere, or 0. step is written out: 100, 200 ... 500; it may go down. Pure.
 */
#ifndef CT_MODEL_PLAN_TEXT_H
#define CT_MODEL_PLAN_TEXT_H

#include "base/err.h"
#include "model/run.h"

/* Fills stages, n_stages and duration_ns of plan. CT_EUSAGE says where and shows a good one. */
int ct_plan_text_parse(const char *text, struct ct_run_plan *plan, struct ct_err *err);

enum { CT_PLAN_TEXT = 128 };

/* In the same grammar, steps written out: "line(1,1000,1m) const(1000,30s)"; what does not fit ends
 * in " ...". */
const char *ct_plan_text_format(const struct ct_run_plan *plan, char text[CT_PLAN_TEXT]);

#endif
