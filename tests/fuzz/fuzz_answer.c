#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "testcases/testcases.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The body of an answer, from any server: it is judged ok with a span that runs forward (and, for
 * fibonacci, only with the number in it), or it fails with a reason. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct ct_testcase *const cases[] = {&ct_testcase_fibonacci,
                                                      &ct_testcase_bubble_sort};
    char *body = malloc(size > 0 ? size : 1); /* exactly: reading past it is found */
    memcpy(body, data, size);
    struct ct_answer answer = {.status = 200, .body = body, .body_len = size};
    for (int i = 0; i < 2; i++) {
        struct ct_judgement j = {0};
        cases[i]->check(cases[i], 10, &answer, &j);
        if (j.failure != CT_FAILURE_NONE) {
            assert(j.failure == CT_FAILURE_BAD_ANSWER && j.detail != NULL && !j.has_span);
            continue;
        }
        assert(j.has_span && j.server_end_ns >= j.server_start_ns);
        assert(i == 1 || memmem(body, size, "55", 2) != NULL);
    }
    free(body);
    return 0;
}
