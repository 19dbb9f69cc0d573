#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <string.h>

#include "testcases/declared.h"
#include "testcases/testcases.h"

static char name[] = "find-user", search_word[] = "users";
static char span_start[] = "begun", span_end[] = "ended";
static int created[] = {200, 201};
static struct ct_case_decl decl;
static struct ct_testcase *testcase;

static void declare(const char *method, const char *path)
{
    decl = (struct ct_case_decl){.name = name, .load_min = 1, .load_max = 1000, .line = 7};
    ct_request_init(&decl.request, method, path);
}

static void make(void)
{
    struct ct_err err = {0};
    cr_assert(zero(int, ct_testcase_declared(&decl, &testcase, &err)), "%s", err.msg);
}

static void refused(const char *because)
{
    struct ct_err err = {0};
    struct ct_testcase *none = NULL;
    cr_assert(eq(int, ct_testcase_declared(&decl, &none, &err), CT_EUSAGE));
    cr_expect(eq(ptr, none, NULL));
    cr_expect(ne(ptr, strstr(err.msg, because), NULL), "%s", err.msg);
}

static void clean(void)
{
    if (testcase != NULL)
        testcase->free(testcase);
    testcase = NULL;
    ct_request_release(&decl.request);
}

static struct ct_judgement judge(int status, const char *body)
{
    struct ct_judgement j = {0};
    struct ct_answer a = {
        .status = status, .body = body, .body_len = body != NULL ? strlen(body) : 0};
    testcase->check(testcase, 3, &a, &j);
    return j;
}

TestSuite(declared, .fini = clean);

Test(declared, path_headers_and_body_take_the_load)
{
    declare("POST", "/users/{load}?page={2^load}&raw={name}");
    ct_request_add_header(&decl.request, "X-Size", "{load*10} kB");
    ct_request_set_body(&decl.request, "{\"n\": {load}}", 13);
    make();
    struct ct_request r;
    struct ct_err err = {0};
    cr_assert(zero(int, testcase->build(testcase, 5, &r, &err)), "%s", err.msg);
    cr_expect(eq(str, r.method, (char *)"POST"));
    cr_expect(eq(str, r.path, (char *)"/users/5?page=32&raw={name}"));
    cr_assert(eq(sz, r.n_headers, 1));
    cr_expect(eq(str, r.headers[0].value, (char *)"50 kB"));
    cr_assert(eq(sz, r.body_len, 8));
    cr_expect(zero(int, memcmp(r.body, "{\"n\": 5}", 8)));
    ct_request_release(&r);
}

Test(declared, has_the_names_and_loads_of_its_declaration)
{
    declare("GET", "/users/{load}");
    decl.load_min = 4;
    decl.load_max = 40;
    make();
    cr_expect(eq(str, (char *)testcase->name, (char *)"find-user"));
    cr_expect(eq(str, (char *)testcase->file_name, (char *)"FindUserTestCase"));
    cr_expect(eq(str, (char *)testcase->description, (char *)"GET /users/{load}"));
    cr_expect(eq(u32, testcase->load_min, 4));
    cr_expect(eq(u32, testcase->load_max, 40));
    cr_expect(testcase->has_load && testcase->load_help != NULL);
}

Test(declared, without_the_word_load_there_is_no_load)
{
    declare("GET", "/users/{7}");
    ct_request_add_header(&decl.request, "X-A", "payload");
    make();
    cr_expect(not(testcase->has_load));
    cr_expect(eq(ptr, (void *)testcase->load_help, NULL));
}

Test(declared, a_load_in_a_header_alone_is_a_load)
{
    declare("GET", "/");
    ct_request_add_header(&decl.request, "X-A", "{load}");
    make();
    cr_expect(testcase->has_load);
}

Test(declared, any_2xx_is_expected_when_nothing_is_said)
{
    declare("GET", "/");
    make();
    cr_expect(not(testcase->needs_body));
    cr_expect(eq(int, judge(200, NULL).failure, CT_FAILURE_NONE));
    cr_expect(eq(int, judge(299, NULL).failure, CT_FAILURE_NONE));
    cr_expect(eq(int, judge(199, NULL).failure, CT_FAILURE_HTTP_STATUS));
    cr_expect(eq(int, judge(302, NULL).failure, CT_FAILURE_HTTP_STATUS));
    cr_expect(eq(int, judge(404, NULL).failure, CT_FAILURE_HTTP_STATUS));
}

Test(declared, only_the_expected_statuses_pass_when_they_are_given)
{
    declare("GET", "/");
    decl.expect_status = created;
    decl.n_expect_status = 2;
    make();
    cr_expect(eq(int, judge(201, NULL).failure, CT_FAILURE_NONE));
    cr_expect(eq(int, judge(200, NULL).failure, CT_FAILURE_NONE));
    cr_expect(eq(int, judge(204, NULL).failure, CT_FAILURE_HTTP_STATUS));
}

Test(declared, the_expected_text_must_be_in_the_body)
{
    declare("GET", "/");
    decl.expect_body_contains = search_word;
    make();
    cr_expect(testcase->needs_body);
    cr_expect(eq(int, judge(200, "all users here").failure, CT_FAILURE_NONE));
    cr_expect(eq(int, judge(200, "all user").failure, CT_FAILURE_BAD_ANSWER));
    cr_expect(eq(int, judge(200, "").failure, CT_FAILURE_BAD_ANSWER));
    cr_expect(eq(int, judge(500, "all users here").failure, CT_FAILURE_HTTP_STATUS));
}

Test(declared, the_span_comes_from_the_members_that_are_named)
{
    declare("GET", "/");
    decl.span_start = span_start;
    decl.span_end = span_end;
    make();
    cr_expect(testcase->needs_body);
    struct ct_judgement j = judge(
        200, "{\"begun\":\"2026-11-21T02:19:35.000Z\",\"ended\":\"2026-11-21T02:19:35.250Z\"}");
    cr_expect(eq(int, j.failure, CT_FAILURE_NONE));
    cr_assert(j.has_span);
    cr_expect(eq(u64, j.server_end_ns - j.server_start_ns, 250000000));
    j = judge(200, "{\"start\":\"2026-11-21T02:19:35.000Z\",\"end\":\"2026-11-21T02:19:35.250Z\"}");
    cr_expect(eq(int, j.failure, CT_FAILURE_BAD_ANSWER));
    cr_expect(not(j.has_span));
}

Test(declared, an_expression_that_cannot_work_is_refused_with_its_place)
{
    declare("GET", "/users/{load/0}");
    refused("division by zero");
    refused("path");
    refused("find-user");
}

Test(declared, an_expression_in_a_header_that_cannot_work_names_the_header)
{
    declare("GET", "/");
    ct_request_add_header(&decl.request, "X-Size", "{1-load*2}");
    refused("X-Size");
    refused("negative");
}

Test(declared, a_load_that_makes_an_expression_fail_is_an_error_of_the_build)
{
    declare("GET", "/{2^load}");
    make();
    struct ct_request r;
    struct ct_err err = {0};
    cr_assert(eq(int, testcase->build(testcase, 63, &r, &err), CT_EUSAGE));
    cr_expect(ne(ptr, strstr(err.msg, "too large"), NULL));
}
