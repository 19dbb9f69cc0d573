#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdlib.h>
#include <string.h>

#include "testcases/testcases.h"

static char path[] = "config.json", home[] = "home", fibonacci[] = "fibonacci";
static struct ct_case_decl decls[2];
static struct ct_config config;

static void declare(size_t i, char *name, const char *request_path)
{
    decls[i] = (struct ct_case_decl){
        .name = name, .load_min = 1, .load_max = 9, .line = (unsigned)(10 + i)};
    ct_request_init(&decls[i].request, "GET", request_path);
    config = (struct ct_config){.path = path, .cases = decls, .n_cases = i + 1};
}

static void clean(void)
{
    for (size_t i = 0; i < config.n_cases; i++)
        ct_request_release(&decls[i].request);
}

static void refused(const char *because)
{
    struct ct_testcases t;
    struct ct_err err = {0};
    cr_assert(eq(int, ct_testcases_init(&t, &config, &err), CT_EUSAGE));
    cr_expect(ne(ptr, strstr(err.msg, because), NULL), "%s", err.msg);
}

TestSuite(registry, .fini = clean);

Test(registry, has_the_built_in_cases_without_a_config)
{
    struct ct_testcases t;
    struct ct_err err = {0};
    cr_assert(zero(int, ct_testcases_init(&t, NULL, &err)));
    cr_assert(eq(sz, t.count, 2));
    cr_expect(eq(ptr, (void *)t.items[0], (void *)&ct_testcase_fibonacci));
    cr_expect(eq(ptr, (void *)t.items[1], (void *)&ct_testcase_bubble_sort));
    ct_testcases_release(&t);
}

Test(registry, finds_built_in_and_declared_cases_by_name)
{
    declare(0, home, "/");
    struct ct_testcases t;
    struct ct_err err = {0};
    cr_assert(zero(int, ct_testcases_init(&t, &config, &err)), "%s", err.msg);
    const struct ct_testcase *found = NULL;
    cr_assert(zero(int, ct_testcases_find(&t, "home", &found, &err)));
    cr_expect(eq(str, (char *)found->file_name, (char *)"HomeTestCase"));
    cr_assert(zero(int, ct_testcases_find(&t, "bubble-sort", &found, &err)));
    cr_expect(eq(ptr, (void *)found, (void *)&ct_testcase_bubble_sort));
    ct_testcases_release(&t);
}

Test(registry, an_unknown_name_is_answered_with_all_names_and_the_nearest)
{
    declare(0, home, "/");
    struct ct_testcases t;
    struct ct_err err = {0};
    cr_assert(zero(int, ct_testcases_init(&t, &config, &err)));
    const struct ct_testcase *found = NULL;
    cr_assert(eq(int, ct_testcases_find(&t, "fibonaci", &found, &err), CT_EUSAGE));
    cr_expect(ne(ptr, strstr(err.msg, "did you mean 'fibonacci'?"), NULL), "%s", err.msg);
    cr_expect(ne(ptr, strstr(err.msg, "fibonacci, bubble-sort, home"), NULL), "%s", err.msg);
    cr_assert(eq(int, ct_testcases_find(&t, "x", &found, &err), CT_EUSAGE));
    cr_expect(eq(ptr, strstr(err.msg, "did you mean"), NULL), "%s", err.msg);
    cr_expect(ne(ptr, strstr(err.msg, "fibonacci, bubble-sort, home"), NULL), "%s", err.msg);
    ct_testcases_release(&t);
}

Test(registry, a_name_is_taken_once)
{
    declare(0, home, "/");
    declare(1, home, "/other");
    refused("config.json:11: the test case 'home' exists already");
}

Test(registry, a_built_in_name_is_taken)
{
    declare(0, fibonacci, "/");
    refused("config.json:10: the test case 'fibonacci' exists already");
}

Test(registry, a_bad_expression_is_shown_with_file_and_line)
{
    declare(0, home, "/{load^}");
    refused("config.json:10: ");
    refused("'home'");
}

Test(registry, names_in_files_are_in_capitals_and_end_in_test_case)
{
    static const struct {
        const char *name, *file_name;
    } cases[] = {{"my-case", "MyCaseTestCase"},
                 {"x", "XTestCase"},
                 {"a-b-c2", "ABC2TestCase"},
                 {"bubble-sort", "BubbleSortTestCase"}};
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        char *made = ct_testcase_file_name(cases[i].name);
        cr_expect(eq(str, made, (char *)cases[i].file_name));
        free(made);
    }
}
