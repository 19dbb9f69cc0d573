#include "base/clock.h"
#include "io/http1.h"

void http1_conn_free_rest(struct http1_conn *conn)
{
    if (conn->rest.data != NULL)
        ct_buf_release(&conn->rest);
}

/* The kernel accepted the first byte of it. The stamp is from before the write: over loopback the
 * target may be given the CPU inside it, and its work would count as ours. */
static void begun(struct ct_exchange *x, uint64_t sent_ns)
{
    if (x->wire_attempts > 0 || sent_ns == 0)
        return;
    x->sent_ns = sent_ns;
    x->wire_attempts = 1;
}

/* All of it has left. */
static void gone(struct http1_conn *conn)
{
    conn->exchange->bytes_sent = conn->request_len;
    http1_conn_free_rest(conn);
}

static void body_came(void *ctx, const char *bytes, size_t len)
{
    struct http1_conn *conn = ctx;
    (void)ct_buf_add(&conn->body, bytes, len); /* the parser keeps it below body_max */
}

/* The kernel's buffer is full: what was not taken goes later. Bytes that the next request
 * overwrites are kept until then. */
static void keep_rest(struct http1_conn *conn, const struct ct_buf *request, size_t from)
{
    conn->left = request->data + from;
    conn->left_len = request->len - from;
    if (request != &conn->client->scratch)
        return;
    ct_buf_init(&conn->rest, SIZE_MAX);
    (void)ct_buf_add(&conn->rest, conn->left, conn->left_len);
    conn->left = conn->rest.data;
}

/* --- plainly --- */

static void write_done(uv_write_t *write, int status)
{
    struct http1_conn *conn = write->data;
    struct ct_exchange *x = conn->exchange;
    conn->left_len = 0;
    if (conn->state == CONN_CLOSING || x == NULL)
        return;
    if (status < 0) {
        http1_conn_fail(conn, http1_conn_broken(conn, status), NULL);
        return;
    }
    begun(x, ct_clock_ns());
    gone(conn);
}

/* libuv sends the rest when there is room. */
static void write_rest(struct http1_conn *conn)
{
    uv_buf_t rest = uv_buf_init((char *)conn->left, (unsigned)conn->left_len);
    conn->write.data = conn;
    int rc = uv_write(&conn->write, (uv_stream_t *)&conn->tcp, &rest, 1, write_done);
    if (rc == 0)
        return;
    http1_conn_fail(conn, http1_conn_broken(conn, rc), NULL);
}

static void send_plainly(struct http1_conn *conn, const struct ct_buf *request)
{
    struct ct_exchange *x = conn->exchange;
    uv_buf_t all = uv_buf_init(request->data, (unsigned)request->len);
    uint64_t at_ns = ct_clock_ns();
    int rc = uv_try_write((uv_stream_t *)&conn->tcp, &all, 1);
    if (rc > 0) {
        begun(x, at_ns);
        x->bytes_sent = (uint64_t)rc;
    }
    if (rc < 0 && rc != UV_EAGAIN) {
        http1_conn_fail(conn, http1_conn_broken(conn, rc), NULL);
    } else if (rc < 0 || (size_t)rc < request->len) {
        keep_rest(conn, request, rc < 0 ? 0 : (size_t)rc);
        write_rest(conn);
    }
}

/* --- through TLS --- */

static void tls_broke(struct http1_conn *conn, int status)
{
    http1_conn_fail(conn, http1_conn_broken(conn, status), conn->tls.why);
}

static void send_tls(struct http1_conn *conn, const struct ct_buf *request)
{
    struct ct_exchange *x = conn->exchange;
    ssize_t n = ct_tls_send(&conn->tls, request->data, request->len);
    if (n > 0)
        begun(x, conn->tls.sent_ns);
    if (n < 0)
        tls_broke(conn, (int)n);
    else if ((size_t)n < request->len)
        keep_rest(conn, request, (size_t)n);
    else if (!conn->tls.writing)
        gone(conn);
}

void http1_tls_ready(struct ct_tls *tls, int status)
{
    struct http1_conn *conn = tls->owner;
    struct ct_exchange *x = conn->exchange;
    if (conn->state == CONN_HANDSHAKE || conn->state == CONN_IDLE) {
        if (status < 0)
            http1_conn_lost(conn);
        return;
    }
    if (status < 0) {
        tls_broke(conn, status);
        return;
    }
    if (conn->left_len < conn->request_len)
        begun(x, tls->sent_ns);
    if (conn->left_len > 0) {
        ssize_t n = ct_tls_send(tls, conn->left, conn->left_len);
        if (n < 0) {
            tls_broke(conn, (int)n);
            return;
        }
        begun(x, tls->sent_ns);
        conn->left += n;
        conn->left_len -= (size_t)n;
    }
    if (!http1_conn_sending(conn))
        gone(conn);
}

bool http1_conn_sending(const struct http1_conn *conn)
{
    return conn->left_len > 0 || conn->tls.writing;
}

/* --- either way --- */

void http1_conn_send(struct http1_conn *conn, struct ct_exchange *x)
{
    struct http1 *client = conn->client;
    conn->exchange = x;
    conn->state = CONN_BUSY;
    conn->requests++;
    x->conn = conn;
    x->stage = CT_STAGE_FIRST_BYTE;
    const struct ct_wire *wire = http1_wire(client, x->i);
    const struct ct_buf *request = http1_bytes(client, wire, x->i);
    conn->request_len = request->len;
    conn->left_len = 0;
    ct_h1_init(&conn->parser, wire->is_head, client->opts.body_max,
               client->opts.keep_body ? body_came : NULL, conn);
    if (client->tls != NULL)
        send_tls(conn, request);
    else
        send_plainly(conn, request);
}
