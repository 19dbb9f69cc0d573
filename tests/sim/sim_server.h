/*
 * Synthetic servers with known capacities: one queue, first come first served, one worker whose
 * service times and pauses are drawn; by Lindley's recursion, so that a simulated second of 1,000
 * requests takes some 20 us.
 */
#ifndef CT_TESTS_SIM_SERVER_H
#define CT_TESTS_SIM_SERVER_H

#include "analysis/find.h"
#include "base/rng.h"

enum sim_kind {
    SIM_EXPONENTIAL, /* service 1 ms in the mean, Poisson arrivals: these and the next five */
    SIM_LOGNORMAL,   /* the same mean, sigma 1 */
    SIM_CONSTANT,    /* M/D/1 */
    SIM_STALLS,      /* exponential, and 1 % of requests take 100 ms more */
    SIM_GC,          /* exponential, and a pause of 100 ms each 10 s in the mean */
    SIM_PAUSES,      /* constant, and exponential pauses: of 5 ms each 1 s and of 40 ms each 40 s in
                        the mean, as of neighbours on a shared machine */
    SIM_CLIFF,       /* constant service, even arrivals */
    SIM_DRIFT,       /* exponential, 0.1 % slower each second */
    SIM_DIP,         /* exponential, ten times slower from 150/s to 350/s */
    SIM_WARM_UP,     /* exponential, three times slower at first, settling in 60 s */
    SIM_GENERATOR,   /* exponential; beyond 400/s the generator is at fault */
    SIM_STUCK,       /* exponential; once 300 requests wait, it never recovers */
};

struct sim_server {
    enum sim_kind kind;
    const char *name;
    const struct ct_find_opts *opts; /* whose limits are counted */
    struct ct_rng rng;
    double load_work; /* work of a request, over the usual: 1; of a load 2^(load - 10) */
    double work_s, clock_s, pause_in_s; /* work_s: waiting work; pause_in_s: GC, PAUSES */
    bool broken;                        /* STUCK */
    double spare;                       /* second normal of a pair; NAN: none */
};

void sim_server_init(struct sim_server *s, enum sim_kind kind, const struct ct_find_opts *opts,
                     uint64_t seed);

/* From now on requests ask for a load: twice the work with each above 10. */
void sim_server_load(struct sim_server *s, uint64_t load);

/* One second of open load. */
void sim_server_second(struct sim_server *s, double rate, struct ct_find_block *block);
/* One second of one connection, closed. */
void sim_server_closed(struct sim_server *s, struct ct_find_block *block);
double sim_server_backlog(const struct sim_server *s); /* requests waiting or in service */

/* Waits until it is idle, at most so long; returns the seconds. Not idle: *stuck. */
double sim_server_drain(struct sim_server *s, double at_most_s, bool *stuck);

#endif
