/* One side of a comparison while its files are read. Private to the compare service. */
#ifndef CT_SERVICES_COMPARE_SIDE_H
#define CT_SERVICES_COMPARE_SIDE_H

#include "services/compare.h"
#include "store/digest.h"

/* Where a run stands. */
struct ct_side_place {
    char *path;
    size_t position; /* among the executions of its file */
};

/* The runs of one test case at one load. */
struct ct_side_point {
    struct ct_digest first; /* of the first run: plan, environment; owned */
    char *file;             /* of the first run, as it was named */
    struct ct_side_place *places;
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

/* How runs of a's plan differ, from the history of the storage, without the runs that are compared
 * (B's would make its own change look like noise); a note says where it comes from, or why it does
 * not. false: it is not known. */
bool ct_side_noise(const struct ct_side_point *a, const struct ct_side_point *b,
                   const char *storage, struct ct_comparison *c, struct ct_run_noise *out);

#endif
