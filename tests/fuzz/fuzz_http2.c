#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "io/http2_session.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { BODY_MAX = 1000, OUT_MAX = 1 << 20, STREAMS = 3 };

/* Three requests on one connection, answered by the input. */
struct talk {
    struct ct_h2_session session;
    struct ct_h2_stream streams[STREAMS];
    int ended[STREAMS];
};

static void stream_ended(struct ct_h2_stream *stream)
{
    struct talk *talk = stream->conn;
    talk->ended[stream - talk->streams]++;
}

static void begin(struct talk *talk, const struct ct_h2_client *client,
                  const struct ct_h2_request *request, struct ct_buf *out)
{
    memset(talk, 0, sizeof(*talk));
    if (!ct_h2_session_init(&talk->session, client))
        abort();
    for (int i = 0; i < STREAMS; i++) {
        talk->streams[i].conn = talk;
        ct_buf_init(&talk->streams[i].body, BODY_MAX);
        if (!ct_h2_session_submit(&talk->session, &talk->streams[i], request))
            abort();
    }
    ct_buf_clear(out);
    if (!ct_h2_session_gather(&talk->session, out, OUT_MAX))
        abort();
}

static void feed(struct talk *talk, const uint8_t *data, size_t size, size_t piece)
{
    for (size_t at = 0; at < size; at += piece) {
        size_t n = size - at < piece ? size - at : piece;
        char *copy = malloc(n);
        memcpy(copy, data + at, n);
        ct_h2_session_feed(&talk->session, copy, n);
        free(copy);
    }
}

static void end(struct talk *talk, struct ct_buf *out)
{
    ct_buf_clear(out);
    (void)ct_h2_session_gather(&talk->session, out, OUT_MAX);
    ct_h2_session_broken(&talk->session, 0, NULL);
    for (int i = 0; i < STREAMS; i++) {
        const struct ct_h2_stream *stream = &talk->streams[i];
        assert(talk->ended[i] == 1);
        assert(stream->failure != CT_FAILURE_NONE ||
               (stream->status >= 200 && stream->status < 1000));
        assert(stream->body.len <= BODY_MAX && !stream->body.failed);
        assert(stream->failure != CT_FAILURE_NONE || stream->body.len == stream->body_len);
    }
    ct_h2_session_release(&talk->session);
}

/* nghttp2 1.52 counts a CONTINUATION frame again with each piece of its header that comes. */
static bool flooded(const struct talk *talk)
{
    for (int i = 0; i < STREAMS; i++) {
        const char *detail = talk->streams[i].detail;
        if (detail != NULL && (strcmp(detail, "head in too many frames") == 0 ||
                               strstr(detail, "CONTINUATION") != NULL))
            return true;
    }
    return false;
}

/* Whatever a peer sends, each request has one outcome, and the same one however it is cut. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct ct_endpoint endpoint = {.host = "localhost", .port = 80};
    struct ct_request request = {0};
    struct ct_h2_request prepared;
    struct ct_h2_client client;
    struct ct_buf out;
    struct talk whole, cut;
    ct_request_init(&request, "GET", "/");
    if (ct_h2_request_init(&prepared, &endpoint, &request, NULL, NULL) < 0)
        abort();
    ct_h2_client_init(&client);
    client.body_max = BODY_MAX;
    client.keep_body = true;
    client.ended = stream_ended;
    ct_buf_init(&out, OUT_MAX + 65536);

    begin(&whole, &client, &prepared, &out);
    feed(&whole, data, size, size);
    end(&whole, &out);
    begin(&cut, &client, &prepared, &out);
    feed(&cut, data, size, 1);
    end(&cut, &out);
    for (int i = 0; i < STREAMS; i++) {
        const struct ct_h2_stream *a = &whole.streams[i], *b = &cut.streams[i];
        assert(flooded(&cut) || (a->failure == b->failure && a->status == b->status));
        assert(a->failure != b->failure || a->failure != CT_FAILURE_NONE ||
               a->body_len == b->body_len);
        ct_buf_release(&whole.streams[i].body);
        ct_buf_release(&cut.streams[i].body);
    }
    ct_buf_release(&out);
    ct_h2_client_release(&client);
    ct_h2_request_release(&prepared);
    ct_request_release(&request);
    return 0;
}
