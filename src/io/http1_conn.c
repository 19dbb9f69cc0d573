#include <assert.h>

#include "base/clock.h"
#include "io/classify.h"
#include "io/http1.h"

enum { BODY_KEPT_MAX = 1024 * 1024 }; /* a larger body buffer is not kept for the next answer */

/* --- ends --- */

static void close_done(uv_handle_t *handle)
{
    struct http1_conn *conn = handle->data;
    ct_tls_release(&conn->tls);
    http1_conn_free_rest(conn);
    http1_conn_gone(conn);
}

bool http1_conn_is_old(const struct http1_conn *conn, uint64_t now_ns)
{
    uint64_t max_ns = conn->client->opts.connection_max_age_ns;
    return max_ns > 0 && now_ns > conn->opened_ns + max_ns;
}

static void end(struct http1_conn *conn)
{
    struct http1 *client = conn->client;
    assert(conn->exchange == NULL && conn->state != CONN_CLOSING);
    if (conn->state == CONN_IDLE)
        http1_list_remove(&client->idle, conn);
    conn->state = CONN_CLOSING;
    ct_tls_close(&conn->tls);
    if (conn->established) {
        client->open--;
        client->closed++;
    } else {
        http1_not_opening(conn);
    }
}

void http1_conn_close(struct http1_conn *conn)
{
    end(conn);
    uv_close((uv_handle_t *)&conn->tcp, close_done);
}

void http1_conn_reset(struct http1_conn *conn)
{
    end(conn);
    if (uv_tcp_close_reset(&conn->tcp, close_done) < 0)
        uv_close((uv_handle_t *)&conn->tcp, close_done);
}

/* Take the exchange off the connection and close that: the exchange failed. */
static struct ct_exchange *fail(struct http1_conn *conn, enum ct_failure failure,
                                const char *detail, uint64_t done_ns)
{
    struct ct_exchange *x = conn->exchange;
    conn->exchange = NULL;
    x->conn = NULL;
    x->status = conn->parser.status;
    x->failure = failure;
    x->detail = detail;
    x->done_ns = done_ns;
    http1_conn_close(conn);
    return x;
}

void http1_conn_fail(struct http1_conn *conn, enum ct_failure failure, const char *detail)
{
    struct http1 *client = conn->client;
    ct_ended_add(&client->ended, fail(conn, failure, detail, ct_clock_ns()));
}

/* What a broken connection means depends on how far the answer was and on who used it before. */
enum ct_failure http1_conn_broken(const struct http1_conn *conn, int status)
{
    enum ct_failure failure = ct_classify_broken(-status, conn->parser.head_done);
    if (failure == CT_FAILURE_RESET_BEFORE_RESPONSE && conn->reused && !conn->parser.begun)
        return CT_FAILURE_CLOSED_ON_REUSE;
    return failure;
}

/* --- receiving --- */

static void receive_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *buf)
{
    const struct http1_conn *conn = handle->data;
    (void)suggested;
    *buf = uv_buf_init(conn->client->read_buffer, sizeof(conn->client->read_buffer));
}

/* The answer is complete: may the connection be used again? */
static bool lives_on(const struct http1_conn *conn, uint64_t now_ns)
{
    const struct ct_h1_parser *p = &conn->parser;
    const struct ct_transport_opts *opts = &conn->client->opts;
    return p->keep_alive && !p->surplus && opts->keep_alive && !http1_conn_sending(conn) &&
           (conn->client->tls == NULL || conn->tls.state == CT_TLS_OPEN) &&
           (opts->connection_max_requests == 0 || conn->requests < opts->connection_max_requests) &&
           !http1_conn_is_old(conn, now_ns);
}

/* It is free: for who has waited longest, or to be idle. */
static void rest(struct http1_conn *conn)
{
    struct http1 *client = conn->client;
    struct ct_exchange *x = http1_next_waiting(client);
    conn->state = CONN_IDLE;
    if (x != NULL)
        http1_conn_send(conn, x);
    else
        http1_list_add(&client->idle, conn);
}

/* The answer is complete. The connection goes back first, so that done can send on it. */
static void complete(struct http1_conn *conn, uint64_t now_ns)
{
    struct ct_exchange *x = conn->exchange;
    const struct http1 *client = conn->client;
    const struct ct_h1_parser *p = &conn->parser;
    conn->exchange = NULL;
    x->conn = NULL;
    x->done_ns = now_ns;
    x->woke_ns = ct_loop_woke_ns(client->loop);
    x->status = p->status;
    if (client->opts.keep_body)
        x->body = conn->body.data;
    x->body_len = p->body_len;
    if (lives_on(conn, now_ns)) {
        conn->reused = true;
        rest(conn);
    } else {
        http1_conn_close(conn);
    }
    x->done(x);
    if (client->opts.keep_body && conn->body.cap > BODY_KEPT_MAX) {
        ct_buf_release(&conn->body);
        ct_buf_init(&conn->body, client->opts.body_max);
    }
}

