/*
 * One execution: what was asked for, where and when it ran, and what came of it. Filled by
 * services, written and read by store, computed with by analysis, shown by report.
 */
#ifndef CT_MODEL_RUN_H
#define CT_MODEL_RUN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/units.h"

enum ct_arrivals {
    CT_ARRIVALS_EVEN,
    CT_ARRIVALS_POISSON, /* seeded; the rate of the plan is its intensity */
    CT_ARRIVALS_REPLAY,  /* instants from a file */
};
const char *ct_arrivals_name(enum ct_arrivals a); /* "even" ... */

/* How the last microseconds before an instant are spent. */
enum ct_pacing { CT_PACING_AUTO, CT_PACING_SLEEP, CT_PACING_SPIN };
const char *ct_pacing_name(enum ct_pacing p); /* "auto" ... */

/* Why there are no more requests in flight: chosen (by the user, or as the default), or all that
 * this machine's descriptors or local ports allow. */
enum ct_cap { CT_CAP_CHOSEN, CT_CAP_DESCRIPTORS, CT_CAP_PORTS };

/* A piece of a plan: the rate goes from one value to the other in a straight line. num 0: a pause.
 */
struct ct_plan_stage {
    struct ct_rate from, to;
    uint64_t duration_ns;
};
enum { CT_STAGES_MAX = 64 };

/* How the load is offered. Plain data; replay_ns alone is borrowed, by whoever runs the plan. */
struct ct_run_plan {
    enum ct_arrivals arrivals;
    struct ct_rate rate; /* offered; unused (but valid) when there are stages, in a replay and in
                            the closed model */
    struct ct_plan_stage stages[CT_STAGES_MAX]; /* their lengths add up to duration_ns */
    uint32_t n_stages;                          /* 0: the rate, for the duration */
    uint64_t seed;                              /* of Poisson arrivals */
    const uint64_t *replay_ns; /* REPLAY: instants, ascending; NULL in what was read back */
    uint64_t n_replay;
    uint64_t instants; /* REPLAY: digest of these, which tells one file from another; else 0 */
    uint64_t duration_ns;
    uint64_t warm_up_ns; /* requests due before are sent and accounted for, but stand apart */
    uint64_t planned; /* number of i with due_ns(i) < duration; 0 until it was counted, and in the
                         closed model */

    bool closed; /* closed model: ct_run_plan_users users, each sends when it has its answer */
    uint64_t think_ns;    /* closed: from an answer to the same user's next request */
    uint64_t most;        /* closed: end after this many requests; 0: by duration */
    uint32_t connections; /* a pool of this size, opened before t0; 0: grows when none is idle */

    uint64_t timeout_ns;    /* of a request, from due; covers everything */
    uint64_t late_limit_ns; /* 50 ms: a request that cannot begin sooner is skipped */
    uint32_t max_in_flight;
    enum ct_cap cap; /* what decided max_in_flight */
    uint32_t threads;
    enum ct_pacing pacing; /* AUTO until the run decided */
    bool keep_alive;
    bool http2;       /* else HTTP/1.1 */
    uint32_t streams; /* http2: most requests at once on a connection; 0: the peer's */
    uint64_t connection_lifetime_ns; /* a connection older than this is not used again; 0: none */
    uint64_t connection_requests;    /* nor one that carried so many; 0: none */
    struct ct_rate new_connections; /* so often a request gets a new connection; num 0: as needed */
};

/* Users of the closed model: one for each connection, or for each of its streams. */
uint32_t ct_run_plan_users(const struct ct_run_plan *plan);

/* Mean offered rate in requests per second; NAN in the closed model. */
double ct_run_plan_rps(const struct ct_run_plan *plan);

/* Where a stage (1..; 0: the whole plan) lies behind the warm-up: [from, to) from t0; from >= to
 * when nothing of it does. */
void ct_run_plan_span(const struct ct_run_plan *plan, uint32_t stage, uint64_t *out_from_ns,
                      uint64_t *out_to_ns);

/* What was tested. Strings are owned by the struct. */
struct ct_run_subject {
    char *app_name;       /* "" when there is none */
    char *base_url;       /* real address: scheme://host:port/prefix */
    char *address;        /* resolved: "127.0.0.1:8080" */
    char *case_name;      /* kebab-case; "" for the nameless */
    char *case_file_name; /* "FibonacciTestCase" */
    char *case_description;
    char *method, *path; /* of the request as built */
    char *request;       /* digest of all that is sent, when method and path do not say it: headers,
                            a body, several requests, a feed; "" or NULL: they do */
    uint32_t load_min;
    uint32_t load;
    bool has_load;
    char *own_servers; /* ids of the watched servers that are this machine, one a line; "" */
    bool colocated;    /* the target's address is this machine's */
    bool embedded;     /* ct started the target itself */
    bool tls_verified; /* meaningful for https */
    bool https;
};
void ct_run_subject_copy(struct ct_run_subject *to, const struct ct_run_subject *from);
void ct_run_subject_release(struct ct_run_subject *s);

/* Where ct ran. Strings are owned by the struct. */
struct ct_environment {
    char *ct_version, *hostname, *kernel, *cpu_model, *command; /* command: argv joined, quoted */
    char *commit; /* of the work tree ct ran in, or as it was told; "" or NULL: unknown */
    uint32_t cpus;
    uint64_t memory_kib;
    double monitoring_interval_s; /* 0: not monitored */
};
void ct_environment_copy(struct ct_environment *to, const struct ct_environment *from);
void ct_environment_release(struct ct_environment *e);

/* When it happened. */
struct ct_run_times {
    struct ct_instant t0; /* request 0 was due */
    uint64_t
        sending_end_ns; /* from t0: the last planned request was begun or skipped, >= duration */
    uint64_t end_ns;    /* from t0: everything answered or given up */
};

#endif
