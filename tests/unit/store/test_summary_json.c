#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "made_run.h"
#include "schema.h"
#include "store/json_out.h"

static struct made_run r;
static struct ct_buf text;
static json_t *doc;

static void init(void)
{
    ct_buf_init(&text, 1 << 20);
    made_run_sample(&r, CT_JOURNAL_EXECUTION);
}

static void fini(void)
{
    json_decref(doc);
    doc = NULL;
    ct_buf_release(&text);
    made_run_close(&r);
}
TestSuite(summary_json, .init = init, .fini = fini);

static void make(const char *result_file)
{
    json_error_t e;
    ct_buf_clear(&text);
    ct_summary_json(&r.summary, "run", result_file, &text);
    json_decref(doc);
    doc = json_loads(text.data, JSON_REJECT_DUPLICATES, &e);
    cr_assert(ne(ptr, doc, NULL), "%s", e.text);
}

/* path: "a/b/c" */
static const json_t *at(const char *path)
{
    const json_t *v = doc;
    while (*path != '\0') {
        char key[64];
        size_t len = strcspn(path, "/");
        (void)snprintf(key, sizeof(key), "%.*s", (int)len, path);
        v = json_object_get(v, key);
        path += len + (path[len] == '/');
    }
    return v;
}

static bool is_null(const char *path)
{
    return json_is_null(at(path));
}

static char *keys_of(const char *path)
{
    static char all[1024];
    const char *key;
    json_t *value;
    all[0] = '\0';
    json_object_foreach((json_t *)at(path), key, value) /* in the order of the text */
    {
        size_t len = strlen(all);
        (void)snprintf(all + len, sizeof(all) - len, "%s%s", len > 0 ? " " : "", key);
    }
    return all;
}

static void expect_schema(void)
{
    char path[512], why[1024];
    (void)snprintf(path, sizeof(path), "%s/../docs/results.schema.json", CT_TESTS_DIR);
    json_t *schema = json_load_file(path, JSON_REJECT_DUPLICATES, NULL);
    cr_assert(ne(ptr, schema, NULL));
    cr_expect(schema_accepts(schema, "summary", doc, why, sizeof(why)), "%s", why);
    json_decref(schema);
}

Test(summary_json, it_has_the_keys_of_the_contract_in_its_order)
{
    make("r.json");
    cr_expect(
        eq(str, keys_of(""),
           (char *)"schema command result_file verdict plan accounting model limited_by colocated "
                   "sent_rps achieved_rps completed_rps response_ms interval_95 response_ok_ms "
                   "setup_ms "
                   "service_ms server_processing_ms lateness_us receive_lag_us bytes "
                   "status_codes generator servers thresholds conclusion"));
    cr_expect(eq(str, keys_of("plan"),
                 (char *)"arrivals instants planned offered_rps duration_s warm_up_s stages seed "
                         "connections think_s "
                         "max_in_flight timeout_s keep_alive http streams connection_lifetime_s "
                         "connection_requests new_connections_rps threads pacing"));
    cr_expect(eq(str, keys_of("accounting"),
                 (char *)"planned started skipped ok failed cancelled wire_attempts warm_up"));
    cr_expect(eq(str, keys_of("response_ms"),
                 (char *)"min mean stddev p50 p75 p90 p95 p99 p999 max withheld"));
    cr_expect(eq(str, keys_of("lateness_us"), (char *)"p50 p90 p99 p999 max withheld"));
    cr_expect(eq(str, (char *)json_string_value(at("schema")), (char *)"ct/summary/1"));
    cr_expect(eq(str, (char *)json_string_value(at("command")), (char *)"run"));
    cr_expect(eq(str, (char *)json_string_value(at("result_file")), (char *)"r.json"));
    expect_schema();
}

