/* How the picture of a search counts: the y axis of one limit. */
#ifndef CT_SERVICES_KNEE_H
#define CT_SERVICES_KNEE_H

#include "analysis/find.h"
#include "model/threshold.h"

enum { CT_KNEE_LABEL = 320 };

/* y's unit over that of the fitted curve: percent of requests for a share; ms, percent or bytes for
 * a mean. */
double ct_knee_unit(const struct ct_threshold *t, const struct ct_find_limit *l);

/* "Requests beyond p(99)<20ms, %", "avg, ms". */
void ct_knee_label(const struct ct_threshold *t, const struct ct_find_limit *l,
                   char label[CT_KNEE_LABEL]);

/* The limit itself, as the fitted curve counts. */
double ct_knee_limit(const struct ct_find_limit *l);

#endif
