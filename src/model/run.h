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

enum ct_arrivals { CT_ARRIVALS_EVEN };

/* How the load is offered. */
struct ct_run_plan {
    enum ct_arrivals arrivals;
    struct ct_rate rate; /* offered */
    uint64_t duration_ns;
    uint64_t planned;       /* number of i with due_ns(i) < duration */
    uint64_t timeout_ns;    /* of a request, from due; covers everything */
    uint64_t late_limit_ns; /* 50 ms: a request that cannot begin sooner is skipped */
    uint32_t max_in_flight;
    uint32_t threads;
    bool keep_alive;
};

/* What was tested. Strings are owned by the struct. */
struct ct_run_subject {
    char *app_name;       /* "" when there is none */
    char *base_url;       /* real address: scheme://host:port/prefix */
    char *address;        /* resolved: "127.0.0.1:8080" */
    char *case_name;      /* kebab-case; "" for the nameless */
    char *case_file_name; /* "FibonacciTestCase" */
    char *case_description;
    char *method, *path; /* of the request as built */
    uint32_t load_min;
    uint32_t load;
    bool has_load;
    bool colocated;    /* the target's address is this machine's */
    bool tls_verified; /* meaningful for https */
    bool https;
};
void ct_run_subject_copy(struct ct_run_subject *to, const struct ct_run_subject *from);
void ct_run_subject_release(struct ct_run_subject *s);

/* Where ct ran. Strings are owned by the struct. */
struct ct_environment {
    char *ct_version, *hostname, *kernel, *cpu_model, *command; /* command: argv joined, quoted */
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
