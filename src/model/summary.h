/*
 * The summary of one execution: the one object of --output json (docs/architecture.md, section 3).
 * A number that does not exist is NAN (null in JSON), never 0.
 */
#ifndef CT_MODEL_SUMMARY_H
#define CT_MODEL_SUMMARY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/block.h"
#include "model/conclusion.h"
#include "model/failure.h"
#include "model/run.h"
#include "model/threshold.h"

/* Quantiles that summaries give. */
enum ct_quantile { CT_P50, CT_P75, CT_P90, CT_P95, CT_P99, CT_P999, CT_QUANTILE_COUNT };
extern const double ct_quantile_value[CT_QUANTILE_COUNT];     /* 0.5 ... 0.999 */
extern const char *const ct_quantile_name[CT_QUANTILE_COUNT]; /* "p50" ... "p999" */
extern const uint64_t ct_quantile_needs[CT_QUANTILE_COUNT];   /* 20 40 100 200 1,000 10,000 */

/* Why a quantile is not given. */
enum ct_withheld {
    CT_GIVEN,
    CT_WITHHELD_SAMPLES,   /* fewer than ten samples beyond it */
    CT_WITHHELD_FAILED,    /* it falls among failed or cancelled requests */
    CT_WITHHELD_SKIPPED,   /* it falls among skipped ones */
    CT_WITHHELD_GENERATOR, /* distorted by the generator */
};
const char *ct_withheld_name(enum ct_withheld w); /* "samples" ...; NULL when given */

/* A distribution in ns (writers convert); NAN where withheld or empty. */
struct ct_dist {
    uint64_t count;
    double min, mean, stddev, max;
    double quantile[CT_QUANTILE_COUNT];
    enum ct_withheld withheld[CT_QUANTILE_COUNT];
};

/* 95 % of such runs have the value in it, as far as a run can tell of itself. In ns; both NAN:
 * there is none. */
struct ct_interval {
    double low, high;
};
struct ct_intervals {
    struct ct_interval mean, p50, p90, p99; /* of the response */
};

enum ct_verdict { CT_VERDICT_VALID, CT_VERDICT_INVALID, CT_VERDICT_NO_DATA };
const char *ct_verdict_name(enum ct_verdict v);

enum { CT_REASON_MAX = 16, CT_REASON_TEXT = 200, CT_CAUSE_MAX = 4 };

/* Reasons and causes. code is a word of the closed list (late distorted skipped stalled loop_busy
 * gen_fd gen_ports gen_memory; connect_refused ... for no_data, servers when these were the
 * trouble; interrupted, truncated, aborted, threshold, clock_step); text is for people. */
struct ct_reason {
    char code[32];
    char text[CT_REASON_TEXT];
};

struct ct_server_summary {
    char host[256];
    double cpu_percent_mean, cpu_usr_mean, memory_used_kib_mean, ping_ms_mean; /* NAN: none */
    uint64_t samples, missed;
    bool this_machine; /* ct itself runs on it */
};

/* Requests due in the warm-up: part of the accounting, of nothing else. */
struct ct_warm_up {
    uint64_t planned, started, ok, failed, cancelled, skipped;
};

struct ct_summary {
    enum ct_verdict verdict;
    struct ct_reason reasons[CT_REASON_MAX];
    size_t n_reasons;
    struct ct_reason causes[CT_CAUSE_MAX]; /* what made an invalid run so, on this machine: steal,
                                              throttled, busy_machine; never a criterion */
    size_t n_causes;
    double clock_step_s; /* of the wall clock during the run; NAN unknown */
    bool interrupted, truncated;
    bool aborted; /* by a threshold */

    struct ct_run_plan plan;
    uint64_t window_ns; /* how much of the plan behind the warm-up was offered: what rates are
                           counted over */
    bool colocated;
    bool limited_by_generator; /* closed model: ct's loop was busy, the target may take more */
    bool read_late; /* and that, or the reason loop_busy, is said of answers that waited to be read,
                       not of a loop without rest */

    /* accounting: each term as it was counted */
    uint64_t planned, started, ok, cancelled, wire_attempts;
    uint64_t failed[CT_FAILURE_COUNT];
    uint64_t skipped[CT_SKIP_COUNT];
    bool identity_ok;
    char identity_text[160]; /* which equation is broken; "" when ok */

    struct ct_warm_up warm_up; /* part of these; rates, distributions and servers are of the rest */

    double sent_rps, achieved_rps, completed_rps;
    struct ct_dist response; /* all planned: failed, cancelled and skipped rank above */
    struct ct_intervals interval_95;
    struct ct_dist response_ok, setup, service, server_processing;
    struct ct_dist lateness, receive_lag;
    uint64_t bytes_sent, bytes_received;
    uint64_t connections_opened;
    uint32_t status[CT_STATUS_MAX];
    double generator_cpu_percent, generator_loop_busy_percent;
    uint64_t generator_rss_bytes_max;
    double generator_steal_percent;    /* of this machine's CPU time */
    double generator_throttled_s;      /* by a cgroup's quota, all CPUs added up */
    double generator_cpu_wait_percent; /* of the run: ready to run and not let */

    struct ct_server_summary *servers; /* owned */
    size_t n_servers;

    struct ct_threshold_result *thresholds; /* owned */
    size_t n_thresholds;

    struct ct_conclusion *conclusion; /* owned; NULL: no server was watched */
};

/* True when all thresholds were kept: none is broken or could not be judged. */
bool ct_summary_kept(const struct ct_summary *s);
void ct_summary_release(struct ct_summary *s);

#endif
