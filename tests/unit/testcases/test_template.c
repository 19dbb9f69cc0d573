#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdlib.h>
#include <string.h>

#include "testcases/testcases.h"

static void gives(const char *text, uint64_t load, uint64_t value)
{
    uint64_t out = 0;
    struct ct_err err = {0};
    cr_assert(zero(int, ct_template_eval(text, strlen(text), load, &out, &err)), "%s", err.msg);
    cr_expect(eq(u64, out, value), "%s", text);
}

static void fails(const char *text, uint64_t load, const char *because)
{
    uint64_t out = 77;
    struct ct_err err = {0};
    cr_assert(eq(int, ct_template_eval(text, strlen(text), load, &out, &err), CT_EUSAGE), "%s",
              text);
    cr_expect(eq(u64, out, 77), "%s: the result was touched", text);
    cr_expect(ne(ptr, strstr(err.msg, because), NULL), "%s: %s", text, err.msg);
}

static void expands(const char *text, uint64_t load, const char *to)
{
    char *out = NULL;
    struct ct_err err = {0};
    cr_assert(zero(int, ct_template_expand(text, load, &out, &err)), "%s", err.msg);
    cr_expect(eq(str, out, (char *)to));
    free(out);
}

Test(template, numbers_and_load)
{
    gives("0", 9, 0);
    gives("007", 9, 7);
    gives("load", 9, 9);
    gives("9223372036854775807", 0, INT64_MAX);
}

Test(template, powers_come_before_products_before_sums)
{
    gives("1+2*3", 0, 7);
    gives("2*3+1", 0, 7);
    gives("2*3^2", 0, 18);
    gives("(1+2)*3", 0, 9);
    gives("10-2-3", 0, 5);
    gives("100/10/5", 0, 2);
    gives("2^load*3+load/2", 4, 50);
}

Test(template, powers_are_right_associative)
{
    gives("2^3^2", 0, 512);
    gives("(2^3)^2", 0, 64);
    gives("0^0", 0, 1);
    gives("0^5", 0, 0);
    gives("1^9223372036854775807", 0, 1);
}

Test(template, division_rounds_down)
{
    gives("7/2", 0, 3);
    gives("1/2", 0, 0);
    gives("load/1000", 999, 0);
}

Test(template, spaces_are_allowed_between_the_parts)
{
    gives(" 2 ^ load + 1 ", 3, 9);
    gives("( load )", 3, 3);
}

Test(template, what_does_not_fit_63_bits_is_an_error)
{
    gives("2^62", 0, UINT64_C(1) << 62);
    fails("2^63", 0, "too large");
    fails("9223372036854775808", 0, "too large");
    fails("9223372036854775807+1", 0, "too large");
    fails("4294967296*4294967296", 0, "too large");
    fails("10^load", 19, "too large");
    fails("2^2^2^2^2^2", 0, "too large");
}

Test(template, a_negative_value_or_a_division_by_zero_is_an_error)
{
    fails("1-2", 0, "negative");
    fails("load-10", 9, "negative");
    fails("1/0", 0, "division by zero");
    fails("1/(load-3)", 3, "division by zero");
}

Test(template, what_is_no_expression_is_an_error)
{
    static const char *const wrong[] = {"",      " ",    "+1",   "1+", "*",        "(1",
                                        "1)",    "()",   "1 2",  "lo", "loadload", "load2",
                                        "2load", "1++1", "1..2", "x"};
    for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++)
        fails(wrong[i], 1, "{");
}

Test(template, nesting_is_bounded)
{
    char deep[2001];
    memset(deep, '(', 2000);
    deep[2000] = '\0';
    fails(deep, 1, "too many parentheses");
    for (size_t i = 0; i < 2000; i += 2)
        memcpy(deep + i, "1^", 2);
    fails(deep, 1, "too many powers");
}

Test(template, the_text_ends_where_its_length_says)
{
    uint64_t out = 0;
    struct ct_err err = {0};
    cr_assert(zero(int, ct_template_eval("12345", 2, 0, &out, &err)));
    cr_expect(eq(u64, out, 12));
}

Test(template, expressions_are_replaced_and_everything_else_stays)
{
    expands("/a/{load}/{load+1}", 5, "/a/5/6");
    expands("{load}", 5, "5");
    expands("", 5, "");
    expands("no braces", 5, "no braces");
    expands("{name}{Load}{lo}{ad}", 5, "{name}{Load}{lo}{ad}");
    expands("{\"size\":{2^load},\"o\":{}}", 3, "{\"size\":8,\"o\":{}}");
    expands("{ } {  } {", 3, "{ } {  } {");
    expands("{{load}}", 3, "{3}");
    expands("}{load", 3, "}{load");
}

Test(template, a_bad_expression_in_braces_is_an_error)
{
    char *out = NULL;
    struct ct_err err = {0};
    cr_assert(eq(int, ct_template_expand("/{load-9}", 3, &out, &err), CT_EUSAGE));
    cr_expect(eq(ptr, out, NULL));
    cr_expect(ne(ptr, strstr(err.msg, "{load-9}"), NULL), "%s", err.msg);
}

Test(template, uses_load_looks_into_expressions_only)
{
    cr_expect(ct_template_uses_load("/{2^load}"));
    cr_expect(ct_template_uses_load("/{1}/{load}"));
    cr_expect(not(ct_template_uses_load("/load/{1}")));
    cr_expect(not(ct_template_uses_load("/{payload}")));
    cr_expect(not(ct_template_uses_load("")));
    cr_expect(not(ct_template_uses_load(NULL)));
}