Test(summary_json, what_does_not_exist_is_null_and_never_0)
{
    ct_summary_release(&r.summary);
    memset(&r.summary, 0, sizeof(r.summary));
    struct ct_dist none = {.min = NAN, .mean = NAN, .stddev = NAN, .max = NAN};
    for (int q = 0; q < CT_QUANTILE_COUNT; q++) {
        none.quantile[q] = NAN;
        none.withheld[q] = CT_WITHHELD_SAMPLES;
    }
    r.summary.response = r.summary.response_ok = r.summary.setup = r.summary.service = none;
    r.summary.server_processing = r.summary.lateness = r.summary.receive_lag = none;
    r.summary.generator_cpu_percent = r.summary.generator_loop_busy_percent = NAN;
    r.summary.generator_cpu_wait_percent = r.summary.generator_steal_percent = NAN;
    r.summary.generator_throttled_s = NAN;
    r.summary.plan.rate = ct_rate_per_s(1);
    r.summary.identity_ok = true;
    make("");
    static const char *const paths[] = {"result_file",
                                        "plan/connections",
                                        "response_ms/min",
                                        "response_ms/mean",
                                        "response_ok_ms/stddev",
                                        "setup_ms/max",
                                        "service_ms/p50",
                                        "server_processing_ms",
                                        "lateness_us/max",
                                        "receive_lag_us/p999",
                                        "generator/cpu_percent",
                                        "generator/loop_busy_percent",
                                        "generator/cpu_wait_percent",
                                        "generator/steal_percent",
                                        "generator/throttled_s"};
    for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++)
        cr_expect(is_null(paths[i]), "%s", paths[i]);
    cr_expect(eq(sz, json_array_size(at("thresholds")), 0));
    cr_expect(eq(sz, json_array_size(at("servers")), 0));
    cr_expect(is_null("conclusion"));
    expect_schema();
}

Test(summary_json, causes_stand_beside_the_reasons)
{
    make("r.json");
    const json_t *causes = at("verdict/causes");
    cr_assert(eq(sz, json_array_size(causes), 2));
    const json_t *first = json_array_get(causes, 0);
    cr_expect(
        eq(str, (char *)json_string_value(json_object_get(first, "code")), (char *)"throttled"));
    cr_expect(eq(dbl, json_number_value(at("generator/steal_percent")), 2.5));
    cr_expect(eq(dbl, json_number_value(at("generator/throttled_s")), 0.25));
    cr_expect(eq(dbl, json_number_value(at("generator/cpu_wait_percent")), 0.125));
}

Test(summary_json, a_quantile_that_is_withheld_says_why)
{
    static const char *const names[] = {"p50", "p75", "p90", "p95", "p99", "p999"};
    for (int w = CT_WITHHELD_SAMPLES; w <= CT_WITHHELD_GENERATOR; w++) {
        r.summary.response.withheld[w] = (enum ct_withheld)w;
        r.summary.response.quantile[w] = NAN;
    }
    r.summary.response.withheld[CT_P50] = CT_GIVEN;
    r.summary.response.quantile[CT_P50] = 1.5e6;
    r.summary.lateness.withheld[CT_P75] = CT_WITHHELD_FAILED; /* not among the few */
    make("r.json");
    cr_expect(eq(dbl, json_number_value(at("response_ms/p50")), 1.5));
    cr_expect(eq(ptr, (void *)at("response_ms/withheld/p50"), NULL));
    for (int w = CT_WITHHELD_SAMPLES; w <= CT_WITHHELD_GENERATOR; w++) {
        char path[64];
        (void)snprintf(path, sizeof(path), "response_ms/withheld/%s", names[w]);
        cr_expect(eq(str, (char *)json_string_value(at(path)),
                     (char *)ct_withheld_name((enum ct_withheld)w)));
    }
    cr_expect(eq(ptr, (void *)at("lateness_us/withheld/p75"), NULL));
    expect_schema();
}

