#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "engine/plan.h"
#include "model/plan_text.h"
#include "services/replay.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { WALKED = 2000 };

/* Due times ascend and lie within the plan. */
static void walk(struct ct_run_plan *plan)
{
    struct ct_plan_cursor c;
    uint64_t i, due_ns, before_ns = 0;
    ct_plan_cursor_init(&c, plan, 0);
    for (int k = 0; k < WALKED && ct_plan_next(&c, &i, &due_ns); k++) {
        assert(due_ns >= before_ns && due_ns < plan->duration_ns);
        assert(ct_plan_cursor_rate(&c) > 0);
        before_ns = due_ns;
    }
}

static void stages(const char *text)
{
    struct ct_run_plan plan = {.rate = {1, 1}, .threads = 1};
    struct ct_err err = {0};
    char back[CT_PLAN_TEXT];
    if (ct_plan_text_parse(text, &plan, &err) < 0) {
        assert(err.code == CT_EUSAGE && err.msg[0] != '\0');
        return;
    }
    walk(&plan);
    assert(strlen(ct_plan_text_format(&plan, back)) > 0);
}

static void replay(const char *text, size_t size)
{
    struct ct_run_plan plan = {.rate = {1, 1}, .threads = 1};
    struct ct_err err = {0};
    if (ct_replay_parse(text, size, &plan, &err) < 0) {
        assert(err.code == CT_EUSAGE && err.msg[0] != '\0');
        return;
    }
    walk(&plan);
    free((void *)plan.replay_ns);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1);
    if (size > 0)
        memcpy(text, data, size);
    text[size] = '\0';
    stages(text);
    replay(text, size);
    free(text);
    return 0;
}
