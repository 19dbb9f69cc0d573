/*
 * What is happening, on stderr: one live line on a tty, else a line when a test starts and one each
 * 5 s. Called from the main thread.
 */
#ifndef CT_REPORT_PROGRESS_H
#define CT_REPORT_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct ct_progress;

/* Numbers of the test that is running. */
struct ct_progress_now {
    double elapsed_s, duration_s;
    uint64_t sent, planned, ok, failed, skipped, in_flight;
    double p50_ms, p99_ms; /* so far; NAN unknown */
};

/* quiet: shows nothing. On a terminal the log hook is taken, so that a line of the log clears the
 * live line first: one progress at a time. */
struct ct_progress *ct_progress_new(bool quiet);
struct ct_progress *ct_progress_new_to(FILE *to, bool live, bool quiet);
void ct_progress_test(struct ct_progress *p, const char *title); /* a test starts */
void ct_progress_update(struct ct_progress *p,
                        const struct ct_progress_now *now); /* few times a second */
/* Between tests; shown on a terminal only. */
void ct_progress_rest(struct ct_progress *p, double left_s);
void ct_progress_end(struct ct_progress *p); /* the test ended: clears the live line */
void ct_progress_free(struct ct_progress *p);

#endif
