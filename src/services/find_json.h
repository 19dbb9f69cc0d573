/* Parts of a search's JSON, for every document that holds one: members of an object that is open.
 * Private to services. */
#ifndef CT_SERVICES_FIND_JSON_H
#define CT_SERVICES_FIND_JSON_H

#include "services/find.h"
#include "store/json_out.h"

const char *ct_find_json_axis(enum ct_find_axis axis);

/* What was searched for: arrivals, limits, precision, confidence, budget_s, seed. */
void ct_find_json_question(struct ct_json_out *o, const struct ct_finding_opts *opts);

void ct_find_json_trial(struct ct_json_out *o, const struct ct_find_trial *t,
                        const struct ct_finding_trial *more, const struct ct_finding_opts *opts);

void ct_find_json_warnings(struct ct_json_out *o, unsigned warnings); /* "warnings": [...] */

void ct_find_json_answer(struct ct_json_out *o, const struct ct_finding *f,
                         const struct ct_finding_opts *opts); /* "answer": {...} */

void ct_find_json_knowledge(struct ct_json_out *o, const struct ct_finding *f); /* "posterior",
                                                                                   "curve" */

#endif
