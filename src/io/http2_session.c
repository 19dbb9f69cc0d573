#include "io/http2_session.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "io/classify.h"

enum { WINDOW = (1 << 30) - 1 }; /* of a stream and of the connection */

/* --- lists --- */

void ct_h2_streams_add(struct ct_h2_streams *list, struct ct_h2_stream *stream)
{
    stream->after = NULL;
    stream->before = list->last;
    *(list->last != NULL ? &list->last->after : &list->first) = stream;
    list->last = stream;
    list->count++;
}

void ct_h2_streams_remove(struct ct_h2_streams *list, struct ct_h2_stream *stream)
{
    *(stream->before != NULL ? &stream->before->after : &list->first) = stream->after;
    *(stream->after != NULL ? &stream->after->before : &list->last) = stream->before;
    list->count--;
}

struct ct_h2_stream *ct_h2_session_find(const struct ct_h2_session *s, int32_t id)
{
    return nghttp2_session_get_stream_user_data(s->nghttp2, id);
}

/* --- ends --- */

/* nghttp2 forgets it; what still comes for it is dropped. */
static void detach(struct ct_h2_session *s, struct ct_h2_stream *stream)
{
    (void)nghttp2_session_set_stream_user_data(s->nghttp2, stream->id, NULL);
    if (s->current == stream)
        s->current = NULL;
    if (s->unsent == stream)
        s->unsent = stream->after;
    ct_h2_streams_remove(&s->streams, stream);
}

void ct_h2_stream_end(struct ct_h2_session *s, struct ct_h2_stream *stream, enum ct_failure failure,
                      const char *detail)
{
    detach(s, stream);
    stream->failure = failure;
    stream->detail = detail;
    s->client->ended(stream);
}

void ct_h2_stream_reset(struct ct_h2_session *s, const struct ct_h2_stream *stream)
{
    (void)nghttp2_submit_rst_stream(s->nghttp2, NGHTTP2_FLAG_NONE, stream->id, NGHTTP2_CANCEL);
}

static void end_all(struct ct_h2_session *s, enum ct_failure failure, const char *detail)
{
    while (s->streams.first != NULL)
        ct_h2_stream_end(s, s->streams.first, failure, detail);
}

const char *ct_h2_session_goaway_detail(const struct ct_h2_session *s)
{
    return s->goaway_error == NGHTTP2_NO_ERROR ? "GOAWAY" : nghttp2_http2_strerror(s->goaway_error);
}

/* --- the interface --- */

bool ct_h2_session_init(struct ct_h2_session *s, const struct ct_h2_client *client)
{
    static const nghttp2_settings_entry settings[] = {
        {NGHTTP2_SETTINGS_ENABLE_PUSH, 0},
        {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, WINDOW},
    };
    memset(s, 0, sizeof(*s));
    s->client = client;
    if (nghttp2_session_client_new3(&s->nghttp2, client->callbacks, s, client->option,
                                    &client->memory->mem) != 0)
        return false;
    return nghttp2_submit_settings(s->nghttp2, NGHTTP2_FLAG_NONE, settings,
                                   sizeof(settings) / sizeof(settings[0])) == 0 &&
           nghttp2_session_set_local_window_size(s->nghttp2, NGHTTP2_FLAG_NONE, 0, WINDOW) == 0;
}

void ct_h2_session_release(struct ct_h2_session *s)
{
    assert(s->streams.count == 0);
    nghttp2_session_del(s->nghttp2); /* NULL is accepted */
    s->nghttp2 = NULL;
}

uint32_t ct_h2_session_streams_max(const struct ct_h2_session *s)
{
    return nghttp2_session_get_remote_settings(s->nghttp2, NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS);
}

/* Called by nghttp2. */
static ssize_t body_goes(nghttp2_session *nghttp2, int32_t id, uint8_t *buf, size_t len,
                         uint32_t *flags, nghttp2_data_source *source, void *user)
{
    struct ct_h2_stream *stream = ct_h2_session_find(user, id);
    (void)nghttp2;
    (void)source;
    if (stream == NULL)
        return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
    size_t n = len < stream->left_len ? len : stream->left_len;
    memcpy(buf, stream->left, n);
    stream->left += n;
    stream->left_len -= n;
    if (stream->left_len == 0)
        *flags |= NGHTTP2_DATA_FLAG_EOF;
    return (ssize_t)n;
}

