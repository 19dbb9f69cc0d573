/*
 * Options that say how the load of one test is offered, and the plan that they come to: a rate, a
 * plan of stages, a replay, or the closed model.
 */
#ifndef CT_CLI_PLAN_OPTS_H
#define CT_CLI_PLAN_OPTS_H

#include "cli/load_opts.h"
#include "model/cluster.h"
#include "model/threshold.h"

struct ct_plan_opts {
    struct ct_rate rate; /* num 0: not given */
    const char *plan, *replay;
    int arrivals;
    uint64_t seed, requests, connections, think_ns, warm_up_ns;
    uint64_t streams, lifetime_ns, connection_requests;
    struct ct_rate new_connections;
    int http; /* 0: 1.1, 1: 2 */
    struct ct_list thresholds;
    bool abort;
};

/* What the shared rows fill: an options struct of a command with CT_PLAN_SET begins like this. */
struct ct_plan_cmd_opts {
    struct ct_common_opts common;
    struct ct_load_opts load;
    struct ct_plan_opts plan;
};
enum {
    CT_PLAN_ROWS = 9,
    CT_CRITERIA_ROWS = 2, /* the last of these: what the run must keep */
    CT_TRAFFIC_ROWS = 7
};
extern const struct ct_opt ct_plan_rows[CT_PLAN_ROWS];
extern const struct ct_opt ct_traffic_rows[CT_TRAFFIC_ROWS]; /* how, at whatever rate */
#define CT_TRAFFIC_SET                                                                             \
    {                                                                                              \
        ct_traffic_rows, CT_TRAFFIC_ROWS                                                           \
    }
#define CT_PLAN_SET {ct_plan_rows, CT_PLAN_ROWS}, CT_TRAFFIC_SET

/* The plan of the command line; release it. CT_EUSAGE when options contradict each other, CT_EFAIL
 * when the replay cannot be read. */
int ct_plan_opts_plan(const struct ct_cmd_ctx *ctx, struct ct_run_plan *out, struct ct_err *err);
void ct_plan_opts_release(struct ct_run_plan *plan);

/* Can these servers answer the criteria on this plan? monitored: NULL when no server is. CT_EUSAGE.
 */
int ct_plan_opts_check(const struct ct_criteria *c, const struct ct_run_plan *plan,
                       const struct ct_cluster *monitored, struct ct_err *err);

/* What the run must keep. monitored: NULL when no server is. CT_EUSAGE when it is not
 * understood or this plan cannot answer it, or when the warm-up leaves nothing of the plan. */
int ct_plan_opts_criteria(const struct ct_cmd_ctx *ctx, const struct ct_run_plan *plan,
                          const struct ct_cluster *monitored, struct ct_criteria *out,
                          struct ct_err *err);

enum { CT_PLAN_TITLE = 200 };

/* "1,000/s for 10 s", "50 connections for 5 s": behind the name of what is tested. */
const char *ct_plan_opts_title(const struct ct_run_plan *plan, char text[CT_PLAN_TITLE]);

#endif
