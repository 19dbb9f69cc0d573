#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <malloc.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "store/reader.h"

/* What a document gave, execution by execution. */
struct got {
    struct ct_result_head head[4];
    double response_s[4], server_s[4]; /* sums over rows */
    uint64_t served[4];                /* rows with a server's span */
    struct ct_snapshot snapshot[4];    /* the last one */
    struct ct_server_sample server[4]; /* its first server */
    char host[4][64];
    unsigned snapshots[4];
    double usr[4], used_kib[4]; /* sums over the first servers */
    struct ct_result_row last;
    unsigned n;
};

static void on_row(void *ctx, const struct ct_result_row *row)
{
    struct got *g = ctx;
    g->response_s[g->n] += (double)(row->request_end_ns - row->request_start_ns) / 1e9;
    if (row->has_server)
        g->server_s[g->n] += (double)(row->server_end_ns - row->server_start_ns) / 1e9;
    g->served[g->n] += row->has_server;
    g->last = *row;
}

static void on_snapshot(void *ctx, const struct ct_snapshot *s)
{
    struct got *g = ctx;
    g->snapshots[g->n]++;
    g->snapshot[g->n] = *s;
    if (s->n_servers == 0)
        return;
    g->server[g->n] = s->servers[0];
    (void)snprintf(g->host[g->n], sizeof(g->host[0]), "%s", s->servers[0].host);
    g->usr[g->n] += s->servers[0].cpu.usr;
    g->used_kib[g->n] += s->servers[0].memory.used;
}

static void on_execution(void *ctx, const struct ct_result_head *head)
{
    struct got *g = ctx;
    cr_assert(lt(int, (int)g->n, 4));
    g->head[g->n++] = *head;
}

static int parse(const char *text, struct got *g, struct ct_err *err)
{
    memset(g, 0, sizeof(*g));
    struct ct_result_handler h = {on_row, on_snapshot, on_execution, g};
    return ct_result_parse(text, strlen(text), "r.json", &h, err);
}

static void read_golden(const char *name, struct got *g)
{
    char path[512];
    struct ct_err err = {0};
    memset(g, 0, sizeof(*g));
    struct ct_result_handler h = {on_row, on_snapshot, on_execution, g};
    (void)snprintf(path, sizeof(path), "%s/golden/cluster-tester/%s", CT_TESTS_DIR, name);
    cr_assert(eq(int, ct_result_read(path, &h, &err), 0), "%s", err.msg);
}

#define NEAR(a, b) cr_assert(epsilon_eq(dbl, (a), (b), 1e-9))

Test(reader, cluster_testers_benchmark_file_is_read)
{
    static struct got g;
    read_golden("baseline-BubbleSortTestCase-20261121_021942_benchmark.json", &g);
    static const struct {
        double load, rate;
        uint64_t rows;
        double response_mean_s, server_mean_s;
        unsigned snapshots;
        double usr_mean, used_kib_mean;
    } want[] = {
        {13, 14, 28, 0.2633263571428571, 0.14360714285714285, 3, 88.30666666666667, 1466916},
        {12, 22, 44, 0.23261393181818182, 0.03884090909090909, 2, 76.84, 1465540},
        {11, 24, 48, 0.021929083333333335, 0.0046875, 2, 91.135, 1459146},
    };
    cr_assert(eq(int, (int)g.n, 3));
    for (unsigned i = 0; i < 3; i++) {
        double rows = (double)want[i].rows;
        cr_expect(eq(str, g.head[i].test_case_name, (char *)"BubbleSortTestCase"));
        NEAR(g.head[i].load, want[i].load);
        NEAR(g.head[i].rate, want[i].rate);
        NEAR(g.head[i].seconds, 2);
        cr_expect(eq(u64, g.head[i].rows, want[i].rows));
        cr_expect(eq(u64, g.head[i].ok, want[i].rows));
        cr_expect(eq(u64, g.served[i], want[i].rows));
        cr_expect(eq(u64, g.head[i].errors, 0));
        cr_expect(ne(int, isnan(g.head[i].avg_response_s), 0));
        NEAR(g.response_s[i] / rows, want[i].response_mean_s);
        NEAR(g.server_s[i] / rows, want[i].server_mean_s);
        cr_expect(eq(int, (int)g.snapshots[i], (int)want[i].snapshots));
        NEAR(g.usr[i] / want[i].snapshots, want[i].usr_mean);
        NEAR(g.used_kib[i] / want[i].snapshots, want[i].used_kib_mean);
        cr_expect(eq(str, g.host[i], (char *)"127.0.0.1"));
        cr_expect(g.server[i].has_cpu && g.server[i].has_memory && g.server[i].has_ping);
        NEAR(g.server[i].ping.max_ms, 0.055);
        NEAR(g.server[i].ping.mdev_ms, 0.008);
    }
}

