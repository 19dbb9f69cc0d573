/* What "ct doctor" says, for a terminal. */
#ifndef CT_REPORT_CHECKUP_H
#define CT_REPORT_CHECKUP_H

#include <stdio.h>

#include "model/checkup.h"
#include "model/proof.h"
#include "report/table.h"

void ct_print_checkup(FILE *to, const struct ct_style *style, const struct ct_checkup *c,
                      const struct ct_diagnosis *d);

void ct_print_proof(FILE *to, const struct ct_style *style, const struct ct_proof *p);

#endif
