#include <string.h>

#include "base/clock.h"
#include "io/http2.h"

enum { BODY_KEPT_MAX = 1024 * 1024 }; /* a larger body buffer is not kept for the next answer */

/* --- lists of connections --- */

void http2_list_add(struct http2_conn *conn, enum http2_list which)
{
    struct http2 *client = conn->client;
    struct http2_link *link = &conn->links[which];
    struct http2_conn *last = client->lists[which].last;
    *link = (struct http2_link){.in = true, .before = last};
    *(last != NULL ? &last->links[which].after : &client->lists[which].first) = conn;
    client->lists[which].last = conn;
}

void http2_list_remove(struct http2_conn *conn, enum http2_list which)
{
    struct http2 *client = conn->client;
    struct http2_link *link = &conn->links[which];
    if (!link->in)
        return;
    *(link->before != NULL ? &link->before->links[which].after : &client->lists[which].first) =
        link->after;
    *(link->after != NULL ? &link->after->links[which].before : &client->lists[which].last) =
        link->before;
    link->in = false;
}

/* --- streams --- */

struct ct_h2_stream *http2_take_stream(struct http2 *client)
{
    struct ct_h2_stream *stream = client->spare;
    if (stream == NULL) {
        stream = ct_pool_take(&client->streams);
        if (stream != NULL && client->opts.keep_body)
            ct_buf_init(&stream->body, client->opts.body_max);
        return stream;
    }
    client->spare = stream->after;
    struct ct_buf body = stream->body, made = stream->made;
    memset(stream, 0, sizeof(*stream));
    stream->body = body;
    stream->made = made;
    return stream;
}

static void give_stream(struct http2 *client, struct ct_h2_stream *stream)
{
    if (client->opts.keep_body) {
        if (stream->body.cap > BODY_KEPT_MAX) {
            ct_buf_release(&stream->body);
            ct_buf_init(&stream->body, client->opts.body_max);
        }
        ct_buf_clear(&stream->body);
    }
    stream->after = client->spare;
    client->spare = stream;
}

void http2_release_streams(struct http2 *client)
{
    for (struct ct_h2_stream *stream = client->spare, *next; stream != NULL; stream = next) {
        next = stream->after;
        ct_buf_release(&stream->body);
        ct_buf_release(&stream->made);
        ct_pool_give(&client->streams, stream);
    }
    ct_pool_release(&client->streams);
}

/* --- ends of exchanges --- */

/* What the stream says of x, whose done is called next or later. */
static struct ct_exchange *take_result(struct ct_h2_stream *stream, uint64_t done_ns)
{
    struct ct_exchange *x = stream->exchange;
    x->conn = NULL;
    x->done_ns = done_ns;
    x->status = stream->status;
    if (stream->begun && x->wire_attempts == 0) { /* answered while the rest of its write waited */
        x->wire_attempts = 1;
        x->sent_ns = done_ns;
    }
    x->bytes_sent = x->wire_attempts > 0 ? stream->bytes_sent : 0;
    x->bytes_received = stream->bytes_received;
    x->failure = stream->failure;
    x->detail = stream->detail;
    if (stream->begun)
        x->stage = CT_STAGE_BODY;
    return x;
}

void http2_fail(struct http2 *client, struct ct_h2_stream *stream, enum ct_failure failure,
                const char *detail)
{
    stream->failure = failure;
    stream->detail = detail;
    ct_ended_add(&client->ended, take_result(stream, ct_clock_ns()));
    give_stream(client, stream);
}

void http2_stream_ended(struct ct_h2_stream *stream)
{
    struct http2_conn *conn = stream->conn;
    struct http2 *client = conn->client;
    if (!conn->reading) {
        http2_room_changed(conn);
        http2_fail(client, stream, stream->failure, stream->detail);
        return;
    }
    struct ct_exchange *x = take_result(stream, client->now_ns);
    if (x->failure == CT_FAILURE_NONE) {
        conn->reused = true;
        x->woke_ns = ct_loop_woke_ns(client->loop);
        x->body = client->opts.keep_body ? stream->body.data : NULL;
        x->body_len = stream->body_len;
    }
    http2_room_changed(conn);
    x->done(x);
    give_stream(client, stream);
}

/* --- which connection --- */

void http2_place(struct http2 *client, struct ct_h2_stream *stream)
{
    enum ct_failure failure = CT_FAILURE_NONE;
    struct http2_conn *conn = client->lists[HTTP2_FREE].first;
    if (conn == NULL && client->live == client->opts.max_connections) {
        ct_h2_streams_add(&client->waiting, stream);
        return;
    }
    if (conn == NULL)
        conn = http2_conn_open(client, &failure);
    if (conn != NULL) {
        http2_conn_take(conn, stream);
        return;
    }
    struct ct_exchange *x = stream->exchange;
    x->stage = CT_STAGE_CONNECT;
    x->new_connection = true;
    http2_fail(client, stream, failure, NULL);
}

static bool can_place(const struct http2 *client)
{
    return client->lists[HTTP2_FREE].first != NULL || client->live < client->opts.max_connections;
}

/* Placing changes the room of connections: it must not begin again inside. */
static void place_waiting(struct http2 *client)
{
    struct ct_h2_stream *stream;
    if (client->placing)
        return;
    client->placing = true;
    while ((stream = client->waiting.first) != NULL && can_place(client)) {
        ct_h2_streams_remove(&client->waiting, stream);
        http2_place(client, stream);
    }
    client->placing = false;
}

void http2_room_changed(struct http2_conn *conn)
{
    bool room = http2_conn_room(conn) > 0;
    if (room && !conn->links[HTTP2_FREE].in)
        http2_list_add(conn, HTTP2_FREE);
    else if (!room)
        http2_list_remove(conn, HTTP2_FREE);
    if (conn->client->waiting.first != NULL)
        place_waiting(conn->client);
}
