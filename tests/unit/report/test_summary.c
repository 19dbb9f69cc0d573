#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "report/table.h"

#define MS 1e6

static struct ct_summary s;
static struct ct_server_summary servers[6];

static struct ct_dist dist(uint64_t count, double min_ns)
{
    struct ct_dist d = {.count = count,
                        .min = min_ns,
                        .mean = min_ns * 1.3,
                        .stddev = min_ns / 4,
                        .max = min_ns * 9};

    for (int q = 0; q < CT_QUANTILE_COUNT; q++) {
        bool enough = count >= ct_quantile_needs[q];
        d.quantile[q] = enough ? min_ns * (1.2 + q) : NAN;
        d.withheld[q] = enough ? CT_GIVEN : CT_WITHHELD_SAMPLES;
    }
    if (count == 0)
        d.min = d.mean = d.stddev = d.max = NAN;
    return d;
}

static void fill(uint64_t planned, uint64_t ok)
{
    s = (struct ct_summary){.verdict = CT_VERDICT_VALID,
                            .identity_ok = true,
                            .planned = planned,
                            .started = planned,
                            .ok = ok,
                            .wire_attempts = planned,
                            .sent_rps = (double)planned / 10,
                            .achieved_rps = (double)ok / 10,
                            .bytes_sent = planned * 94,
                            .bytes_received = planned * 254,
                            .connections_opened = 16};
    s.plan.rate = ct_rate_per_s(planned / 10);
    s.plan.duration_ns = 10 * CT_NS_PER_S;
    s.plan.timeout_ns = 30 * CT_NS_PER_S;
    s.plan.planned = planned;
    s.response = dist(ok, 1.24 * MS);
    s.setup = dist(ok, 0.031 * MS);
    s.service = dist(ok, 1.2 * MS);
    s.server_processing = dist(ok, 1.0 * MS);
    s.lateness = dist(planned, 0.012 * MS);
    s.receive_lag = dist(ok, 0.004 * MS);
    s.status[200] = (uint32_t)ok;
}

static void add_server(const char *host, double cpu, double kib, double ping)
{
    struct ct_server_summary *v = &servers[s.n_servers++];

    *v = (struct ct_server_summary){
        .cpu_percent_mean = cpu, .memory_used_kib_mean = kib, .ping_ms_mean = ping, .samples = 20};
    (void)snprintf(v->host, sizeof(v->host), "%s", host);
    s.servers = servers;
}

static void because(const char *code, const char *text)
{
    struct ct_reason *r = &s.reasons[s.n_reasons++];

    (void)snprintf(r->code, sizeof(r->code), "%s", code);
    (void)snprintf(r->text, sizeof(r->text), "%s", text);
}

static char *printed(const char *title, bool color)
{
    const struct ct_style style = {.color = color, .width = 80};
    char *text = NULL;
    size_t len;
    FILE *f = open_memstream(&text, &len);

    ct_print_summary(f, &style, &s, title);
    (void)fclose(f);
    return text;
}

/* CT_GOLDEN_UPDATE=1 writes the file anew: then read it. */
static void assert_golden(const char *name, const char *text)
{
    char path[512];
    struct ct_buf want;
    struct ct_err err = {0};

    (void)snprintf(path, sizeof(path), "%s/golden/summary-%s.txt", CT_TESTS_DIR, name);
    if (getenv("CT_GOLDEN_UPDATE") != NULL) {
        FILE *f = fopen(path, "w");
        (void)fputs(text, f);
        (void)fclose(f);
    }
    ct_buf_init(&want, 1 << 16);
    cr_assert(eq(int, ct_buf_read_file(&want, path, &err), 0), "%s", err.msg);
    cr_assert(eq(str, (char *)text, want.data));
    ct_buf_release(&want);
}

static void assert_fits(const char *text)
{
    size_t lines = 0, columns = 0;

    for (const char *c = text; *c != '\0'; c++) {
        columns = *c == '\n' ? 0 : columns + 1;
        lines += *c == '\n' ? 1 : 0;
        cr_assert(le(sz, columns, 80), "line %zu is too long:\n%s", lines + 1, text);
    }
    cr_assert(le(sz, lines, 24), "%s", text);
}

static void check(const char *name, const char *title)
{
    char *text = printed(title, false);

    assert_fits(text);
    assert_golden(name, text);
    free(text);
}

static void conclude(const char *text)
{
    static struct ct_conclusion c;

    (void)snprintf(c.text, sizeof(c.text), "%s", text);
    s.conclusion = &c;
}

