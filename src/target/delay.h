/*
 * How long an answer is to take, and when a server hears nothing: the truth that a client's
 * latencies are held against. Pure but for the random numbers, which are seeded.
 */
#ifndef CT_TARGET_DELAY_H
#define CT_TARGET_DELAY_H

#include <stdint.h>

#include "base/err.h"
#include "base/rng.h"

enum ct_delay_kind {
    CT_DELAY_NONE,      /* at once */
    CT_DELAY_CONSTANT,  /* usual_ns */
    CT_DELAY_MIXTURE,   /* rare_ns with the probability rare_share, else usual_ns */
    CT_DELAY_LOGNORMAL, /* median usual_ns, sigma of the logarithm; at most CT_DELAY_MAX_NS */
};

#define CT_DELAY_MAX_NS UINT64_C(60000000000)

struct ct_delay {
    enum ct_delay_kind kind;
    uint64_t usual_ns;
    uint64_t rare_ns;
    double rare_share; /* 0..1 */
    double sigma;
};

/* "0", "5ms", "mix:1ms,50ms,5%" or "lognormal:2ms,0.5"; delays of at most a minute. 0, or CT_EUSAGE
 * with out untouched. */
int ct_delay_parse(const char *text, struct ct_delay *out, struct ct_err *err);

/* The next delay. */
uint64_t ct_delay_draw_ns(const struct ct_delay *d, struct ct_rng *rng);

/* The last deaf_ns of every every_ns, counted from the start. every_ns 0: never. */
struct ct_deafness {
    uint64_t deaf_ns;
    uint64_t every_ns;
};

/* "500ms/2s" (less than the whole) or "0". 0, or CT_EUSAGE with out untouched. */
int ct_deafness_parse(const char *text, struct ct_deafness *out, struct ct_err *err);

/* When the deaf time that since_start_ns lies in ends, on the same scale; 0 when in none. */
uint64_t ct_deafness_end_ns(const struct ct_deafness *d, uint64_t since_start_ns);

#endif
