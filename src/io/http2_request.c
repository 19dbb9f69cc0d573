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
    if (ct_request_sends_body(request) && ct_request_header(request, "Content-Length") == NULL) {
        r->length_at = r->n_fields;
        add(r, "content-length", ct_xprintf("%zu", request->body_len));
    }
    for (size_t i = 0; i < request->n_headers; i++) {
        const struct ct_header *h = &request->headers[i];
        if (!of_connection(h) && strcasecmp(h->name, "Host") != 0)
            add(r, h->name, ct_xstrdup(h->value));
    }
}

/* --- slots --- */

static bool has_slot(const struct ct_h2_request *r)
{
    for (size_t i = 0; i < r->n_fields; i++)
        if (strstr((char *)r->fields[i].value, "{{") != NULL)
            return true;
    return r->body != NULL && memmem(r->body, r->body_len, "{{", 2) != NULL;
}

static enum ct_wire_part part_of(const nghttp2_nv *field)
{
    return strcmp((char *)field->name, ":path") == 0 ? CT_WIRE_PATH : CT_WIRE_HEADER;
}

static int cut(struct ct_h2_request *r, const struct ct_feed *feed, struct ct_err *err)
{
    int rc = 0;
    r->values = ct_xcalloc(r->n_fields, sizeof(*r->values));
    for (size_t i = 0; rc == 0 && i < r->n_fields; i++) {
        const nghttp2_nv *f = &r->fields[i];
        rc = ct_wire_init_part(&r->values[i], part_of(f), (char *)f->value, f->valuelen, feed, err);
    }
    if (rc == 0 && r->body != NULL)
        rc = ct_wire_init_part(&r->body_wire, CT_WIRE_BODY, r->body, r->body_len, feed, err);
    return rc;
}

/* --- the interface --- */

int ct_h2_request_init(struct ct_h2_request *r, const struct ct_endpoint *endpoint,
                       const struct ct_request *request, const struct ct_feed *feed,
                       struct ct_err *err)
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
    if (bytes > FIELDS_MAX_BYTES)
        rc = ct_fail(err, CT_EUSAGE, "the request's headers are larger than %d bytes",
                     FIELDS_MAX_BYTES);
    if (request->body != NULL && request->body_len > 0) {
        r->body = ct_xcalloc(request->body_len, 1);
        memcpy(r->body, request->body, request->body_len);
        r->body_len = request->body_len;
    }
    r->is_head = strcmp(request->method, "HEAD") == 0;
    if (rc == 0 && feed != NULL && feed->n_rows > 0 && has_slot(r))
        rc = cut(r, feed, err);
    if (rc < 0)
        ct_h2_request_release(r);
    return rc;
}

void ct_h2_request_release(struct ct_h2_request *r)
{
    for (size_t i = 0; i < r->n_fields; i++) {
        free(r->fields[i].name);
        free(r->fields[i].value);
        if (r->values != NULL)
            ct_wire_release(&r->values[i]);
    }
    ct_wire_release(&r->body_wire);
    free(r->values);
    free(r->fields);
    free(r->body);
    memset(r, 0, sizeof(*r));
}

/* --- with a row of the feed --- */

static const struct ct_buf *made_body(const struct ct_h2_request *r, const char *const *row,
                                      struct ct_buf *body)
{
    if (body->data == NULL && r->body_wire.n_slots > 0)
        ct_buf_init(body, SIZE_MAX);
    return ct_wire_bytes(&r->body_wire, row, body);
}

static bool is_length(const struct ct_h2_request *r, size_t i)
{
    return r->length_at > 0 && i == r->length_at;
}

/* The value of field i, appended to the maker's values. */
static void make_value(const struct ct_h2_request *r, size_t i, const char *const *row,
                       struct ct_h2_maker *m)
{
    nghttp2_nv *field = &m->made.fields[i];
    size_t begin = m->values.len;
    if (is_length(r, i)) {
        (void)ct_buf_printf(&m->values, "%zu", m->made.body_len);
    } else {
        const struct ct_buf *value = ct_wire_bytes(&r->values[i], row, &m->scratch);
        (void)ct_buf_add(&m->values, value->data, value->len);
    }
    field->valuelen = m->values.len - begin;
    field->flags = NGHTTP2_NV_FLAG_NO_COPY_NAME;
}

const struct ct_h2_request *ct_h2_request_make(const struct ct_h2_request *r,
                                               const char *const *row, struct ct_h2_maker *m,
                                               struct ct_buf *body)
{
    if (r->values == NULL)
        return r;
    if (m->n_fields < r->n_fields) {
        m->made.fields = ct_xrealloc(m->made.fields, r->n_fields, sizeof(*m->made.fields));
        m->n_fields = r->n_fields;
    }
    if (m->values.data == NULL) {
        ct_buf_init(&m->values, SIZE_MAX);
        ct_buf_init(&m->scratch, SIZE_MAX);
    }
    m->made.n_fields = r->n_fields;
    m->made.is_head = r->is_head;
    m->made.body = NULL;
    m->made.body_len = 0;
    if (r->body != NULL) {
        const struct ct_buf *bytes = made_body(r, row, body);
        m->made.body = bytes->len > 0 ? bytes->data : NULL;
        m->made.body_len = bytes->len;
    }
    memcpy(m->made.fields, r->fields, r->n_fields * sizeof(*r->fields));
    ct_buf_clear(&m->values);
    for (size_t i = 0; i < r->n_fields; i++)
        if (is_length(r, i) || r->values[i].n_slots > 0)
            make_value(r, i, row, m);
    size_t at = 0; /* only now: the values moved while they were made */
    for (size_t i = 0; i < r->n_fields; i++)
        if ((m->made.fields[i].flags & NGHTTP2_NV_FLAG_NO_COPY_VALUE) == 0) {
            m->made.fields[i].value = (uint8_t *)m->values.data + at;
            at += m->made.fields[i].valuelen;
        }
    return &m->made;
}

void ct_h2_maker_release(struct ct_h2_maker *m)
{
    free(m->made.fields);
    if (m->values.data != NULL) {
        ct_buf_release(&m->values);
        ct_buf_release(&m->scratch);
    }
}
