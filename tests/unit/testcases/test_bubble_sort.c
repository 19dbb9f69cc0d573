#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <string.h>

#include "testcases/testcases.h"

static const struct ct_testcase *const bubble_sort = &ct_testcase_bubble_sort;

static struct ct_judgement judge_bytes(const char *body, size_t len)
{
    struct ct_judgement j = {0};
    struct ct_answer a = {.status = 200, .body = body, .body_len = len};
    bubble_sort->check(bubble_sort, 10, &a, &j);
    return j;
}

static struct ct_judgement judge(const char *body)
{
    return judge_bytes(body, strlen(body));
}

static void expect_path(uint32_t load, const char *path)
{
    struct ct_request r;
    struct ct_err err = {0};
    cr_assert(zero(int, bubble_sort->build(bubble_sort, load, &r, &err)), "%s", err.msg);
    cr_expect(eq(str, r.method, (char *)"GET"));
    cr_expect(eq(str, r.path, (char *)path));
    ct_request_release(&r);
}

Test(bubble_sort, has_the_names_and_loads_of_cluster_tester)
{
    cr_expect(eq(str, (char *)bubble_sort->name, (char *)"bubble-sort"));
    cr_expect(eq(str, (char *)bubble_sort->file_name, (char *)"BubbleSortTestCase"));
    cr_expect(eq(str, (char *)bubble_sort->description, (char *)"Bubble Sort Test Case"));
    cr_expect(eq(u32, bubble_sort->load_min, 10));
    cr_expect(eq(u32, bubble_sort->load_max, 17));
    cr_expect(bubble_sort->has_load && bubble_sort->needs_body);
}

Test(bubble_sort, the_array_has_2_to_the_load_elements)
{
    expect_path(0, "/bubble-sort?n=1");
    expect_path(10, "/bubble-sort?n=1024");
    expect_path(12, "/bubble-sort?n=4096");
    expect_path(17, "/bubble-sort?n=131072");
}

Test(bubble_sort, a_load_that_the_target_refuses_is_refused_here)
{
    struct ct_request r;
    static const uint32_t large[] = {18, 32, 64, UINT32_MAX};
    for (size_t i = 0; i < sizeof(large) / sizeof(*large); i++) {
        struct ct_err err = {0};
        cr_expect(eq(int, bubble_sort->build(bubble_sort, large[i], &r, &err), CT_EUSAGE));
        cr_expect(ne(ptr, strstr(err.msg, "1 to 17"), NULL));
    }
}

Test(bubble_sort, an_answer_with_both_times_passes)
{
    static const char *const good[] = {
        "{\"start\":\"2026-11-21T02:19:35.335Z\",\"end\":\"2026-11-21T02:19:35.336Z\"}",
        " {\"end\":\"2026-11-21T02:19:35.335Z\", \"start\":\"2026-11-21T02:19:35.335Z\"}\n",
        ("{\"x\":{\"start\":1},\"start\":\"2026-11-21T02:19:35Z\","
         "\"end\":\"2026-11-21T03:19:36+01:00\"}"),
    };
    for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++) {
        struct ct_judgement j = judge(good[i]);
        cr_expect(eq(int, j.failure, CT_FAILURE_NONE), "%s", good[i]);
        cr_expect(j.has_span, "%s", good[i]);
        cr_expect(ge(u64, j.server_end_ns, j.server_start_ns));
    }
}

static void expect_bad(const char *body, const char *detail)
{
    struct ct_judgement j = judge(body);
    cr_expect(eq(int, j.failure, CT_FAILURE_BAD_ANSWER), "%s", body);
    cr_expect(not(j.has_span), "%s", body);
    cr_assert(ne(ptr, (void *)j.detail, NULL), "%s", body);
    cr_expect(eq(str, (char *)j.detail, (char *)detail), "%s", body);
}

Test(bubble_sort, what_is_no_json_object_is_a_bad_answer)
{
    expect_bad("", "not a JSON object");
    expect_bad("[]", "not a JSON object");
    expect_bad("<html>", "not a JSON object");
    expect_bad("{\"start\":\"2026-11-21T02:19:35.335Z\",\"end\":\"2026-11-21T02:19:3",
               "not a JSON object");
    expect_bad("{\"start\":\"2026-11-21T02:19:35.335Z\",\"end\":\"2026-11-21T02:19:36.335Z\"}}",
               "not a JSON object");
}

Test(bubble_sort, a_missing_or_unreadable_time_is_a_bad_answer)
{
    expect_bad("{}", "no start and end time");
    expect_bad("{\"start\":\"2026-11-21T02:19:35.335Z\"}", "no start and end time");
    expect_bad("{\"end\":\"2026-11-21T02:19:35.335Z\"}", "no start and end time");
    expect_bad("{\"start\":1795227575335,\"end\":1795227575336}", "no start and end time");
    expect_bad("{\"start\":\"yesterday\",\"end\":\"today\"}", "no start and end time");
    expect_bad("{\"start\":\"2026-13-21T02:19:35Z\",\"end\":\"2026-13-21T02:19:36Z\"}",
               "no start and end time");
}

Test(bubble_sort, an_end_before_the_start_is_a_bad_answer)
{
    expect_bad("{\"start\":\"2026-11-21T02:19:35.336Z\",\"end\":\"2026-11-21T02:19:35.335Z\"}",
               "it ends before it starts");
}

Test(bubble_sort, a_nul_in_the_answer_does_not_hide_what_follows)
{
    static const char body[] =
        "{\"start\":\"2026-11-21T02:19:35.335Z\",\"end\":\"2026-11-21T02:19:35.336Z\"}\0x";
    cr_expect(eq(int, judge_bytes(body, sizeof(body) - 1).failure, CT_FAILURE_BAD_ANSWER));
}
