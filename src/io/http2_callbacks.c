#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "io/http2_session.h"

/* What nghttp2 calls while it reads and writes for a session. */

enum {
    FRAME_HEAD = 9,
    FIELDS_MAX = 1024 * 1024, /* above what ct_h2_request_init takes, however it is packed */
};

static void give_up(struct ct_h2_session *s, struct ct_h2_stream *stream, enum ct_failure failure,
                    const char *detail)
{
    ct_h2_stream_reset(s, stream);
    ct_h2_stream_end(s, stream, failure, detail);
}

/* --- while it reads --- */

/* Comes first for each frame, so the others find their stream without looking. */
static int frame_began(nghttp2_session *nghttp2, const nghttp2_frame_hd *hd, void *user)
{
    struct ct_h2_session *s = user;
    struct ct_h2_stream *stream = hd->stream_id > 0 ? ct_h2_session_find(s, hd->stream_id) : NULL;
    (void)nghttp2;
    s->current = stream;
    if (stream == NULL || hd->type == NGHTTP2_RST_STREAM || hd->type == NGHTTP2_WINDOW_UPDATE)
        return 0;
    stream->begun = true;
    stream->bytes_received += hd->length + FRAME_HEAD;
    if (hd->type == NGHTTP2_DATA && (hd->flags & NGHTTP2_FLAG_END_STREAM) != 0)
        stream->cut = stream->body_len + hd->length < stream->content_length;
    return 0;
}

/* Digits, as nghttp2 has checked. */
static uint64_t number(const uint8_t *digits, size_t len)
{
    uint64_t value = 0;
    for (size_t i = 0; i < len; i++)
        value = value * 10 + (uint64_t)(digits[i] - '0');
    return value;
}

static void take_field(struct ct_h2_stream *stream, const uint8_t *name, size_t name_len,
                       const uint8_t *value, size_t value_len)
{
    static const char length[] = "content-length";
    if (name[0] == ':') /* nghttp2 lets nothing but :status through */
        stream->head_status = (int)number(value, value_len);
    else if (name_len == sizeof(length) - 1 && memcmp(name, length, name_len) == 0)
        stream->content_length = number(value, value_len);
}

static int field_came(nghttp2_session *nghttp2, const nghttp2_frame *frame, const uint8_t *name,
                      size_t name_len, const uint8_t *value, size_t value_len, uint8_t flags,
                      void *user)
{
    struct ct_h2_session *s = user;
    struct ct_h2_stream *stream = s->current;
    (void)nghttp2;
    (void)frame;
    (void)flags;
    if (stream == NULL)
        return 0;
    if (name_len + value_len > stream->head_left) {
        give_up(s, stream, CT_FAILURE_HEADER_TOO_LARGE,
                stream->head_done ? "trailers above 64 KiB" : "head above 64 KiB");
        return 0;
    }
    stream->head_left -= name_len + value_len;
    take_field(stream, name, name_len, value, value_len);
    return 0;
}

static int body_came(nghttp2_session *nghttp2, uint8_t flags, int32_t id, const uint8_t *bytes,
                     size_t len, void *user)
{
    struct ct_h2_session *s = user;
    struct ct_h2_stream *stream = s->current;
    (void)nghttp2;
    (void)flags;
    (void)id;
    if (stream == NULL)
        return 0;
    stream->body_len += len;
    if (stream->body_len > s->client->body_max)
        give_up(s, stream, CT_FAILURE_BODY_TOO_LARGE, NULL);
    else if (s->client->keep_body)
        (void)ct_buf_add(&stream->body, bytes, len);
    return 0;
}

/* The answer is complete. What is left of the request's body is not worth sending. */
static void complete(struct ct_h2_session *s, struct ct_h2_stream *stream)
{
    if (stream->left_len > 0)
        ct_h2_stream_reset(s, stream);
    ct_h2_stream_end(s, stream, CT_FAILURE_NONE, NULL);
}

static void answer_came(struct ct_h2_session *s, struct ct_h2_stream *stream,
                        const nghttp2_frame_hd *hd)
{
    if (hd->type == NGHTTP2_HEADERS && !stream->head_done && stream->head_status >= 200) {
        stream->status = stream->head_status;
        stream->head_done = true;
        stream->head_left = CT_H2_HEAD_MAX; /* the trailers' */
    }
    if ((hd->flags & NGHTTP2_FLAG_END_STREAM) != 0)
        complete(s, stream);
}

static int frame_came(nghttp2_session *nghttp2, const nghttp2_frame *frame, void *user)
{
    struct ct_h2_session *s = user;
    struct ct_h2_stream *stream = s->current;
    (void)nghttp2;
    switch (frame->hd.type) {
    case NGHTTP2_HEADERS:
    case NGHTTP2_DATA:
        if (stream != NULL)
            answer_came(s, stream, &frame->hd);
        break;
    case NGHTTP2_RST_STREAM:
        if (stream != NULL)
            stream->reset = true; /* closed follows */
        break;
    case NGHTTP2_SETTINGS:
        s->settled = true;
        break;
    case NGHTTP2_GOAWAY:
        s->goaway = true; /* closed follows for the streams that the peer will not serve */
        s->goaway_error = frame->goaway.error_code;
        break;
    default:
        break;
    }
    return 0;
}