Test(reader, cluster_testers_short_file_is_read)
{
    static struct got g;
    read_golden("20261121_021606_test_execution.json", &g);
    cr_assert(eq(int, (int)g.n, 1));
    cr_assert(eq(str, g.head[0].test_case_name, (char *)"FibonacciTestCase"));
    NEAR(g.head[0].load, 10);
    NEAR(g.head[0].rate, 25);
    NEAR(g.head[0].seconds, 6);
    NEAR(g.head[0].avg_response_s, 0.07127186000000005);
    NEAR(g.head[0].avg_server_processing_s, 0.0010000000000000007);
    cr_assert(eq(u64, g.head[0].errors, 0));
    cr_assert(eq(u64, g.head[0].rows, 0));
    cr_assert(eq(int, (int)g.snapshots[0], 1));
    cr_assert(eq(str, g.host[0], (char *)"localhost"));
    cr_assert(g.server[0].has_cpu);
    NEAR(g.server[0].memory.total, 2);
    NEAR(g.server[0].ping.avg_ms, 0.008333333333333333);

    read_golden("20261121_021752_test_execution.json", &g);
    NEAR(g.head[0].avg_response_s, 40.97328137578827);
    cr_assert(eq(u64, g.head[0].errors, 21));
}

/* --- the forms a document may take --- */

#define ROW(i)                                                                                     \
    "{\"load\":" i ",\"request_span\":{\"start\":\"2026-11-21T02:19:35.335221+00:00\","            \
    "\"end\":\"2026-11-21T02:19:35.430798+00:00\"},\"server_processing_span\":null}"
#define SERVER(host) "{\"host\":\"" host "\"}"

Test(reader, a_row_without_a_servers_span_has_none)
{
    static struct got g;
    cr_assert(eq(int, parse("{\"test_case\":\"X\",\"results\":[" ROW("3") "]}", &g, NULL), 0));
    cr_assert(not(g.last.has_server));
    cr_assert(eq(u64, g.head[0].rows, 1));
    cr_assert(eq(u64, g.head[0].ok, 1));
    NEAR(g.head[0].load, 3);
    NEAR(g.response_s[0], 0.095577);
    cr_assert(eq(u64, g.last.request_start_ns, UINT64_C(1795227575335221000)));
}

Test(reader, offsets_and_naive_times_are_both_taken)
{
    static struct got g;
    setenv("TZ", "UTC-2", 1); /* two hours east */
    cr_assert(eq(int,
                 parse("{\"test_case\":\"X\",\"results\":[{\"request_span\":"
                       "{\"start\":\"2026-11-21T02:00:00\",\"end\":\"2026-11-21T00:00:01Z\"}}]}",
                       &g, NULL),
                 0));
    NEAR(g.response_s[0], 1);
}

Test(reader, numbers_may_be_ints_or_floats_and_null_is_missing)
{
    static struct got g;
    cr_assert(eq(int,
                 parse("{\"test_case\":\"X\",\"load\":10.0,\"request_per_second\":2.5,"
                       "\"seconds_making_requests\":null,\"avg_response_time\":1}",
                       &g, NULL),
                 0));
    NEAR(g.head[0].load, 10);
    NEAR(g.head[0].rate, 2.5);
    NEAR(g.head[0].avg_response_s, 1);
    cr_assert(ne(int, isnan(g.head[0].seconds), 0));
    cr_assert(ne(int, isnan(g.head[0].avg_server_processing_s), 0));
}

