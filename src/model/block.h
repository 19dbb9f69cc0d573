/*
 * What happened in one second of a run, on one loop thread; and, merged, in the whole run. The unit
 * that is handed over to the writer, journalled, and (later) sent by agents. Every number counts in
 * the second in which it happened; sums over blocks are the totals. All merges are exact.
 */
#ifndef CT_MODEL_BLOCK_H
#define CT_MODEL_BLOCK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/histogram.h"
#include "model/failure.h"

enum { CT_STATUS_MAX = 1000 }; /* status codes are < this */

/* Histograms of a block, by name in result files. */
enum ct_series {
    CT_SERIES_RESPONSE,          /* done - due, ok requests */
    CT_SERIES_SERVING,           /* done - begun, ok: response without the generator's lateness */
    CT_SERIES_SETUP,             /* sent - begun, ok */
    CT_SERIES_SERVICE,           /* done - sent, ok */
    CT_SERIES_SERVER_PROCESSING, /* the server's own span, ok requests that have one */
    CT_SERIES_LATENESS,          /* begun - due, every request begun */
    CT_SERIES_RECEIVE_LAG,       /* return of the poll to the stamp of done, every answer */
    CT_SERIES_COUNT
};
const char *ct_series_name(enum ct_series s); /* "response" ... */

struct ct_block {
    uint64_t second; /* [t0 + second, + 1 s) */
    bool warm_up;    /* of requests due in the warm-up; those of the rest are in a block of their
                        own. in_flight counts both and stands in the rest's */

    uint64_t due;     /* plan indices whose due time came (counted by the pacer) */
    uint64_t started; /* begun */
    uint64_t ok;
    uint64_t ok_due_in_window;  /* ok; always among those due in the window */
    uint64_t ok_done_in_window; /* ok, and done before the end of the plan */
    uint64_t failed[CT_FAILURE_COUNT];
    uint64_t skipped[CT_SKIP_COUNT];
    uint64_t cancelled;
    uint64_t wire_attempts; /* requests of which a byte was written, each time it was */
    uint64_t bytes_sent, bytes_received;
    uint64_t connections_opened, connections_closed;
    uint64_t in_flight;     /* at the end of the second (merged threads: sum) */
    uint64_t in_flight_max; /* largest in it */

    uint64_t loop_ns; /* time the loop ran; with wait_ns and spin_ns: busy = loop - wait - spin */
    uint64_t wait_ns; /* waiting in the poll */
    uint64_t spin_ns; /* turning without waiting */
    uint64_t gaps;    /* loop gaps >= 50 ms that ended in this second */
    uint64_t gap_ns, gap_max_ns;

    uint32_t status[CT_STATUS_MAX]; /* complete answers by status code */
    struct ct_histogram series[CT_SERIES_COUNT];
};

/* A zeroed struct is a block of second 0; so what comes from calloc takes no memory until it is
 * used, and most of a histogram never is. */
void ct_block_init(struct ct_block *b, uint64_t second);
void ct_block_clear(struct ct_block *b, uint64_t second); /* cheaper than init for a used block */

/* Add from to into: another thread's block of the same second, or a later second. in_flight adds up
 * in the same second; for a later one it becomes from's. into->second stays. */
void ct_block_merge(struct ct_block *into, const struct ct_block *from);

uint64_t ct_block_failed(const struct ct_block *b);  /* sum over classes */
uint64_t ct_block_skipped(const struct ct_block *b); /* sum over reasons */

#endif
