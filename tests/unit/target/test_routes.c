#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <string.h>

#include "target/routes.h"

static struct ct_work find(const char *method, const char *path, const char *n, bool fan_out)
{
    struct ct_work w;
    memset(&w, 0x55, sizeof(w));
    ct_route_find(method, path, n, fan_out, &w);
    cr_assert(eq(int, w.status == 200, w.error == NULL), "a refusal, and only it, has a text");
    return w;
}

static void expect_work(struct ct_work w, enum ct_route route, uint32_t n)
{
    cr_assert(eq(int, w.status, 200), "%s", w.error);
    cr_expect(eq(int, w.route, route));
    cr_expect(eq(u32, w.n, n));
}

Test(routes, the_root_is_the_index)
{
    expect_work(find("GET", "/", NULL, false), CT_ROUTE_INDEX, 0);
    expect_work(find("GET", "/", "7", true), CT_ROUTE_INDEX, 0);
}

Test(routes, fibonacci_takes_1_to_45)
{
    expect_work(find("GET", "/fibonacci/1", NULL, false), CT_ROUTE_FIBONACCI, 1);
    expect_work(find("GET", "/fibonacci/45", NULL, false), CT_ROUTE_FIBONACCI, 45);
    expect_work(find("GET", "/fibonacci/007", "9", false), CT_ROUTE_FIBONACCI, 7);
    cr_expect(eq(int, find("GET", "/fibonacci/0", NULL, false).status, 400));
    cr_expect(eq(int, find("GET", "/fibonacci/46", NULL, false).status, 400));
}

Test(routes, fibonacci_takes_1_to_25_when_it_fans_out)
{
    expect_work(find("GET", "/fibonacci/25", NULL, true), CT_ROUTE_FIBONACCI, 25);
    struct ct_work w = find("GET", "/fibonacci/26", NULL, true);
    cr_expect(eq(int, w.status, 400));
    cr_expect(ne(ptr, strstr(w.error, "25"), NULL));
}

Test(routes, bubble_sort_takes_1_to_131072)
{
    expect_work(find("GET", "/bubble-sort", "1", false), CT_ROUTE_BUBBLE_SORT, 1);
    expect_work(find("GET", "/bubble-sort", "131072", true), CT_ROUTE_BUBBLE_SORT, 131072);
    cr_expect(eq(int, find("GET", "/bubble-sort", "0", false).status, 400));
    cr_expect(eq(int, find("GET", "/bubble-sort", "131073", false).status, 400));
    cr_expect(eq(int, find("GET", "/bubble-sort", NULL, false).status, 400));
}

Test(routes, what_is_not_digits_is_no_number)
{
    static const char *const wrong[] = {
        "",    " ",    "+5",         "-5",   "5 ",
        " 5",  "0x5",  "1.5",        "1e3",  "5/",
        "nan", "five", "4294967297", "\xff", "99999999999999999999"};
    for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
        char path[64] = "/fibonacci/";
        strncat(path, wrong[i], sizeof(path) - strlen(path) - 1);
        cr_expect(eq(int, find("GET", path, NULL, false).status, 400), "'%s'", wrong[i]);
        cr_expect(eq(int, find("GET", "/bubble-sort", wrong[i], false).status, 400), "'%s'",
                  wrong[i]);
    }
}

Test(routes, anything_else_is_not_found)
{
    static const char *const wrong[] = {
        "",   "//",         "/fibonacci", "/Fibonacci/3", "/bubble-sort/", "/bubble-sorts",
        "/x", "fibonacci/3"};
    for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
        struct ct_work w = find("GET", wrong[i], "3", false);
        cr_expect(eq(int, w.status, 404), "'%s'", wrong[i]);
        cr_expect(eq(int, w.route, CT_ROUTE_NONE), "'%s'", wrong[i]);
    }
}

Test(routes, only_get_and_head_are_methods_here)
{
    static const char *const wrong[] = {"POST", "PUT", "DELETE", "OPTIONS", "get", ""};
    expect_work(find("HEAD", "/fibonacci/3", NULL, false), CT_ROUTE_FIBONACCI, 3);
    for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
        cr_expect(eq(int, find(wrong[i], "/", NULL, false).status, 405), "'%s'", wrong[i]);
        cr_expect(eq(int, find(wrong[i], "/fibonacci/3", NULL, false).status, 405));
        cr_expect(eq(int, find(wrong[i], "/bubble-sort", "3", false).status, 405));
    }
    cr_expect(eq(int, find("POST", "/x", NULL, false).status, 404));
    cr_expect(eq(int, find("POST", "/fibonacci/0", NULL, false).status, 400));
}