Test(summary, valid_run)
{
    fill(10000, 10000);
    add_server("node-1", 12.34, 2.1e6, 0.51);
    add_server("node-2", 88.7, 1.4e6, NAN);
    s.colocated = true;
    check("valid", "GET http://127.0.0.1:8080/bubble-sort?n=1024, load 10");
}

static struct ct_threshold_result kept[8];

static void add_threshold(const char *text, enum ct_measure measure, enum ct_kept how, double value,
                          const char *why)
{
    struct ct_threshold_result *k = &kept[s.n_thresholds++];
    *k = (struct ct_threshold_result){.kept = how, .value = value};
    k->threshold.measure = measure;
    (void)snprintf(k->threshold.text, sizeof(k->threshold.text), "%s", text);
    (void)snprintf(k->why, sizeof(k->why), "%s", why);
    s.thresholds = kept;
}

Test(summary, run_with_thresholds_warm_up_and_intervals)
{
    fill(10000, 9000);
    because("threshold", "cpu(node-1)<80% over 5s is broken");
    because("aborted", "stopped because a threshold was certain to be broken");
    s.aborted = true;
    s.plan.warm_up_ns = 1500 * CT_NS_PER_MS;
    s.warm_up.planned = 1500;
    s.interval_95 = (struct ct_intervals){.mean = {1.6 * MS, 1.7 * MS},
                                          .p50 = {1.41 * MS, 1.55 * MS},
                                          .p90 = {NAN, NAN},
                                          .p99 = {6.1 * MS, 7 * MS}};
    add_threshold("p(99)<250ms", CT_MEASURE_TIME, CT_KEPT, 6.45 * MS, "");
    add_threshold("cpu(node-1)<80% over 5s", CT_MEASURE_SHARE, CT_KEPT_NOT, 0.912, "");
    kept[1].windowed = true;
    kept[1].from_s = 3;
    add_threshold("achieved>=99/s", CT_MEASURE_RATE, CT_KEPT, 100, "");
    add_threshold("memory(node-1)<1GiB", CT_MEASURE_BYTES, CT_KEPT, 512 * 1048576.0, "");
    add_threshold("p(99.99)<1s", CT_MEASURE_TIME, CT_KEPT_UNKNOWN, NAN,
                  "it needs 100,000 requests; 8,500 were measured");
    add_threshold("p(99.9)<1s over 5s", CT_MEASURE_TIME, CT_KEPT_NOT, INFINITY,
                  "among those not ok");
    kept[5].windowed = true;
    check("thresholds", "GET http://127.0.0.1:8080/");
    add_threshold("avg<1us", CT_MEASURE_TIME, CT_KEPT_NOT, 2 * MS, "");
    char *text = printed("many", false);
    assert_fits(text);
    cr_assert(strstr(text, "and 2 more, 2 of them FAIL") != NULL, "%s", text);
    free(text);
}

Test(summary, run_with_failures)
{
    fill(10000, 9700);
    s.failed[CT_FAILURE_CONNECT_REFUSED] = 200;
    s.failed[CT_FAILURE_HTTP_STATUS] = 90;
    s.failed[CT_FAILURE_RESET_IN_BODY] = 6;
    s.failed[CT_FAILURE_TRUNCATED] = 4;
    s.status[500] = 60;
    s.status[503] = 30;
    s.response.withheld[CT_P99] = s.response.withheld[CT_P999] = CT_WITHHELD_FAILED;
    check("failures", "GET http://127.0.0.1:8080/fibonacci/10, load 10");
}

Test(summary, timeouts_show_at_least_how_long)
{
    fill(1000, 980);
    s.failed[CT_FAILURE_TIMEOUT] = 20;
    s.response.withheld[CT_P99] = CT_WITHHELD_FAILED;
    check("timeouts", "GET http://127.0.0.1:8080/fibonacci/10, load 10");
}

Test(summary, no_data)
{
    fill(100, 0);
    s.verdict = CT_VERDICT_NO_DATA;
    s.failed[CT_FAILURE_CONNECT_REFUSED] = 100;
    s.server_processing = dist(0, 0);
    s.bytes_sent = s.bytes_received = s.connections_opened = 0;
    for (int q = 0; q < CT_QUANTILE_COUNT; q++)
        s.response.withheld[q] = CT_WITHHELD_FAILED;
    because("connect_refused", "100 of 100 requests");
    check("no-data", "GET http://127.0.0.1:1/");
}

