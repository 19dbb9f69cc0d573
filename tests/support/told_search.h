/*
 * A search that is told its outcomes by hand: no server, no clock, no noise.
 */
#ifndef CT_TEST_TOLD_SEARCH_H
#define CT_TEST_TOLD_SEARCH_H

#include "analysis/find.h"

/* How long each answer takes; NAN: the run is invalid. */
typedef double told_model(const struct ct_find_action *a, const void *ctx);

/* A run of which every answer took response_s; limit_s is that of the first limit. */
void told_answer(struct ct_find *f, const struct ct_find_action *a, double response_s,
                 double limit_s);

/* A whole search of what the model answers; the seconds it took. */
double told_search(const struct ct_find_opts *opts, told_model *model, const void *ctx,
                   struct ct_find_answer *out);

/* A mean of at most 2 s, no calibration. */
struct ct_find_opts told_whole_numbers(enum ct_find_axis axis);

/* The same over rates, the first of them 1,000/s, without a confirming run. */
struct ct_find_opts told_from_1000(double budget_s);

/* Quick answers to the first rate and to the next above; next is what follows. The caller frees. */
struct ct_find *told_climbing(const struct ct_find_opts *opts, struct ct_find_action *next);

/* Three attempts at a run, all invalid. */
void told_cannot_send(struct ct_find *f);

#endif
