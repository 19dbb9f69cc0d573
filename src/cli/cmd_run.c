#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "cli/cmd_execution.h"
#include "cli/plan_opts.h"
#include "io/transport.h"
#include "services/feed.h"
#include "services/target_list.h"
#include "testcases/testcases.h"

/* ct run: one test at one plan; a URL on the line needs no file. */

struct opts {
    struct ct_common_opts common;
    struct ct_load_opts load_opts;
    struct ct_plan_opts plan_opts;
    struct ct_list test_cases;
    uint64_t load;
    const char *method;
    struct ct_list headers;
    const char *body, *targets, *feed;
};

#define OPT(member, type) CT_OPT_MEMBER(struct opts, member, type)

static const struct ct_opt rows[] = {
    {.name = "method",
     .letter = 'X',
     .type = CT_OPT_STRING,
     .offset = OPT(method, const char *),
     .value = "METHOD",
     .help = "of the request to URL; GET, or POST when there is a body"},
    {.name = "header",
     .letter = 'H',
     .type = CT_OPT_LIST,
     .flags = CT_OPT_NO_SPLIT | CT_OPT_ONE_WORD,
     .offset = OPT(headers, struct ct_list),
     .value = "'NAME: VALUE'",
     .help = "a header of the request to URL; may be repeated"},
    {.name = "body",
     .type = CT_OPT_STRING,
     .offset = OPT(body, const char *),
     .value = "TEXT|@FILE",
     .help = "body of the request to URL"},
    {.name = "targets",
     .type = CT_OPT_STRING,
     .offset = OPT(targets, const char *),
     .value = "FILE",
     .help = "several requests with weights instead of URL, in vegeta's form; URL - reads stdin"},
    {.name = "feed",
     .type = CT_OPT_STRING,
     .offset = OPT(feed, const char *),
     .value = "FILE.csv",
     .help = "rows of values for {{column}} in path, header values and body"},
    {.name = "test-cases",
     .type = CT_OPT_LIST,
     .offset = OPT(test_cases, struct ct_list),
     .def = "fibonacci",
     .value = "NAME",
     .help = "without URL: the test case to send to the configuration's target"},
    {.name = "load",
     .type = CT_OPT_COUNT,
     .offset = OPT(load, uint64_t),
     .def = "1",
     .min = 1,
     .max = 1e9,
     .value = "N",
     .help = "without URL: size of the work that each request asks for"},
};

static int add_headers(struct ct_request *r, const struct ct_list *headers, struct ct_err *err)
{
    for (size_t i = 0; i < headers->count; i++) {
        const char *line = headers->items[i];
        const char *colon = strchr(line, ':');
        if (colon == NULL || colon == line || strpbrk(line, "\r\n") != NULL)
            return ct_fail(err, CT_EUSAGE, "--header: '%s' is not 'Name: value'", line);
        char *name = ct_xstrndup(line, (size_t)(colon - line));
        ct_request_add_header(r, name, colon + 1 + strspn(colon + 1, " \t"));
        free(name);
    }
    return 0;
}

static int add_body(struct ct_request *r, const char *text, struct ct_err *err)
{
    if (text == NULL)
        return 0;
    if (text[0] == '@')
        return ct_target_body_read(text + 1, r, err) < 0 ? ct_fail_while(err, "--body") : 0;
    ct_request_set_body(r, text, strlen(text));
    return 0;
}

/* The one request of a URL on the line. */
static int one_request(const struct opts *o, const char *url, struct ct_mix *mix,
                       struct ct_err *err)
{
    struct ct_endpoint endpoint;
    char *path = NULL;
    int rc = ct_endpoint_parse(url, &endpoint, &path, err);
    if (rc < 0)
        return ct_fail_while(err, "'%s'", url);
    struct ct_request r;
    ct_request_init(&r, o->method != NULL ? o->method : o->body != NULL ? "POST" : "GET", path);
    free(path);
    rc = add_body(&r, o->body, err);
    ct_mix_add(mix, &r, 1);
    (void)ct_mix_set_order(mix);
    return rc;
}

static int list_of_requests(const struct opts *o, const char *path, struct ct_mix *mix, char **url,
                            struct ct_err *err)
{
    if (o->method != NULL || o->body != NULL)
        return ct_fail(err, CT_EUSAGE, "--method and --body do not go with a list of requests");
    return ct_target_list_read(path, mix, url, err);
}

/* What a URL on the line, or a list, comes to; mix and list_url are the caller's also on failure.
 */
static int make_mix(const struct opts *o, const char *url, struct ct_mix *mix, char **list_url,
                    struct ct_err *err)
{
    const char *list = o->targets != NULL ? o->targets : strcmp(url, "-") == 0 ? url : NULL;
    int rc = list != NULL ? list_of_requests(o, list, mix, list_url, err)
                          : one_request(o, url, mix, err);
    for (size_t k = 0; rc == 0 && k < mix->count; k++)
        rc = add_headers(&mix->requests[k], &o->headers, err);
    if (rc == 0 && o->feed != NULL)
        rc = ct_feed_read(o->feed, &mix->feed, err);
    return rc;
}