static void fail_now(struct http1_conn *conn, enum ct_failure failure, const char *detail,
                     uint64_t now_ns)
{
    struct ct_exchange *x = fail(conn, failure, detail, now_ns);
    x->done(x);
}

/* The peer closed the connection, or it broke. */
static void ended(struct http1_conn *conn, int status, uint64_t now_ns)
{
    int fd = -1;
    if (status == UV_EOF && uv_fileno((uv_handle_t *)&conn->tcp, &fd) == 0 &&
        ct_classify_was_reset(fd))
        status = UV_ECONNRESET;
    if (status != UV_EOF) {
        fail_now(conn, http1_conn_broken(conn, status), NULL, now_ns);
        return;
    }
    if (ct_h1_feed_end(&conn->parser) == CT_H1_COMPLETE) {
        if (conn->client->tls == NULL || conn->tls.state == CT_TLS_CLOSED)
            complete(conn, now_ns);
        else /* anyone on the way could have cut it: only close_notify ends a body */
            fail_now(conn, CT_FAILURE_TRUNCATED, "no close_notify", now_ns);
        return;
    }
    enum ct_failure failure = conn->parser.failure;
    if (failure == CT_FAILURE_CLOSED_BEFORE_RESPONSE && conn->reused)
        failure = CT_FAILURE_CLOSED_ON_REUSE;
    fail_now(conn, failure, NULL, now_ns);
}

static enum ct_h1_state feed(struct http1_conn *conn, const char *bytes, size_t len)
{
    struct ct_h1_memo *memo = &conn->client->memo;
    bool first = !conn->parser.begun;
    if (first && ct_h1_recall(memo, &conn->parser, bytes, len))
        return CT_H1_COMPLETE;
    enum ct_h1_state state = ct_h1_feed(&conn->parser, bytes, len);
    if (first && state == CT_H1_COMPLETE)
        ct_h1_remember(memo, &conn->parser, bytes, len);
    return state;
}

static void received(struct http1_conn *conn, const char *bytes, size_t len, uint64_t now_ns)
{
    /* Not when the request is sent: done of the answer before may still look at its body. */
    if (!conn->parser.begun && conn->client->opts.keep_body)
        ct_buf_clear(&conn->body);
    conn->exchange->stage = CT_STAGE_BODY;
    conn->exchange->bytes_received += len;
    switch (feed(conn, bytes, len)) {
    case CT_H1_MORE:
        break;
    case CT_H1_COMPLETE:
        complete(conn, now_ns);
        break;
    case CT_H1_FAILED:
        fail_now(conn, conn->parser.failure, conn->parser.detail, now_ns);
        break;
    }
}

/* --- connecting --- */

/* It can carry requests now; one that was opened ahead of need waits for them. */
static void usable(struct http1_conn *conn)
{
    struct http1 *client = conn->client;
    conn->established = true;
    client->open++;
    client->opened++;
    http1_opened(conn);
    if (conn->exchange != NULL) {
        http1_conn_send(conn, conn->exchange);
    } else {
        rest(conn);
        http1_prepared(client, true);
    }
    /* requests that could not wait for the pool have opened what they needed */
    if (client->open > client->opts.max_connections && client->idle.first != NULL)
        http1_conn_close(client->idle.first);
}

static void cannot_connect(struct http1_conn *conn, enum ct_failure failure, const char *detail)
{
    struct http1 *client = conn->client;
    if (conn->exchange != NULL) {
        http1_conn_fail(conn, failure, detail);
        return;
    }
    http1_conn_close(conn);
    http1_prepared(client, false);
}

/* Plaintext, or the end of TLS, on a connection that can carry requests. */
static void decrypted(struct http1_conn *conn, size_t len, uint64_t now_ns)
{
    if (conn->state == CONN_IDLE) {
        if (len > 0 || conn->tls.state != CT_TLS_OPEN)
            http1_conn_close(conn);
        return;
    }
    if (len > 0)
        received(conn, conn->client->plain, len, now_ns);
    /* Once TLS has ended, what is complete is not used again: this is still the same exchange. */
    if (conn->state == CONN_CLOSING || conn->tls.state == CT_TLS_OPEN)
        return;
    if (conn->tls.state == CT_TLS_CLOSED)
        ended(conn, UV_EOF, now_ns);
    else
        fail_now(conn, http1_conn_broken(conn, conn->tls.error), conn->tls.why, now_ns);
}

