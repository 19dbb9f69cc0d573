#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <string.h>

#include "testcases/testcases.h"

static const struct ct_testcase *const fibonacci = &ct_testcase_fibonacci;

#define START "2026-11-21T02:19:35.335Z"
#define END "2026-11-21T02:19:35.371Z"
#define TIMES "\"start\":\"" START "\",\"end\":\"" END "\""

static struct ct_judgement judge(uint32_t load, int status, const char *body)
{
    struct ct_judgement j = {0};
    struct ct_answer a = {.status = status, .body = body, .body_len = strlen(body)};
    fibonacci->check(fibonacci, load, &a, &j);
    return j;
}

static void expect_path(uint32_t load, const char *path)
{
    struct ct_request r;
    struct ct_err err = {0};
    cr_assert(zero(int, fibonacci->build(fibonacci, load, &r, &err)), "%s", err.msg);
    cr_expect(eq(str, r.method, (char *)"GET"));
    cr_expect(eq(str, r.path, (char *)path));
    cr_expect(zero(sz, r.n_headers));
    cr_expect(eq(ptr, r.body, NULL));
    ct_request_release(&r);
}

Test(fibonacci, has_the_names_and_loads_of_cluster_tester)
{
    cr_expect(eq(str, (char *)fibonacci->name, (char *)"fibonacci"));
    cr_expect(eq(str, (char *)fibonacci->file_name, (char *)"FibonacciTestCase"));
    cr_expect(eq(u32, fibonacci->load_min, 10));
    cr_expect(eq(u32, fibonacci->load_max, 45));
    cr_expect(fibonacci->has_load && fibonacci->needs_body);
}

Test(fibonacci, asks_for_the_number_of_the_load)
{
    expect_path(10, "/fibonacci/10");
    expect_path(45, "/fibonacci/45");
}

Test(fibonacci, a_load_below_1_becomes_1)
{
    expect_path(0, "/fibonacci/1");
    expect_path(1, "/fibonacci/1");
}

Test(fibonacci, a_load_that_the_target_refuses_is_refused_here)
{
    struct ct_request r;
    struct ct_err err = {0};
    cr_expect(eq(int, fibonacci->build(fibonacci, 46, &r, &err), CT_EUSAGE));
    cr_expect(ne(ptr, strstr(err.msg, "46"), NULL));
    cr_expect(ne(ptr, strstr(err.msg, "1 to 45"), NULL));
}

Test(fibonacci, the_right_number_passes_and_gives_the_servers_span)
{
    struct ct_judgement j = judge(10, 200, "{" TIMES ",\"fibonacci\":55}");
    cr_assert(eq(int, j.failure, CT_FAILURE_NONE), "%s", j.detail);
    cr_assert(j.has_span);
    cr_expect(eq(u64, j.server_start_ns, UINT64_C(1795227575335000000)));
    cr_expect(eq(u64, j.server_end_ns - j.server_start_ns, 36000000));
}

Test(fibonacci, knows_every_number_up_to_45)
{
    static const struct {
        uint32_t load;
        const char *number;
    } known[] = {{0, "1"},     {1, "1"},      {2, "1"},          {3, "2"},          {12, "144"},
                 {20, "6765"}, {25, "75025"}, {40, "102334155"}, {45, "1134903170"}};
    for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++) {
        char body[160];
        (void)snprintf(body, sizeof(body), "{\"fibonacci\":%s," TIMES "}", known[i].number);
        cr_expect(eq(int, judge(known[i].load, 200, body).failure, CT_FAILURE_NONE), "F(%u)",
                  (unsigned)known[i].load);
        cr_expect(eq(int, judge(known[i].load + 5, 200, body).failure, CT_FAILURE_BAD_ANSWER));
    }
}

Test(fibonacci, a_wrong_number_is_a_bad_answer_without_a_span)
{
    static const char *const wrong[] = {
        "{" TIMES ",\"fibonacci\":54}",   "{" TIMES ",\"fibonacci\":550}",
        "{" TIMES ",\"fibonacci\":5}",    "{" TIMES ",\"fibonacci\":\"55\"}",
        "{" TIMES ",\"fibonacci\":null}", "{" TIMES "}",
    };
    for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
        struct ct_judgement j = judge(10, 200, wrong[i]);
        cr_expect(eq(int, j.failure, CT_FAILURE_BAD_ANSWER), "%s", wrong[i]);
        cr_expect(not(j.has_span), "%s", wrong[i]);
        cr_assert(ne(ptr, (void *)j.detail, NULL));
        cr_expect(eq(str, (char *)j.detail, (char *)"wrong fibonacci number"));
    }
}

Test(fibonacci, any_status_but_200_fails_whatever_the_body_says)
{
    static const int statuses[] = {100, 201, 204, 301, 400, 404, 500, 502};
    for (size_t i = 0; i < sizeof(statuses) / sizeof(*statuses); i++) {
        struct ct_judgement j = judge(10, statuses[i], "{" TIMES ",\"fibonacci\":55}");
        cr_expect(eq(int, j.failure, CT_FAILURE_HTTP_STATUS), "%d", statuses[i]);
        cr_expect(not(j.has_span));
    }
}
