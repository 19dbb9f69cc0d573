#include "cli/request_opts.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "io/transport.h"
#include "services/feed.h"
#include "services/target_list.h"

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
static int one_request(const struct ct_request_opts *o, const char *url, struct ct_mix *mix,
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
    if (rc == 0 && o->feed == NULL && strstr(url, "{{") != NULL)
        rc = ct_fail(err, CT_EUSAGE,
                     "'%s': {{...}} is a column of a feed: --feed FILE.csv names the file", url);
    ct_mix_add(mix, &r, 1);
    (void)ct_mix_set_order(mix);
    return rc;
}

static int list_of_requests(const struct ct_request_opts *o, const char *path, struct ct_mix *mix,
                            char **url, struct ct_err *err)
{
    if (o->method != NULL || o->body != NULL)
        return ct_fail(err, CT_EUSAGE, "--method and --body do not go with a list of requests");
    return ct_target_list_read(path, mix, url, err);
}

/* What a URL on the line, or a list, comes to. */
static int ask_url(const struct ct_request_opts *o, struct ct_asked *a, struct ct_err *err)
{
    struct ct_mix *mix = &a->requests;
    const char *list = o->targets != NULL ? o->targets : strcmp(a->url, "-") == 0 ? a->url : NULL;
    int rc = list != NULL ? list_of_requests(o, list, mix, &a->list_url, err)
                          : one_request(o, a->url, mix, err);
    for (size_t k = 0; rc == 0 && k < mix->count; k++)
        rc = add_headers(&mix->requests[k], &o->headers, err);
    if (rc == 0 && o->feed != NULL)
        rc = ct_feed_read(o->feed, &mix->feed, err);
    if (rc < 0)
        return rc;
    a->testcase = a->nameless = ct_testcase_nameless(&mix->requests[0]);
    a->mix = mix->count > 1 || mix->feed.n_rows > 0 ? mix : NULL;
    if (a->list_url != NULL)
        a->url = a->list_url;
    return 0;
}

static int ask_case(const struct ct_cmd_ctx *ctx, const struct ct_request_opts *o,
                    struct ct_asked *a, struct ct_err *err)
{
    if (o->test_cases.count != 1)
        return ct_fail(err, CT_EUSAGE, "--test-cases: exactly one test case, not %zu",
                       o->test_cases.count);
    int rc = ct_testcases_init(&a->cases, &ctx->config, err);
    if (rc == 0)
        rc = ct_testcases_find(&a->cases, o->test_cases.items[0], &a->testcase, err);
    return rc;
}

/* Which operand or option says it: at most one may. */
static int check(const struct ct_cmd_ctx *ctx, const struct ct_request_opts *o, struct ct_asked *a,
                 struct ct_err *err)
{
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
                       "no URL and no configuration: try 'ct %s http://127.0.0.1:8080/'",
                       ctx->cmd->name);
    if (url == NULL &&
        (o->method != NULL || o->headers.count > 0 || o->body != NULL || o->feed != NULL))
        return ct_fail(err, CT_EUSAGE,
                       "--method, --header, --body and --feed need a URL on the line");
    if (url != NULL && (ct_cmd_given(ctx, "test-cases") || ct_cmd_given(ctx, "load")))
        return ct_fail(err, CT_EUSAGE, "--test-cases and --load do not go with a URL on the line");
    a->url = url;
    a->shown = url != NULL ? url : o->test_cases.count > 0 ? o->test_cases.items[0] : "";
    return 0;
}

int ct_asked_open(const struct ct_cmd_ctx *ctx, const struct ct_request_opts *o,
                  struct ct_asked *out, struct ct_err *err)
{
    *out = (struct ct_asked){.load = (uint32_t)o->load};
    int rc = check(ctx, o, out, err);
    if (rc == 0)
        rc = out->url != NULL ? ask_url(o, out, err) : ask_case(ctx, o, out, err);
    out->monitor = out->url == NULL || ctx->config_given;
    if (rc < 0)
        ct_asked_close(out);
    return rc;
}

int ct_asked_do(struct ct_cmd_ctx *ctx, const struct ct_request_opts *o,
                int (*do_it)(struct ct_cmd_ctx *ctx, const struct ct_asked *asked,
                             struct ct_err *err),
                struct ct_err *err)
{
    struct ct_asked asked;
    int rc = ct_asked_open(ctx, o, &asked, err);
    if (rc < 0)
        return rc;
    rc = do_it(ctx, &asked, err);
    ct_asked_close(&asked);
    return rc;
}

void ct_asked_close(struct ct_asked *a)
{
    if (a->nameless != NULL)
        a->nameless->free(a->nameless);
    ct_testcases_release(&a->cases);
    ct_mix_release(&a->requests);
    free(a->list_url);
    *a = (struct ct_asked){0};
}
