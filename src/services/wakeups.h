/* How late this machine wakes a thread that waits for an exact instant: a timerfd and epoll,
 * nothing else. What any sleeping sender meets here. */
#ifndef CT_SERVICES_WAKEUPS_H
#define CT_SERVICES_WAKEUPS_H

#include <stdint.h>

#include "base/err.h"
#include "model/checkup.h"

/* Blocks for about count / rate. out_slack_ns (may be NULL): the timer slack it was done with. */
int ct_wakeups_measure(uint64_t rate_per_s, uint64_t count, struct ct_wakeups *out,
                       uint64_t *out_slack_ns, struct ct_err *err);

#endif
