#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "made_run.h"
#include "store/digest.h"

/* What a document gave. */
struct got {
    struct ct_digest e[3];
    unsigned n, seconds[3];
    uint64_t ok[3], failed[3], response[3], service[3];
    double cpu_percent; /* of the last second that has it */
};

static struct got g;

static void on_second(void *ctx, const struct ct_digest *so_far, const struct ct_compare_second *s)
{
    struct got *x = ctx;
    cr_expect(not(isnan(so_far->duration_s)));
    cr_expect(eq(u64, s->second, x->seconds[x->n]));
    x->seconds[x->n]++;
    x->ok[x->n] += s->ok;
    x->failed[x->n] += s->failed;
    x->response[x->n] += s->response != NULL ? s->response->count : 0;
    x->service[x->n] += s->service != NULL ? s->service->count : 0;
    if (!isnan(s->cpu_percent))
        x->cpu_percent = s->cpu_percent;
}

static void on_execution(void *ctx, struct ct_digest *e)
{
    struct got *x = ctx;
    cr_assert(lt(uint, x->n, 3));
    x->e[x->n++] = *e;
}

static const struct ct_digest_handler handler = {on_second, on_execution, &g};

static void release(void)
{
    for (unsigned i = 0; i < g.n; i++)
        ct_digest_release(&g.e[i]);
    memset(&g, 0, sizeof(g));
}
TestSuite(digest, .fini = release);

static int parse(const char *text, struct ct_err *err)
{
    release();
    return ct_digest_parse(text, strlen(text), "r.json", &handler, err);
}

Test(digest, a_document_of_ct_gives_what_its_summary_says)
{
    static struct made_run r;
    struct ct_err err = {0};
    made_run_sample(&r, CT_JOURNAL_EXECUTION);
    struct ct_result_execution v = made_run_view(&r);
    cr_assert(eq(int, ct_result_write_execution(r.journal_path, &v, "run", r.result_path, &err), 0),
              "%s", err.msg);
    cr_assert(eq(int, ct_digest_read(r.result_path, &handler, &err), 0), "%s", err.msg);
    const struct ct_digest *e = &g.e[0];
    const struct ct_summary *s = &r.summary;
    uint64_t failed = 0;
    for (int i = 0; i < CT_FAILURE_COUNT; i++)
        failed += s->failed[i];
    cr_assert(eq(uint, g.n, 1));
    cr_expect(eq(str, (char *)e->test_case, (char *)"FibonacciTestCase"));
    cr_expect(eq(dbl, e->load, 10));
    cr_expect(eq(dbl, e->duration_s, 2));
    cr_expect(eq(int, e->run.verdict, s->verdict));
    cr_expect(eq(dbl, e->run.requests, (double)s->started));
    cr_expect(epsilon_eq(dbl, e->run.value[CT_COMPARE_ACHIEVED], s->achieved_rps, 1e-5));
    cr_expect(epsilon_eq(dbl, e->run.value[CT_COMPARE_ERRORS], (double)failed / (double)s->started,
                         1e-12));
    cr_expect(epsilon_eq(dbl, e->run.value[CT_COMPARE_RESPONSE_MEAN], s->response.mean, 1));
    double cpu = s->servers[0].cpu_percent_mean + s->servers[1].cpu_percent_mean;
    cr_expect(epsilon_eq(dbl, e->run.value[CT_COMPARE_CPU], cpu / 100 / s->completed_rps * 1e9,
                         1e-3 * cpu * 1e7));
    cr_expect(isnan(e->run.variance[CT_COMPARE_ACHIEVED]));
    cr_expect(eq(u64, g.ok[0], s->ok));
    cr_expect(eq(u64, g.failed[0], failed));
    cr_expect(eq(u64, g.response[0], s->ok));
    cr_expect(eq(u64, g.service[0], s->ok));
    cr_expect(g.cpu_percent > 0);
    cr_expect(eq(str, (char *)ct_facts_find(&e->plan, "offered_rps"), (char *)"10"));
    cr_expect(ne(ptr, (void *)ct_facts_find(&e->environment, "hostname"), NULL));
    cr_expect(eq(ptr, (void *)ct_facts_find(&e->plan, "stages"), NULL));
    made_run_close(&r);
}