Test(reader, cluster_stats_may_be_a_list_an_object_or_null)
{
    static struct got g;
    static const char *const text[] = {
        "{\"test_case\":\"X\",\"cluster_stats\":null}",
        "{\"test_case\":\"X\",\"cluster_stats\":{\"servers\":[" SERVER("a") "]}}",
        "{\"test_case\":\"X\",\"cluster_stats\":[{\"servers\":[" SERVER("a") "," SERVER(
            "b") "]},{\"servers\":[]}]}",
    };
    for (unsigned i = 0; i < 3; i++) {
        cr_expect(eq(int, parse(text[i], &g, NULL), 0));
        cr_expect(eq(int, (int)g.snapshots[0], (int)i));
    }
}

Test(reader, a_list_of_samples_replaces_the_means_beside_it)
{
    static struct got g;
    static const char *const text[] = {
        "{\"test_case\":\"X\",\"cluster_stats\":{\"servers\":[" SERVER(
            "a") "]},\"cluster_samples\":[{\"servers\":[]},{\"servers\":[]}]}",
        "{\"test_case\":\"X\",\"cluster_samples\":[{\"servers\":[]},{\"servers\":[]}],"
        "\"cluster_stats\":{\"servers\":[" SERVER("a") "]}}",
    };
    for (unsigned i = 0; i < 2; i++) {
        cr_expect(eq(int, parse(text[i], &g, NULL), 0));
        cr_expect(eq(int, (int)g.snapshots[0], 2));
        cr_expect(eq(sz, g.snapshot[0].n_servers, 0));
    }
}

Test(reader, of_a_server_only_the_host_is_required)
{
    static struct got g;
    cr_assert(eq(int,
                 parse("{\"test_case\":\"X\",\"cluster_stats\":[{\"servers\":[{\"host\":\"a\","
                       "\"memory\":null,\"stats\":{\"usr\":1},\"ping\":{\"method\":\"tcp\"}}]}]}",
                       &g, NULL),
                 0));
    cr_assert(not(g.server[0].has_cpu));
    cr_assert(not(g.server[0].has_memory));
    cr_assert(not(g.server[0].has_ping));
    cr_assert(eq(str, (char *)g.server[0].ping.method, (char *)"tcp"));
}

Test(reader, the_summary_counts_and_spans_when_rows_were_left_out)
{
    static struct got g;
    cr_assert(eq(int,
                 parse("{\"test_executions\":[{\"test_case\":{\"name\":\"X\"},\"results\":[],"
                       "\"errors\":[\"reset: 7\"],\"summary\":{\"accounting\":{\"ok\":990,"
                       "\"failed\":{\"reset_in_body\":7,\"timeout\":3}},\"response_ok_ms\":"
                       "{\"min\":1,\"mean\":2.5,\"p50\":2,\"max\":1000},"
                       "\"server_processing_ms\":null}},{\"results\":[]}]}",
                       &g, NULL),
                 0));
    cr_assert(eq(int, (int)g.n, 2));
    cr_assert(eq(u64, g.head[0].ok, 990));
    cr_assert(eq(u64, g.head[0].errors, 10));
    NEAR(g.head[0].response.min_s, 0.001);
    NEAR(g.head[0].response.mean_s, 0.0025);
    NEAR(g.head[0].response.max_s, 1);
    cr_assert(ne(int, isnan(g.head[0].server.mean_s), 0));
    cr_assert(eq(u64, g.head[1].ok, 0));
    cr_assert(ne(int, isnan(g.head[1].response.mean_s), 0));
}

