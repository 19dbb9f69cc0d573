/*
 * The registry of test cases: built in, declared in the config, and the nameless one of "ct run
 * URL".
 */
#ifndef CT_TESTCASES_TESTCASES_H
#define CT_TESTCASES_TESTCASES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "model/config.h"
#include "model/testcase.h"

extern const struct ct_testcase ct_testcase_fibonacci;
extern const struct ct_testcase ct_testcase_bubble_sort;

/* All known cases, built in first; the config's are made here. */
struct ct_testcases {
    const struct ct_testcase **items;
    size_t count;
};

/* config may be NULL. CT_EUSAGE names file, line and key for a bad declaration (bad template, a
 * name taken twice or by a built-in). */
int ct_testcases_init(struct ct_testcases *out, const struct ct_config *config, struct ct_err *err);
void ct_testcases_release(struct ct_testcases *t);

/* CT_EUSAGE lists the names and suggests the nearest. */
int ct_testcases_find(const struct ct_testcases *t, const char *name,
                      const struct ct_testcase **out, struct ct_err *err);

/* The nameless case: sends request as it is (copied), takes any 2xx or 3xx. Free with its free().
 */
struct ct_testcase *ct_testcase_nameless(const struct ct_request *request);

/* "my-case" -> "MyCaseTestCase"; owned by caller. */
char *ct_testcase_file_name(const char *name);

/* --- templates: {expression} with digits, load, + - * / ^ ( ) (pure, fuzzed) --- */

/* Evaluate one expression without its braces; integers, ^ right-associative, / rounds down;
 * overflow of 63 bits, division by 0 and negative results are errors. */
int ct_template_eval(const char *text, size_t len, uint64_t load, uint64_t *out,
                     struct ct_err *err);

/* Replace every {...} that holds only expression characters and spaces; other braces, also those
 * with nothing between them, stay as they are. Owned by caller. */
int ct_template_expand(const char *text, uint64_t load, char **out, struct ct_err *err);
bool ct_template_uses_load(const char *text);

#endif
