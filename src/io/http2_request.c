#include "io/http2_request.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "io/request_bytes.h"

enum { FIELDS_MAX_BYTES = 64 * 1024, FIELDS_OWN = 6 }; /* four of :name, User-Agent, length */

/* --- which headers go along --- */

static bool is_trailers(const char *value)
{
    return strcasecmp(value, "trailers") == 0;
}

static bool of_connection(const struct ct_header *h)
{
    static const char *const names[] = {"Connection", "Keep-Alive",     "Proxy-Connection",
                                        "Upgrade",    "HTTP2-Settings", "Transfer-Encoding"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (strcasecmp(h->name, names[i]) == 0)
            return true;
    return strcasecmp(h->name, "TE") == 0 && !is_trailers(h->value);
}

/* --- fields --- */

/* value is the caller's to give; a field's value has no space at its ends (RFC 9113, 8.2.1). */
static void add(struct ct_h2_request *r, const char *name, char *value)
{
    char *lower = ct_xstrdup(name);
    for (char *p = lower; *p != '\0'; p++)
        *p = (char)tolower((unsigned char)*p);
    size_t begin = strspn(value, " \t"), len = strlen(value + begin);
    while (len > 0 && (value[begin + len - 1] == ' ' || value[begin + len - 1] == '\t'))
        len--;
    memmove(value, value + begin, len);
    value[len] = '\0';
    r->fields[r->n_fields++] = (nghttp2_nv){
        .name = (uint8_t *)lower,
        .value = (uint8_t *)value,
        .namelen = strlen(lower),
        .valuelen = len,
        .flags = NGHTTP2_NV_FLAG_NO_COPY_NAME | NGHTTP2_NV_FLAG_NO_COPY_VALUE,
    };
}

static char *authority(const struct ct_endpoint *e, const struct ct_request *request)
{
    const char *host = ct_request_header(request, "Host");
    if (host != NULL)
        return ct_xstrdup(host);
    bool v6 = strchr(e->host, ':') != NULL;
    if (e->port == (e->https ? 443 : 80))
        return ct_xprintf(v6 ? "[%s]" : "%s", e->host);
    return ct_xprintf(v6 ? "[%s]:%u" : "%s:%u", e->host, e->port);
}

static void add_all(struct ct_h2_request *r, const struct ct_endpoint *e,
                    const struct ct_request *request)
{
    add(r, ":method", ct_xstrdup(request->method));
    add(r, ":scheme", ct_xstrdup(e->https ? "https" : "http"));
    add(r, ":authority", authority(e, request));
    add(r, ":path", ct_xprintf("%s%s", e->prefix, request->path));
    if (ct_request_header(request, "User-Agent") == NULL)
        add(r, "user-agent", ct_xstrdup(CT_USER_AGENT));
    if (ct_request_sends_body(request) && ct_request_header(request, "Content-Length") == NULL)
        add(r, "content-length", ct_xprintf("%zu", request->body_len));
    for (size_t i = 0; i < request->n_headers; i++) {
        const struct ct_header *h = &request->headers[i];
        if (!of_connection(h) && strcasecmp(h->name, "Host") != 0)
            add(r, h->name, ct_xstrdup(h->value));
    }
}

int ct_h2_request_init(struct ct_h2_request *r, const struct ct_endpoint *endpoint,
                       const struct ct_request *request, struct ct_err *err)
{
    memset(r, 0, sizeof(*r));
    int rc = ct_request_check(request, err);
    if (rc < 0)
        return rc;
    r->fields = ct_xcalloc(FIELDS_OWN + request->n_headers, sizeof(*r->fields));
    add_all(r, endpoint, request);
    size_t bytes = 0;
    for (size_t i = 0; i < r->n_fields; i++)
        bytes += r->fields[i].namelen + r->fields[i].valuelen;
    if (bytes > FIELDS_MAX_BYTES) {
        ct_h2_request_release(r);
        return ct_fail(err, CT_EUSAGE, "the request's headers are larger than %d bytes",
                       FIELDS_MAX_BYTES);
    }
    if (request->body != NULL && request->body_len > 0) {
        r->body = ct_xcalloc(request->body_len, 1);
        memcpy(r->body, request->body, request->body_len);
        r->body_len = request->body_len;
    }
    r->is_head = strcmp(request->method, "HEAD") == 0;
    return 0;
}

void ct_h2_request_release(struct ct_h2_request *r)
{
    for (size_t i = 0; i < r->n_fields; i++) {
        free(r->fields[i].name);
        free(r->fields[i].value);
    }
    free(r->fields);
    free(r->body);
    memset(r, 0, sizeof(*r));
}
