#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <jansson.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include <zlib.h>

#include "analysis/tally.h"
#include "base/base64.h"
#include "base/mem.h"
#include "made_run.h"
#include "schema.h"
#include "store/reader.h"

static struct made_run r;
static json_t *doc;

static void init(void)
{
    (void)setenv("TZ", "UTC", 1);
    tzset();
}

static void fini(void)
{
    json_decref(doc);
    doc = NULL;
    made_run_close(&r);
}
TestSuite(result, .init = init, .fini = fini);

static void load(const char *path)
{
    json_error_t e;
    json_decref(doc);
    doc = json_load_file(path, JSON_REJECT_DUPLICATES, &e);
    cr_assert(ne(ptr, doc, NULL), "%s:%d: %s", path, e.line, e.text);
}

static const char search_json[] =
    "{\"kind\": \"classic\", \"max_response_time\": 2, \"min_requests_per_second\": 1, "
    "\"max_n_loads_to_test\": 3, \"rest_time\": 0, \"trials\": [{\"phase\": \"load\", \"load\": "
    "10, \"rps\": 1, \"passed\": true, \"valid\": true, \"avg_response_time\": 0.05, \"ok\": 1, "
    "\"failed\": 0, \"skipped\": 0}], \"points\": [{\"load\": 10, \"rps\": 10, \"rps_low\": null, "
    "\"rps_high\": null, \"at_least\": false, \"limited_by\": \"max_response_time\", "
    "\"confirmed\": true}]}";
static const char summary_json[] =
    "{\"test_case\": \"fibonacci\", \"result_file\": \"f.json\", \"verdict\": {\"status\": "
    "\"valid\", \"reasons\": []}, \"points\": []}";

static int write_execution(void)
{
    struct ct_result_execution e = made_run_view(&r);
    struct ct_err err = {0};
    int rc = ct_result_write_execution(r.journal_path, &e, "test-execution", r.result_path, &err);
    if (rc == 0)
        load(r.result_path);
    return rc;
}

static void write_benchmark(size_t count)
{
    struct ct_result_execution e[2] = {made_run_view(&r), made_run_view(&r)};
    struct ct_err err = {0};
    const struct ct_result_benchmark b = {
        e, count, "FibonacciTestCase", search_json, summary_json, "benchmark", NULL};
    cr_assert(eq(int, ct_result_write_benchmark(r.journal_path, &b, r.result_path, &err), 0), "%s",
              err.msg);
    load(r.result_path);
}

static const json_t *at(const char *a, const char *b)
{
    const json_t *v = json_object_get(doc, a);
    return b != NULL ? json_object_get(v, b) : v;
}

static bool is_null(const json_t *v)
{
    return json_is_null(v);
}

static bool is_number(const json_t *v)
{
    return json_is_number(v);
}

static bool is_integer(const json_t *v)
{
    return json_is_integer(v);
}

/* --- golden documents --- */

/* The file's text with what differs from machine to machine taken out: the folder, and histograms,
 * whose bytes are zlib's affair (another test decodes them). */
static char *stable_text(const char *path)
{
    struct ct_buf in, out;
    struct ct_err err = {0};
    ct_buf_init(&in, 1 << 20);
    ct_buf_init(&out, 1 << 20);
    cr_assert(eq(int, ct_buf_read_file(&in, path, &err), 0), "%s", err.msg);
    const char *p = in.data;
    while (*p != '\0') {
        if (strncmp(p, r.folder, strlen(r.folder)) == 0) {
            (void)ct_buf_puts(&out, "RESULTS");
            p += strlen(r.folder);
        } else if (strncmp(p, "HISTFAAA", 8) == 0) {
            (void)ct_buf_puts(&out, "HISTFAAA...");
            p += strcspn(p, "\"");
        } else {
            (void)ct_buf_add(&out, p++, 1);
        }
    }
    ct_buf_release(&in);
    return out.data;
}

/* With CT_GOLDEN_WRITE set, the golden file is made anew: look at the difference. */
static void expect_golden(const char *path, const char *name)
{
    char golden_path[512];
    (void)snprintf(golden_path, sizeof(golden_path), "%s/golden/results/%s", CT_TESTS_DIR, name);
    char *got = stable_text(path);
    if (getenv("CT_GOLDEN_WRITE") != NULL) {
        FILE *f = fopen(golden_path, "we");
        cr_assert(f != NULL && fputs(got, f) >= 0);
        (void)fclose(f);
    }
    struct ct_buf want;
    struct ct_err err = {0};
    ct_buf_init(&want, 1 << 20);
    cr_assert(eq(int, ct_buf_read_file(&want, golden_path, &err), 0), "%s", err.msg);
    size_t same = 0;
    while (got[same] != '\0' && got[same] == want.data[same])
        same++;
    cr_expect(strcmp(got, want.data) == 0,
              "%s differs from byte %zu:\n  got  %.120s\n  want %.120s", name, same, got + same,
              want.data + same);
    ct_buf_release(&want);
    free(got);
}

