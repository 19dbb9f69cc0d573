#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <string.h>

#include "base/clock.h"
#include "base/jsonscan.h"
#include "target/job.h"

/* 2026-11-21T02:19:35.335999Z: milliseconds are cut, not rounded, as in JavaScript. */
static const uint64_t start_ns = UINT64_C(1795227575335999000);

static void same(const struct ct_json_want *want, const char *text)
{
    cr_assert(eq(sz, want->len, strlen(text)), "%.*s", (int)want->len, want->text);
    cr_expect(zero(int, memcmp(want->text, text, want->len)), "%.*s", (int)want->len, want->text);
}

Test(job, a_fibonacci_answer_has_start_number_and_end_in_this_order)
{
    struct ct_job job = {.work = {.route = CT_ROUTE_FIBONACCI, .n = 45}, .start_ns = start_ns};
    ct_job_answer(&job, 1134903170);
    static const char head[] =
        "{\"start\":\"2026-11-21T02:19:35.335Z\",\"fibonacci\":1134903170,\"end\":\"";
    cr_expect(eq(int, job.work.status, 200));
    cr_expect(zero(int, strncmp(job.body, head, sizeof(head) - 1)), "%s", job.body);
    struct ct_json_want end = {.name = "end"};
    cr_assert(ct_json_scan(job.body, strlen(job.body), &end, 1), "%s", job.body);
    cr_expect(eq(sz, end.len, strlen("2026-11-21T02:19:35.335Z")));
}

Test(job, a_bubble_sort_answer_has_start_and_end_alone)
{
    struct ct_job job = {.work = {.route = CT_ROUTE_BUBBLE_SORT, .n = 4}, .start_ns = start_ns};
    ct_job_answer(&job, 0);
    struct ct_json_want wants[] = {{.name = "start"}, {.name = "end"}, {.name = "fibonacci"}};
    cr_assert(ct_json_scan(job.body, strlen(job.body), wants, 3), "%s", job.body);
    same(&wants[0], "2026-11-21T02:19:35.335Z");
    cr_expect(eq(int, wants[1].kind, CT_JSON_STRING));
    cr_expect(eq(int, wants[2].kind, CT_JSON_NONE));
}

Test(job, the_end_is_now)
{
    struct ct_job job = {.work = {.route = CT_ROUTE_BUBBLE_SORT}, .start_ns = start_ns};
    uint64_t before_ns = ct_clock_wall_ns(), end_ns = 0;
    ct_job_answer(&job, 0);
    uint64_t after_ns = ct_clock_wall_ns();
    struct ct_json_want end = {.name = "end"};
    cr_assert(ct_json_scan(job.body, strlen(job.body), &end, 1));
    cr_assert(zero(int, ct_time_parse(end.text, end.len, &end_ns)));
    cr_expect(ge(u64, end_ns + CT_NS_PER_MS, before_ns));
    cr_expect(le(u64, end_ns, after_ns));
}

Test(job, a_refusal_says_why)
{
    struct ct_job job = {.work = {.route = CT_ROUTE_NONE}};
    ct_job_refuse(&job, 404, "no such route");
    cr_expect(eq(int, job.work.status, 404));
    cr_expect(eq(str, job.body, (char *)"{\"error\":\"no such route\"}"));
}

Test(job, none_begins_once_the_gate_is_closed)
{
    struct ct_jobs jobs;
    struct ct_job job = {.connection = NULL};
    ct_jobs_init(&jobs);
    cr_expect(ct_jobs_wait(&jobs, 0));
    ct_jobs_close(&jobs);
    cr_expect(not(ct_jobs_begin(&jobs, &job)));
    cr_expect(not(job.working));
    cr_expect(ct_jobs_wait(&jobs, 0));
    ct_jobs_release(&jobs);
}
