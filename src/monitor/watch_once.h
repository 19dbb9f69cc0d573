/* One snapshot of a watch. Private to monitor. */
#ifndef CT_MONITOR_WATCH_ONCE_H
#define CT_MONITOR_WATCH_ONCE_H

#include "monitor/watch.h"

/* Blocking: the sample of each server into its report, over wait_ns or over how long the slowest
 * takes to answer, timeout_ns at most. w is opened and not sampling. */
void ct_watch_once(struct ct_watch *w, uint64_t timeout_ns, uint64_t wait_ns,
                   struct ct_watch_report *reports);

#endif
