#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "store/past.h"

static struct ct_past past;

static void done(void)
{
    ct_past_release(&past);
}
TestSuite(past, .fini = done);

/* The run of a document with that verdict. */
static const struct ct_past_run *run_of(const char *verdict)
{
    struct ct_err err = {0};
    char *text = ct_xprintf("{\"total_span\":{\"start\":\"2026-11-21T08:00:00.000000\"},"
                            "\"summary\":{\"verdict\":%s}}",
                            verdict);
    done();
    cr_assert(zero(int, ct_past_parse(text, strlen(text), "r.json", &past, &err)), "%s", err.msg);
    cr_assert(eq(sz, past.count, 1));
    free(text);
    return &past.runs[0];
}

Test(past, a_run_that_was_cut_short_is_invalid_and_says_so)
{
    static const char *const codes[] = {"interrupted", "aborted", "truncated"};
    for (size_t i = 0; i < sizeof(codes) / sizeof(*codes); i++) {
        char *verdict = ct_xprintf("{\"status\":\"valid\",\"reasons\":[{\"code\":\"cold\",\"text\":"
                                   "\"cold start\"},{\"code\":\"%s\",\"text\":\"stopped early\"}]}",
                                   codes[i]);
        const struct ct_past_run *r = run_of(verdict);
        cr_expect(eq(int, (int)r->verdict, CT_VERDICT_INVALID), "%s", codes[i]);
        cr_expect(eq(str, r->reason, (char *)"stopped early"));
        free(verdict);
    }
    const struct ct_past_run *r = run_of(
        "{\"status\":\"valid\",\"reasons\":[{\"code\":\"clock_step\",\"text\":\"set by 2 s\"}]}");
    cr_expect(eq(int, (int)r->verdict, CT_VERDICT_VALID), "another code");
}

Test(past, what_spoilt_a_run_comes_before_that_it_was_cut_short)
{
    const struct ct_past_run *r = run_of(
        "{\"status\":\"invalid\",\"reasons\":[{\"code\":\"late\",\"text\":\"late\"},{\"code\":"
        "\"interrupted\",\"text\":\"stopped early\"}]}");
    cr_expect(eq(int, (int)r->verdict, CT_VERDICT_INVALID));
    cr_expect(eq(str, r->reason, (char *)"late"));
}

Test(past, each_execution_is_cut_short_for_itself)
{
    static const char text[] =
        "{\"test_executions\":[{\"total_span\":{\"start\":\"2026-11-21T08:00:00.000000\"},"
        "\"summary\":"
        "{\"verdict\":{\"status\":\"valid\",\"reasons\":[{\"code\":\"aborted\",\"text\":\"x\"}]}}},"
        "{\"total_span\":{\"start\":\"2026-11-21T09:00:00.000000\"},\"summary\":{\"verdict\":{"
        "\"status\":\"valid\"}}}]}";
    cr_assert(zero(int, ct_past_parse(text, strlen(text), "r.json", &past, NULL)));
    cr_assert(eq(sz, past.count, 2));
    cr_expect(eq(int, (int)past.runs[0].verdict, CT_VERDICT_INVALID));
    cr_expect(eq(int, (int)past.runs[1].verdict, CT_VERDICT_VALID));
}
