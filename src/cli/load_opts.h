/*
 * Options that commands which send requests share, and what they come to: a plan, a session, an
 * exit status.
 */
#ifndef CT_CLI_LOAD_OPTS_H
#define CT_CLI_LOAD_OPTS_H

#include "cli/cmd.h"
#include "model/run.h"
#include "services/execution.h"
#include "services/session.h"

/* Second member of an options struct, after struct ct_common_opts. */
struct ct_load_opts {
    const char *storage;
    const char *commit; /* NULL: that of the work tree here */
    uint64_t duration_ns, timeout_ns, monitoring_interval_ns;
    uint64_t max_in_flight; /* 0: what the machine allows */
    uint64_t threads, late_limit_ns;
    int pacing;     /* enum ct_pacing */
    int keep_alive; /* 0: on, 1: off */
    int results;    /* enum ct_results */
    int output;     /* enum ct_output */
    bool insecure;
};

/* What the shared rows fill: every command's options struct begins like this. */
struct ct_load_cmd_opts {
    struct ct_common_opts common;
    struct ct_load_opts load;
};
enum { CT_SEND_ROWS = 11, CT_LENGTH_ROWS = 1, CT_OUTPUT_ROWS = 1 };
extern const struct ct_opt ct_send_rows[CT_SEND_ROWS];
extern const struct ct_opt ct_length_rows[CT_LENGTH_ROWS]; /* how long a test sends */
extern const struct ct_opt ct_output_rows[CT_OUTPUT_ROWS]; /* text or json */
#define CT_SEND_SET                                                                                \
    {ct_send_rows, CT_SEND_ROWS},                                                                  \
    {                                                                                              \
        ct_output_rows, CT_OUTPUT_ROWS                                                             \
    }
#define CT_LOAD_SET {ct_length_rows, CT_LENGTH_ROWS}, CT_SEND_SET

/* Everything of the plan but the rate and the number planned. */
struct ct_run_plan ct_load_plan(const struct ct_load_opts *o);

/* For ct_session_open. */
struct ct_session_opts ct_load_session(struct ct_cmd_ctx *ctx, const char *url, bool monitor);

/* The first that applies of 1, 94, 130/143, 92, 93, 0 (docs/architecture.md, section 3); prints the
 * line that a lost result needs. */
int ct_load_status(const struct ct_outcome *outcome, enum ct_verdict verdict);

#endif