static void expect_schema(const char *definition)
{
    char path[512], why[1024];
    json_error_t e;
    (void)snprintf(path, sizeof(path), "%s/../docs/results.schema.json", CT_TESTS_DIR);
    json_t *schema = json_load_file(path, JSON_REJECT_DUPLICATES, &e);
    cr_assert(ne(ptr, schema, NULL), "%s:%d: %s", path, e.line, e.text);
    cr_expect(schema_accepts(schema, definition, doc, why, sizeof(why)), "%s", why);
    cr_expect(schema_accepts(schema, NULL, doc, why, sizeof(why)), "%s", why);
    json_decref(schema);
}

static void expect_order(const char *array)
{
    json_int_t last = 0;
    size_t i;
    json_t *row;
    json_array_foreach(at(array, NULL), i, row)
    {
        json_int_t done = json_integer_value(json_object_get(row, "done_ns"));
        cr_assert(ge(i64, done, last), "%s %zu", array, i);
        last = done;
    }
}

Test(result, a_test_execution_is_the_golden_one)
{
    made_run_sample(&r, CT_JOURNAL_EXECUTION);
    cr_assert(r.summary.identity_ok, "%s", r.summary.identity_text);
    cr_assert(eq(int, write_execution(), 0));
    expect_order("results");
    expect_golden(r.result_path, "test-execution.json");
    expect_schema("test_execution_file");
}

Test(result, a_benchmark_is_the_golden_one)
{
    made_run_sample(&r, CT_JOURNAL_BENCHMARK);
    write_benchmark(1);
    expect_golden(r.result_path, "benchmark.json");
    expect_schema("benchmark_file");
}

Test(result, a_run_without_an_ok_request_is_written_too)
{
    made_run_open(&r, CT_JOURNAL_EXECUTION);
    made_run_begin(&r);
    for (uint64_t i = 0; i < 20; i++) {
        struct ct_sample s = made_run_ok(&r, i, 0);
        s.failure = CT_FAILURE_CONNECT_REFUSED;
        s.sent_ns = CT_NEVER;
        s.status = 0;
        s.bytes = s.server_start_ns = s.server_end_ns = 0;
        made_run_request(&r, 0, &s);
    }
    made_run_end(&r);
    cr_assert(eq(int, write_execution(), 0));
    cr_expect(is_null(at("avg_response_time", NULL)));
    cr_expect(is_null(at("avg_server_processing_time", NULL)));
    cr_expect(is_null(at("cluster_stats", NULL)));
    cr_expect(is_null(at("cluster_samples", NULL)));
    cr_expect(eq(sz, json_array_size(at("errors", NULL)), 20));
    cr_expect(eq(sz, json_array_size(at("results", NULL)), 0));
    expect_golden(r.result_path, "no-ok-request.json");
    expect_schema("test_execution_file");
}

Test(result, a_run_that_never_began_is_written_too)
{
    made_run_open(&r, CT_JOURNAL_BENCHMARK);
    made_run_begin(&r);
    made_run_end(&r);
    r.from = r.to; /* nothing in the journal */
    cr_assert(eq(int, write_execution(), 0));
    cr_expect(eq(sz, json_array_size(at("seconds", NULL)), 0));
    expect_schema("test_execution_file");
    cr_assert(eq(int, unlink(r.result_path), 0));
    write_benchmark(0);
    cr_expect(eq(sz, json_array_size(at("test_executions", NULL)), 0));
    expect_schema("benchmark_file");
}

/* --- Cluster Tester's form --- */

