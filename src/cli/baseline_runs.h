/*
 * The options of "ct baseline", and the runs that it records or checks: from result files, or new.
 */
#ifndef CT_CLI_BASELINE_RUNS_H
#define CT_CLI_BASELINE_RUNS_H

#include "cli/plan_opts.h"
#include "cli/request_opts.h"
#include "model/past.h"

struct ct_baseline_opts {
    struct ct_common_opts common;
    struct ct_load_opts load_opts;
    struct ct_plan_opts plan_opts;
    struct ct_request_opts request;
    const char *baseline, *min_effect;
    uint64_t runs, warm_ups, spread_ns;
    int outliers; /* 0: keep, 1: drop */
    struct ct_list files;
    bool replace, force;
};

/* Valid runs, all of one plan: that of like; without one (NULL), of whatever is asked for. Another
 * plan is refused before anything is sent. usual: how many when --runs does not say; where this
 * machine spoils too many, five are enough without like. *broke: how many did not keep a threshold.
 * CT_EUSAGE and what a run can end with; positive: an exit status without runs enough. Release out
 * in any case. */
int ct_baseline_runs(const struct ct_cmd_ctx *ctx, unsigned usual, unsigned warm_ups,
                     const struct ct_past_run *like, struct ct_past *out, unsigned *broke,
                     struct ct_err *err);

#endif
