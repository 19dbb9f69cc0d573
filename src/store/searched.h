/*
 * The search in a saved document (under "search"), read again: of ct find one search, of ct
 * benchmark one for the load and one for each rate, or a classic one, whose points stand for
 * answers. Unknown keys and nulls are passed over; numbers that are not there are NAN, texts "".
 */
#ifndef CT_STORE_SEARCHED_H
#define CT_STORE_SEARCHED_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

enum {
    CT_SEARCHED_LIMITS_MAX = 8,
    CT_SEARCHED_CURVE_MAX = 64,
    CT_SEARCHED_TEXT = 256,
    CT_SEARCHED_WORD = 32
};

/* One trial. Of a classic search only phase, load, rps, mean_ms, kept, valid, ok, failed. */
struct ct_searched_trial {
    char axis[CT_SEARCHED_WORD]; /* of a benchmark: "load" or "rate"; else "" */
    char phase[CT_SEARCHED_WORD];
    double load, rps, at, seconds, requests, mean_ms;
    double ok, failed;
    double over[CT_SEARCHED_LIMITS_MAX];   /* requests over each limit */
    double values[CT_SEARCHED_LIMITS_MAX]; /* of each limit's metric: ms, percent or bytes */
    bool valid, overload, kept;
    char broke[CT_SEARCHED_TEXT];
};

struct ct_searched_point {
    double at, value; /* share over the limit, or its mean, as fitted */
};

/* What one search came to. */
struct ct_searched_answer {
    char axis[CT_SEARCHED_WORD]; /* "rate", "connections", "load" */
    double load, rps;            /* a benchmark's: at this load, or at this rate */
    double capacity, low, high;
    bool at_least, confirmed;
    char ending[CT_SEARCHED_WORD];
    char gave_way[CT_SEARCHED_TEXT];
    char warnings[CT_SEARCHED_TEXT]; /* "drifts, few_visits" */
    struct ct_searched_point curve[CT_SEARCHED_CURVE_MAX];
    size_t n_curve;
};

struct ct_searched {
    char test_case[CT_SEARCHED_TEXT];
    char kind[CT_SEARCHED_WORD]; /* "find", "classic" */
    char arrivals[CT_SEARCHED_WORD];
    char limits[CT_SEARCHED_LIMITS_MAX][CT_SEARCHED_TEXT];
    size_t n_limits;
    double confidence;
    struct ct_searched_trial *trials; /* in the order in which they ran */
    size_t n_trials;
    struct ct_searched_answer *answers;
    size_t n_answers;
};

/* CT_EFAIL when the file cannot be read, CT_EUSAGE with place and cause when it is not JSON or
 * holds no search. Release out in any case. */
int ct_searched_read(const char *path, struct ct_searched *out, struct ct_err *err);
int ct_searched_parse(const char *text, size_t len, const char *path, struct ct_searched *out,
                      struct ct_err *err);
void ct_searched_release(struct ct_searched *s); /* accepts a zeroed struct */

/* The trial was one of that search. */
bool ct_searched_belongs(const struct ct_searched_trial *t, const struct ct_searched_answer *a);

#endif