#define SUMMARY                                                                                    \
    "\"summary\":{\"verdict\":{\"status\":\"valid\"},\"plan\":{\"offered_rps\":5,\"duration_s\":"  \
    "60,\"stages\":[{\"from_rps\":1},{\"from_rps\":2,\"to_rps\":3}],\"keep_alive\":true}}"

Test(digest, stages_are_facts_of_the_plan)
{
    struct ct_err err;
    cr_assert(eq(int, parse("{" SUMMARY "}", &err), 0), "%s", err.msg);
    const struct ct_facts *f = &g.e[0].plan;
    cr_expect(eq(str, (char *)ct_facts_find(f, "stages[1].from_rps"), (char *)"2"));
    cr_expect(eq(str, (char *)ct_facts_find(f, "stages[0].from_rps"), (char *)"1"));
    cr_expect(eq(str, (char *)ct_facts_find(f, "keep_alive"), (char *)"true"));
}

Test(digest, a_benchmark_gives_each_execution)
{
    struct ct_err err;
    cr_assert(eq(int,
                 parse("{\"test_executions\":[{\"test_case\":{\"name\":\"A\"},\"results\":[{"
                       "\"load\":13}]," SUMMARY "},{\"results\":[{\"load\":12}]," SUMMARY
                       "}],\"summary\":{\"verdict\":{\"status\":\"valid\"},\"points\":[{}]}}",
                       &err),
                 0),
              "%s", err.msg);
    cr_assert(eq(uint, g.n, 2));
    cr_expect(eq(dbl, g.e[0].load, 13));
    cr_expect(eq(dbl, g.e[1].load, 12));
    cr_expect(eq(str, g.e[0].test_case, (char *)"A"));
    cr_expect(eq(str, g.e[1].test_case, (char *)""));
}

Test(digest, what_is_no_result_of_ct_is_refused_with_its_place)
{
    static const struct {
        const char *text, *says;
    } table[] = {
        {"{}", "only result files of ct can be compared"},
        {"{\"test_case\":\"A\",\"results\":[]}", "only result files of ct can be compared"},
        {"[]", "expected an object"},
        {"{\"summary\":{\"verdict\":{\"status\":\"fine\"}}}", "expected \"valid\""},
        {"{\"seconds\":[{\"t\":-1}]}", "expected a count"},
        {"{\"seconds\":[{\"ok\":1}]}", "missing key 't'"},
        {"{\"seconds\":[{\"t\":0,\"response\":\"HISTFAAAAA\"}]}", "base64"},
        {"{\"seconds\":[{\"t\":0,\"response\":\"SElTVA==\"}]}", "HISTFAAA"},
        {"{\"seconds\":[{\"t\":0,\"failed\":{\"x\":1e12}}]}", "expected a count"},
        {"{\"test_executions\":[{\"test_executions\":[{}]}]}", "inside another"},
    };
    for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
        struct ct_err err = {0};
        cr_expect(eq(int, parse(table[i].text, &err), CT_EUSAGE), "%s", table[i].text);
        cr_expect(strncmp(err.msg, "r.json:1", 8) == 0, "%s", err.msg);
        cr_expect(strstr(err.msg, table[i].says) != NULL, "%s: %s", table[i].text, err.msg);
    }
}

Test(digest, a_long_name_of_a_server_is_no_error)
{
    struct ct_err err;
    cr_assert(eq(int,
                 parse("{" SUMMARY ",\"seconds\":[{\"t\":0,\"servers\":{"
                       "\"a-very-long-name-of-a-server-that-somebody-gave-it.somewhere.example."
                       "net:2222\":{\"cpu_percent\":12},\"b\":{\"cpu_percent\":null},\"c\":{"
                       "\"cpu_percent\":3}}}]}",
                       &err),
                 0),
              "%s", err.msg);
    cr_expect(eq(dbl, g.cpu_percent, 15));
}

/* --- what counts as measured --- */

static const struct ct_compare_run *run_of(const char *verdict, const char *rest)
{
    struct ct_err err;
    char *text =
        ct_xprintf("{\"summary\":{\"verdict\":%s,\"plan\":{\"duration_s\":60}%s}}", verdict, rest);
    cr_assert(eq(int, parse(text, &err), 0), "%s", err.msg);
    free(text);
    return &g.e[0].run;
}

