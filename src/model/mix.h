/*
 * What a run sends when it is more than one request: several of them with weights, and rows of
 * values for the {{name}} slots in their paths, header values and bodies. Which request and which
 * row index i of the plan gets is a pure function of i, so threads and repetitions send the same.
 */
#ifndef CT_MODEL_MIX_H
#define CT_MODEL_MIX_H

#include <stddef.h>
#include <stdint.h>

#include "model/request.h"

enum { CT_MIX_MAX = 10000, CT_MIX_ORDER_MAX = 1000000, CT_MIX_STEPS_MAX = 100000000 };

/* Rows of values: a table with named columns. Strings are owned. */
struct ct_feed {
    char **names; /* n_columns */
    char **cells; /* row by row */
    size_t n_columns, n_rows;
};
const char *const *ct_feed_row(const struct ct_feed *feed, uint64_t i); /* i modulo the rows */
int ct_feed_column(const struct ct_feed *feed, const char *name, size_t len); /* -1: none */
void ct_feed_release(struct ct_feed *feed);

/* Requests with weights. Owned. */
struct ct_mix {
    struct ct_request *requests;
    uint32_t *weights;
    size_t count;
    uint32_t *order; /* which request, by i modulo n_order */
    size_t n_order;
    struct ct_feed feed; /* n_rows 0: no slots */
};

/* Adds a request, which becomes the mix's. weight >= 1. */
void ct_mix_add(struct ct_mix *mix, struct ct_request *request, uint32_t weight);

/* After the last was added: spreads each request evenly (smooth weighted round robin, as nginx
 * does). Returns -1 when the weights, divided by what they share, add up to more than
 * CT_MIX_ORDER_MAX, or times their number to more than CT_MIX_STEPS_MAX. */
int ct_mix_set_order(struct ct_mix *mix);
size_t ct_mix_at(const struct ct_mix *mix, uint64_t i);

/* A short name of everything that is sent, as far as it may be told: methods, paths, header names,
 * lengths of bodies, weights, columns and number of a feed's rows. Values of headers and bodies
 * could be secrets. Owned by caller. */
char *ct_mix_digest(const struct ct_mix *mix);
char *ct_request_digest(const struct ct_request *r); /* "" when method and path say it all */
void ct_mix_release(struct ct_mix *mix);             /* accepts a zeroed struct */

#endif
