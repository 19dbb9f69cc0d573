/* A test case from a declaration in the config. */
#ifndef CT_TESTCASES_DECLARED_H
#define CT_TESTCASES_DECLARED_H

#include "base/err.h"
#include "model/config.h"
#include "model/testcase.h"

/* decl is borrowed until the case is freed. CT_EUSAGE when a template cannot be expanded at
 * load_min. */
int ct_testcase_declared(const struct ct_case_decl *decl, struct ct_testcase **out,
                         struct ct_err *err);

#endif
