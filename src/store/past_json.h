/* A run of the past as a JSON object, its figures under their keys. */
#ifndef CT_STORE_PAST_JSON_H
#define CT_STORE_PAST_JSON_H

#include "model/past.h"
#include "store/json_out.h"

/* In an array. number: "run"; 0: without. */
void ct_past_put(struct ct_json_out *o, const struct ct_past_run *r, size_t number);

#endif
