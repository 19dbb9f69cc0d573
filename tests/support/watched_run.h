/*
 * A run with watched servers, made second by second, and the sentence that is drawn from it. For
 * tests with Criterion; one run at a time.
 */
#ifndef CT_TEST_WATCHED_RUN_H
#define CT_TEST_WATCHED_RUN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "analysis/conclusion.h"

enum { SECONDS = 20, MIB = 1024 };

/* A server in a second; what is not set is idle and healthy. */
struct state {
    const char *host;
    double user, system, iowait, steal;
    double used_mib; /* of 1,000 */
    double ping_ms;
    const char *gap;
    bool no_cpu;
    bool bare;                                /* no memory, no ping */
    bool vitals;                              /* the rest is there */
    double waits_cpu, waits_memory, waits_io; /* percent of the time, some task */
    double swap_mib, running, errors, drops;
    bool old_kernel;        /* no pressure */
    double core, idle_core; /* percent; > 0: there are cores, of which one changes places */
    double throttled;       /* percent; > 0: there are control groups */
};

extern struct ct_trace trace;
extern struct ct_summary summary;
extern struct ct_conclusion *c; /* after text and all that look at it; the caller's */

void begin(void); /* SECONDS at a constant rate */
void ramp(void);  /* SECONDS of a rate that rises */
void load(uint64_t second, unsigned rate, double response_ms, unsigned failed);
void trouble(uint64_t second, uint64_t from); /* load: slow from a second on */
void see(uint64_t second, const struct state *s);

/* Draw the conclusion; each once for a run. */
const char *text(void);
void expect(const char *sentence);
void ends(const char *with);
void holds(const char *what);

/* Of what was drawn. */
const struct ct_evidence *evidence(const char *host, const char *metric);
bool proves(const char *metric); /* of any host */
void limits(size_t count, enum ct_limit what, const char *host);

#endif
