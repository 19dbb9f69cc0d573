/*
 * What "ct doctor" looked at, and what it makes of it. Filled by services, judged by analysis,
 * shown by report. A double that is not known is NAN.
 */
#ifndef CT_MODEL_CHECKUP_H
#define CT_MODEL_CHECKUP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/host.h"

/* How late a bare timer wakes a thread, at a rate. */
struct ct_wakeups {
    double rate_rps;
    uint64_t count;
    double p50_us, p90_us, p99_us, max_us; /* NAN: too few */
};
enum { CT_WAKEUPS = 3, CT_CHECKUP_WORD = 48, CT_CHECKUP_PATH = 1024 };

/* A short run over loopback: open model, one thread. */
struct ct_sending {
    double offered_rps, sent_rps;
    double busy_share;     /* of the loop's time, 0..1 */
    double request_cpu_us; /* CPU of the loop thread for one request */
    double lateness_p99_us;
    bool valid; /* by ct's own verdict; busy_share is not in it, it takes two seconds */
};
enum { CT_SENDINGS_MAX = 8 };

/* Facts. */
struct ct_checkup {
    uint32_t cpus, cpus_online;         /* that ct may use, that there are */
    char governor[CT_CHECKUP_WORD];     /* of cpufreq, the slowest-minded of the CPUs; "": not to be
                                           seen, as in most virtual machines */
    char clock_source[CT_CHECKUP_WORD]; /* "": unknown */
    char quota_path[CT_CHECKUP_PATH];   /* of the cgroup with the tightest CPU quota; "" */
    int cgroup_version;                 /* 0: none */
    uint64_t timer_slack_ns;            /* of a loop thread */
    uint64_t descriptors, descriptors_hard; /* the soft limit when ct began, the hard one */
    uint32_t connections;                   /* most at once to one address */
    uint64_t ports;                         /* local ones for connections */
    int tw_reuse;                           /* net.ipv4.tcp_tw_reuse; -1: unknown */
    double memory_available_bytes;
    double load_minute; /* load average */

    /* while the timers were measured */
    struct ct_host_change during;          /* wait_percent stays unknown */
    double others_cpus;                    /* CPUs' worth of work that was not ct's */
    struct ct_wakeups wakeups[CT_WAKEUPS]; /* at 100, 1,000 and 10,000/s */

    /* short runs over loopback, in the order in which they were done */
    struct ct_sending sending[CT_SENDINGS_MAX];
    size_t n_sending;
};

/* What this machine can send. */
struct ct_forecast {
    double one_rps;         /* by one loop thread */
    uint32_t threads;       /* loop threads that have a CPU each */
    double all_rps;         /* by all of them, with the target elsewhere */
    double lateness_p99_us; /* as they were in the run that it is made from */
    double request_cpu_us;
    bool on_time;               /* a run was: at one_rps a run will be valid, as things are now */
    double new_connections_rps; /* sustained, to one address; INFINITY: ports are no limit */
};

enum ct_mark { CT_MARK_OK, CT_MARK_WARN, CT_MARK_BAD };
const char *ct_mark_name(enum ct_mark m); /* "ok" "warn" "bad" */

struct ct_finding {
    enum ct_mark mark;
    const char *topic; /* one word, static */
    char text[160];    /* what is */
    char advice[200];  /* what to do; "" when ok */
};
enum { CT_FINDINGS_MAX = 16 };

struct ct_diagnosis {
    struct ct_forecast forecast;
    struct ct_finding findings[CT_FINDINGS_MAX];
    size_t n_findings;
};

#endif