/* Every key of theirs is in ours, in their order, with their type; of arrays the first entry. */
static void expect_superset(const json_t *ours, const json_t *theirs, const char *path)
{
    bool both_numbers = json_is_number(ours) && json_is_number(theirs);
    cr_assert(both_numbers || json_typeof(ours) == json_typeof(theirs), "%s has another type",
              path);
    if (json_is_array(theirs) && json_array_size(theirs) > 0) {
        cr_assert(ge(sz, json_array_size(ours), 1), "%s is empty", path);
        expect_superset(json_array_get(ours, 0), json_array_get(theirs, 0), path);
    }
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)theirs, key, value)
    {
        char below[512];
        (void)snprintf(below, sizeof(below), "%s/%s", path, key);
        const json_t *member = json_object_get(ours, key);
        cr_assert(ne(ptr, (void *)member, NULL), "%s is missing", below);
        expect_superset(member, value, below);
    }
}

static void expect_first_keys(const json_t *ours, const char *const *keys, size_t count)
{
    void *at_key = json_object_iter((json_t *)ours);
    for (size_t i = 0; i < count; i++) {
        cr_assert(ne(ptr, at_key, NULL));
        cr_expect(eq(str, (char *)json_object_iter_key(at_key), (char *)keys[i]));
        at_key = json_object_iter_next((json_t *)ours, at_key);
    }
}

static json_t *theirs(const char *name)
{
    char path[512];
    (void)snprintf(path, sizeof(path), "%s/golden/cluster-tester/%s", CT_TESTS_DIR, name);
    json_t *v = json_load_file(path, 0, NULL);
    cr_assert(ne(ptr, v, NULL), "%s", path);
    return v;
}

Test(result, a_benchmark_has_all_that_cluster_testers_has)
{
    static const char *const eight[] = {
        "total_span",         "span_making_requests",    "test_case", "results",
        "request_per_second", "seconds_making_requests", "errors",    "cluster_stats"};
    json_t *golden = theirs("baseline-BubbleSortTestCase-20261121_021942_benchmark.json");
    made_run_sample(&r, CT_JOURNAL_BENCHMARK);
    write_benchmark(2);
    expect_superset(doc, golden, "");
    expect_first_keys(doc, (const char *const[]){"test_executions", "test_case_name"}, 2);
    expect_first_keys(json_array_get(at("test_executions", NULL), 0), eight, 8);
    json_decref(golden);
}

Test(result, a_test_execution_has_all_that_cluster_testers_has)
{
    static const char *const ten[] = {"test_case",
                                      "load",
                                      "avg_response_time",
                                      "avg_server_processing_time",
                                      "request_per_second",
                                      "seconds_making_requests",
                                      "span_making_requests",
                                      "total_span",
                                      "errors",
                                      "cluster_stats"};
    json_t *golden = theirs("20261121_021606_test_execution.json");
    made_run_sample(&r, CT_JOURNAL_EXECUTION);
    cr_assert(eq(int, write_execution(), 0));
    expect_superset(doc, golden, "");
    expect_first_keys(doc, ten, 10);
    cr_expect(is_integer(at("request_per_second", NULL)));
    cr_expect(is_integer(at("seconds_making_requests", NULL)));
    json_decref(golden);
}

Test(result, a_rate_that_is_not_whole_is_a_number)
{
    made_run_open(&r, CT_JOURNAL_EXECUTION);
    r.begin.plan.rate = (struct ct_rate){1, 4 * CT_NS_PER_S};
    r.begin.plan.duration_ns = 1500 * CT_NS_PER_MS;
    made_run_begin(&r);
    made_run_end(&r);
    cr_assert(eq(int, write_execution(), 0));
    cr_expect(eq(dbl, json_real_value(at("request_per_second", NULL)), 0.25));
    cr_expect(eq(dbl, json_real_value(at("seconds_making_requests", NULL)), 1.5));
}

static void sum_row(void *ctx, const struct ct_result_row *row)
{
    *(double *)ctx += (double)(row->request_end_ns - row->request_start_ns) / 1e9;
}

static double read_mean_s;
static void take_mean(void *ctx, const struct ct_result_head *head)
{
    read_mean_s = *(double *)ctx / (double)head->rows;
    cr_expect(eq(u64, head->rows, r.summary.ok));
    cr_expect(eq(dbl, head->load, 10));
}

Test(result, our_own_reader_finds_the_same_mean)
{
    double sum = 0;
    const struct ct_result_handler handler = {.row = sum_row, .execution = take_mean, .ctx = &sum};
    struct ct_err err = {0};
    made_run_sample(&r, CT_JOURNAL_BENCHMARK);
    write_benchmark(1);
    cr_assert(eq(int, ct_result_read(r.result_path, &handler, &err), 0), "%s", err.msg);
    cr_expect(epsilon_eq(dbl, read_mean_s, r.summary.response_ok.mean / 1e9, 1e-6));
}