bool ct_h2_session_submit(struct ct_h2_session *s, struct ct_h2_stream *stream,
                          const struct ct_h2_request *request)
{
    nghttp2_data_provider body = {.read_callback = body_goes};
    if (nghttp2_session_check_request_allowed(s->nghttp2) == 0)
        return false;
    int32_t id = nghttp2_submit_request(s->nghttp2, NULL, request->fields, request->n_fields,
                                        request->body != NULL ? &body : NULL, stream);
    if (id < 0)
        return false;
    stream->id = id;
    stream->fields_at = UINT64_MAX;
    stream->head_left = CT_H2_HEAD_MAX;
    stream->left = request->body;
    stream->left_len = request->body_len;
    ct_h2_streams_add(&s->streams, stream);
    if (s->unsent == NULL)
        s->unsent = stream;
    return true;
}

void ct_h2_session_cancel(struct ct_h2_session *s, struct ct_h2_stream *stream)
{
    ct_h2_stream_reset(s, stream);
    detach(s, stream);
}

void ct_h2_session_leave(struct ct_h2_session *s)
{
    (void)nghttp2_session_terminate_session(s->nghttp2, NGHTTP2_NO_ERROR);
}

void ct_h2_session_feed(struct ct_h2_session *s, const char *bytes, size_t len)
{
    ssize_t rc = nghttp2_session_mem_recv(s->nghttp2, (const uint8_t *)bytes, len);
    if (rc < 0) {
        (void)nghttp2_session_terminate_session(s->nghttp2, NGHTTP2_INTERNAL_ERROR);
        if (rc == NGHTTP2_ERR_TOO_MANY_CONTINUATIONS && s->current != NULL)
            ct_h2_stream_end(s, s->current, CT_FAILURE_HEADER_TOO_LARGE, "head in too many frames");
        end_all(s, CT_FAILURE_PROTOCOL_ERROR, nghttp2_strerror((int)rc));
    }
}

bool ct_h2_session_gather(struct ct_h2_session *s, struct ct_buf *out, size_t max)
{
    const uint8_t *bytes;
    ssize_t n = 0;
    while (out->len < max && (n = nghttp2_session_mem_send(s->nghttp2, &bytes)) > 0) {
        (void)ct_buf_add(out, bytes, (size_t)n);
        s->gathered += (size_t)n;
    }
    if (n > 0 || (n == 0 && nghttp2_session_want_read(s->nghttp2) != 0))
        return true;
    /* The peer broke the protocol, if a stream is left. */
    end_all(s, CT_FAILURE_PROTOCOL_ERROR,
            s->settled ? s->detail : "the server does not speak HTTP/2");
    return false;
}

struct ct_h2_stream *ct_h2_session_next_sent(struct ct_h2_session *s, uint64_t accepted)
{
    struct ct_h2_stream *stream = s->unsent;
    if (stream == NULL || stream->fields_at >= accepted)
        return NULL;
    s->unsent = stream->after;
    return stream;
}

static enum ct_failure broken(const struct ct_h2_stream *stream, int errnum)
{
    enum ct_failure failure = ct_classify_broken(errnum, stream->head_done);
    if (errnum == 0)
        failure = stream->begun ? CT_FAILURE_TRUNCATED : CT_FAILURE_CLOSED_BEFORE_RESPONSE;
    bool before =
        failure == CT_FAILURE_CLOSED_BEFORE_RESPONSE || failure == CT_FAILURE_RESET_BEFORE_RESPONSE;
    return before && stream->reused && !stream->begun ? CT_FAILURE_CLOSED_ON_REUSE : failure;
}

void ct_h2_session_broken(struct ct_h2_session *s, int errnum, const char *detail)
{
    if (s->goaway)
        detail = ct_h2_session_goaway_detail(s);
    while (s->streams.first != NULL)
        ct_h2_stream_end(s, s->streams.first, broken(s->streams.first, errnum), detail);
}