Test(summary, invalid_run_with_everything_still_fits_the_screen)
{
    fill(10000, 9000);
    s.verdict = CT_VERDICT_INVALID;
    s.interrupted = true;
    s.started = 9400;
    s.skipped[CT_SKIP_LATE] = 500;
    s.skipped[CT_SKIP_STALL] = 100;
    for (int f = CT_FAILURE_CONNECT_REFUSED; f < CT_FAILURE_COUNT; f++)
        s.failed[f] = 400 / (CT_FAILURE_COUNT - 1) + (f == CT_FAILURE_TIMEOUT ? 18 : 0);
    for (int code = 400; code < 420; code++)
        s.status[code] = 7;
    because("late", "4.1 % of requests began more than 1 ms late (worst 2 s: 31 %)");
    because("skipped", "6.0 % of the planned requests were never sent");
    because("loop_busy", "the loop worked 97 % of the time");
    for (int i = 0; i < 3; i++)
        (void)snprintf(s.causes[s.n_causes++].text, sizeof(s.causes[0].text),
                       "the CPU quota of 0.2 CPUs stopped ct for 1.9 s in %d of 20 periods",
                       18 + i);
    s.response.withheld[CT_P90] = CT_WITHHELD_GENERATOR;
    s.response.withheld[CT_P99] = CT_WITHHELD_FAILED;
    s.response.withheld[CT_P999] = CT_WITHHELD_SKIPPED;
    for (int i = 0; i < 6; i++)
        add_server(i == 0 ? "a-host-name-that-is-much-longer-than-the-column.example" : "node", 10,
                   1e6, 1);
    check("invalid", "POST http://shop.example:8080/cart/17?\x1b[31mred, load 17 and a title that "
                     "is far too long for one line");
}

Test(summary, few_samples)
{
    fill(30, 30);
    s.server_processing = dist(0, 0);
    check("few-samples", "GET http://127.0.0.1:8080/");
}

Test(summary, less_than_a_microsecond_is_not_told_closer)
{
    fill(10000, 10000);
    s.setup.min = 511;
    char *text = printed("GET http://127.0.0.1:8080/", false);
    cr_expect(strstr(text, "511 ns") == NULL && strstr(text, "< 1 us") != NULL, "%s", text);
    free(text);
}

Test(summary, broken_accounting_is_shown)
{
    fill(100, 99);
    s.identity_ok = false;
    (void)snprintf(s.identity_text, sizeof(s.identity_text),
                   "100 started is not 99 ok + 0 failed + 0 cancelled");
    check("broken", "GET http://127.0.0.1:8080/");
}

Test(summary, color_marks_the_verdict)
{
    fill(30, 30);
    char *text = printed("t", true);

    cr_assert(eq(int, strncmp(text, "\033[1;32mVALID", 12), 0));
    free(text);
}

/* --- the conclusion --- */

Test(summary, the_conclusion_ends_it)
{
    fill(10000, 10000);
    add_server("web-1", 88.7, 1.4e6, 0.2);
    conclude("web-1's CPU reached 97 % (user) from 3,900/s on; memory flat; ping unchanged: the "
             "limit is CPU on web-1");
    check("conclusion", "GET http://web-1/");
}

Test(summary, the_conclusion_has_its_lines_whatever_stands_above)
{
    char text[CT_CONCLUSION_TEXT], word[] = "0123456 ";

    fill(10000, 9000);
    for (int i = 0; i < 6; i++)
        add_server("web", 10, 1e6, 0.2);
    for (int f = CT_FAILURE_CONNECT_REFUSED; f < CT_FAILURE_CONNECT_REFUSED + 5; f++)
        s.failed[f] = 200;
    for (int i = 0; i < 4; i++)
        because("late", "too late");
    s.verdict = CT_VERDICT_INVALID;
    text[0] = '\0';
    while (strlen(text) + sizeof(word) < sizeof(text))
        (void)strncat(text, word, sizeof(text) - strlen(text) - 1);
    conclude(text);
    char *out = printed("GET http://web-1/", false);
    assert_fits(out);
    const char *begin = strstr(out, "in short  0123456 ");
    cr_assert(ne(ptr, (void *)begin, NULL), "%s", out);
    size_t lines = 0;
    for (const char *c = begin; *c != '\0'; c++)
        lines += *c == '\n';
    cr_assert(eq(sz, lines, 6), "%s", out);
    cr_assert(ne(ptr, strstr(out, " ...\n"), NULL), "%s", out);
    free(out);
}

Test(summary, a_word_longer_than_a_line_is_broken)
{
    char text[150];

    fill(10, 10);
    memset(text, 'x', sizeof(text));
    text[149] = '\0';
    conclude(text);
    char *out = printed("GET http://web-1/", false);
    assert_fits(out);
    cr_assert(ne(ptr, strstr(out, "in short  xxx"), NULL), "%s", out);
    cr_assert(ne(ptr, strstr(out, "\n          xxx"), NULL), "%s", out);
    free(out);
}