/* --- arrays --- */

/* 9,000 requests of four threads that differ by 100 ms; every ninth fails. */
static void write_many(unsigned threads_in_plan)
{
    made_run_open(&r, CT_JOURNAL_EXECUTION);
    r.begin.plan.rate = ct_rate_per_s(1000);
    r.begin.plan.duration_ns = 9 * CT_NS_PER_S;
    r.begin.plan.planned = 9000;
    r.begin.plan.threads = threads_in_plan;
    made_run_begin(&r);
    for (uint64_t i = 0; i < 9000; i++) {
        struct ct_sample s = made_run_ok(&r, i, i % 4 * 100 * CT_NS_PER_MS);
        s.failure = i % 9 == 0 ? CT_FAILURE_BAD_ANSWER : CT_FAILURE_NONE;
        made_run_request(&r, (unsigned)i % 4, &s);
    }
    made_run_end(&r);
    cr_assert(eq(int, write_execution(), 0));
}

Test(result, requests_of_all_threads_stand_in_order_of_completion)
{
    write_many(4);
    expect_order("results");
    expect_order("failures");
    cr_expect(eq(sz, json_array_size(at("results", NULL)), 8000));
    cr_expect(eq(sz, json_array_size(at("failures", NULL)), 1000));
    cr_expect(eq(sz, json_array_size(at("errors", NULL)), 1000));
    cr_expect(is_null(at("results_kept", NULL)));
}

Test(result, requests_of_a_thread_that_no_plan_has_are_not_lost)
{
    write_many(1);
    cr_expect(eq(sz, json_array_size(at("results", NULL)), 8000));
    cr_assert(eq(int, unlink(r.result_path), 0));
    r.summary.plan.threads = 2;
    cr_assert(eq(int, write_execution(), 0));
    cr_expect(eq(sz, json_array_size(at("results", NULL)), 8000));
}

Test(result, an_execution_has_its_own_requests_only)
{
    made_run_open(&r, CT_JOURNAL_BENCHMARK);
    for (uint64_t k = 0; k < 2; k++) { /* the second run has request 1, and that alone */
        made_run_begin(&r);
        struct ct_sample s = made_run_ok(&r, k, 0);
        made_run_request(&r, 0, &s);
        made_run_end(&r);
        if (k == 0) {
            ct_tally_free(r.tally);
            ct_summary_release(&r.summary);
            memset(r.blocks, 0, sizeof(*r.blocks));
            r.n_samples[0] = 0;
        }
    }
    write_benchmark(1);
    const json_t *results =
        json_object_get(json_array_get(at("test_executions", NULL), 0), "results");
    cr_assert(eq(sz, json_array_size(results), 1));
    cr_expect(eq(i64, json_integer_value(json_object_get(json_array_get(results, 0), "i")), 1));
}

static json_int_t sum_of(const char *key)
{
    size_t i;
    json_t *row;
    json_int_t sum = 0;
    json_array_foreach(at("seconds", NULL), i, row)
    {
        const json_t *v = json_object_get(row, key);
        const char *name;
        json_t *count;
        cr_assert(eq(i64, json_integer_value(json_object_get(row, "t")), (json_int_t)i));
        sum += json_integer_value(v);
        json_object_foreach((json_t *)v, name, count) sum += json_integer_value(count);
    }
    return sum;
}

static json_int_t total_of(const char *key)
{
    const json_t *v = json_object_get(at("summary", "accounting"), key);
    json_int_t sum = json_integer_value(v);
    const char *name;
    json_t *count;
    json_object_foreach((json_t *)v, name, count) sum += json_integer_value(count);
    return sum;
}

Test(result, seconds_add_up_to_the_totals)
{
    made_run_sample(&r, CT_JOURNAL_EXECUTION);
    cr_assert(eq(int, write_execution(), 0));
    static const char *const rows[] = {"due", "sent", "ok", "failed", "skipped", "cancelled"};
    static const char *const totals[] = {"planned", "started", "ok",
                                         "failed",  "skipped", "cancelled"};
    for (int i = 0; i < 6; i++) {
        cr_expect(eq(i64, sum_of(rows[i]), total_of(totals[i])), "%s", rows[i]);
        cr_expect(ge(i64, sum_of(rows[i]), 1), "%s", rows[i]);
    }
}