Test(reader, unknown_keys_are_passed_over_at_any_depth)
{
    static struct got g;
    cr_assert(eq(int,
                 parse("{\"schema\":\"ct/benchmark/1\",\"search\":{\"test_executions\":[{}],"
                       "\"a\":[[1,{\"b\":null}]]},\"test_executions\":[{\"results\":[],"
                       "\"histograms\":{\"results\":[7]},\"seconds\":[{\"load\":\"x\"}]}]}",
                       &g, NULL),
                 0));
    cr_assert(eq(int, (int)g.n, 1));
}

struct bad {
    const char *text;
    const char *line;
};

static const struct bad bad[] = {
    {"", "1:1: the text ends too early"},
    {"[]", "1: expected an object, found an array"},
    {"{}", "1: this is no result of a benchmark or test-execution: neither 'test_executions' nor "
           "'test_case' stands in it"},
    {"{\"app\":{}}", "1: this is no result of a benchmark or test-execution: neither "
                     "'test_executions' nor 'test_case' stands in it"},
    {"{\"test_executions\":{}}", "1: test_executions: expected an array, found an object"},
    {"{\"test_executions\":[7]}", "1: test_executions[0]: expected an object, found a number"},
    {"{\"test_executions\":[{\"test_executions\":[{}]}]}",
     "1: test_executions[0].test_executions[0]: an execution stands inside another"},
    {"{\"test_case\":\"X\",\n\"load\":\"ten\"}", "2: load: expected a number, found a string"},
    {"{\"test_case\":\"X\",\"results\":[\n" ROW("1") ",\n{}]}",
     "3: results[1]: missing key 'request_span'"},
    {"{\"test_case\":\"X\",\"results\":[{\"request_span\":null}]}",
     "1: results[0]: missing key 'request_span'"},
    {"{\"test_case\":\"X\",\"results\":[{\"request_span\":{\"start\":\"yesterday\"}}]}",
     "1: results[0].request_span.start: expected a time such as "
     "\"2026-11-21T02:19:35.335221+00:00\", found \"yesterday\""},
    {"{\"test_case\":\"X\",\"results\":[{\"request_span\":{\"start\":\"2026-11-21T02:19:36Z\","
     "\"end\":\"2026-11-21T02:19:35Z\"}}]}",
     "1: results[0].request_span: it ends before it starts"},
    {"{\"test_case\":\"X\",\"cluster_stats\":[{\"servers\":[{}]}]}",
     "1: cluster_stats[0].servers[0]: missing key 'host'"},
    {"{\"test_case\":\"X\",\"results\":[" ROW("1"), "1:170: the text ends too early"},
};

Test(reader, what_is_no_result_is_refused_with_its_place)
{
    static struct got g;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct ct_err err = {0};
        cr_expect(eq(int, parse(bad[i].text, &g, &err), CT_EUSAGE), "%s", bad[i].text);
        cr_expect(eq(str, err.msg + strlen("r.json:"), (char *)bad[i].line));
    }
}

Test(reader, a_missing_file_is_named)
{
    struct ct_err err = {0};
    struct ct_result_handler h = {0};
    cr_assert(eq(int, ct_result_read("/nonexistent/r.json", &h, &err), CT_EFAIL));
    cr_assert(ne(ptr, strstr(err.msg, "/nonexistent/r.json"), NULL));
}

/* --- memory --- */

#ifdef __SANITIZE_ADDRESS__
size_t __sanitizer_get_current_allocated_bytes(void);
#endif

static size_t allocated_bytes(void)
{
#ifdef __SANITIZE_ADDRESS__
    return __sanitizer_get_current_allocated_bytes();
#else
    struct mallinfo2 m = mallinfo2();
    return m.uordblks + m.hblkhd;
#endif
}

struct watch {
    uint64_t rows;
    size_t peak;
};

static void watch_row(void *ctx, const struct ct_result_row *row)
{
    (void)row;
    struct watch *w = ctx;
    if (w->rows++ % 1000 == 0 && allocated_bytes() > w->peak)
        w->peak = allocated_bytes();
}

