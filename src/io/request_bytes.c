#include "io/request_bytes.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

/* RFC 9110, 5.6.2 */
static bool is_token(const char *text)
{
    for (const char *p = text; *p != '\0'; p++)
        if (!isalnum((unsigned char)*p) && strchr("!#$%&'*+-.^_`|~", *p) == NULL)
            return false;
    return *text != '\0';
}

bool ct_request_is_path_part(const char *text)
{
    for (const char *p = text; *p != '\0'; p++)
        if ((unsigned char)*p <= ' ' || *p == 0x7f)
            return false;
    return true;
}

static bool is_path(const char *text)
{
    return ct_request_is_path_part(text) && (*text == '/' || strcmp(text, "*") == 0);
}

bool ct_request_is_value(const char *text)
{
    for (const char *p = text; *p != '\0'; p++)
        if (((unsigned char)*p < ' ' && *p != '\t') || *p == 0x7f)
            return false;
    return true;
}

int ct_request_check(const struct ct_request *request, struct ct_err *err)
{
    if (!is_token(request->method))
        return ct_fail(err, CT_EUSAGE, "the method '%s' is no HTTP method, as GET is",
                       request->method);
    if (strcmp(request->method, "CONNECT") == 0)
        return ct_fail(err, CT_EUSAGE, "the method CONNECT is not supported");
    if (!is_path(request->path))
        return ct_fail(err, CT_EUSAGE,
                       "the path '%s' must begin with '/' and have no space or control byte",
                       request->path);
    for (size_t i = 0; i < request->n_headers; i++) {
        const struct ct_header *h = &request->headers[i];
        if (!is_token(h->name))
            return ct_fail(err, CT_EUSAGE, "'%s' is no header name, as X-Name is", h->name);
        if (!ct_request_is_value(h->value)) /* not quoted: it may be a secret */
            return ct_fail(err, CT_EUSAGE, "the value of header '%s' has a control byte", h->name);
    }
    return 0;
}

const char *ct_request_header(const struct ct_request *request, const char *name)
{
    for (size_t i = 0; i < request->n_headers; i++)
        if (strcasecmp(request->headers[i].name, name) == 0)
            return request->headers[i].value;
    return NULL;
}

static void add_host(const struct ct_endpoint *e, struct ct_buf *out)
{
    bool v6 = strchr(e->host, ':') != NULL;
    (void)ct_buf_printf(out, v6 ? "Host: [%s]" : "Host: %s", e->host);
    if (e->port != (e->https ? 443 : 80))
        (void)ct_buf_printf(out, ":%u", e->port);
    (void)ct_buf_puts(out, "\r\n");
}

bool ct_request_sends_body(const struct ct_request *r)
{
    return r->body != NULL || strcmp(r->method, "POST") == 0 || strcmp(r->method, "PUT") == 0 ||
           strcmp(r->method, "PATCH") == 0;
}

static bool needs_length(const struct ct_request *r)
{
    return ct_request_sends_body(r) && ct_request_header(r, "Content-Length") == NULL &&
           ct_request_header(r, "Transfer-Encoding") == NULL;
}

int ct_request_bytes(const struct ct_endpoint *endpoint, const struct ct_request *request,
                     bool keep_alive, struct ct_buf *out, struct ct_err *err)
{
    int rc = ct_request_check(request, err);
    if (rc < 0)
        return rc;
    (void)ct_buf_printf(out, "%s %s%s HTTP/1.1\r\n", request->method, endpoint->prefix,
                        request->path);
    if (ct_request_header(request, "Host") == NULL)
        add_host(endpoint, out);
    if (ct_request_header(request, "User-Agent") == NULL)
        (void)ct_buf_puts(out, "User-Agent: " CT_USER_AGENT "\r\n");
    if (needs_length(request))
        (void)ct_buf_printf(out, "Content-Length: %zu\r\n", request->body_len);
    if (!keep_alive && ct_request_header(request, "Connection") == NULL)
        (void)ct_buf_puts(out, "Connection: close\r\n");
    for (size_t i = 0; i < request->n_headers; i++)
        (void)ct_buf_printf(out, "%s: %s\r\n", request->headers[i].name, request->headers[i].value);
    (void)ct_buf_puts(out, "\r\n");
    if (request->body != NULL)
        (void)ct_buf_add(out, request->body, request->body_len);
    if (out->failed)
        return ct_fail(err, CT_EUSAGE, "the request is larger than %zu bytes", out->max);
    return 0;
}
