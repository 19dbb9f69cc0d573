#include <assert.h>
#include <string.h>

#include "base/clock.h"
#include "io/classify.h"
#include "io/http2.h"

enum { STREAMS_UNTIL_KNOWN = 100 }; /* as ct_h2_session_streams_max before the peer's settings */

/* --- room --- */

uint32_t http2_conn_room(const struct http2_conn *conn)
{
    const struct ct_transport_opts *opts = &conn->client->opts;
    if (conn->state == HTTP2_CLOSING || conn->draining)
        return 0;
    uint32_t max =
        conn->state == HTTP2_OPEN ? ct_h2_session_streams_max(&conn->session) : STREAMS_UNTIL_KNOWN;
    if (opts->streams_per_connection > 0 && opts->streams_per_connection < max)
        max = opts->streams_per_connection;
    if (!opts->keep_alive)
        max = 1;
    uint32_t used = conn->session.streams.count + conn->waiting.count;
    return used < max ? max - used : 0;
}

void http2_conn_drain(struct http2_conn *conn)
{
    struct http2 *client = conn->client;
    struct ct_h2_stream *stream;
    conn->draining = true;
    while ((stream = conn->waiting.first) != NULL) {
        ct_h2_streams_remove(&conn->waiting, stream);
        stream->conn = NULL;
        ct_h2_streams_add(&client->waiting, stream);
    }
    http2_room_changed(conn);
}

/* --- ends --- */

static void close_done(uv_handle_t *handle)
{
    struct http2_conn *conn = handle->data;
    ct_h2_session_release(&conn->session);
    ct_tls_release(&conn->tls);
    if (conn->rest.data != NULL)
        ct_buf_release(&conn->rest);
    http2_conn_gone(conn);
}

void http2_conn_close(struct http2_conn *conn)
{
    struct http2 *client = conn->client;
    assert(conn->state != HTTP2_CLOSING && !conn->reading);
    assert(conn->session.streams.count == 0 && conn->waiting.count == 0);
    if (conn->state == HTTP2_OPEN) {
        if (!conn->writing && !conn->broken)
            http2_conn_say_goodbye(conn);
        client->open--;
        client->closed++;
    }
    conn->state = HTTP2_CLOSING;
    client->live--;
    for (enum http2_list which = HTTP2_ALL; which < HTTP2_LISTS; which++)
        http2_list_remove(conn, which);
    ct_tls_close(&conn->tls);
    uv_close((uv_handle_t *)&conn->tcp, close_done);
    http2_room_changed(conn);
    if (conn->ahead)
        http2_prepared(client, false);
}

void http2_conn_broken(struct http2_conn *conn, int status)
{
    conn->broken = true;
    http2_conn_drain(conn);
    ct_h2_session_broken(&conn->session, status == UV_EOF ? 0 : -status, conn->tls.why);
    conn->reading = false;
    http2_conn_close(conn);
}

void http2_conn_take(struct http2_conn *conn, struct ct_h2_stream *stream)
{
    struct ct_exchange *x = stream->exchange;
    bool idle = conn->session.streams.count == 0 && conn->waiting.count == 0;
    stream->conn = conn;
    ct_h2_streams_add(&conn->waiting, stream);
    http2_list_remove(conn, HTTP2_FREE); /* others come first now */
    http2_room_changed(conn);
    if (conn->state != HTTP2_OPEN) {
        x->stage = conn->state == HTTP2_CONNECTING ? CT_STAGE_CONNECT : CT_STAGE_TLS;
        x->new_connection = true;
    } else if (conn->reading || conn->writing) {
        return; /* flushed when that has ended */
    } else if (idle && !conn->client->flushing) {
        http2_conn_flush(conn);
    } else {
        http2_flush_soon(conn);
    }
}

/* --- receiving --- */

static void receive_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *buf)
{
    const struct http2_conn *conn = handle->data;
    (void)suggested;
    *buf = uv_buf_init(conn->client->read_buffer, sizeof(conn->client->read_buffer));
}

static void received(struct http2_conn *conn, const char *bytes, size_t len)
{
    conn->reading = true;
    ct_h2_session_feed(&conn->session, bytes, len);
    conn->reading = false;
    if (conn->session.goaway && !conn->draining)
        http2_conn_drain(conn);
    http2_conn_flush(conn);
}

/* The peer closed the connection, or it broke. */
static void ended(struct http2_conn *conn, int status)
{
    int fd = -1;
    if (status == UV_EOF && uv_fileno((uv_handle_t *)&conn->tcp, &fd) == 0 &&
        ct_classify_was_reset(fd))
        status = UV_ECONNRESET;
    conn->reading = true;
    http2_conn_broken(conn, status);
}

/* --- connecting --- */

void http2_conn_failed(struct http2_conn *conn, enum ct_failure failure, const char *detail)
{
    struct ct_h2_stream *stream;
    while ((stream = conn->waiting.first) != NULL) {
        ct_h2_streams_remove(&conn->waiting, stream);
        http2_fail(conn->client, stream, failure, detail);
    }
    http2_conn_close(conn);
}

