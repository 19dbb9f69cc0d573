/*
 * What the series of a run show, as numbers: the first half of a conclusion. Pure. Every limit is
 * here, with its reason; nothing is said of what lasts less than three seconds or rests on fewer
 * than three samples.
 */
#ifndef CT_ANALYSIS_FINDINGS_H
#define CT_ANALYSIS_FINDINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "analysis/trace.h"
#include "model/conclusion.h"
#include "model/summary.h"

/* A CPU is used up at 95 %: the mean of a second hides its idle milliseconds, and a server that is
 * never idle for want of work still sleeps a little between answers (one that was saturated by four
 * times its load showed 96 to 100 %). Below, a queue of requests still drains. */
#define CT_CPU_FULL_PERCENT 95.0

/* iowait counts the time in which a CPU had nothing else to do and a task of it waited for a disk:
 * a quarter of all CPUs' time is one of four waiting without a break. It is a hint, no measure: a
 * busy CPU hides it. */
#define CT_IOWAIT_FULL_PERCENT 25.0

/* Steal is time in which a CPU had work and was not given: from a tenth on, the server is smaller
 * than it looks. */
#define CT_STEAL_FULL_PERCENT 10.0

/* Memory is near its end when less than a twentieth is available (used = total - available): there
 * Linux begins to give up the pages of running programs. */
#define CT_MEMORY_FULL_SHARE 0.95

/* Memory that moves by less than a fiftieth of the total is called flat: caches of a few percent
 * come and go. */
#define CT_MEMORY_FLAT_SHARE 0.02

/* Responses became slower, pings longer, when they at least doubled, and by a millisecond: less is
 * the scheduling of either machine. */
#define CT_SLOWER_FACTOR 2.0
#define CT_SLOWER_NS 1e6
#define CT_PING_LONGER_MS 1.0

/* One request of a hundred fails. */
#define CT_FAILING_SHARE 0.01

enum {
    CT_FINDING_SECONDS = 3, /* a shorter peak is no state: one sample of a second may hold a job of
                               cron, two neighbours share it */
    CT_FINDING_SAMPLES = 3,
    CT_DRIFT_SAMPLES = 6, /* for "grew" and "flat": two for each third of the run */
    CT_LOAD_REQUESTS = 5  /* ok requests for a mean of a second */
};

/* Neighbouring parts of the trace in which a value stayed at or above a limit. */
struct ct_span {
    bool found;
    size_t first, last; /* parts */
    double from;        /* median before it; NAN: it begins with the run */
    double to;          /* the highest in it */
};

/* How a value moved between the first third of its samples and the last. */
enum ct_drift { CT_DRIFT_UNKNOWN, CT_DRIFT_FLAT, CT_DRIFT_UP, CT_DRIFT_DOWN, CT_DRIFT_VARIED };
struct ct_drift_found {
    enum ct_drift kind;
    double from, to;  /* medians of the first and the last third; NAN while UNKNOWN */
    double low, high; /* likewise */
};

struct ct_server_findings {
    const struct ct_trace_server *server; /* borrowed from the trace */
    bool this_machine;                    /* the one that ct runs on */
    uint64_t samples, missed;
    bool unseen; /* not sampled often enough to say that it was not the limit */

    double cpu_first, cpu_max; /* NAN: none */
    size_t cpu_max_part;
    struct ct_span cpu, iowait, steal;
    double user, system, stolen; /* means over the span cpu; NAN without it */

    struct ct_drift_found memory; /* KiB */
    bool memory_full;
    double memory_total_kib;    /* NAN */
    struct ct_drift_found ping; /* ms; never VARIED */
};

struct ct_load_findings {
    bool known;             /* there are enough parts with answers to say how responses went */
    bool pressing;          /* closed model without thinking: the next request waits for no plan */
    struct ct_span slower;  /* ns, mean response of ok requests */
    struct ct_span failing; /* share of requests that were not ok */
};

void ct_findings_load(const struct ct_trace *t, const struct ct_run_plan *plan,
                      struct ct_load_findings *out);
void ct_findings_server(const struct ct_trace *t, size_t server, struct ct_server_findings *out);

/* What of a server is used up; CT_LIMIT_COUNT: nothing. *out: when (not found for memory, which was
 * so at the end). */
enum ct_limit ct_findings_used_up(const struct ct_server_findings *f, struct ct_span *out);

/* Requests per second that were sent in a part (closed model: answered). */
double ct_findings_rate(const struct ct_trace *t, const struct ct_run_plan *plan, size_t part);

/* Parts that two spans have in common, give or take one: what is caused comes a little later. */
bool ct_spans_meet(const struct ct_span *a, const struct ct_span *b);

#endif
