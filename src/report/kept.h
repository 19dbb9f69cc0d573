/* Thresholds in the text summary. Private to report. */
#ifndef CT_REPORT_KEPT_H
#define CT_REPORT_KEPT_H

#include "model/summary.h"
#include "report/page.h"

void ct_page_thresholds(struct ct_page *p, const struct ct_summary *s);

#endif
