#include "io/http2.h"

#include <assert.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"

enum {
    CONNS_READY = 128,
    STREAMS_READY = 1024,
    STREAMS_MAX = 1 << 24,
    OUT_MAX = 1024 * 1024,       /* far above what a connection gathers */
    BODY_KEPT_MAX = 1024 * 1024, /* a larger body buffer is not kept for the next answer */
};

static struct http2 *of(struct ct_client *client)
{
    return (struct http2 *)(void *)client;
}

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

static struct ct_h2_stream *take_stream(struct http2 *client)
{
    struct ct_h2_stream *stream = client->spare;
    if (stream == NULL) {
        stream = ct_pool_take(&client->streams);
        if (stream != NULL && client->opts.keep_body)
            ct_buf_init(&stream->body, client->opts.body_max);
        return stream;
    }
    client->spare = stream->after;
    struct ct_buf body = stream->body;
    memset(stream, 0, sizeof(*stream));
    stream->body = body;
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

static void release_streams(struct http2 *client)
{
    for (struct ct_h2_stream *stream = client->spare, *next; stream != NULL; stream = next) {
        next = stream->after;
        if (client->opts.keep_body)
            ct_buf_release(&stream->body);
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

static void place(struct http2 *client, struct ct_h2_stream *stream)
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
        place(client, stream);
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

/* --- the end of a turn --- */

static void flush_dirty(struct http2 *client)
{
    struct http2_conn *conn;
    while ((conn = client->lists[HTTP2_DIRTY].first) != NULL)
        http2_conn_flush(conn);
    (void)uv_prepare_stop(&client->before_poll);
    (void)uv_check_stop(&client->after_poll);
}

static void before_poll(uv_prepare_t *handle)
{
    flush_dirty(handle->data);
}

static void after_poll(uv_check_t *handle)
{
    flush_dirty(handle->data);
}

void http2_flush_soon(struct http2_conn *conn)
{
    struct http2 *client = conn->client;
    if (conn->links[HTTP2_DIRTY].in)
        return;
    http2_list_add(conn, HTTP2_DIRTY);
    (void)uv_prepare_start(&client->before_poll, before_poll);
    (void)uv_check_start(&client->after_poll, after_poll);
}

/* --- the interface --- */

static int set_up_tls(struct http2 *client, const struct ct_endpoint *endpoint, struct ct_err *err)
{
    client->plain = ct_xcalloc(HTTP2_PLAIN_MAX, 1);
    return ct_tls_ctx_new(endpoint->host, client->opts.insecure, "\x02h2", &client->tls, err);
}

/* What was made before the first connection. */
static void free_client(struct http2 *client)
{
    ct_h2_request_release(&client->request);
    ct_tls_ctx_free(client->tls);
    free(client->plain);
    free(client);
}

static int http2_open(struct ct_loop *loop, const struct ct_endpoint *endpoint,
                      const struct ct_request *request, const struct ct_transport_opts *opts,
                      struct ct_client **out, struct ct_err *err)
{
    assert(endpoint->addr_len > 0 && opts->max_connections > 0);
    if (opts->mix != NULL || opts->connection_max_age_ns > 0 || opts->connection_max_requests > 0)
        return ct_fail(err, CT_EUSAGE, "HTTP/2 has no mix of requests and no end of connections");
    struct http2 *client = ct_xcalloc(1, sizeof(*client));
    client->opts = *opts;
    int rc = ct_h2_request_init(&client->request, endpoint, request, err);
    if (rc == 0 && endpoint->https)
        rc = set_up_tls(client, endpoint, err);
    if (rc < 0) {
        free_client(client);
        return rc;
    }
    client->loop = loop;
    client->addr = endpoint->addr;
    ct_h2_client_init(&client->sessions);
    client->sessions.request = &client->request;
    client->sessions.body_max = opts->body_max;
    client->sessions.keep_body = opts->keep_body;
    client->sessions.ended = http2_stream_ended;
    ct_buf_init(&client->out, OUT_MAX);
    /* Twice as many as open: those that close in this turn of the loop are still there. */
    size_t max = 2 * (size_t)opts->max_connections;
    ct_pool_init(&client->conns, sizeof(struct http2_conn), max < CONNS_READY ? max : CONNS_READY,
                 max);
    ct_pool_init(&client->streams, sizeof(struct ct_h2_stream), STREAMS_READY, STREAMS_MAX);
    (void)uv_prepare_init(ct_loop_uv(loop), &client->before_poll);
    (void)uv_check_init(ct_loop_uv(loop), &client->after_poll);
    client->before_poll.data = client->after_poll.data = client;
    ct_ended_init(&client->ended, loop, NULL);
    client->open_handles = 3;
    *out = (struct ct_client *)(void *)client;
    return 0;
}

static void http2_start(struct ct_client *c, struct ct_exchange *x)
{
    struct http2 *client = of(c);
    assert(client->closed_fn == NULL && x->done != NULL);
    ct_exchange_clear(x);
    struct ct_h2_stream *stream = take_stream(client);
    if (stream == NULL) {
        x->failure = CT_FAILURE_GEN_MEMORY;
        x->done_ns = ct_clock_ns();
        ct_ended_add(&client->ended, x);
        return;
    }
    stream->exchange = x;
    x->conn = stream;
    place(client, stream);
}

static void http2_cancel(struct ct_client *c, struct ct_exchange *x)
{
    struct http2 *client = of(c);
    struct ct_h2_stream *stream = x->conn;
    if (stream == NULL)
        return; /* done is on its way */
    struct http2_conn *conn = stream->conn;
    if (conn == NULL) {
        ct_h2_streams_remove(&client->waiting, stream);
    } else if (x->stage < CT_STAGE_FIRST_BYTE) {
        ct_h2_streams_remove(&conn->waiting, stream);
    } else {
        ct_h2_session_cancel(&conn->session, stream);
        http2_flush_soon(conn);
    }
    enum ct_stage stage = stream->begun ? CT_STAGE_BODY : x->stage;
    http2_fail(client, stream, CT_FAILURE_TIMEOUT, ct_stage_name(stage));
    if (conn == NULL)
        return;
    if (conn->state < HTTP2_OPEN && conn->waiting.count == 0)
        http2_conn_close(conn); /* the next request tries afresh */
    else
        http2_room_changed(conn);
}

static void http2_stats(const struct ct_client *c, struct ct_client_stats *out)
{
    const struct http2 *client = (const struct http2 *)(const void *)c;
    *out = (struct ct_client_stats){
        .open = client->open, .opened = client->opened, .closed = client->closed};
    for (const struct http2_conn *conn = client->lists[HTTP2_ALL].first; conn != NULL;
         conn = conn->links[HTTP2_ALL].after)
        out->idle += conn->state == HTTP2_OPEN && conn->session.streams.count == 0;
}

/* --- closing: every connection and handle; the last one out frees the client --- */

static void free_when_closed(struct http2 *client)
{
    if (client->open_handles > 0 || client->conns.used > 0)
        return;
    void (*closed)(void *ctx) = client->closed_fn;
    void *ctx = client->closed_ctx;
    release_streams(client);
    ct_pool_release(&client->conns);
    ct_buf_release(&client->out);
    ct_h2_client_release(&client->sessions);
    free_client(client);
    closed(ctx);
}

void http2_conn_gone(struct http2_conn *conn)
{
    struct http2 *client = conn->client;
    ct_pool_give(&client->conns, conn);
    free_when_closed(client);
}

static void handle_close_done(uv_handle_t *handle)
{
    struct http2 *client = handle->data;
    client->open_handles--;
    free_when_closed(client);
}

static void ended_close_done(struct ct_ended *ended)
{
    struct http2 *client = (struct http2 *)(void *)((char *)ended - offsetof(struct http2, ended));
    client->open_handles--;
    free_when_closed(client);
}

static void http2_close(struct ct_client *c, void (*closed)(void *ctx), void *ctx)
{
    struct http2 *client = of(c);
    assert(closed != NULL && client->closed_fn == NULL && client->waiting.count == 0);
    client->closed_fn = closed;
    client->closed_ctx = ctx;
    for (struct http2_conn *conn = client->lists[HTTP2_ALL].first, *next; conn != NULL;
         conn = next) {
        next = conn->links[HTTP2_ALL].after;
        if (conn->reading)
            conn->draining = true; /* closed when the read has been worked off */
        else
            http2_conn_close(conn);
    }
    uv_close((uv_handle_t *)&client->before_poll, handle_close_done);
    uv_close((uv_handle_t *)&client->after_poll, handle_close_done);
    ct_ended_close(&client->ended, ended_close_done);
}

const struct ct_transport ct_transport_http2 = {
    .name = "http2",
    .open = http2_open,
    .start = http2_start,
    .cancel = http2_cancel,
    .stats = http2_stats,
    .close = http2_close,
};
