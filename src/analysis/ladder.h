/*
 * The search over whole numbers: rates below 20/s, loads, connections. Up the rungs (doubling the
 * step, or the steps of connections; loads no further than is safe) to the first that breaks, then
 * the middle until the neighbours are next to each other (connections: within a tenth), then the
 * upper one once more and longer. A probe that is within its own noise is repeated three times as
 * long, up to 30 s. Pure.
 */
#ifndef CT_ANALYSIS_LADDER_H
#define CT_ANALYSIS_LADDER_H

#include <stdbool.h>
#include <stdint.h>

enum ct_ladder_stage {
    CT_LADDER_CLIMB,
    CT_LADDER_SQUEEZE,
    CT_LADDER_UPPER,
    CT_LADDER_DONE, /* kept is the answer; 0: not even the lowest */
    CT_LADDER_TOP,  /* the highest was kept */
};

struct ct_ladder {
    enum ct_ladder_stage stage;
    uint64_t rung, lowest, highest;
    uint64_t kept, broken; /* 0: none yet */
    uint64_t stride;       /* CLIMB: to the next rung; 0: doubles the rung */
    uint64_t reach;        /* CLIMB: with a stride, the next rung is at most so far up; 0: any */
    bool steps;            /* the rungs of connections */
    unsigned longer;       /* how often this rung was repeated */
};

/* Rates: the rung doubles. */
void ct_ladder_init(struct ct_ladder *l, uint64_t first, uint64_t lowest, uint64_t highest);
void ct_ladder_tell(struct ct_ladder *l, bool kept, bool sure);
double ct_ladder_seconds(const struct ct_ladder *l, double shortest); /* of the next probe */

#endif