static void write_document(FILE *f, int rows)
{
    fputs("{\"test_executions\": [{\"results\": [", f);
    for (int i = 0; i < rows; i++)
        fprintf(f,
                "%s{\"test_case_name\": \"X\", \"load\": 1, \"request_span\": {\"start\": "
                "\"2026-11-21T02:19:35.335221+00:00\", \"end\": "
                "\"2026-11-21T02:19:35.430798+00:00\"}, \"server_processing_span\": null, "
                "\"i\": %d}",
                i > 0 ? ", " : "", i);
    fputs("]}]}", f);
}

Test(reader, memory_does_not_depend_on_the_number_of_rows)
{
    enum { ROWS = 200000, LIMIT = 512 * 1024 };
    char path[] = "/tmp/ct-reader-XXXXXX";
    int fd = mkstemp(path);
    cr_assert(ge(int, fd, 0));
    FILE *f = fdopen(fd, "w");
    write_document(f, ROWS);
    fclose(f);

    struct watch w = {0};
    struct ct_err err = {0};
    struct ct_result_handler h = {.row = watch_row, .ctx = &w};
    size_t before = allocated_bytes();
    cr_assert(eq(int, ct_result_read(path, &h, &err), 0), "%s", err.msg);
    unlink(path);
    cr_assert(eq(u64, w.rows, ROWS));
    cr_assert(lt(sz, w.peak - before, LIMIT));
}

/* --- what a configuration asked for besides --- */

#define WATCHED                                                                                    \
    "{\"host\":\"a\",\"watched\":{\"nginx\":{\"processes\":4,\"cpu_percent\":12.5,"                \
    "\"rss_kib\":null},\"nothing\":{\"processes\":0}},"                                            \
    "\"cgroups\":[{\"name\":\"system.slice/nginx.service\",\"cpu_percent\":150,"                   \
    "\"throttled_percent\":null,\"memory_kib\":7}],\"cores\":[1.5,null,100,null]}"
#define WITH(server)                                                                               \
    "{\"test_case\":\"X\",\"cluster_stats\":[{\"servers\":[" server "],\"timestamp\":"             \
    "\"2026-11-21T02:19:35.335221\"}]}"

Test(reader, processes_control_groups_and_cores_are_kept)
{
    static struct got g;
    struct ct_err err = {0};
    cr_assert(eq(int, parse(WITH(WATCHED), &g, &err), 0), "%s", err.msg);
    const struct ct_server_sample *s = &g.server[0];
    cr_assert(eq(sz, s->n_watched, 2));
    cr_expect(zero(int, strcmp(s->watched[0].name, "nginx")));
    cr_expect(eq(u64, s->watched[0].processes, 4));
    cr_expect(s->watched[0].has_cpu && !s->watched[0].has_rss);
    NEAR(s->watched[0].cpu_percent, 12.5);
    cr_expect(not(s->watched[1].has_cpu));
    cr_assert(eq(sz, s->n_cgroups, 1));
    cr_expect(s->cgroups[0].has_cpu && s->cgroups[0].has_memory && !s->cgroups[0].has_throttled);
    NEAR(s->cgroups[0].cpu_percent, 150);
    NEAR(s->cgroups[0].memory_kib, 7);
    cr_assert(eq(sz, s->n_cores, 3), "what has no value at the end is no core");
    NEAR((double)s->core_percent[0], 1.5);
    cr_expect(ne(int, isnan(s->core_percent[1]), 0));
    NEAR((double)s->core_percent[2], 100);
}

Test(reader, more_names_than_can_be_watched_are_refused)
{
    static struct got g;
    struct ct_err err = {0};
    char text[2000] = "{\"test_case\":\"X\",\"cluster_stats\":[{\"servers\":[{\"host\":\"a\","
                      "\"cgroups\":[";
    for (int i = 0; i < 9; i++)
        (void)snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s{\"name\":\"%d\"}",
                       i > 0 ? "," : "", i);
    (void)snprintf(text + strlen(text), sizeof(text) - strlen(text), "]}]}]}");
    cr_assert(eq(int, parse(text, &g, &err), CT_EUSAGE));
    cr_expect(ne(ptr, strstr(err.msg, "more than 8 control groups"), NULL), "%s", err.msg);
}
