/*
 * What single values of config.json must look like. Each answers 0, or CT_EUSAGE with a line that
 * says what is wrong and what to write; the place is put in front by the caller. Pure.
 */
#ifndef CT_STORE_CONFIG_CHECK_H
#define CT_STORE_CONFIG_CHECK_H

#include "base/err.h"

int ct_config_check_text(const char *text, struct ct_err *err);   /* not empty, one line */
int ct_config_check_url(const char *text, struct ct_err *err);    /* app.url */
int ct_config_check_host(const char *text, struct ct_err *err);   /* a server to log in to */
int ct_config_check_case(const char *text, struct ct_err *err);   /* name of a test case */
int ct_config_check_method(const char *text, struct ct_err *err); /* of a request */
int ct_config_check_path(const char *text, struct ct_err *err);   /* may hold {expressions} */
int ct_config_check_header(const char *name, const char *value, struct ct_err *err);
int ct_config_check_allow(const char *text, struct ct_err *err); /* a target's host or pattern */

#endif