Test(digest, a_run_that_was_cut_short_is_invalid_and_says_so)
{
    static const char *const codes[] = {"interrupted", "aborted", "truncated"};
    for (size_t i = 0; i < sizeof(codes) / sizeof(*codes); i++) {
        char *verdict = ct_xprintf("{\"status\":\"valid\",\"reasons\":[{\"code\":\"cold\",\"text\":"
                                   "\"cold start\"},{\"code\":\"%s\",\"text\":\"stopped early\"}]}",
                                   codes[i]);
        const struct ct_compare_run *r = run_of(verdict, "");
        cr_expect(eq(int, r->verdict, CT_VERDICT_INVALID), "%s", codes[i]);
        cr_expect(eq(str, (char *)r->why, (char *)"stopped early"));
        free(verdict);
    }
    const struct ct_compare_run *r = run_of(
        "{\"status\":\"valid\",\"reasons\":[{\"code\":\"interrupted by\",\"text\":\"x\"}]}", "");
    cr_expect(eq(int, r->verdict, CT_VERDICT_VALID), "another code");
}

Test(digest, what_spoilt_a_run_comes_before_that_it_was_cut_short)
{
    const struct ct_compare_run *r = run_of(
        "{\"status\":\"invalid\",\"reasons\":[{\"code\":\"late\",\"text\":\"late\"},{\"code\":"
        "\"interrupted\",\"text\":\"stopped early\"}]}",
        "");
    cr_expect(eq(int, r->verdict, CT_VERDICT_INVALID));
    cr_expect(eq(str, (char *)r->why, (char *)"late"));
}

Test(digest, each_execution_is_cut_short_for_itself)
{
    struct ct_err err;
    static const char text[] =
        "{\"test_executions\":[{\"summary\":{\"verdict\":{\"status\":\"valid\",\"reasons\":[{"
        "\"code\":"
        "\"aborted\",\"text\":\"x\"}]},\"plan\":{\"duration_s\":1}}},{" SUMMARY "}]}";
    cr_assert(eq(int, parse(text, &err), 0), "%s", err.msg);
    cr_expect(eq(int, g.e[0].run.verdict, CT_VERDICT_INVALID));
    cr_expect(eq(int, g.e[1].run.verdict, CT_VERDICT_VALID));
}

Test(digest, a_run_without_a_request_is_invalid)
{
    const struct ct_compare_run *r =
        run_of("{\"status\":\"no_data\"}", ",\"accounting\":{\"started\":0,\"failed\":{}}");
    cr_expect(eq(int, r->verdict, CT_VERDICT_INVALID));
    cr_expect(eq(str, (char *)r->why, (char *)"no request was started"));
    r = run_of("{\"status\":\"no_data\"}",
               ",\"accounting\":{\"started\":3,\"failed\":{\"dns\":3}}");
    cr_expect(eq(int, r->verdict, CT_VERDICT_NO_DATA));
}

Test(digest, a_quantile_among_requests_that_failed_or_were_not_sent_is_beyond_all_values)
{
    const struct ct_compare_run *r =
        run_of("{\"status\":\"valid\"}", ",\"response_ms\":{\"p50\":null,\"p90\":null,\"p99\":null,"
                                         "\"withheld\":{\"p50\":\"samples\",\"p90\":\"failed\","
                                         "\"p99\":\"skipped\",\"p999\":\"failed\"}}");
    cr_expect(not(r->beyond[CT_COMPARE_RESPONSE_P50]));
    cr_expect(r->beyond[CT_COMPARE_RESPONSE_P90]);
    cr_expect(r->beyond[CT_COMPARE_RESPONSE_P99]);
    cr_expect(isnan(r->value[CT_COMPARE_RESPONSE_P90]));
    cr_expect(not(r->beyond[CT_COMPARE_SERVICE_P90]));
}

Test(digest, what_was_sent_is_a_fact_of_the_environment)
{
    struct ct_err err;
    cr_assert(eq(int, parse("{" SUMMARY ",\"environment\":{\"request\":\"3f2a\"}}", &err), 0));
    cr_expect(eq(str, (char *)ct_facts_find(&g.e[0].environment, "request"), (char *)"3f2a"));
}