/* One thread tells of its next second before the other has told of this one. */
Test(result, seconds_of_threads_that_are_apart_are_one_row)
{
    made_run_open(&r, CT_JOURNAL_EXECUTION);
    made_run_begin(&r);
    struct ct_block *b = ct_xcalloc(1, sizeof(*b));
    static const unsigned threads[] = {0, 0, 1, 1}, seconds[] = {0, 1, 0, 1};
    for (int k = 0; k < 4; k++) {
        ct_block_clear(b, seconds[k]);
        b->due = b->started = b->ok = 10 + (uint64_t)k;
        ct_journal_block(r.journal, threads[k], b);
    }
    free(b);
    made_run_end(&r);
    cr_assert(eq(int, write_execution(), 0));
    for (size_t k = 0; k < 2; k++) {
        const json_t *row = json_array_get(at("seconds", NULL), k);
        cr_expect(eq(i64, json_integer_value(json_object_get(row, "ok")), k == 0 ? 22 : 24));
    }
}

Test(result, a_second_without_anything_has_a_row)
{
    made_run_open(&r, CT_JOURNAL_EXECUTION);
    made_run_begin(&r);
    struct ct_sample s = made_run_ok(&r, 0, 7500 * CT_NS_PER_MS);
    made_run_request(&r, 0, &s);
    made_run_end(&r);
    cr_assert(eq(int, write_execution(), 0));
    cr_assert(eq(sz, json_array_size(at("seconds", NULL)), 8));
    cr_expect(eq(i64, sum_of("ok"), 1));
}

Test(result, a_quantile_of_a_second_needs_its_samples)
{
    made_run_open(&r, CT_JOURNAL_EXECUTION);
    r.begin.plan.rate = ct_rate_per_s(1000);
    made_run_begin(&r);
    for (uint64_t i = 0; i < 1019; i++) { /* 1,000 in the first second, 19 in the second */
        struct ct_sample s = made_run_ok(&r, i, 0);
        made_run_request(&r, 0, &s);
    }
    made_run_end(&r);
    cr_assert(eq(int, write_execution(), 0));
    const json_t *full = json_array_get(at("seconds", NULL), 0);
    const json_t *few = json_array_get(at("seconds", NULL), 1);
    const char *const keys[] = {"p50_ms", "p99_ms", "lateness_p99_us"};
    for (int i = 0; i < 3; i++) {
        cr_expect(is_number(json_object_get(full, keys[i])), "%s", keys[i]);
        cr_expect(is_null(json_object_get(few, keys[i])), "%s", keys[i]);
    }
    cr_expect(is_number(json_object_get(few, "max_ms")));
}

static const json_t *server_of(size_t second, const char *host)
{
    const json_t *row = json_array_get(at("seconds", NULL), second);
    return json_object_get(json_object_get(row, "servers"), host);
}

Test(result, a_second_has_the_means_of_its_servers)
{
    made_run_sample(&r, CT_JOURNAL_EXECUTION);
    cr_assert(eq(int, write_execution(), 0));
    /* samples at 0.5 and 1.0 s with usr 12 and 14 and sys 0.5 belong to the first second */
    const json_t *first = server_of(0, "192.168.1.100");
    const json_t *second = server_of(1, "192.168.1.100");
    cr_expect(eq(dbl, json_number_value(json_object_get(first, "cpu_percent")), 13.5));
    cr_expect(eq(dbl, json_number_value(json_object_get(second, "cpu_percent")), 17.5));
    cr_expect(eq(dbl, json_number_value(json_object_get(first, "memory_used_kib")), 2001500));
    cr_expect(eq(dbl, json_number_value(json_object_get(first, "ping_ms")), 0.375));
    /* the other one: a gap at 1.0 s, no CPU at 1.5 s */
    first = server_of(0, "node-2:2222");
    second = server_of(1, "node-2:2222");
    cr_expect(eq(dbl, json_number_value(json_object_get(first, "cpu_percent")), 12.5));
    cr_expect(eq(dbl, json_number_value(json_object_get(second, "cpu_percent")), 18.5));
    cr_expect(eq(dbl, json_number_value(json_object_get(second, "memory_used_kib")), 2003500));
}

