#include "io/http1_parse.h"

#include <assert.h>

/* --- what llhttp calls --- */

static int refuse(struct ct_h1_parser *p, enum ct_failure failure, const char *detail)
{
    p->failure = failure;
    p->detail = detail;
    return -1;
}

/* Trailers and chunk extensions: without a limit they would be an endless answer without body. */
static int count_trailer(llhttp_t *http, const char *bytes, size_t len)
{
    struct ct_h1_parser *p = http->data;
    (void)bytes;
    if (len > p->trailer_left)
        return refuse(p, CT_FAILURE_HEADER_TOO_LARGE, "trailers above 64 KiB");
    p->trailer_left -= len;
    return 0;
}

static int body_came(llhttp_t *http, const char *bytes, size_t len)
{
    struct ct_h1_parser *p = http->data;
    if (p->body_pieces++ == 0)
        p->body_first = bytes;
    p->body_len += len;
    if (p->body_len > p->body_max)
        return refuse(p, CT_FAILURE_BODY_TOO_LARGE, NULL);
    if (p->body != NULL)
        p->body(p->ctx, bytes, len);
    return 0;
}

static int headers_complete(llhttp_t *http);

static int message_complete(llhttp_t *http)
{
    struct ct_h1_parser *p = http->data;
    if (!p->head_done)
        return 0; /* an interim answer */
    p->keep_alive = llhttp_should_keep_alive(http) != 0;
    p->state = CT_H1_COMPLETE;
    return HPE_PAUSED;
}

static const llhttp_settings_t head_settings = {
    .on_headers_complete = headers_complete,
    .on_body = body_came,
    .on_message_complete = message_complete,
};

/* After the head of a chunked answer: spares the callback per header in all the others. */
static llhttp_settings_t chunked_settings = {
    .on_header_field = count_trailer,
    .on_header_value = count_trailer,
    .on_chunk_extension_name = count_trailer,
    .on_chunk_extension_value = count_trailer,
    .on_body = body_came,
    .on_message_complete = message_complete,
};

/* llhttp: 1 means that no body follows, whatever the headers say. */
static int headers_complete(llhttp_t *http)
{
    struct ct_h1_parser *p = http->data;
    int status = http->status_code;
    if (http->http_major != 1)
        return refuse(p, CT_FAILURE_PROTOCOL_ERROR, "not HTTP/1");
    if (status < 100)
        return refuse(p, CT_FAILURE_PROTOCOL_ERROR, "status below 100");
    if (status == 101)
        return refuse(p, CT_FAILURE_PROTOCOL_ERROR, "the server switched protocols");
    if (status < 200)
        return 1;
    p->status = status;
    p->head_done = true;
    if ((http->flags & F_CHUNKED) != 0)
        http->settings = &chunked_settings;
    return p->is_head || status == 204 || status == 304 ? 1 : 0;
}

/* --- the interface --- */

void ct_h1_init(struct ct_h1_parser *p, bool is_head, uint64_t body_max, ct_h1_body_fn *body,
                void *ctx)
{
    p->status = 0;
    p->body_len = 0;
    p->begun = p->head_done = p->keep_alive = p->surplus = false;
    p->failure = CT_FAILURE_NONE;
    p->detail = NULL;
    p->body_first = NULL;
    p->body_pieces = 0;
    p->state = CT_H1_MORE;
    p->is_head = is_head;
    p->head_left = p->trailer_left = CT_H1_HEAD_MAX;
    p->body_max = body_max;
    p->body = body;
    p->ctx = ctx;
}

static void begin(struct ct_h1_parser *p)
{
    p->begun = true;
    llhttp_init(&p->http, HTTP_RESPONSE, &head_settings);
    p->http.data = p;
}

static enum ct_h1_state execute(struct ct_h1_parser *p, const char *bytes, size_t len)
{
    llhttp_errno_t rc = llhttp_execute(&p->http, bytes, len);
    if (rc == HPE_OK || p->state == CT_H1_COMPLETE)
        return p->state;
    if (p->failure == CT_FAILURE_NONE)
        (void)refuse(p, CT_FAILURE_PROTOCOL_ERROR, llhttp_errno_name(rc));
    return p->state = CT_H1_FAILED;
}

enum ct_h1_state ct_h1_feed(struct ct_h1_parser *p, const char *bytes, size_t len)
{
    assert(p->state == CT_H1_MORE);
    const char *end = bytes + len;
    if (!p->begun && len > 0)
        begin(p);
    if (!p->head_done && len > p->head_left) {
        size_t part = p->head_left;
        (void)execute(p, bytes, part);
        bytes += part;
        p->head_left = 0;
        if (p->state == CT_H1_MORE && !p->head_done) {
            (void)refuse(p, CT_FAILURE_HEADER_TOO_LARGE, "head above 64 KiB");
            p->state = CT_H1_FAILED;
        }
    } else if (!p->head_done) {
        p->head_left -= len;
    }
    if (p->state == CT_H1_MORE)
        (void)execute(p, bytes, (size_t)(end - bytes));
    if (p->state == CT_H1_COMPLETE)
        p->surplus = llhttp_get_error_pos(&p->http) != end;
    return p->state;
}

enum ct_h1_state ct_h1_feed_end(struct ct_h1_parser *p)
{
    assert(p->state == CT_H1_MORE);
    if (p->head_done)
        (void)llhttp_finish(&p->http);
    if (p->state == CT_H1_COMPLETE) {
        p->keep_alive = false;
        return p->state;
    }
    p->failure = p->begun ? CT_FAILURE_TRUNCATED : CT_FAILURE_CLOSED_BEFORE_RESPONSE;
    return p->state = CT_H1_FAILED;
}
