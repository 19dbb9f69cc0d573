/*
 * Is a server the machine that ct runs on? By the kernel's own counters, since an address does not
 * tell: a tunnel to elsewhere ends on loopback, a machine is reached by a name of the outside. The
 * server's context switches and forks since boot must lie between this machine's before the
 * question and after the answer, and both must have been booted in the same second. Pure but for
 * ct_marks_read. In a container the counters are the host's: that is the machine that is meant.
 */
#ifndef CT_MONITOR_MARKS_H
#define CT_MONITOR_MARKS_H

#include <stdbool.h>
#include <stdint.h>

struct ct_marks {
    bool known;
    uint64_t switches, forks, booted_s;
};

/* Of this machine, now. Some hundred microseconds. */
void ct_marks_read(struct ct_marks *out);

/* False also when anything is not known. */
bool ct_marks_same(const struct ct_marks *before, const struct ct_marks *seen,
                   const struct ct_marks *after);

#endif