Test(result, a_sample_that_comes_too_late_counts_in_a_later_second)
{
    static const uint64_t at_ms[] = {1000, 3000, 2000, 4000};
    made_run_open(&r, CT_JOURNAL_EXECUTION);
    made_run_begin(&r);
    struct ct_sample s = made_run_ok(&r, 0, 3500 * CT_NS_PER_MS);
    made_run_request(&r, 0, &s);
    for (unsigned k = 0; k < 4; k++) {
        struct ct_server_sample v = {.host = "a", .has_memory = true};
        v.memory.used = (double)at_ms[k];
        struct ct_snapshot snapshot = {at_ms[k] * CT_NS_PER_MS, 0, 1, &v};
        made_run_snapshot(&r, &snapshot);
    }
    made_run_end(&r);
    cr_assert(eq(int, write_execution(), 0));
    static const double want[] = {1000, 0, 2500, 4000};
    for (size_t k = 0; k < 4; k++) {
        const json_t *used = json_object_get(server_of(k, "a"), "memory_used_kib");
        cr_expect(eq(dbl, json_number_value(used), want[k]), "%zu", k);
    }
}

Test(result, a_server_without_all_numbers_stands_apart)
{
    made_run_sample(&r, CT_JOURNAL_EXECUTION);
    cr_assert(eq(int, write_execution(), 0));
    const size_t servers[] = {2, 1, 1, 2}, partial[] = {0, 0, 1, 0}, gaps[] = {0, 1, 0, 0};
    cr_assert(eq(sz, json_array_size(at("cluster_samples", NULL)), 4));
    for (size_t k = 0; k < 4; k++) {
        const json_t *s = json_array_get(at("cluster_samples", NULL), k);
        cr_expect(eq(sz, json_array_size(json_object_get(s, "servers")), servers[k]));
        cr_expect(eq(sz, json_array_size(json_object_get(s, "partial")), partial[k]));
        cr_expect(eq(sz, json_object_size(json_object_get(s, "gaps")), gaps[k]));
    }
}

static void expect_hdr(const json_t *text, const struct ct_histogram *want)
{
    static struct ct_histogram h;
    struct ct_buf packed;
    struct ct_err err = {0};
    unsigned char plain[65536];
    uLongf len = sizeof(plain);
    ct_buf_init(&packed, 1 << 20);
    cr_assert(
        eq(int, ct_base64_decode(&packed, json_string_value(text), json_string_length(text)), 0));
    const unsigned char *p = (const unsigned char *)packed.data;
    static const unsigned char cookie[] = {0x1c, 0x84, 0x93, 0x14};
    cr_assert(memcmp(p, cookie, 4) == 0);
    size_t payload = (size_t)p[4] << 24 | (size_t)p[5] << 16 | (size_t)p[6] << 8 | p[7];
    cr_assert(eq(sz, payload, packed.len - 8));
    cr_assert(eq(int, uncompress(plain, &len, p + 8, (uLong)payload), Z_OK));
    cr_assert(eq(int, ct_histogram_decode(&h, plain, len, &err), 0), "%s", err.msg);
    cr_expect(eq(u64, h.count, want->count));
    cr_expect(memcmp(h.slots, want->slots, sizeof(h.slots)) == 0);
    ct_buf_release(&packed);
}

Test(result, histograms_are_hdr_v2_compressed_and_whole)
{
    static struct ct_histogram merged;
    made_run_sample(&r, CT_JOURNAL_EXECUTION);
    cr_assert(eq(int, write_execution(), 0));
    for (int i = 0; i < CT_SERIES_COUNT; i++) {
        const struct ct_histogram *want = &r.total.series[i];
        const json_t *h = at("histograms", ct_series_name((enum ct_series)i));
        expect_hdr(json_object_get(h, "hdr"), want);
        cr_expect(
            eq(i64, json_integer_value(json_object_get(h, "count")), (json_int_t)want->count));
        cr_expect(eq(dbl, json_number_value(json_object_get(h, "sum_ns")), want->sum_ns));
        cr_expect(
            eq(i64, json_integer_value(json_object_get(h, "max_ns")), (json_int_t)want->max_ns));
    }
    for (unsigned thread = 0; thread < 2; thread++)
        ct_histogram_merge(&merged, &r.blocks[thread * MADE_RUN_SECONDS].series[0]);
    cr_expect(ge(u64, merged.count, 6));
    expect_hdr(json_object_get(json_array_get(at("seconds", NULL), 0), "response"), &merged);
}

/* --- requests that are left out --- */

