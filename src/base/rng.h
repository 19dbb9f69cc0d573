/*
 * Seeded random numbers: xoshiro256** (Blackman, Vigna 2018, public domain), seeded by splitmix64.
 * The same seed gives the same numbers on every machine. Not for secrets.
 */
#ifndef CT_BASE_RNG_H
#define CT_BASE_RNG_H

#include <stdint.h>

struct ct_rng {
    uint64_t s[4];
};

void ct_rng_init(struct ct_rng *r, uint64_t seed);
uint64_t ct_rng_next(struct ct_rng *r);
double ct_rng_unit(struct ct_rng *r);        /* in [0, 1), 53 bits */
double ct_rng_exponential(struct ct_rng *r); /* mean 1 */

#endif
