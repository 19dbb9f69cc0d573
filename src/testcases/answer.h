/* What judging answers needs in several test cases. Pure, no allocation. */
#ifndef CT_TESTCASES_ANSWER_H
#define CT_TESTCASES_ANSWER_H

#include <stdbool.h>
#include <stddef.h>

#include "base/jsonscan.h"
#include "model/request.h"

/* Status 200 and a JSON object whose first two wants are ISO times, start <= end: fills the span.
 * The other wants are found too. false: out says why not. */
bool ct_answer_span(const struct ct_answer *answer, struct ct_json_want *wants, size_t n_wants,
                    struct ct_judgement *out);

/* The span alone, from a body of any status. false: out->failure is BAD_ANSWER. */
bool ct_answer_times(const struct ct_answer *answer, struct ct_json_want *wants, size_t n_wants,
                     struct ct_judgement *out);

void ct_answer_bad(struct ct_judgement *out, const char *detail); /* detail: static text */

#endif
