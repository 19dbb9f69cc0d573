#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "testcases/answer.h"
#include "testcases/testcases.h"

/* GET /fibonacci/{load}: the answer holds the number and the server's span. */

enum { LOAD_MAX = 45 };

static int build(const struct ct_testcase *self, uint32_t load, struct ct_request *out,
                 struct ct_err *err)
{
    char path[32];
    if (load > LOAD_MAX)
        return ct_fail(err, CT_EUSAGE, "%s: load %u is too large: 1 to %d", self->name,
                       (unsigned)load, LOAD_MAX);
    (void)snprintf(path, sizeof(path), "/fibonacci/%u", (unsigned)(load < 1 ? 1 : load));
    ct_request_init(out, "GET", path);
    return 0;
}

static uint64_t fibonacci(uint32_t n)
{
    uint64_t a = 0, b = 1;
    for (uint32_t i = 0; i < n; i++) {
        uint64_t sum = a + b;
        a = b;
        b = sum;
    }
    return a;
}

static void check(const struct ct_testcase *self, uint32_t load, const struct ct_answer *answer,
                  struct ct_judgement *out)
{
    (void)self;
    struct ct_json_want wants[] = {{.name = "start"}, {.name = "end"}, {.name = "fibonacci"}};
    if (!ct_answer_span(answer, wants, 3, out))
        return;
    char expected[24];
    int len = snprintf(expected, sizeof(expected), "%llu",
                       (unsigned long long)fibonacci(load < 1 ? 1 : load));
    if (wants[2].kind != CT_JSON_NUMBER || wants[2].len != (size_t)len ||
        memcmp(wants[2].text, expected, (size_t)len) != 0)
        ct_answer_bad(out, "wrong fibonacci number");
}

const struct ct_testcase ct_testcase_fibonacci = {
    .name = "fibonacci",
    .file_name = "FibonacciTestCase",
    .description = "Asks for a Fibonacci number that the target computes by double recursion.",
    .load_help = "which Fibonacci number",
    .load_min = 10,
    .load_max = LOAD_MAX,
    .has_load = true,
    .needs_body = true,
    .build = build,
    .check = check,
};
