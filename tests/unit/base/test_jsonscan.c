#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <string.h>

#include "base/jsonscan.h"

static bool scan(const char *text)
{
    return ct_json_scan(text, strlen(text), NULL, 0);
}

Test(jsonscan, members_are_found_at_the_top_only)
{
    const char *text =
        " {\"a\": {\"start\": \"inner\"}, \"start\" : \"2026\\u0041\" ,\"n\":-1.5e3 , "
        "\"l\":[1, 2] ,\"t\":true}\n";
    struct ct_json_want w[] = {{.name = "start"}, {.name = "n"},       {.name = "l"},
                               {.name = "t"},     {.name = "missing"}, {.name = "a"}};
    static const struct {
        enum ct_json_kind kind;
        const char *text;
    } expected[] = {{CT_JSON_STRING, "2026\\u0041"},
                    {CT_JSON_NUMBER, "-1.5e3"},
                    {CT_JSON_OTHER, "[1, 2]"},
                    {CT_JSON_OTHER, "true"},
                    {CT_JSON_NONE, ""},
                    {CT_JSON_OTHER, "{\"start\": \"inner\"}"}};
    cr_assert(ct_json_scan(text, strlen(text), w, 6));
    for (int i = 0; i < 6; i++) {
        cr_assert(eq(int, w[i].kind, expected[i].kind), "member %d", i);
        if (w[i].kind != CT_JSON_NONE)
            cr_assert(w[i].len == strlen(expected[i].text) &&
                          memcmp(w[i].text, expected[i].text, w[i].len) == 0,
                      "member %d: '%.*s'", i, (int)w[i].len, w[i].text);
    }
}

Test(jsonscan, last_of_equal_names_wins_and_a_prefix_is_no_name)
{
    const char *text = "{\"a\":1,\"ab\":2,\"a\":33,\"\":4}";
    struct ct_json_want w[] = {{.name = "a"}, {.name = ""}};
    cr_assert(ct_json_scan(text, strlen(text), w, 2));
    cr_assert(w[0].len == 2 && memcmp(w[0].text, "33", 2) == 0);
    cr_assert(w[1].len == 1 && *w[1].text == '4');
}

Test(jsonscan, old_findings_are_forgotten)
{
    struct ct_json_want w = {.name = "a", .kind = CT_JSON_NUMBER};
    cr_assert(ct_json_scan("{}", 2, &w, 1));
    cr_assert(eq(int, w.kind, CT_JSON_NONE));
}

Test(jsonscan, valid_objects_are_taken)
{
    static const char *const good[] = {
        "{}",
        " \t\r\n{ }\n",
        "{\"a\":0}",
        "{\"a\":-0.0e-0}",
        "{\"a\":10E+5}",
        "{\"a\":null,\"b\":false}",
        "{\"a\":[]}",
        "{\"a\":[ ]}",
        "{\"a\":[[],{}, \"x\" ,1 ]}",
        "{\"a\":\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00aF\"}",
        "{\"\xc3\xa9\":\"\xf0\x9f\x98\x80\"}",
    };
    for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++)
        cr_assert(scan(good[i]), "%s", good[i]);
}

Test(jsonscan, anything_else_is_refused)
{
    static const char *const bad[] = {
        "",
        " ",
        "[]",
        "1",
        "\"a\"",
        "null",
        "{",
        "}",
        "{}{}",
        "{} x",
        "{,}",
        "{\"a\"}",
        "{\"a\":}",
        "{\"a\":1,}",
        "{\"a\" 1}",
        "{\"a\":1 \"b\":2}",
        "{a:1}",
        "{'a':1}",
        "{\"a\":01}",
        "{\"a\":+1}",
        "{\"a\":1.}",
        "{\"a\":.5}",
        "{\"a\":1e}",
        "{\"a\":1e+}",
        "{\"a\":-}",
        "{\"a\":tru}",
        "{\"a\":True}",
        "{\"a\":nul",
        "{\"a\":[1,]}",
        "{\"a\":[1 2]}",
        "{\"a\":[}",
        "{\"a\":[1}",
        "{\"a\":\"x}",
        "{\"a\":\"\\x\"}",
        "{\"a\":\"\\u12g4\"}",
        "{\"a\":\"\\u12\"}",
        "{\"a\":\"\n\"}",
        "{\"a\":\"\x1f\"}",
        "{\"a\":\"\xff\"}",
        "{\"a\":\"\xc3\"}",
        "{\"a\":\"\\",
        "{\"a\":NaN}",
        "{\"a\":1 /**/}",
        "{\"",
    };
    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
        cr_assert(not(scan(bad[i])), "%s", bad[i]);
    cr_assert(not(ct_json_scan("{\"a\":\"\0\"}", 9, NULL, 0)));
    cr_assert(not(ct_json_scan("{}\0", 3, NULL, 0)));
}

Test(jsonscan, every_beginning_of_an_answer_is_no_answer)
{
    const char *text = "{\"start\":\"2026-11-21T02:19:35Z\",\"n\":[1,{\"x\":null}],\"e\":-1.5e+3}";
    size_t len = strlen(text);
    for (size_t cut = 0; cut < len; cut++)
        cr_assert(not(ct_json_scan(text, cut, NULL, 0)), "%zu bytes", cut);
    cr_assert(ct_json_scan(text, len, NULL, 0));
}

static bool nested(unsigned depth, const char *innermost)
{
    char text[1024] = "{\"a\":";
    size_t at = strlen(text);
    for (unsigned i = 1; i < depth; i++)
        text[at++] = '[';
    at += (size_t)snprintf(text + at, sizeof(text) - at, "%s", innermost);
    for (unsigned i = 1; i < depth; i++)
        text[at++] = ']';
    text[at++] = '}';
    return ct_json_scan(text, at, NULL, 0);
}

Test(jsonscan, nesting_goes_to_sixty_four)
{
    cr_assert(nested(64, ""));
    cr_assert(nested(64, "1"));
    cr_assert(not(nested(65, "")));
    cr_assert(not(nested(65, "1")));
    cr_assert(not(nested(300, "1")));
}
