/*
 * ct analyze search: what a saved search found, as text for people and as its picture, as ct find
 * draws it.
 */
#ifndef CT_SERVICES_ANALYZE_SEARCH_H
#define CT_SERVICES_ANALYZE_SEARCH_H

#include "base/buf.h"
#include "base/err.h"
#include "store/searched.h"

/* What answer number which says, in a line without its end: "sustains 769/s (95 %: 750/s to 790/s)
 * with p(99)<20ms; ended: precise; p(99)<20ms gave way first; confirmed". */
void ct_searched_text(const struct ct_searched *s, size_t which, struct ct_buf *out);

/* Draw that answer with its trials. CT_EUSAGE when the file has no curve to draw (a classic search)
 * or limits that are none. */
int ct_searched_chart(const struct ct_searched *s, size_t which, const char *path,
                      struct ct_err *err);

#endif
