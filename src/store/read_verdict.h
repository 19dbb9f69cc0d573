/*
 * The verdict in a summary of ct, for the readers of result documents: what it is, and the first
 * reason; a run that was cut short is invalid to them, whatever its verdict was. Private to store.
 */
#ifndef CT_STORE_READ_VERDICT_H
#define CT_STORE_READ_VERDICT_H

#include "store/read.h"

struct ct_read_verdict {
    bool given;
    enum ct_verdict verdict;
    char why[CT_REASON_TEXT]; /* what spoilt it, else that it was cut short; "": neither */
    bool cut_short;
};

/* Before an execution is read. */
void ct_read_verdict_init(struct ct_read_verdict *v);

/* Rows and end of a table whose begin gives a struct ct_read_verdict. */
extern const struct ct_json_key ct_read_verdict_keys[2];
int ct_read_verdict_end(struct ct_json_reader *r, void *base, struct ct_err *err);

#endif
