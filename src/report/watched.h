/* What the watched servers showed, in the text summary. Private to report. */
#ifndef CT_REPORT_WATCHED_H
#define CT_REPORT_WATCHED_H

#include "model/summary.h"
#include "report/page.h"

/* As many servers as fit. */
void ct_page_servers(struct ct_page *p, const struct ct_summary *s);

/* The sentence that ends the summary, and how many lines it takes there: kept for it, whatever
 * stands above. */
void ct_page_conclusion(struct ct_page *p, const struct ct_summary *s);
unsigned ct_page_conclusion_lines(const struct ct_page *p, const struct ct_summary *s);

#endif
