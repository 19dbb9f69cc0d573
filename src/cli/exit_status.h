/* What an exit status says beyond 0, those of base/err.h (minus the code) and 128 + the signal that
 * ended a run: what was found out. Part of ct's interface (docs/architecture.md, section 3). */
#ifndef CT_CLI_EXIT_STATUS_H
#define CT_CLI_EXIT_STATUS_H

enum ct_exit_status {
    CT_EXIT_WORSE = 90,       /* compare, baseline: worse than what it is held against */
    CT_EXIT_CAPACITY = 91,    /* find: less than --require is sustained */
    CT_EXIT_INVALID = 92,     /* the generator, or its machine, spoilt what was measured */
    CT_EXIT_NO_DATA = 93,     /* nothing succeeded */
    CT_EXIT_NOT_DURABLE = 94, /* measured, and the result could not be saved */
    CT_EXIT_THRESHOLD = 99    /* what had to hold did not */
};

#endif
