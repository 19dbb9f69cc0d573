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
#include "analysis/trend.h"
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

/* Pressure (PSI) is the share of the time in which some task stood still for want of a thing. For
 * memory a healthy server shows none: from a tenth on, work is done to find memory. */
#define CT_PRESSURE_MEMORY_PERCENT 10.0

/* That some task waits for a disk is the trade of some programs (a journal, a log): it tells
 * something only where it was less than half of it before, and from two fifths on. That all tasks
 * did ("full") tells no more: on an idle server one task that writes is all. */
#define CT_PRESSURE_IO_PERCENT 40.0

/* A task waits for a CPU only while all CPUs that it may use are busy: where CPUs are shared
 * freely, that is at most the time in which all are. More waiting than work, by a fifth of the time
 * (the two are not read at the same instant): a quota, or tasks that are bound to a few CPUs. */
#define CT_PRESSURE_CPU_EXCESS 20.0

/* A core is full as the CPU is. Of a server with one full core the CPU is not, and what cannot use
 * another is at its limit; the busiest core of each sample counts, since programs move. */
#define CT_CORE_FULL_PERCENT CT_CPU_FULL_PERCENT

/* A CPU quota that stops a control group now and then evens out its bursts; in a quarter of its
 * periods (a tenth of a second each) it holds it back. */
#define CT_THROTTLED_PERCENT 25.0

/* On a kernel without PSI the length of the run queue has to say it: ten tasks, and twice as many
 * as before. It is the number of an instant, and what is normal depends on the number of CPUs. */
#define CT_RUN_QUEUE_LONG 10.0

/* A network card that works counts no errors; packets are dropped now and then that nobody wanted
 * (an unknown protocol), so only a rise tells something. */
#define CT_NETWORK_ERRORS 1.0
#define CT_NETWORK_DROPS 10.0

enum { CT_LOAD_REQUESTS = 5 }; /* ok requests for a mean of a second */

struct ct_server_findings {
    const struct ct_trace_server *server; /* borrowed from the trace */
    bool this_machine;                    /* the one that ct runs on */
    uint64_t samples, missed;
    bool unseen; /* not sampled often enough to say that it was not the limit */

    double cpu_first, cpu_max; /* NAN: none */
    size_t cpu_max_part;
    struct ct_span cpu, iowait, steal;
    struct ct_span core;         /* one core, where the CPU as a whole is not full */
    struct ct_span throttled;    /* a control group by its quota: server->group */
    double user, system, stolen; /* means over the span cpu; NAN without it */

    struct ct_span wait_memory, wait_io; /* percent of the time (PSI) */
    struct ct_span wait_cpu;             /* likewise, where it is more than its CPUs were busy */
    double waited_cpu;                   /* mean over the span cpu; NAN */
    struct ct_span run_queue;            /* tasks; only where there is no PSI */

    struct ct_span swap; /* KiB; it grew from its beginning to the end of the run */
    struct ct_span network_errors, network_drops; /* per second */

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

/* What of a server is used up; CT_LIMIT_COUNT: nothing. *out: when (not found where it is known
 * only that memory was full at the end). */
enum ct_limit ct_findings_used_up(const struct ct_server_findings *f, struct ct_span *out);

/* Requests per second that were sent in a part (closed model: answered). */
double ct_findings_rate(const struct ct_trace *t, const struct ct_run_plan *plan, size_t part);

#endif
