#include "analysis/ladder.h"

#include <math.h>
#include <stddef.h>

enum { UPPER_S = 10, LONGEST_S = 30 };

static const uint64_t connections[] = {1, 5, 10, 20, 50, 100, 200, 500};

static uint64_t at_most(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

void ct_ladder_init(struct ct_ladder *l, uint64_t first, uint64_t lowest, uint64_t highest)
{
    uint64_t rung = first > lowest ? first : lowest;
    *l = (struct ct_ladder){.rung = at_most(rung, highest), .lowest = lowest, .highest = highest};
}

static uint64_t next_up(struct ct_ladder *l)
{
    if (l->steps)
        for (size_t i = 0; i < sizeof(connections) / sizeof(*connections); i++)
            if (connections[i] > l->rung)
                return at_most(connections[i], l->highest);
    if (l->stride == 0)
        return at_most(2 * l->rung, l->highest);
    uint64_t stride = l->reach > 0 ? at_most(l->stride, l->reach) : l->stride;
    l->stride = 2 * stride;
    return at_most(l->rung + stride, l->highest);
}

static void squeeze(struct ct_ladder *l)
{
    uint64_t gap = l->broken - l->kept;
    if (gap > 1 && !(l->steps && 10 * gap <= l->kept)) {
        l->stage = CT_LADDER_SQUEEZE;
        l->rung = l->kept + gap / 2;
        return;
    }
    l->stage = CT_LADDER_UPPER;
    l->rung = l->broken;
}

static void broke(struct ct_ladder *l)
{
    if (l->stage == CT_LADDER_UPPER || l->rung <= l->lowest) {
        l->stage = CT_LADDER_DONE;
        l->broken = l->rung;
        return;
    }
    l->broken = l->rung;
    if (l->kept == 0)
        l->rung = l->rung / 4 > l->lowest ? l->rung / 4 : l->lowest;
    else
        squeeze(l);
}

static void held(struct ct_ladder *l)
{
    l->kept = l->rung;
    if (l->stage == CT_LADDER_UPPER) { /* it broke before: noise; one rung after the other now */
        l->broken = 0;
        l->stage = CT_LADDER_CLIMB;
        l->steps = false;
        l->stride = 1;
    }
    if (l->broken > 0) {
        squeeze(l);
    } else if (l->rung >= l->highest) {
        l->stage = CT_LADDER_TOP;
    } else {
        l->rung = next_up(l);
    }
}

double ct_ladder_seconds(const struct ct_ladder *l, double shortest)
{
    double s = l->stage == CT_LADDER_UPPER ? fmax(shortest, UPPER_S) : shortest;
    return fmin(s * pow(3, l->longer), LONGEST_S);
}

void ct_ladder_tell(struct ct_ladder *l, bool kept, bool sure)
{
    if (!sure && l->longer < 2) {
        l->longer++;
        return;
    }
    l->longer = 0;
    if (kept)
        held(l);
    else
        broke(l);
}