static void received_tls(struct http1_conn *conn, const char *bytes, size_t len, uint64_t now_ns)
{
    struct http1 *client = conn->client;
    size_t n = ct_tls_feed(&conn->tls, bytes, len, client->plain, HTTP1_PLAIN_MAX);
    if (conn->tls.failure != CT_FAILURE_NONE) {
        cannot_connect(conn, conn->tls.failure, conn->tls.why);
        return;
    }
    if (conn->state == CONN_HANDSHAKE && conn->tls.state != CT_TLS_HANDSHAKE)
        usable(conn);
    if (conn->state == CONN_IDLE || conn->state == CONN_BUSY)
        decrypted(conn, n, now_ns);
}

static void read_done(uv_stream_t *stream, ssize_t nread, const uv_buf_t *buf)
{
    uint64_t now_ns = ct_clock_ns(); /* before anything else: this is done_ns */
    struct http1_conn *conn = stream->data;
    if (nread == 0)
        return; /* nothing there after all */
    if (nread > 0 && conn->client->tls != NULL)
        received_tls(conn, buf->base, (size_t)nread, now_ns);
    else if (conn->state == CONN_IDLE)
        http1_conn_close(conn); /* closed by the peer, or it spoke unasked */
    else if (conn->state == CONN_HANDSHAKE)
        cannot_connect(conn, CT_FAILURE_TLS_HANDSHAKE, "the connection was closed");
    else if (nread < 0)
        ended(conn, (int)nread, now_ns);
    else
        received(conn, buf->base, (size_t)nread, now_ns);
}

void http1_conn_lost(struct http1_conn *conn)
{
    if (conn->state == CONN_HANDSHAKE)
        cannot_connect(conn, conn->tls.failure, conn->tls.why);
    else
        http1_conn_close(conn);
}

static void handshake(struct http1_conn *conn)
{
    conn->state = CONN_HANDSHAKE;
    if (conn->exchange != NULL)
        conn->exchange->stage = CT_STAGE_TLS;
    conn->tls.owner = conn;
    ct_tls_start(&conn->tls, conn->client->tls, (uv_stream_t *)&conn->tcp, http1_tls_ready);
    if (conn->tls.state == CT_TLS_FAILED)
        cannot_connect(conn, conn->tls.failure, conn->tls.why);
}

static void connect_done(uv_connect_t *connect, int status)
{
    struct http1_conn *conn = connect->data;
    if (conn->state == CONN_CLOSING)
        return; /* cancelled */
    if (status < 0) {
        cannot_connect(conn, ct_classify_connect(-status), NULL);
        return;
    }
    (void)uv_tcp_nodelay(&conn->tcp, 1);
    (void)uv_read_start((uv_stream_t *)&conn->tcp, receive_alloc, read_done);
    if (conn->client->tls != NULL)
        handshake(conn);
    else
        usable(conn);
}

static void no_connection(struct http1 *client, struct ct_exchange *x)
{
    if (x == NULL) {
        http1_prepared(client, false);
        return;
    }
    x->failure = CT_FAILURE_GEN_MEMORY;
    x->detail = "no free connection";
    x->done_ns = ct_clock_ns();
    ct_ended_add(&client->ended, x);
}

void http1_conn_open(struct http1 *client, struct ct_exchange *x)
{
    struct http1_conn *conn = ct_pool_take(&client->conns);
    if (conn == NULL) {
        no_connection(client, x);
        return;
    }
    conn->client = client;
    conn->exchange = x;
    conn->state = CONN_CONNECTING;
    conn->connect.data = conn;
    http1_opening(conn);
    if (client->opts.keep_body)
        ct_buf_init(&conn->body, client->opts.body_max);
    if (x != NULL) {
        x->stage = CT_STAGE_CONNECT;
        x->new_connection = true;
        x->conn = conn;
    }
    (void)uv_tcp_init(ct_loop_uv(client->loop), &conn->tcp);
    conn->tcp.data = conn;
    int rc = uv_tcp_connect(&conn->connect, &conn->tcp, (const struct sockaddr *)&client->addr,
                            connect_done);
    if (rc < 0)
        cannot_connect(conn, ct_classify_connect(-rc), NULL);
}
