#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "testcases/testcases.h"

static struct ct_testcase *make(void)
{
    struct ct_request given;
    ct_request_init(&given, "PUT", "/{load}?a=b");
    ct_request_add_header(&given, "X-A", "{2^load}");
    ct_request_set_body(&given, "{load}", 6);
    struct ct_testcase *t = ct_testcase_nameless(&given);
    ct_request_release(&given); /* it was copied */
    return t;
}

Test(nameless, sends_the_request_as_it_is_at_any_load)
{
    struct ct_testcase *t = make();
    struct ct_request r;
    struct ct_err err = {0};
    cr_assert(zero(int, t->build(t, 9, &r, &err)));
    cr_expect(eq(str, r.method, (char *)"PUT"));
    cr_expect(eq(str, r.path, (char *)"/{load}?a=b"));
    cr_assert(eq(sz, r.n_headers, 1));
    cr_expect(eq(str, r.headers[0].name, (char *)"X-A"));
    cr_expect(eq(str, r.headers[0].value, (char *)"{2^load}"));
    cr_expect(eq(sz, r.body_len, 6));
    ct_request_release(&r);
    t->free(t);
}

Test(nameless, has_no_load_and_needs_no_body)
{
    struct ct_testcase *t = make();
    cr_expect(not(t->has_load));
    cr_expect(not(t->needs_body));
    cr_expect(eq(u32, t->load_min, 1));
    t->free(t);
}

Test(nameless, any_2xx_or_3xx_is_right)
{
    static const struct {
        int status;
        enum ct_failure failure;
    } cases[] = {{199, CT_FAILURE_HTTP_STATUS}, {200, CT_FAILURE_NONE},
                 {204, CT_FAILURE_NONE},        {302, CT_FAILURE_NONE},
                 {399, CT_FAILURE_NONE},        {400, CT_FAILURE_HTTP_STATUS},
                 {503, CT_FAILURE_HTTP_STATUS}};
    struct ct_testcase *t = make();
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct ct_judgement j = {0};
        struct ct_answer a = {.status = cases[i].status, .body_len = 10};
        t->check(t, 1, &a, &j);
        cr_expect(eq(int, j.failure, cases[i].failure), "%d", cases[i].status);
        cr_expect(not(j.has_span));
    }
    t->free(t);
}
