/*
 * Time. Inside ct a time is uint64_t nanoseconds; its name says which clock: monotonic (all
 * measuring) or wall (labels only: Unix nanoseconds). Text forms are those of the result files.
 */
#ifndef CT_BASE_CLOCK_H
#define CT_BASE_CLOCK_H

#include <stddef.h>
#include <stdint.h>

#define CT_NS_PER_US UINT64_C(1000)
#define CT_NS_PER_MS UINT64_C(1000000)
#define CT_NS_PER_S UINT64_C(1000000000)

uint64_t ct_clock_ns(void);      /* CLOCK_MONOTONIC */
uint64_t ct_clock_wall_ns(void); /* CLOCK_REALTIME, since the epoch */

/* One instant on both clocks, read together: t0 of a run. Wall times of a run are all derived from
 * it, so that a stepped wall clock changes no number. */
struct ct_instant {
    uint64_t mono_ns;
    uint64_t wall_ns;
};
struct ct_instant ct_instant_now(void);

enum { CT_TIME_TEXT = 40 }; /* room for any of the forms below with its NUL */

/* 2026-11-21T02:19:35.335221+00:00 : UTC with offset, six digits (request spans). Returns text. */
const char *ct_time_utc(uint64_t wall_ns, char text[CT_TIME_TEXT]);

/* 2026-11-21T02:19:35.335221 : local time without offset, six digits (executions, servers). */
const char *ct_time_local(uint64_t wall_ns, char text[CT_TIME_TEXT]);

/* 20261121_021935 : local, for file names. */
const char *ct_time_stamp(uint64_t wall_ns, char text[CT_TIME_TEXT]);

/* Parse ISO 8601 "YYYY-MM-DDTHH:MM:SS[.fraction][Z|+HH:MM|-HH:MM]", at most 9 digits of fraction
 * kept; without an offset it is local time. 'T' may be a space. Years 1970-2261. 0, or -1 when
 * text[0..len) is no such time (out_wall_ns is untouched). */
int ct_time_parse(const char *text, size_t len, uint64_t *out_wall_ns);

#endif
