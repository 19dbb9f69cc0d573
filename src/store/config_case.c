#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "store/config_check.h"
#include "store/config_tables.h"

enum { LOAD_MIN_DEFAULT = 1, LOAD_MAX_DEFAULT = 1000000, LOAD_LIMIT = 1000000000 };

#define MEMBER(m) .member = offsetof(struct ct_case_decl, m)

/* --- request --- */

static int take_header(struct ct_json_reader *r, void *base, const char *name,
                       const struct ct_json_event *e, struct ct_err *err)
{
    (void)r;
    struct ct_request *request = &((struct ct_case_decl *)base)->request;
    for (size_t i = 0; i < request->n_headers; i++)
        if (strcasecmp(request->headers[i].name, name) == 0)
            return ct_fail(err, CT_EUSAGE, "this header stands twice: remove one");
    if (memchr(e->text, '\0', e->len) != NULL)
        return ct_fail(err, CT_EUSAGE, "a \\u0000 is no text: remove it");
    char *value = ct_xstrndup(e->text, e->len);
    int rc = ct_config_check_header(name, value, err);
    if (rc == 0)
        ct_request_add_header(request, name, value);
    free(value);
    return rc;
}

static int take_body(struct ct_json_reader *r, const struct ct_json_key *key, void *base,
                     const struct ct_json_event *e, struct ct_err *err)
{
    (void)r;
    (void)key;
    if (memchr(e->text, '\0', e->len) != NULL)
        return ct_fail(err, CT_EUSAGE, "a \\u0000 is no text: remove it");
    ct_request_set_body(&((struct ct_case_decl *)base)->request, e->text, e->len);
    return 0;
}

static const struct ct_json_key any_header = {.accepts = CT_JSON_EVENT_STRING,
                                              .example = "\"application/json\""};
static const struct ct_json_table headers = {.any = &any_header, .take_any = take_header};

static const struct ct_json_key request_keys[] = {
    {.name = "method",
     CT_CONFIG_TEXT,
     MEMBER(request.method),
     .check = ct_config_check_method,
     .example = "\"GET\""},
    {.name = "path",
     .required = true,
     CT_CONFIG_TEXT,
     MEMBER(request.path),
     .check = ct_config_check_path,
     .example = "\"/cart/{load}\""},
    {.name = "headers",
     .accepts = CT_JSON_EVENT_OBJECT,
     .inside = &headers,
     .example = "{\"Content-Type\": \"application/json\"}"},
    {.name = "body",
     .accepts = CT_JSON_EVENT_STRING,
     .take = take_body,
     .example = "\"items={load}\""},
};
static const struct ct_json_table request = {CT_CONFIG_KEYS(request_keys)};

/* --- expect --- */

static int take_status(struct ct_json_reader *r, const struct ct_json_key *key, void *base,
                       const struct ct_json_event *e, struct ct_err *err)
{
    (void)r;
    if (ct_json_check_whole(key, e, err) != 0)
        return CT_EUSAGE;
    struct ct_case_decl *c = base;
    int *grown = ct_config_grow(c->expect_status, c->n_expect_status, sizeof(*grown), err);
    if (grown == NULL)
        return CT_EUSAGE;
    c->expect_status = grown;
    c->expect_status[c->n_expect_status++] = (int)e->number;
    return 0;
}

static int end_expect(struct ct_json_reader *r, void *base, struct ct_err *err)
{
    const struct ct_case_decl *c = base;
    if (ct_json_given(r, "status") && c->n_expect_status == 0)
        return ct_json_table_fail(r, err,
                                  "'status' is empty, nothing could pass: write \"status\": [200] "
                                  "or leave the key out");
    return 0;
}

static const struct ct_json_key expect_keys[] = {
    {.name = "status",
     .accepts = CT_JSON_EVENT_ARRAY,
     .elements = CT_JSON_EVENT_NUMBER,
     .take = take_status,
     .min = 100,
     .max = 599,
     .example = "[200, 201]"},
    {.name = "bodyContains",
     CT_CONFIG_TEXT,
     MEMBER(expect_body_contains),
     .check = ct_config_check_text,
     .example = "\"ok\""},
};
static const struct ct_json_table expect = {CT_CONFIG_KEYS(expect_keys), .end = end_expect};

/* --- serverSpan --- */

static const struct ct_json_key span_keys[] = {
    {.name = "start",
     .required = true,
     CT_CONFIG_TEXT,
     MEMBER(span_start),
     .check = ct_config_check_text,
     .example = "\"start\""},
    {.name = "end",
     .required = true,
     CT_CONFIG_TEXT,
     MEMBER(span_end),
     .check = ct_config_check_text,
     .example = "\"end\""},
};
static const struct ct_json_table span = {CT_CONFIG_KEYS(span_keys)};

/* --- a test case --- */

static void *begin_case(struct ct_json_reader *r, void *parent, struct ct_err *err)
{
    (void)r;
    struct ct_config *config = parent;
    struct ct_case_decl *grown =
        ct_config_grow(config->cases, config->n_cases, sizeof(*grown), err);
    if (grown == NULL)
        return NULL;
    config->cases = grown;
    struct ct_case_decl *c = &grown[config->n_cases++];
    ct_request_init(&c->request, "GET", "/");
    c->load_min = LOAD_MIN_DEFAULT;
    c->load_max = LOAD_MAX_DEFAULT;
    return c;
}

static int end_case(struct ct_json_reader *r, void *base, struct ct_err *err)
{
    struct ct_case_decl *c = base;
    c->line = ct_json_line(r);
    if (c->load_min <= c->load_max)
        return 0;
    return ct_json_table_fail(r, err,
                              "minRecommendedLoad is %u, but maxLoad is %u%s: write a larger "
                              "\"maxLoad\"",
                              c->load_min, c->load_max,
                              ct_json_given(r, "maxLoad") ? "" : " when it is not given");
}

#define LOAD(m)                                                                                    \
    .accepts = CT_JSON_EVENT_NUMBER, .take = ct_json_take_u32, MEMBER(m), .min = 1,                \
    .max = LOAD_LIMIT

static const struct ct_json_key case_keys[] = {
    {.name = "name",
     .required = true,
     CT_CONFIG_TEXT,
     MEMBER(name),
     .check = ct_config_check_case,
     .example = "\"checkout\""},
    {.name = "request",
     .required = true,
     .accepts = CT_JSON_EVENT_OBJECT,
     .inside = &request,
     .example = "{\"path\": \"/cart/{load}\"}"},
    {.name = "expect",
     .accepts = CT_JSON_EVENT_OBJECT,
     .inside = &expect,
     .example = "{\"status\": [200]}"},
    {.name = "serverSpan",
     .accepts = CT_JSON_EVENT_OBJECT,
     .inside = &span,
     .example = "{\"start\": \"start\", \"end\": \"end\"}"},
    {.name = "minRecommendedLoad", LOAD(load_min), .example = "1"},
    {.name = "maxLoad", LOAD(load_max), .example = "1000"},
};

const struct ct_json_table ct_config_case = {CT_CONFIG_KEYS(case_keys), .begin = begin_case,
                                             .end = end_case};