static int run_url(struct ct_cmd_ctx *ctx, const char *url, const struct ct_test *test,
                   struct ct_err *err)
{
    struct ct_mix mix = {0};
    char *list_url = NULL;
    int rc = make_mix(ctx->opts, url, &mix, &list_url, err);
    if (rc == 0) {
        struct ct_testcase *testcase = ct_testcase_nameless(&mix.requests[0]);
        struct ct_test all = *test;
        all.testcase = testcase;
        all.mix = mix.count > 1 || mix.feed.n_rows > 0 ? &mix : NULL;
        rc = ct_cmd_execute(ctx, list_url != NULL ? list_url : url, ctx->config_given, &all, err);
        testcase->free(testcase);
    }
    free(list_url);
    ct_mix_release(&mix);
    return rc;
}

static int run_case(struct ct_cmd_ctx *ctx, struct ct_test *test, struct ct_err *err)
{
    const struct opts *o = ctx->opts;
    struct ct_testcases cases;
    if (o->test_cases.count != 1)
        return ct_fail(err, CT_EUSAGE, "--test-cases: exactly one test case, not %zu",
                       o->test_cases.count);
    int rc = ct_testcases_init(&cases, &ctx->config, err);
    if (rc < 0)
        return rc;
    rc = ct_testcases_find(&cases, o->test_cases.items[0], &test->testcase, err);
    if (rc == 0)
        rc = ct_cmd_execute(ctx, NULL, true, test, err);
    ct_testcases_release(&cases);
    return rc;
}

static int run(struct ct_cmd_ctx *ctx, struct ct_err *err)
{
    const struct opts *o = ctx->opts;
    int rc = ct_cmd_operands_max(ctx, 1, err);
    if (rc < 0)
        return rc;
    const char *url = ctx->operands.count > 0 ? ctx->operands.items[0] : NULL;
    if (o->targets != NULL && url != NULL)
        return ct_fail(err, CT_EUSAGE, "--targets names the URLs: leave out '%s'", url);
    if (o->targets != NULL)
        url = o->targets;
    if (url == NULL && !ctx->has_config)
        return ct_fail(err, CT_EUSAGE,
                       "no URL and no configuration: try 'ct run http://127.0.0.1:8080/'");
    if (url == NULL &&
        (o->method != NULL || o->headers.count > 0 || o->body != NULL || o->feed != NULL))
        return ct_fail(err, CT_EUSAGE,
                       "--method, --header, --body and --feed need a URL on the line");
    if (url != NULL && (ct_cmd_given(ctx, "test-cases") || ct_cmd_given(ctx, "load")))
        return ct_fail(err, CT_EUSAGE, "--test-cases and --load do not go with a URL on the line");

    char title[500], how[CT_PLAN_TITLE];
    struct ct_test test = {.load = (uint32_t)o->load};
    if ((rc = ct_plan_opts_plan(ctx, &test.plan, err)) < 0)
        return rc;
    (void)snprintf(title, sizeof(title), "%.200s %s", url != NULL ? url : o->test_cases.items[0],
                   ct_plan_opts_title(&test.plan, how));
    test.title = title;
    rc = url != NULL ? run_url(ctx, url, &test, err) : run_case(ctx, &test, err);
    ct_plan_opts_release(&test.plan);
    return rc;
}

static const struct ct_opt_set sets[] = {
    {rows, sizeof(rows) / sizeof(*rows)}, CT_PLAN_SET, CT_LOAD_SET, CT_COMMON_SET};

const struct ct_cmd ct_cmd_run = {
    .name = "run",
    .summary = "one test at one plan; needs no file when a URL is given",
    .operands = "[URL]",
    .about = "Sends requests at even, exact instants and prints what came of them. With a URL the\n"
             "monitored servers of a configuration are watched only when --config is given;\n"
             "without a URL the target and its servers are those of the configuration.\n",
    .example =
        "  ct run http://127.0.0.1:8080/ --rate 500 --duration 5s\n"
        "  ct run http://127.0.0.1:8080/cart -X POST -H 'Content-Type: application/json' \\\n"
        "      --body '{\"item\": 1}' --rate 50 -n 1000 --output json\n"
        "  ct run http://127.0.0.1:8080/ --plan 'line(1,500,20s) const(500,1m)'\n"
        "  ct run http://127.0.0.1:8080/ -c 50 --duration 10s\n"
        "  ct run 'http://127.0.0.1:8080/users/{{id}}' --feed users.csv --rate 200\n"
        "  printf 'GET http://127.0.0.1:8080/ weight=3\\nGET http://127.0.0.1:8080/cart\\n' |\n"
        "      ct run - --rate 100\n",
    .sets = sets,
    .n_sets = sizeof(sets) / sizeof(*sets),
    .opts_size = sizeof(struct opts),
    .config = CT_CMD_MAY_CONFIG,
    .run = run,
};
