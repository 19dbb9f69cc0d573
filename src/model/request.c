#include "model/request.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

void ct_request_init(struct ct_request *r, const char *method, const char *path)
{
    memset(r, 0, sizeof(*r));
    r->method = ct_xstrdup(method);
    r->path = ct_xstrdup(path);
}

void ct_request_add_header(struct ct_request *r, const char *name, const char *value)
{
    r->headers = ct_xrealloc(r->headers, r->n_headers + 1, sizeof(*r->headers));
    r->headers[r->n_headers].name = ct_xstrdup(name);
    r->headers[r->n_headers].value = ct_xstrdup(value);
    r->n_headers++;
}

void ct_request_set_body(struct ct_request *r, const char *body, size_t len)
{
    free(r->body);
    r->body = ct_xcalloc(len + 1, 1);
    memcpy(r->body, body, len);
    r->body_len = len;
}

void ct_request_copy(struct ct_request *to, const struct ct_request *from)
{
    ct_request_init(to, from->method, from->path);
    for (size_t i = 0; i < from->n_headers; i++)
        ct_request_add_header(to, from->headers[i].name, from->headers[i].value);
    if (from->body != NULL)
        ct_request_set_body(to, from->body, from->body_len);
}

void ct_request_release(struct ct_request *r)
{
    for (size_t i = 0; i < r->n_headers; i++) {
        free(r->headers[i].name);
        free(r->headers[i].value);
    }
    free(r->headers);
    free(r->method);
    free(r->path);
    free(r->body);
    memset(r, 0, sizeof(*r));
}
