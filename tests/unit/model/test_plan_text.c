#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <string.h>

#include "model/plan_text.h"

static struct ct_run_plan parsed(const char *text)
{
    struct ct_run_plan p = {.threads = 1};
    struct ct_err err = {0};
    cr_assert(zero(int, ct_plan_text_parse(text, &p, &err)), "%s: %s", text, err.msg);
    return p;
}

Test(plan_text, every_kind_of_stage_is_read)
{
    struct ct_run_plan p = parsed("const(100,30s) line( 1, 1k ,1m ), pause(5s)");
    cr_assert(eq(u32, p.n_stages, 3));
    cr_assert(eq(u64, p.duration_ns, 95 * CT_NS_PER_S));
    cr_assert(eq(dbl, ct_rate_rps(p.stages[0].from), 100));
    cr_assert(eq(dbl, ct_rate_rps(p.stages[1].from), 1));
    cr_assert(eq(dbl, ct_rate_rps(p.stages[1].to), 1000));
    cr_assert(eq(u64, p.stages[2].from.num, 0));
}

Test(plan_text, steps_go_up_and_down_and_include_the_last)
{
    struct ct_run_plan p = parsed("step(0.1,0.3,0.1,10s)");
    cr_assert(eq(u32, p.n_stages, 3));
    cr_assert(eq(dbl, ct_rate_rps(p.stages[2].from), 0.3));
    p = parsed("step(500,100,150,1s)");
    cr_assert(eq(u32, p.n_stages, 3));
    cr_assert(eq(dbl, ct_rate_rps(p.stages[2].to), 200));
}

static void refused(const char *text, const char *why)
{
    struct ct_run_plan p = {.threads = 1}, before = p;
    struct ct_err err = {0};
    cr_assert(eq(int, ct_plan_text_parse(text, &p, &err), CT_EUSAGE), "%s", text);
    cr_assert(ne(ptr, (void *)strstr(err.msg, why), NULL), "%s: %s", text, err.msg);
    cr_assert(zero(int, memcmp(&p, &before, sizeof(p))));
}

Test(plan_text, what_is_wrong_is_said_and_the_plan_untouched)
{
    refused("", "empty");
    refused("const(100)", "as in const(100,30s)");
    refused("const(100,30s", "is not a stage");
    refused("ramp(1,2,3s)", "none of const, line, step, pause");
    refused("const(x,3s)", "'x' is not a rate");
    refused("const(1,3q)", "3q");
    refused("pause(0)", "some time");
    refused("step(1,100,1,1s)", "at most 64 stages");
    refused("step(1,100,0,1s)", "more than 0");
    refused("const(1,2,3,4,5)", "is not a stage");
    refused("const(1,365d) const(1,1s)", "365 days");
}

Test(plan_text, people_read_it_back)
{
    char text[CT_PLAN_TEXT];
    struct ct_run_plan p = parsed("line(1,1k,1m) const(1k,30s) pause(5s)");
    cr_assert(zero(int, strcmp(ct_plan_text_format(&p, text),
                               "line(1,1000,1m) const(1000,30s) pause(5s)")),
              "%s", text);
    p = parsed("step(1000,1060,1,1h)");
    (void)ct_plan_text_format(&p, text);
    cr_assert(zero(int, strcmp(text + strlen(text) - 4, " ...")), "%s", text);
}