Test(result, without_requests_it_says_why_and_counts_the_errors)
{
    made_run_open(&r, CT_JOURNAL_EXECUTION);
    r.begin.want_samples = false;
    made_run_begin(&r);
    for (uint64_t i = 0; i < 5; i++) {
        struct ct_sample s = made_run_ok(&r, i, 0);
        s.failure = i < 2 ? CT_FAILURE_TIMEOUT : CT_FAILURE_NONE;
        made_run_request(&r, 0, &s);
    }
    made_run_end(&r);
    cr_assert(eq(int, write_execution(), 0));
    cr_expect(eq(sz, json_array_size(at("results", NULL)), 0));
    cr_assert(eq(sz, json_array_size(at("errors", NULL)), 1));
    cr_expect(eq(str, (char *)json_string_value(json_array_get(at("errors", NULL), 0)),
                 (char *)"timeout: 2 requests"));
    cr_expect(strstr(json_string_value(at("results_kept", NULL)), "--results none") != NULL);
}

Test(result, requests_that_were_dropped_are_confessed)
{
    made_run_open(&r, CT_JOURNAL_EXECUTION);
    r.samples_dropped = 3;
    made_run_begin(&r);
    made_run_end(&r);
    cr_assert(eq(int, write_execution(), 0));
    cr_expect(strstr(json_string_value(at("results_kept", NULL)), "3 requests are left out") !=
              NULL);
}

Test(result, a_damaged_journal_is_confessed)
{
    made_run_sample(&r, CT_JOURNAL_EXECUTION);
    cr_assert(eq(int, truncate(r.journal_path, (off_t)r.to - 100), 0));
    cr_assert(eq(int, write_execution(), 0));
    cr_expect(strstr(json_string_value(at("results_kept", NULL)), "damaged") != NULL);
}

/* --- the file --- */

static unsigned files_in(const char *folder)
{
    char command[128], line[256];
    unsigned n = 0;
    (void)snprintf(command, sizeof(command), "ls -A %s", folder);
    FILE *p = popen(command, "r");
    while (fgets(line, sizeof(line), p) != NULL)
        n++;
    (void)pclose(p);
    return n;
}

Test(result, it_is_readable_by_others_and_leaves_nothing_else)
{
    struct stat st;
    made_run_sample(&r, CT_JOURNAL_EXECUTION);
    (void)umask(027);
    cr_assert(eq(int, write_execution(), 0));
    cr_assert(eq(int, stat(r.result_path, &st), 0));
    cr_expect(eq(int, (int)(st.st_mode & 0777), 0640));
    cr_expect(eq(int, (int)files_in(r.folder), 2)); /* and the journal */
}

Test(result, it_never_takes_anothers_place)
{
    struct ct_err err = {0};
    made_run_sample(&r, CT_JOURNAL_EXECUTION);
    struct ct_result_execution e = made_run_view(&r);
    FILE *f = fopen(r.result_path, "we");
    cr_assert(f != NULL && fputs("mine", f) >= 0);
    (void)fclose(f);
    cr_expect(
        eq(int, ct_result_write_execution(r.journal_path, &e, "x", r.result_path, &err), CT_EFAIL));
    cr_expect(strstr(err.msg, r.result_path) != NULL && strstr(err.msg, "exists") != NULL, "%s",
              err.msg);
    char text[16] = "";
    f = fopen(r.result_path, "re");
    cr_assert(f != NULL && fgets(text, sizeof(text), f) != NULL);
    (void)fclose(f);
    cr_expect(eq(str, text, (char *)"mine"));
    cr_expect(eq(int, (int)files_in(r.folder), 2));
}

Test(result, a_folder_that_cannot_be_written_is_an_error)
{
    struct ct_err err = {0};
    made_run_sample(&r, CT_JOURNAL_EXECUTION);
    struct ct_result_execution e = made_run_view(&r);
    cr_expect(eq(int, ct_result_write_execution(r.journal_path, &e, "x", "/proc/r.json", &err),
                 CT_EFAIL));
    cr_expect(strstr(err.msg, "/proc/r.json") != NULL, "%s", err.msg);
    const struct ct_result_benchmark b = {&e, 1, "X", "{}", "{}", "x", NULL};
    cr_expect(eq(int, ct_result_write_benchmark(r.journal_path, &b, "/no/such/folder/r.json", &err),
                 CT_EFAIL));
    cr_expect(strstr(err.msg, "/no/such/folder") != NULL, "%s", err.msg);
}

