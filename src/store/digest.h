/*
 * What a comparison needs of a result document, streamed: of each execution its plan and
 * environment as facts, the numbers of its summary, and its seconds. Memory does not depend on
 * requests. Both forms are read; unknown keys and nulls are passed over.
 */
#ifndef CT_STORE_DIGEST_H
#define CT_STORE_DIGEST_H

#include <stddef.h>

#include "base/err.h"
#include "model/comparison.h"

/* A scalar as it is written: "offered_rps", "500". */
struct ct_fact {
    char *name, *value;
};
struct ct_facts {
    struct ct_fact *items;
    size_t count;
};

/* NULL: it is not there (or null). */
const char *ct_facts_find(const struct ct_facts *f, const char *name);

/* One execution. Strings are owned. */
struct ct_digest {
    char test_case[128];          /* "FibonacciTestCase"; cut when longer */
    double load;                  /* 0: there is none */
    double warm_up_s, duration_s; /* of the plan; NAN while they are not known */
    struct ct_facts plan;         /* all of it; stages as "stages[0].from_rps" */
    struct ct_facts environment; /* ct_version hostname kernel cpu_model cpus memory_kib method path
                                    base_url request */
    struct ct_compare_run run;   /* of the summary; variances and df NAN. Invalid, too, is one that
                                    ended before its plan or sent nothing */
};
void ct_digest_release(struct ct_digest *e); /* accepts a zeroed struct */

/* Each may be NULL. */
struct ct_digest_handler {
    /* so_far: the execution as far as it was read; in documents of ct the summary comes first */
    void (*second)(void *ctx, const struct ct_digest *so_far,
                   const struct ct_compare_second *second);
    /* ends an execution; the strings of e become the handler's, e itself does not */
    void (*execution)(void *ctx, struct ct_digest *e);
    void *ctx;
};

/* CT_EFAIL when the file is missing or cannot be read, CT_EUSAGE with file and line when it is not
 * JSON or no result of ct; the handler may have been called before that. */
int ct_digest_read(const char *path, const struct ct_digest_handler *handler, struct ct_err *err);
int ct_digest_parse(const char *text, size_t len, const char *path,
                    const struct ct_digest_handler *handler, struct ct_err *err);

#endif