/* It can carry requests now. */
static void usable(struct http2_conn *conn)
{
    struct http2 *client = conn->client;
    if (!ct_h2_session_init(&conn->session, &client->sessions)) {
        http2_conn_failed(conn, CT_FAILURE_GEN_MEMORY, NULL);
        return;
    }
    conn->state = HTTP2_OPEN;
    client->open++;
    client->opened++;
    bool ahead = conn->ahead;
    conn->ahead = false; /* the flush may close it */
    http2_conn_flush(conn);
    if (ahead)
        http2_prepared(client, true);
}

static void handshake(struct http2_conn *conn)
{
    conn->state = HTTP2_HANDSHAKE;
    for (struct ct_h2_stream *s = conn->waiting.first; s != NULL; s = s->after)
        ((struct ct_exchange *)s->exchange)->stage = CT_STAGE_TLS;
    conn->tls.owner = conn;
    ct_tls_start(&conn->tls, conn->client->tls, (uv_stream_t *)&conn->tcp, http2_tls_ready);
    if (conn->tls.state == CT_TLS_FAILED)
        http2_conn_failed(conn, conn->tls.failure, conn->tls.why);
}

static void shaken(struct http2_conn *conn)
{
    size_t len;
    const char *alpn = ct_tls_alpn(&conn->tls, &len);
    if (len == 2 && memcmp(alpn, "h2", 2) == 0)
        usable(conn);
    else
        http2_conn_failed(conn, CT_FAILURE_PROTOCOL_ERROR,
                          "the server does not choose HTTP/2 (ALPN)");
}

static void received_tls(struct http2_conn *conn, const char *bytes, size_t len)
{
    struct http2 *client = conn->client;
    size_t n = ct_tls_feed(&conn->tls, bytes, len, client->plain, HTTP2_PLAIN_MAX);
    if (conn->tls.failure != CT_FAILURE_NONE) {
        http2_conn_failed(conn, conn->tls.failure, conn->tls.why);
        return;
    }
    if (conn->state == HTTP2_HANDSHAKE && conn->tls.state != CT_TLS_HANDSHAKE)
        shaken(conn);
    if (conn->state == HTTP2_OPEN && n > 0)
        received(conn, client->plain, n);
    if (conn->state != HTTP2_OPEN || conn->tls.state == CT_TLS_OPEN)
        return;
    ended(conn, conn->tls.state == CT_TLS_CLOSED ? UV_EOF : conn->tls.error);
}

static void read_done(uv_stream_t *tcp, ssize_t nread, const uv_buf_t *buf)
{
    uint64_t now_ns = ct_clock_ns(); /* before anything else: this is done_ns */
    struct http2_conn *conn = tcp->data;
    if (nread == 0)
        return; /* nothing there after all */
    conn->client->now_ns = now_ns;
    if (nread > 0 && conn->client->tls != NULL)
        received_tls(conn, buf->base, (size_t)nread);
    else if (nread > 0)
        received(conn, buf->base, (size_t)nread);
    else if (conn->state == HTTP2_HANDSHAKE)
        http2_conn_failed(conn, CT_FAILURE_TLS_HANDSHAKE, "the connection was closed");
    else
        ended(conn, (int)nread);
}

static void connect_done(uv_connect_t *connect, int status)
{
    struct http2_conn *conn = connect->data;
    if (conn->state == HTTP2_CLOSING)
        return; /* cancelled */
    if (status < 0) {
        http2_conn_failed(conn, ct_classify_connect(-status), NULL);
        return;
    }
    (void)uv_tcp_nodelay(&conn->tcp, 1);
    (void)uv_read_start((uv_stream_t *)&conn->tcp, receive_alloc, read_done);
    if (conn->client->tls != NULL)
        handshake(conn);
    else
        usable(conn);
}

struct http2_conn *http2_conn_open(struct http2 *client, enum ct_failure *failure)
{
    struct http2_conn *conn = ct_pool_take(&client->conns);
    if (conn == NULL) {
        *failure = CT_FAILURE_GEN_MEMORY;
        return NULL;
    }
    conn->client = client;
    conn->state = HTTP2_CONNECTING;
    conn->connect.data = conn;
    (void)uv_tcp_init(ct_loop_uv(client->loop), &conn->tcp);
    conn->tcp.data = conn;
    int rc = uv_tcp_connect(&conn->connect, &conn->tcp, (const struct sockaddr *)&client->addr,
                            connect_done);
    if (rc < 0) {
        *failure = ct_classify_connect(-rc);
        conn->state = HTTP2_CLOSING;
        uv_close((uv_handle_t *)&conn->tcp, close_done);
        return NULL;
    }
    client->live++;
    http2_list_add(conn, HTTP2_ALL);
    return conn;
}