Test(summary_json, thresholds_have_values_in_their_units)
{
    static const struct {
        enum ct_measure measure;
        double value, written;
        const char *unit;
    } rows[] = {{CT_MEASURE_TIME, 1500000, 1.5, "ms"},
                {CT_MEASURE_SHARE, 0.125, 12.5, "%"},
                {CT_MEASURE_RATE, 99.5, 99.5, "/s"},
                {CT_MEASURE_BYTES, 4096, 4096, "bytes"}};
    r.summary.n_thresholds = 5;
    r.summary.thresholds = ct_xcalloc(5, sizeof(*r.summary.thresholds));
    for (size_t i = 0; i < 5; i++) {
        struct ct_threshold_result *t = &r.summary.thresholds[i];
        (void)snprintf(t->threshold.text, sizeof(t->threshold.text), "avg<%zus", i);
        t->threshold.measure = i < 4 ? rows[i].measure : CT_MEASURE_TIME;
        t->value = i < 4 ? rows[i].value : INFINITY;
        t->kept = i == 0 ? CT_KEPT : i == 1 ? CT_KEPT_UNKNOWN : CT_KEPT_NOT;
        t->windowed = i == 2;
        t->from_s = 7;
    }
    (void)snprintf(r.summary.thresholds[4].why, CT_KEPT_TEXT, "it failed");
    make("r.json");
    const json_t *all = at("thresholds");
    for (size_t i = 0; i < 4; i++) {
        const json_t *t = json_array_get(all, i);
        cr_expect(eq(dbl, json_number_value(json_object_get(t, "value")), rows[i].written));
        cr_expect(
            eq(str, (char *)json_string_value(json_object_get(t, "unit")), (char *)rows[i].unit));
        cr_expect(eq(int, json_is_true(json_object_get(t, "ok")), i == 0), "unknown is not kept");
        cr_expect(eq(int, json_is_null(json_object_get(t, "from_s")), i != 2));
        cr_expect(eq(int, json_is_null(json_object_get(t, "text")), true));
    }
    const json_t *last = json_array_get(all, 4);
    cr_expect(eq(int, json_is_null(json_object_get(last, "value")), true));
    cr_expect(
        eq(str, (char *)json_string_value(json_object_get(last, "text")), (char *)"it failed"));
    expect_schema();
}

Test(summary_json, the_conclusion_stands_with_its_evidence)
{
    free(r.summary.conclusion);
    struct ct_conclusion *c = r.summary.conclusion = ct_xcalloc(1, sizeof(*c));
    (void)snprintf(c->text, sizeof(c->text), "web's CPU reached 97 %%");
    c->n_limits = 2;
    c->limits[0].what = CT_LIMIT_GENERATOR;
    c->limits[1].what = CT_LIMIT_STEAL;
    (void)snprintf(c->limits[1].host, sizeof(c->limits[1].host), "web");
    c->n_evidence = 2;
    c->evidence[0] = (struct ct_evidence){"web", "cpu_percent", NAN, 97.25, 3, 3900};
    c->evidence[1] = (struct ct_evidence){"", "response_ms", 1, 40.5, NAN, NAN};
    make("r.json");
    cr_expect(eq(str, keys_of("conclusion"), (char *)"text limits evidence"));
    cr_expect(eq(str, (char *)json_string_value(at("conclusion/text")),
                 (char *)"web's CPU reached 97 %"));
    const json_t *limits = at("conclusion/limits"), *evidence = at("conclusion/evidence");
    const json_t *last = json_array_get(limits, 1), *first = json_array_get(evidence, 0);
    cr_expect(eq(int, json_is_null(json_object_get(json_array_get(limits, 0), "host")), 1));
    cr_expect(eq(str, (char *)json_string_value(json_object_get(last, "limit")), (char *)"steal"));
    cr_expect(eq(str, (char *)json_string_value(json_object_get(last, "host")), (char *)"web"));
    cr_expect(eq(int, json_is_null(json_object_get(first, "from")), 1));
    cr_expect(eq(dbl, json_number_value(json_object_get(first, "to")), 97.25));
    cr_expect(eq(dbl, json_number_value(json_object_get(first, "at_rps")), 3900));
    cr_expect(eq(int, json_is_null(json_object_get(json_array_get(evidence, 1), "host")), 1));
    cr_expect(eq(int, json_is_null(json_object_get(json_array_get(evidence, 1), "at_s")), 1));
    expect_schema();
}

Test(summary_json, intervals_and_the_warm_up_are_written)
{
    r.summary.interval_95 = (struct ct_intervals){
        .mean = {1e6, 2e6}, .p50 = {3e6, 4.5e6}, .p90 = {NAN, NAN}, .p99 = {NAN, NAN}};
    r.summary.plan.warm_up_ns = 1500000000;
    r.summary.warm_up = (struct ct_warm_up){6, 5, 2, 2, 1, 1};
    make("r.json");
    cr_expect(eq(dbl, json_number_value(json_array_get(at("interval_95/p50"), 1)), 4.5));
    cr_expect(is_null("interval_95/p99"));
    cr_expect(eq(dbl, json_number_value(at("plan/warm_up_s")), 1.5));
    cr_expect(eq(str, keys_of("accounting/warm_up"),
                 (char *)"planned started skipped ok failed cancelled"));
    cr_expect(eq(int, (int)json_integer_value(at("accounting/warm_up/started")), 5));
    expect_schema();
}

