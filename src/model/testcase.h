/*
 * A test case: what to ask the system under test at a load, and how to judge its answer.
 *
 * Pure: no I/O, no clock, no global state; check() is called on the hot path, from several threads
 * at once, and allocates nothing. Built-in cases are constants in src/testcases; cases from the
 * config and the nameless case of "ct run URL" embed this struct as their first member.
 */
#ifndef CT_MODEL_TESTCASE_H
#define CT_MODEL_TESTCASE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "model/request.h"

struct ct_testcase {
    const char *name;        /* kebab-case, [a-z][a-z0-9-]*: the command line's name for it */
    const char *file_name;   /* name in result files: "FibonacciTestCase" */
    const char *description; /* one sentence, for files and "ct testcases" */
    const char *load_help; /* what the load means: "size of the array is 2^load"; NULL: no {load} */
    uint32_t load_min;     /* minRecommendedLoad: where the load search begins, >= 1 */
    uint32_t load_max;     /* largest meaningful load */
    bool has_load;         /* false: the load changes nothing, a benchmark has no load search */
    bool needs_body;       /* check() looks at the body: the transport must keep it */

    /* Runs once per run. out is initialised here; release it with ct_request_release. */
    int (*build)(const struct ct_testcase *self, uint32_t load, struct ct_request *out,
                 struct ct_err *err);

    /* Judge one complete answer. *out is zeroed by the caller. */
    void (*check)(const struct ct_testcase *self, uint32_t load, const struct ct_answer *answer,
                  struct ct_judgement *out);

    /* Free a case made at run time; NULL for constants. */
    void (*free)(struct ct_testcase *self);
};

#endif
