/*
 * What did the servers' series say of a run? One sentence, and the numbers that it rests on. Pure.
 *
 * The limits and their reasons are in analysis/findings.h. A server is called the limit only when
 * something of it was used up while the run was in trouble: responses became slower, requests
 * failed, or it was a closed model that asked as fast as it was answered. In all other cases the
 * sentence says what was seen and that no limit follows from it:
 *
 *   the generator was at fault              said first; nothing is called the target's limit
 *   ct and the target share a machine       said first; a limit there is the pair's
 *   the server that was used up is ct's own machine, and the target is elsewhere: no limit of the
 *                                           target's, but the generator's
 *   several were used up                    named with "or": the series do not tell which
 *   used up, and responses as they were     used up, but no limit yet
 *   trouble, and nothing used up            what a server waited for meanwhile "may be the limit":
 *                                           memory (swap), a CPU quota, one core, disks, steal,
 *                                           network; else
 *                                           what the series cannot show (a single core, a lock,
 *                                           what is not watched), or a server that was not seen
 *   neither                                 no resource was used up
 */
#ifndef CT_ANALYSIS_CONCLUSION_H
#define CT_ANALYSIS_CONCLUSION_H

#include "analysis/trace.h"
#include "model/conclusion.h"
#include "model/summary.h"

/* s holds verdict, reasons, plan, colocated and servers (this_machine) already. NULL when no server
 * was watched; else owned by the caller, free(). */
struct ct_conclusion *ct_conclusion_draw(const struct ct_trace *t, const struct ct_summary *s);

#endif
