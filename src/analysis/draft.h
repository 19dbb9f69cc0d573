/*
 * A conclusion while it is written: what the series show, put into clauses of one sentence with the
 * numbers behind them. Private to analysis.
 */
#ifndef CT_ANALYSIS_DRAFT_H
#define CT_ANALYSIS_DRAFT_H

#include <stddef.h>

#include "analysis/findings.h"
#include "base/err.h"
#include "model/conclusion.h"
#include "model/summary.h"

enum { CT_DRAFT_NAME = 60 }; /* bytes of a host's name in the sentence */

struct ct_draft {
    const struct ct_trace *trace;
    const struct ct_summary *summary;
    struct ct_load_findings load;
    struct ct_server_findings *servers;
    size_t n_servers;
    size_t used; /* bytes of the text */
    struct ct_conclusion *out;
};

void ct_draft_say(struct ct_draft *d, const char *fmt, ...) CT_PRINTF(2, 3);
const char *ct_draft_joint(const struct ct_draft *d); /* what stands before the next clause */

/* A number behind it; part: where it began, CT_TRACE_PARTS: nowhere. metric is static. */
void ct_draft_prove(struct ct_draft *d, const char *host, const char *metric, double from,
                    double to, size_t part);
void ct_draft_prove_span(struct ct_draft *d, const char *host, const char *metric,
                         const struct ct_span *span);

/* When it was so: " from 3,900/s on", " from second 12 on", " from second 3 to 9", " throughout".
 */
enum { CT_DRAFT_WHEN = 64 };
const char *ct_draft_when(const struct ct_draft *d, const struct ct_span *span,
                          char text[CT_DRAFT_WHEN]);

/* What a server waited for besides its CPU as a whole: one core of it, a quota, memory (and its
 * swap), disks by pressure, a CPU that it was not given, its network. */
void ct_draft_waits(struct ct_draft *d, const struct ct_server_findings *f);
bool ct_draft_has_waits(const struct ct_server_findings *f);

void ct_draft_servers(struct ct_draft *d); /* those with something to tell, then the rest */
void ct_draft_server(struct ct_draft *d, const struct ct_server_findings *f);
void ct_draft_load(struct ct_draft *d);
void ct_draft_prove_load(struct ct_draft *d); /* evidence only */

#endif