Test(summary_json, a_broken_identity_is_told)
{
    r.summary.identity_ok = false;
    (void)snprintf(r.summary.identity_text, sizeof(r.summary.identity_text), "1 is not 2");
    make("r.json");
    cr_expect(eq(str, (char *)json_string_value(at("accounting/broken")), (char *)"1 is not 2"));
    expect_schema();
}

Test(summary_json, text_from_outside_is_escaped)
{
    (void)snprintf(r.summary.reasons[0].text, sizeof(r.summary.reasons[0].text),
                   "\"\\\n\x1b[2J\xff");
    make("a\"b.json");
    cr_expect(eq(str, (char *)json_string_value(at("result_file")), (char *)"a\"b.json"));
    const json_t *reason = json_array_get(at("verdict/reasons"), 0);
    cr_expect(eq(str, (char *)json_string_value(json_object_get(reason, "text")),
                 (char *)"\"\\\n\x1b[2J\xef\xbf\xbd"));
    cr_expect(eq(ptr, strchr(text.data, '\x1b'), NULL));
}

/* --- digits --- */

static char *number(double v_ns, double unit_ns)
{
    struct ct_json_out o;
    ct_buf_clear(&text);
    ct_json_init(&o, &text, -1);
    ct_json_ns(&o, NULL, v_ns, unit_ns);
    (void)ct_json_finish(&o);
    return text.data;
}

Test(summary_json, measurements_have_no_digits_below_a_nanosecond)
{
    cr_expect(eq(str, number(1234000.0000000002, 1e6), (char *)"1.234"));
    cr_expect(eq(str, number(1234567.4, 1e6), (char *)"1.234567"));
    cr_expect(eq(str, number(0.3 * 1e6, 1e6), (char *)"0.3"));
    cr_expect(eq(str, number(5e6, 1e6), (char *)"5"));
    cr_expect(eq(str, number(1e10, 1e6), (char *)"10000"));
    cr_expect(eq(str, number(0, 1e6), (char *)"0"));
    cr_expect(eq(str, number(1, 1e9), (char *)"0.000000001"));
    cr_expect(eq(str, number(71271860, 1e9), (char *)"0.07127186"));
    cr_expect(eq(str, number(12.34e3, 1e3), (char *)"12.34"));
    cr_expect(eq(str, number(17, 1), (char *)"17"));
    cr_expect(eq(str, number(3.6e12, 1e6), (char *)"3600000"));
    cr_expect(eq(str, number(NAN, 1e6), (char *)"null"));
    cr_expect(eq(str, number(INFINITY, 1e6), (char *)"null"));
}

/* --- the schema itself refuses --- */

Test(summary_json, the_schema_refuses_what_is_wrong)
{
    char path[512], why[1024];
    (void)snprintf(path, sizeof(path), "%s/../docs/results.schema.json", CT_TESTS_DIR);
    json_t *schema = json_load_file(path, 0, NULL);
    cr_assert(ne(ptr, schema, NULL));
    static const struct {
        const char *key, *value, *says;
    } bad[] = {
        {"extra", "1", "unknown \"extra\""},
        {"model", "\"shut\"", "/model"},
        {"command", "7", "/command: is no string"},
        {"schema", "\"ct/summary/2\"", "/schema"},
        {"response_ms", "{}", "/response_ms: has no \"min\""},
        {"sent_rps", "null", "/sent_rps"},
        {"server_processing_ms", "1", "/server_processing_ms"},
        {"status_codes", "{\"200\": -1}", "/status_codes/200: is -1"},
        {"servers", "[{\"host\": 1}]", "/servers/0"},
    };
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        make("r.json");
        (void)json_object_set_new(doc, bad[i].key, json_loads(bad[i].value, JSON_DECODE_ANY, NULL));
        cr_expect(not(schema_accepts(schema, "summary", doc, why, sizeof(why))), "%s", bad[i].key);
        cr_expect(strstr(why, bad[i].says) != NULL, "%s: %s", bad[i].key, why);
    }
    make("r.json");
    (void)json_object_del(doc, "verdict");
    cr_expect(not(schema_accepts(schema, "summary", doc, why, sizeof(why))));
    json_decref(schema);
}
