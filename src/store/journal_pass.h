/* One pass over a journal, record by record: for whoever needs several places of it at a time. */
#ifndef CT_STORE_JOURNAL_PASS_H
#define CT_STORE_JOURNAL_PASS_H

#include "store/journal.h"

struct ct_pass;

/* Bounds, head and errors as those of ct_journal_read. */
int ct_pass_open(const char *path, uint64_t from, uint64_t to, struct ct_journal_head *out_head,
                 struct ct_pass **out, struct ct_err *err);

/* From here on only samples of threads in [first, last]. */
void ct_pass_threads(struct ct_pass *p, unsigned first, unsigned last);

/* Read the next record and hand it to the reader; *out_more is false when there is none. What a
 * callback borrows besides texts is good until the next step; texts until the pass is closed.
 * Returns what the callback returned, or CT_EFAIL. */
int ct_pass_step(struct ct_pass *p, const struct ct_journal_reader *reader, bool *out_more,
                 struct ct_err *err);

uint64_t ct_pass_offset(const struct ct_pass *p); /* where the last whole record ended */
bool ct_pass_torn(const struct ct_pass *p);       /* the last step met a torn or corrupt record */

void ct_pass_close(struct ct_pass *p); /* accepts NULL */

#endif
