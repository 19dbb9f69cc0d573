/* One side of a comparison while its files are read. Private to the compare service. */
#ifndef CT_SERVICES_COMPARE_SIDE_H
#define CT_SERVICES_COMPARE_SIDE_H

#include "services/compare.h"

/* The runs of one test case at one load. */
struct ct_side_point {
    struct ct_digest first; /* of the first run: plan, environment; owned */
    char *file;             /* where the first run stands */
    struct ct_compare_run *runs;
    size_t count;
};

struct ct_side_reading {
    struct ct_side_point *points;
    size_t count;
    char *name; /* of the files: "a.json", "a.json and 3 more" */
};

/* Runs of a side that were not measured alike are added to differences of c. */
int ct_side_read(const struct ct_list *files, const char *storage, struct ct_comparison *c,
                 struct ct_side_reading *out, struct ct_err *err);
void ct_side_release(struct ct_side_reading *s); /* accepts a zeroed struct */

/* What differs in plan and environment, as differences of c; at says where ("load 13: " or "").
 * rate: the offered rate counts, too. Returns how many. */
size_t ct_side_differences(const struct ct_digest *a, const struct ct_digest *b, bool rate,
                           const char *at, struct ct_comparison *c);

#endif
