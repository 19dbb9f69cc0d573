#include <assert.h>
#include <errno.h>
#include <string.h>

#include "base/clock.h"
#include "io/classify.h"
#include "io/http2.h"

enum {
    OUT_MAX = 64 * 1024,       /* gathered for one write */
    REST_MAX = 1024 * 1024,    /* above OUT_MAX and a frame */
    STREAMS_UNTIL_KNOWN = 100, /* as ct_h2_session_streams_max before the peer's settings */
};

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

/* It takes no new requests; those that it was to send go elsewhere: nothing of them was sent. */
static void drain(struct http2_conn *conn)
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
    if (conn->rest.data != NULL)
        ct_buf_release(&conn->rest);
    http2_conn_gone(conn);
}

/* The peer is told, when that needs no waiting. */
static void say_goodbye(struct http2_conn *conn)
{
    struct ct_buf *out = &conn->client->out;
    ct_h2_session_leave(&conn->session);
    ct_buf_clear(out);
    (void)ct_h2_session_gather(&conn->session, out, OUT_MAX);
    uv_buf_t all = uv_buf_init(out->data, (unsigned)out->len);
    if (out->len > 0)
        (void)uv_try_write((uv_stream_t *)&conn->tcp, &all, 1);
}

void http2_conn_close(struct http2_conn *conn)
{
    struct http2 *client = conn->client;
    assert(conn->state != HTTP2_CLOSING && !conn->reading);
    assert(conn->session.streams.count == 0 && conn->waiting.count == 0);
    if (conn->state == HTTP2_OPEN) {
        if (!conn->writing && !conn->broken)
            say_goodbye(conn);
        client->open--;
        client->closed++;
    }
    conn->state = HTTP2_CLOSING;
    client->live--;
    for (enum http2_list which = HTTP2_ALL; which < HTTP2_LISTS; which++)
        http2_list_remove(conn, which);
    uv_close((uv_handle_t *)&conn->tcp, close_done);
    http2_room_changed(conn);
}

/* Reading or writing failed, or the peer closed the connection (status UV_EOF). */
static void broken(struct http2_conn *conn, int status)
{
    conn->broken = true;
    drain(conn);
    ct_h2_session_broken(&conn->session, status == UV_EOF ? 0 : -status);
    conn->reading = false;
    http2_conn_close(conn);
}

/* --- sending --- */

static void accepted(struct http2_conn *conn, size_t len)
{
    struct ct_h2_stream *stream;
    uint64_t now_ns = 0;
    conn->accepted += len;
    while ((stream = ct_h2_session_next_sent(&conn->session, conn->accepted)) != NULL) {
        struct ct_exchange *x = stream->exchange;
        if (now_ns == 0)
            now_ns = ct_clock_ns();
        x->sent_ns = now_ns;
        x->wire_attempts = 1;
    }
}

static void write_done(uv_write_t *write, int status)
{
    struct http2_conn *conn = write->data;
    conn->writing = false;
    if (conn->state == HTTP2_CLOSING)
        return;
    if (status < 0) {
        broken(conn, status);
        return;
    }
    accepted(conn, conn->rest.len);
    http2_conn_flush(conn);
}

/* The kernel's buffer is full: libuv sends the rest when there is room. */
static int write_rest(struct http2_conn *conn, size_t from)
{
    const struct ct_buf *out = &conn->client->out;
    if (conn->rest.data == NULL)
        ct_buf_init(&conn->rest, REST_MAX);
    ct_buf_clear(&conn->rest);
    (void)ct_buf_add(&conn->rest, out->data + from, out->len - from);
    uv_buf_t rest = uv_buf_init(conn->rest.data, (unsigned)conn->rest.len);
    conn->write.data = conn;
    int rc = uv_write(&conn->write, (uv_stream_t *)&conn->tcp, &rest, 1, write_done);
    conn->writing = rc == 0;
    return rc;
}

static int write_out(struct http2_conn *conn)
{
    const struct ct_buf *out = &conn->client->out;
    uv_buf_t all = uv_buf_init(out->data, (unsigned)out->len);
    if (out->len == 0)
        return 0;
    int rc = uv_try_write((uv_stream_t *)&conn->tcp, &all, 1);
    if (rc < 0 && rc != UV_EAGAIN)
        return rc;
    size_t taken = rc > 0 ? (size_t)rc : 0;
    if (taken > 0)
        accepted(conn, taken);
    return taken < out->len ? write_rest(conn, taken) : 0;
}