static int frame_was_invalid(nghttp2_session *nghttp2, const nghttp2_frame *frame, int error,
                             void *user)
{
    struct ct_h2_session *s = user;
    struct ct_h2_stream *stream =
        frame->hd.stream_id > 0 ? ct_h2_session_find(s, frame->hd.stream_id) : NULL;
    (void)nghttp2;
    if (stream != NULL)
        ct_h2_stream_end(s, stream, CT_FAILURE_PROTOCOL_ERROR, nghttp2_strerror(error));
    else if (s->detail == NULL)
        s->detail = nghttp2_strerror(error);
    return 0;
}

/* What is wrong with a connection, told before it is given up. */
static int error_came(nghttp2_session *nghttp2, int error, const char *text, size_t len, void *user)
{
    struct ct_h2_session *s = user;
    (void)nghttp2;
    (void)text;
    (void)len;
    if (s->detail == NULL)
        s->detail = nghttp2_strerror(error);
    return 0;
}

/* A stream that nghttp2 closed before its answer was complete. */
static int stream_closed(nghttp2_session *nghttp2, int32_t id, uint32_t error, void *user)
{
    struct ct_h2_session *s = user;
    struct ct_h2_stream *stream = ct_h2_session_find(s, id);
    (void)nghttp2;
    if (stream == NULL)
        return 0;
    if (stream->reset)
        ct_h2_stream_end(s, stream,
                         stream->head_done ? CT_FAILURE_RESET_IN_BODY
                                           : CT_FAILURE_RESET_BEFORE_RESPONSE,
                         nghttp2_http2_strerror(error));
    else if (s->goaway && error == NGHTTP2_REFUSED_STREAM)
        ct_h2_stream_end(s, stream, CT_FAILURE_CLOSED_ON_REUSE, ct_h2_session_goaway_detail(s));
    else if (stream->cut)
        ct_h2_stream_end(s, stream, CT_FAILURE_TRUNCATED,
                         "the body is shorter than its content-length");
    else
        ct_h2_stream_end(s, stream, CT_FAILURE_PROTOCOL_ERROR, "malformed answer");
    return 0;
}

/* --- while it writes --- */

static int frame_goes(nghttp2_session *nghttp2, const nghttp2_frame *frame, void *user)
{
    struct ct_h2_session *s = user;
    (void)nghttp2;
    if (frame->hd.type == NGHTTP2_HEADERS) {
        struct ct_h2_stream *stream = ct_h2_session_find(s, frame->hd.stream_id);
        if (stream != NULL)
            stream->fields_at = s->gathered;
    }
    return 0;
}

static int frame_went(nghttp2_session *nghttp2, const nghttp2_frame *frame, void *user)
{
    struct ct_h2_session *s = user;
    (void)nghttp2;
    if (frame->hd.type == NGHTTP2_HEADERS || frame->hd.type == NGHTTP2_DATA) {
        struct ct_h2_stream *stream = ct_h2_session_find(s, frame->hd.stream_id);
        if (stream != NULL)
            stream->bytes_sent += frame->hd.length + FRAME_HEAD;
    }
    return 0;
}

/* --- all of them --- */

void ct_h2_client_init(struct ct_h2_client *client)
{
    memset(client, 0, sizeof(*client));
    client->memory = ct_xcalloc(1, sizeof(*client->memory));
    ct_h2_memory_init(client->memory);
    if (nghttp2_session_callbacks_new(&client->callbacks) != 0 ||
        nghttp2_option_new(&client->option) != 0)
        abort(); /* no memory at start-up */
    nghttp2_session_callbacks *c = client->callbacks;
    nghttp2_session_callbacks_set_on_begin_frame_callback(c, frame_began);
    nghttp2_session_callbacks_set_on_header_callback(c, field_came);
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(c, body_came);
    nghttp2_session_callbacks_set_on_frame_recv_callback(c, frame_came);
    nghttp2_session_callbacks_set_on_invalid_frame_recv_callback(c, frame_was_invalid);
    nghttp2_session_callbacks_set_error_callback2(c, error_came);
    nghttp2_session_callbacks_set_on_stream_close_callback(c, stream_closed);
    nghttp2_session_callbacks_set_before_frame_send_callback(c, frame_goes);
    nghttp2_session_callbacks_set_on_frame_send_callback(c, frame_went);
    nghttp2_option_set_no_closed_streams(client->option, 1);
    nghttp2_option_set_max_send_header_block_length(client->option, FIELDS_MAX);
}

void ct_h2_client_release(struct ct_h2_client *client)
{
    nghttp2_session_callbacks_del(client->callbacks);
    nghttp2_option_del(client->option);
    ct_h2_memory_release(client->memory);
    free(client->memory);
}
