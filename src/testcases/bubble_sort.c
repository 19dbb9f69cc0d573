#include <stdio.h>

#include "testcases/answer.h"
#include "testcases/testcases.h"

/* GET /bubble-sort?n=2^load: the answer holds the server's span. */

enum { LOAD_MAX = 17 };

static int build(const struct ct_testcase *self, uint32_t load, struct ct_request *out,
                 struct ct_err *err)
{
    char path[48];
    if (load > LOAD_MAX)
        return ct_fail(err, CT_EUSAGE, "%s: load %u is too large: 1 to %d", self->name,
                       (unsigned)load, LOAD_MAX);
    (void)snprintf(path, sizeof(path), "/bubble-sort?n=%u", 1u << load);
    ct_request_init(out, "GET", path);
    return 0;
}

static void check(const struct ct_testcase *self, uint32_t load, const struct ct_answer *answer,
                  struct ct_judgement *out)
{
    (void)self;
    (void)load;
    struct ct_json_want wants[] = {{.name = "start"}, {.name = "end"}};
    (void)ct_answer_span(answer, wants, 2, out);
}

const struct ct_testcase ct_testcase_bubble_sort = {
    .name = "bubble-sort",
    .file_name = "BubbleSortTestCase",
    .description = "Bubble Sort Test Case",
    .load_help = "the array has 2^load elements",
    .load_min = 10,
    .load_max = LOAD_MAX,
    .has_load = true,
    .needs_body = true,
    .build = build,
    .check = check,
};
