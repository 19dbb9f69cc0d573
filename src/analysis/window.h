/*
 * What ended in a stretch of seconds, and a window that slides over them second by second: exact
 * sums of the last `length` seconds. Memory: a few hundred counts for each second of the window,
 * whatever the length of the run. Pure.
 */
#ifndef CT_ANALYSIS_WINDOW_H
#define CT_ANALYSIS_WINDOW_H

#include <stdbool.h>
#include <stdint.h>

#include "base/histogram.h"
#include "model/block.h"

struct ct_stretch {
    uint64_t started, ok, failed, cancelled;
    uint64_t skipped;             /* those that a stop kept from being due are not among them */
    struct ct_histogram response; /* of ok requests */
};
void ct_stretch_clear(struct ct_stretch *e); /* also what is not initialised but zeroed */
void ct_stretch_add(struct ct_stretch *e, const struct ct_stretch *more);
void ct_stretch_add_block(struct ct_stretch *e, const struct ct_block *b);

struct ct_window;

/* length 0: it only grows. */
struct ct_window *ct_window_new(uint32_t length);
void ct_window_free(struct ct_window *w); /* accepts NULL */

/* The next second; the one that falls out of the window is taken off. */
void ct_window_slide(struct ct_window *w, const struct ct_stretch *second);
uint32_t ct_window_seconds(const struct ct_window *w); /* in it now */
const struct ct_stretch *ct_window_sum(const struct ct_window *w);

/* The same for means of samples. */
struct ct_mean_window {
    struct ct_mean_part {
        double sum;
        uint64_t count;
    } * parts, total; /* parts: a ring, NULL when the window only grows */
    uint32_t length, seconds, first;
};
void ct_mean_window_init(struct ct_mean_window *w, uint32_t length);
void ct_mean_window_release(struct ct_mean_window *w);
void ct_mean_window_slide(struct ct_mean_window *w, const struct ct_mean_part *second);
double ct_mean_window_mean(const struct ct_mean_window *w); /* NAN: no sample */

#endif
