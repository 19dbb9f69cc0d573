#include <assert.h>

#include "base/clock.h"
#include "io/classify.h"
#include "io/http1.h"

enum { BODY_KEPT_MAX = 1024 * 1024 }; /* a larger body buffer is not kept for the next answer */

/* --- ends --- */

static void close_done(uv_handle_t *handle)
{
    http1_conn_gone(handle->data);
}

void http1_conn_close(struct http1_conn *conn)
{
    struct http1 *client = conn->client;
    assert(conn->exchange == NULL && conn->state != CONN_CLOSING);
    if (conn->state == CONN_IDLE)
        http1_not_idle(conn);
    if (conn->established) {
        client->open--;
        client->closed++;
    }
    conn->state = CONN_CLOSING;
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

static void fail_later(struct http1_conn *conn, enum ct_failure failure)
{
    struct http1 *client = conn->client;
    ct_ended_add(&client->ended, fail(conn, failure, NULL, ct_clock_ns()));
}

/* What a broken connection means depends on how far the answer was and on who used it before. */
static enum ct_failure broken(const struct http1_conn *conn, int status)
{
    enum ct_failure failure = ct_classify_broken(-status, conn->parser.head_done);
    if (failure == CT_FAILURE_RESET_BEFORE_RESPONSE && conn->reused && !conn->parser.begun)
        return CT_FAILURE_CLOSED_ON_REUSE;
    return failure;
}

/* --- sending --- */

static void free_rest(struct http1_conn *conn)
{
    if (conn->rest.data != NULL)
        ct_buf_release(&conn->rest);
    conn->rest.data = NULL;
}

static void write_done(uv_write_t *write, int status)
{
    struct http1_conn *conn = write->data;
    conn->writing = false;
    free_rest(conn);
    struct ct_exchange *x = conn->exchange;
    if (conn->state == CONN_CLOSING || x == NULL)
        return;
    if (status < 0) {
        fail_later(conn, broken(conn, status));
        return;
    }
    if (x->wire_attempts == 0) {
        x->sent_ns = ct_clock_ns();
        x->wire_attempts = 1;
    }
    x->bytes_sent = conn->request_len;
}

/* The kernel's buffer is full: libuv sends the rest when there is room. Bytes that the next request
 * overwrites are kept until then. */
static void write_rest(struct http1_conn *conn, const struct ct_buf *request, size_t from)
{
    if (request == &conn->client->scratch) {
        ct_buf_init(&conn->rest, SIZE_MAX);
        (void)ct_buf_add(&conn->rest, request->data, request->len);
        request = &conn->rest;
    }
    uv_buf_t rest = uv_buf_init(request->data + from, (unsigned)(request->len - from));
    conn->write.data = conn;
    conn->writing = true;
    int rc = uv_write(&conn->write, (uv_stream_t *)&conn->tcp, &rest, 1, write_done);
    if (rc < 0) {
        conn->writing = false;
        free_rest(conn);
        fail_later(conn, broken(conn, rc));
    }
}

static void body_came(void *ctx, const char *bytes, size_t len)
{
    struct http1_conn *conn = ctx;
    (void)ct_buf_add(&conn->body, bytes, len); /* the parser keeps it below body_max */
}

void http1_conn_send(struct http1_conn *conn, struct ct_exchange *x)
{
    struct http1 *client = conn->client;
    conn->exchange = x;
    conn->state = CONN_BUSY;
    x->conn = conn;
    x->stage = CT_STAGE_FIRST_BYTE;
    const struct ct_wire *wire = http1_wire(client, x->i);
    const struct ct_buf *request = http1_bytes(client, wire, x->i);
    conn->request_len = request->len;
    ct_h1_init(&conn->parser, wire->is_head, client->opts.body_max,
               client->opts.keep_body ? body_came : NULL, conn);

    uv_buf_t all = uv_buf_init(request->data, (unsigned)request->len);
    int rc = uv_try_write((uv_stream_t *)&conn->tcp, &all, 1);
    if (rc > 0) {
        x->sent_ns = ct_clock_ns();
        x->wire_attempts = 1;
        x->bytes_sent = (uint64_t)rc;
    }
    if (rc < 0 && rc != UV_EAGAIN)
        fail_later(conn, broken(conn, rc));
    else if (rc < 0 || (size_t)rc < request->len)
        write_rest(conn, request, rc < 0 ? 0 : (size_t)rc);
}

/* --- receiving --- */

static void receive_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *buf)
{
    const struct http1_conn *conn = handle->data;
    (void)suggested;
    *buf = uv_buf_init(conn->client->read_buffer, sizeof(conn->client->read_buffer));
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
    if (p->keep_alive && !p->surplus && !conn->writing && client->opts.keep_alive) {
        conn->reused = true;
        conn->state = CONN_IDLE;
        http1_now_idle(conn);
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
        fail_now(conn, broken(conn, status), NULL, now_ns);
        return;
    }
    if (ct_h1_feed_end(&conn->parser) == CT_H1_COMPLETE) {
        complete(conn, now_ns);
        return;
    }
    enum ct_failure failure = conn->parser.failure;
    if (failure == CT_FAILURE_CLOSED_BEFORE_RESPONSE && conn->reused)
        failure = CT_FAILURE_CLOSED_ON_REUSE;
    fail_now(conn, failure, NULL, now_ns);
}

static void received(struct http1_conn *conn, const char *bytes, size_t len, uint64_t now_ns)
{
    /* Not when the request is sent: done of the answer before may still look at its body. */
    if (!conn->parser.begun && conn->client->opts.keep_body)
        ct_buf_clear(&conn->body);
    conn->exchange->stage = CT_STAGE_BODY;
    conn->exchange->bytes_received += len;
    switch (ct_h1_feed(&conn->parser, bytes, len)) {
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

static void read_done(uv_stream_t *stream, ssize_t nread, const uv_buf_t *buf)
{
    uint64_t now_ns = ct_clock_ns(); /* before anything else: this is done_ns */
    struct http1_conn *conn = stream->data;
    if (nread == 0)
        return; /* nothing there after all */
    if (conn->state == CONN_IDLE)
        http1_conn_close(conn); /* closed by the peer, or it spoke unasked */
    else if (nread < 0)
        ended(conn, (int)nread, now_ns);
    else
        received(conn, buf->base, (size_t)nread, now_ns);
}

/* --- connecting --- */

/* It can carry requests now; one that was opened ahead of need waits for them. */
static void usable(struct http1_conn *conn)
{
    struct http1 *client = conn->client;
    conn->established = true;
    client->open++;
    client->opened++;
    if (conn->exchange != NULL) {
        http1_conn_send(conn, conn->exchange);
        return;
    }
    conn->state = CONN_IDLE;
    http1_now_idle(conn);
    http1_prepared(client, true);
}

static void cannot_connect(struct http1_conn *conn, enum ct_failure failure)
{
    struct http1 *client = conn->client;
    if (conn->exchange != NULL) {
        fail_later(conn, failure);
        return;
    }
    http1_conn_close(conn);
    http1_prepared(client, false);
}

static void connect_done(uv_connect_t *connect, int status)
{
    struct http1_conn *conn = connect->data;
    if (conn->state == CONN_CLOSING)
        return; /* cancelled */
    if (status < 0) {
        cannot_connect(conn, ct_classify_connect(-status));
        return;
    }
    (void)uv_tcp_nodelay(&conn->tcp, 1);
    (void)uv_read_start((uv_stream_t *)&conn->tcp, receive_alloc, read_done);
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
        cannot_connect(conn, ct_classify_connect(-rc));
}
