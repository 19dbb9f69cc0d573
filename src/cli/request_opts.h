/*
 * Options that say what is asked for, and what they come to: a URL on the line (with method,
 * headers, body, a feed), a list of requests, or a test case of the configuration.
 */
#ifndef CT_CLI_REQUEST_OPTS_H
#define CT_CLI_REQUEST_OPTS_H

#include "cli/cmd.h"
#include "model/mix.h"
#include "testcases/testcases.h"

struct ct_request_opts {
    const char *method;
    struct ct_list headers;
    const char *body, *targets, *feed;
    struct ct_list test_cases;
    uint64_t load;
};

#define CT_REQUEST_MEMBER(S, m, type) CT_OPT_MEMBER(S, request.m, type)

/* Rows for an options struct S with a member "struct ct_request_opts request": of the request to a
 * URL on the line. */
#define CT_REQUEST_URL_ROWS(S)                                                                     \
    {.name = "method",                                                                             \
     .letter = 'X',                                                                                \
     .type = CT_OPT_STRING,                                                                        \
     .offset = CT_REQUEST_MEMBER(S, method, const char *),                                         \
     .value = "METHOD",                                                                            \
     .help = "of the request to URL; GET, or POST when there is a body"},                          \
        {.name = "header",                                                                         \
         .letter = 'H',                                                                            \
         .type = CT_OPT_LIST,                                                                      \
         .flags = CT_OPT_NO_SPLIT | CT_OPT_ONE_WORD,                                               \
         .offset = CT_REQUEST_MEMBER(S, headers, struct ct_list),                                  \
         .value = "'NAME: VALUE'",                                                                 \
         .help = "a header of the request to URL; may be repeated"},                               \
        {.name = "body",                                                                           \
         .type = CT_OPT_STRING,                                                                    \
         .offset = CT_REQUEST_MEMBER(S, body, const char *),                                       \
         .value = "TEXT|@FILE",                                                                    \
         .help = "body of the request to URL"},                                                    \
    {                                                                                              \
        .name = "feed", .type = CT_OPT_STRING, .offset = CT_REQUEST_MEMBER(S, feed, const char *), \
        .value = "FILE.csv",                                                                       \
        .help = "rows of values for {{column}} in path, header values and body"                    \
    }

/* The same, and what may stand instead of a URL. */
#define CT_REQUEST_ROWS(S)                                                                         \
    CT_REQUEST_URL_ROWS(S),                                                                        \
        {.name = "targets",                                                                        \
         .type = CT_OPT_STRING,                                                                    \
         .offset = CT_REQUEST_MEMBER(S, targets, const char *),                                    \
         .value = "FILE",                                                                          \
         .help =                                                                                   \
             "several requests with weights instead of URL, in vegeta's form; URL - reads stdin"}, \
        {.name = "test-cases",                                                                     \
         .type = CT_OPT_LIST,                                                                      \
         .offset = CT_REQUEST_MEMBER(S, test_cases, struct ct_list),                               \
         .def = "fibonacci",                                                                       \
         .value = "NAME",                                                                          \
         .help = "without URL: the test case to send to the configuration's target"},              \
    {                                                                                              \
        .name = "load", .type = CT_OPT_COUNT, .offset = CT_REQUEST_MEMBER(S, load, uint64_t),      \
        .def = "1", .min = 1, .max = 1e9, .value = "N",                                            \
        .help = "without URL: size of the work that each request asks for"                         \
    }

/* What is asked for. Close it. */
struct ct_asked {
    const char *url;   /* the session's; NULL: the configuration's */
    const char *shown; /* for titles */
    const struct ct_testcase *testcase;
    const struct ct_mix *mix; /* NULL: the case's own request */
    uint32_t load;
    bool monitor; /* the configuration's servers are watched: not for a URL alone */

    struct ct_mix requests; /* owned, as what follows */
    char *list_url;
    struct ct_testcase *nameless;
    struct ct_testcases cases;
};

/* CT_EUSAGE when the options contradict each other or name what is not there; CT_EFAIL. out is
 * released on failure. */
int ct_asked_open(const struct ct_cmd_ctx *ctx, const struct ct_request_opts *o,
                  struct ct_asked *out, struct ct_err *err);
void ct_asked_close(struct ct_asked *a);

/* Open, do, close; what do_it returns. */
int ct_asked_do(struct ct_cmd_ctx *ctx, const struct ct_request_opts *o,
                int (*do_it)(struct ct_cmd_ctx *ctx, const struct ct_asked *asked,
                             struct ct_err *err),
                struct ct_err *err);

#endif