Test(result, a_journal_that_is_gone_is_an_error_and_leaves_no_document)
{
    struct ct_err err = {0};
    made_run_sample(&r, CT_JOURNAL_EXECUTION);
    struct ct_result_execution e = made_run_view(&r);
    cr_expect(lt(int, ct_result_write_execution("/no/journal", &e, "x", r.result_path, &err), 0));
    cr_expect(strstr(err.msg, "/no/journal") != NULL, "%s", err.msg);
    const struct ct_result_benchmark b = {&e, 1, "X", "{}", "{}", "x", NULL};
    cr_expect(lt(int, ct_result_write_benchmark("/no/journal", &b, r.result_path, &err), 0));
    cr_expect(eq(int, (int)files_in(r.folder), 1));
}

Test(result, a_full_disk_is_an_error_and_leaves_no_document)
{
    struct ct_err err = {0};
    made_run_sample(&r, CT_JOURNAL_EXECUTION);
    struct ct_result_execution e = made_run_view(&r);
    (void)signal(SIGXFSZ, SIG_IGN);
    struct rlimit limit, none;
    cr_assert(eq(int, getrlimit(RLIMIT_FSIZE, &none), 0));
    for (rlim_t room = 0; room < 12000; room += 3000) {
        limit = (struct rlimit){.rlim_cur = room, .rlim_max = none.rlim_max};
        cr_assert(eq(int, setrlimit(RLIMIT_FSIZE, &limit), 0));
        int rc = ct_result_write_execution(r.journal_path, &e, "x", r.result_path, &err);
        cr_assert(eq(int, setrlimit(RLIMIT_FSIZE, &none), 0));
        cr_expect(eq(int, rc, CT_EFAIL), "%d", (int)room);
        cr_expect(strstr(err.msg, "File too large") != NULL, "%s", err.msg);
        cr_expect(eq(int, (int)files_in(r.folder), 1));
    }
}

/* --- what a configuration asked for --- */

static void keep_sample(void *ctx, const struct ct_snapshot *s)
{
    struct ct_server_sample *to = ctx;
    if (s->n_servers > 0)
        *to = s->servers[0];
}

static struct ct_server_sample watched_sample(void)
{
    struct ct_server_sample s = {.host = "a", .has_cpu = true, .has_memory = true};
    s.n_watched = 1;
    s.watched[0] = (struct ct_watched){"nginx", 4, true, false, 12.5, 0};
    s.n_cgroups = 2;
    s.cgroups[0] = (struct ct_cgroup){"a.slice/b", true, true, true, 150.25, 25, 512};
    s.cgroups[1] = (struct ct_cgroup){"c.slice", false, false, true, 0, 0, 7};
    s.n_cores = 3;
    s.core_percent[0] = 99.99F;
    s.core_percent[1] = NAN;
    s.core_percent[2] = 0;
    return s;
}

Test(result, what_is_watched_fits_the_schema_and_is_read_back)
{
    static struct ct_server_sample v, got;
    made_run_open(&r, CT_JOURNAL_EXECUTION);
    made_run_begin(&r);
    struct ct_sample request = made_run_ok(&r, 0, 500 * CT_NS_PER_MS);
    made_run_request(&r, 0, &request);
    v = watched_sample();
    struct ct_snapshot snapshot = {CT_NS_PER_S, 0, 1, &v};
    made_run_snapshot(&r, &snapshot);
    made_run_end(&r);
    cr_assert(eq(int, write_execution(), 0));
    expect_schema("test_execution_file");

    const struct ct_result_handler handler = {.snapshot = keep_sample, .ctx = &got};
    struct ct_err err = {0};
    cr_assert(eq(int, ct_result_read(r.result_path, &handler, &err), 0), "%s", err.msg);
    cr_assert(eq(sz, got.n_watched, 1));
    cr_expect(zero(int, strcmp(got.watched[0].name, "nginx")));
    cr_expect(eq(u64, got.watched[0].processes, 4));
    cr_expect(got.watched[0].has_cpu && !got.watched[0].has_rss);
    cr_assert(eq(sz, got.n_cgroups, 2));
    cr_expect(eq(dbl, got.cgroups[0].cpu_percent, 150.25));
    cr_expect(eq(dbl, got.cgroups[0].throttled_percent, 25));
    cr_expect(eq(dbl, got.cgroups[0].memory_kib, 512));
    cr_expect(not(got.cgroups[1].has_cpu || got.cgroups[1].has_throttled));
    cr_assert(eq(sz, got.n_cores, 3));
    cr_expect(epsilon_eq(dbl, (double)got.core_percent[0], 99.99, 1e-4));
    cr_expect(ne(int, isnan(got.core_percent[1]), 0));
    cr_expect(zero(flt, got.core_percent[2]));
}