static void submit_waiting(struct http2_conn *conn)
{
    struct ct_h2_stream *stream;
    uint32_t max = ct_h2_session_streams_max(&conn->session);
    while (conn->session.streams.count < max && (stream = conn->waiting.first) != NULL) {
        struct ct_exchange *x = stream->exchange;
        ct_h2_streams_remove(&conn->waiting, stream);
        if (!ct_h2_session_submit(&conn->session, stream)) {
            ct_h2_streams_add(&conn->waiting, stream);
            drain(conn);
            return;
        }
        stream->reused = conn->reused;
        x->stage = CT_STAGE_FIRST_BYTE;
        if (!conn->client->opts.keep_alive)
            drain(conn);
    }
}

void http2_conn_flush(struct http2_conn *conn)
{
    struct http2 *client = conn->client;
    struct ct_buf *out = &client->out;
    bool more = true, over = false;
    http2_list_remove(conn, HTTP2_DIRTY);
    while (more && !over && conn->state == HTTP2_OPEN && !conn->writing) {
        submit_waiting(conn);
        client->flushing = true;
        ct_buf_clear(out);
        over = !ct_h2_session_gather(&conn->session, out, OUT_MAX);
        more = out->len >= OUT_MAX;
        int rc = write_out(conn);
        client->flushing = false;
        if (rc < 0) {
            broken(conn, rc);
            return;
        }
    }
    if (over && !conn->draining)
        drain(conn);
    if (conn->state == HTTP2_OPEN && !conn->writing && conn->draining &&
        conn->session.streams.count == 0)
        http2_conn_close(conn);
}

void http2_conn_take(struct http2_conn *conn, struct ct_h2_stream *stream)
{
    struct ct_exchange *x = stream->exchange;
    bool idle = conn->session.streams.count == 0 && conn->waiting.count == 0;
    stream->conn = conn;
    ct_h2_streams_add(&conn->waiting, stream);
    http2_room_changed(conn);
    if (conn->state == HTTP2_CONNECTING) {
        x->stage = CT_STAGE_CONNECT;
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

static void read_done(uv_stream_t *tcp, ssize_t nread, const uv_buf_t *buf)
{
    uint64_t now_ns = ct_clock_ns(); /* before anything else: this is done_ns */
    struct http2_conn *conn = tcp->data;
    int fd = -1;
    if (nread == 0)
        return; /* nothing there after all */
    conn->client->now_ns = now_ns;
    conn->reading = true;
    if (nread < 0) {
        bool reset = nread == UV_EOF && uv_fileno((uv_handle_t *)&conn->tcp, &fd) == 0 &&
                     ct_classify_was_reset(fd);
        broken(conn, reset ? UV_ECONNRESET : (int)nread);
        return;
    }
    ct_h2_session_feed(&conn->session, buf->base, (size_t)nread);
    conn->reading = false;
    if (conn->session.goaway && !conn->draining)
        drain(conn);
    http2_conn_flush(conn);
}

/* --- connecting --- */

static void connect_failed(struct http2_conn *conn, enum ct_failure failure)
{
    struct ct_h2_stream *stream;
    while ((stream = conn->waiting.first) != NULL) {
        ct_h2_streams_remove(&conn->waiting, stream);
        http2_fail(conn->client, stream, failure, NULL);
    }
    http2_conn_close(conn);
}

static void connect_done(uv_connect_t *connect, int status)
{
    struct http2_conn *conn = connect->data;
    struct http2 *client = conn->client;
    if (conn->state == HTTP2_CLOSING)
        return; /* cancelled */
    if (status < 0) {
        connect_failed(conn, ct_classify_connect(-status));
        return;
    }
    if (!ct_h2_session_init(&conn->session, &client->sessions)) {
        connect_failed(conn, CT_FAILURE_GEN_MEMORY);
        return;
    }
    conn->state = HTTP2_OPEN;
    client->open++;
    client->opened++;
    (void)uv_tcp_nodelay(&conn->tcp, 1);
    (void)uv_read_start((uv_stream_t *)&conn->tcp, receive_alloc, read_done);
    http2_conn_flush(conn);
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
