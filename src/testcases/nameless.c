#include <stdlib.h>

#include "base/mem.h"
#include "testcases/testcases.h"

/* The test case of "ct run URL": the request as it was given, any 2xx or 3xx is right. */
struct nameless {
    struct ct_testcase base; /* first: a struct ct_testcase * is a struct nameless * */
    struct ct_request request;
};

static const struct nameless *self_of(const struct ct_testcase *t)
{
    return (const struct nameless *)t;
}

static int build(const struct ct_testcase *self, uint32_t load, struct ct_request *out,
                 struct ct_err *err)
{
    (void)load;
    (void)err;
    ct_request_copy(out, &self_of(self)->request);
    return 0;
}

static void check(const struct ct_testcase *self, uint32_t load, const struct ct_answer *answer,
                  struct ct_judgement *out)
{
    (void)self;
    (void)load;
    if (answer->status < 200 || answer->status > 399)
        out->failure = CT_FAILURE_HTTP_STATUS;
}

static void free_nameless(struct ct_testcase *self)
{
    struct nameless *n = (struct nameless *)self;
    ct_request_release(&n->request);
    free(n);
}

struct ct_testcase *ct_testcase_nameless(const struct ct_request *request)
{
    struct nameless *n = ct_xcalloc(1, sizeof(*n));
    ct_request_copy(&n->request, request);
    n->base = (struct ct_testcase){
        .name = "url",
        .file_name = "UrlTestCase",
        .description = "A request given on the command line.",
        .load_min = 1,
        .load_max = 1,
        .build = build,
        .check = check,
        .free = free_nameless,
    };
    return &n->base;
}
