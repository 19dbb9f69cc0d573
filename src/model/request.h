/*
 * A request as a test case builds it and an answer as it judges it. Data only.
 */
#ifndef CT_MODEL_REQUEST_H
#define CT_MODEL_REQUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/failure.h"

struct ct_header {
    char *name;
    char *value;
};

/* What to send. All strings are owned by the struct. Host, Content-Length, Connection and
 * User-Agent are added by the transport unless a header of that name (any case) is here. */
struct ct_request {
    char *method; /* "GET" */
    char *path;   /* path and query, begins with '/', appended to the path prefix of the base URL */
    struct ct_header *headers;
    size_t n_headers;
    char *body; /* NULL: none */
    size_t body_len;
};

void ct_request_init(struct ct_request *r, const char *method, const char *path);
void ct_request_add_header(struct ct_request *r, const char *name, const char *value);
void ct_request_set_body(struct ct_request *r, const char *body, size_t len);
void ct_request_copy(struct ct_request *to, const struct ct_request *from); /* to is not read */
void ct_request_release(struct ct_request *r); /* accepts a zeroed struct */

/* A complete answer, borrowed for the duration of the judgement. body is NULL when the test case
 * does not need it (ct_testcase.needs_body false); body_len is right all the same. */
struct ct_answer {
    int status;
    const char *body;
    size_t body_len;
};

/* What a test case says of an answer. */
struct ct_judgement {
    enum ct_failure failure;  /* NONE, HTTP_STATUS or BAD_ANSWER */
    const char *detail;       /* static text, or NULL */
    bool has_span;            /* the answer carries the server's own processing span */
    uint64_t server_start_ns; /* wall clock of the server */
    uint64_t server_end_ns;   /* >= start */
};

#endif
