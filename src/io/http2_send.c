#include "base/clock.h"
#include "io/http2.h"

enum {
    OUT_MAX = 64 * 1024,    /* gathered for one write */
    REST_MAX = 1024 * 1024, /* above OUT_MAX and a frame */
};

/* The kernel took len bytes more. */
static void accepted(struct http2_conn *conn, size_t len, uint64_t sent_ns)
{
    struct ct_h2_stream *stream;
    conn->accepted += len;
    while ((stream = ct_h2_session_next_sent(&conn->session, conn->accepted)) != NULL) {
        struct ct_exchange *x = stream->exchange;
        x->sent_ns = sent_ns;
        x->wire_attempts = 1;
    }
}

/* What was not taken, of the client's out, which the next connection overwrites. */
static void keep_rest(struct http2_conn *conn, size_t from)
{
    const struct ct_buf *out = &conn->client->out;
    if (conn->rest.data == NULL)
        ct_buf_init(&conn->rest, REST_MAX);
    ct_buf_clear(&conn->rest);
    (void)ct_buf_add(&conn->rest, out->data + from, out->len - from);
}

/* --- plainly --- */

static void write_done(uv_write_t *write, int status)
{
    struct http2_conn *conn = write->data;
    conn->writing = false;
    if (conn->state == HTTP2_CLOSING)
        return;
    if (status < 0) {
        http2_conn_broken(conn, status);
        return;
    }
    accepted(conn, conn->rest.len, ct_clock_ns());
    http2_conn_flush(conn);
}

/* The kernel's buffer is full: libuv sends the rest when there is room. */
static int write_rest(struct http2_conn *conn, size_t from)
{
    keep_rest(conn, from);
    uv_buf_t rest = uv_buf_init(conn->rest.data, (unsigned)conn->rest.len);
    conn->write.data = conn;
    int rc = uv_write(&conn->write, (uv_stream_t *)&conn->tcp, &rest, 1, write_done);
    conn->writing = rc == 0;
    return rc;
}

static int send_plainly(struct http2_conn *conn)
{
    const struct ct_buf *out = &conn->client->out;
    uv_buf_t all = uv_buf_init(out->data, (unsigned)out->len);
    uint64_t at_ns = ct_clock_ns();
    int rc = uv_try_write((uv_stream_t *)&conn->tcp, &all, 1);
    if (rc < 0 && rc != UV_EAGAIN)
        return rc;
    size_t taken = rc > 0 ? (size_t)rc : 0;
    if (taken > 0)
        accepted(conn, taken, at_ns);
    return taken < out->len ? write_rest(conn, taken) : 0;
}

/* --- through TLS --- */

/* Returns how many bytes were taken, or a negative code. Those that wait for the kernel are counted
 * as accepted when it has them, but for the first. */
static ssize_t encrypt(struct http2_conn *conn, const char *bytes, size_t len)
{
    ssize_t n = ct_tls_send(&conn->tls, bytes, len);
    if (n < 0)
        return n;
    size_t sent = (size_t)n;
    if (conn->tls.writing)
        sent = n > 0 && conn->tls.sent_ns > 0 ? 1 : 0;
    if (sent > 0)
        accepted(conn, sent, conn->tls.sent_ns);
    conn->taken = (size_t)n - sent;
    conn->writing = conn->tls.writing;
    return n;
}

static int send_tls(struct http2_conn *conn)
{
    const struct ct_buf *out = &conn->client->out;
    ssize_t n = encrypt(conn, out->data, out->len);
    if (n < 0)
        return (int)n;
    if ((size_t)n < out->len)
        keep_rest(conn, (size_t)n);
    return 0;
}

static bool has_rest(const struct http2_conn *conn)
{
    return conn->rest.data != NULL && conn->rest.len > 0;
}

void http2_tls_ready(struct ct_tls *tls, int status)
{
    struct http2_conn *conn = tls->owner;
    if (conn->state == HTTP2_HANDSHAKE) {
        if (status < 0)
            http2_conn_failed(conn, tls->failure, tls->why);
        return;
    }
    accepted(conn, status == 0 ? conn->taken : 0, ct_clock_ns());
    conn->taken = 0;
    conn->writing = false;
    ssize_t n = status;
    if (n == 0 && has_rest(conn)) {
        n = encrypt(conn, conn->rest.data, conn->rest.len);
        if (n > 0)
            ct_buf_consume(&conn->rest, (size_t)n);
    }
    if (n < 0)
        http2_conn_broken(conn, (int)n);
    else
        http2_conn_flush(conn);
}

/* --- either way --- */

static int send_out(struct http2_conn *conn)
{
    if (conn->client->out.len == 0)
        return 0;
    return conn->client->tls != NULL ? send_tls(conn) : send_plainly(conn);
}

static const struct ct_h2_request *request_of(struct http2 *client, struct ct_h2_stream *stream)
{
    const struct ct_exchange *x = stream->exchange;
    const struct ct_mix *mix = client->opts.mix;
    if (mix == NULL)
        return client->requests;
    const struct ct_h2_request *request = &client->requests[ct_mix_at(mix, x->i)];
    if (request->values == NULL)
        return request;
    return ct_h2_request_make(request, ct_feed_row(&mix->feed, x->i), &client->maker,
                              &stream->made);
}

static void submit_waiting(struct http2_conn *conn)
{
    struct ct_h2_stream *stream;
    uint32_t max = ct_h2_session_streams_max(&conn->session);
    while (conn->session.streams.count < max && (stream = conn->waiting.first) != NULL) {
        struct ct_exchange *x = stream->exchange;
        ct_h2_streams_remove(&conn->waiting, stream);
        if (!ct_h2_session_submit(&conn->session, stream, request_of(conn->client, stream))) {
            ct_h2_streams_add(&conn->waiting, stream);
            http2_conn_drain(conn);
            return;
        }
        stream->reused = conn->reused;
        x->stage = CT_STAGE_FIRST_BYTE;
        if (!conn->client->opts.keep_alive)
            http2_conn_drain(conn);
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
        int rc = send_out(conn);
        client->flushing = false;
        if (rc < 0) {
            http2_conn_broken(conn, rc);
            return;
        }
    }
    if (over && !conn->draining)
        http2_conn_drain(conn);
    if (conn->state == HTTP2_OPEN && !conn->writing && conn->draining &&
        conn->session.streams.count == 0)
        http2_conn_close(conn);
}

void http2_conn_say_goodbye(struct http2_conn *conn)
{
    struct ct_buf *out = &conn->client->out;
    ct_h2_session_leave(&conn->session);
    ct_buf_clear(out);
    (void)ct_h2_session_gather(&conn->session, out, OUT_MAX);
    uv_buf_t all = uv_buf_init(out->data, (unsigned)out->len);
    if (out->len > 0 && conn->client->tls == NULL)
        (void)uv_try_write((uv_stream_t *)&conn->tcp, &all, 1);
    else if (out->len > 0 && conn->tls.state == CT_TLS_OPEN)
        (void)ct_tls_send(&conn->tls, out->data, out->len);
}
