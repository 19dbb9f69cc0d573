#include "io/http2.h"

#include <assert.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"

enum {
    CONNS_READY = 128,
    PREPARING_MAX = 128, /* so many at a time, that the queue of a listening socket takes them */
    STREAMS_READY = 1024,
    STREAMS_MAX = 1 << 24,
    OUT_MAX = 1024 * 1024, /* far above what a connection gathers */
};

static struct http2 *of(struct ct_client *client)
{
    return (struct http2 *)(void *)client;
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
    for (size_t k = 0; k < client->n_requests; k++)
        ct_h2_request_release(&client->requests[k]);
    free(client->requests);
    ct_h2_maker_release(&client->maker);
    ct_tls_ctx_free(client->tls);
    free(client->plain);
    free(client);
}

static int prepare_requests(struct http2 *client, const struct ct_endpoint *endpoint,
                            const struct ct_request *request, struct ct_err *err)
{
    const struct ct_mix *mix = client->opts.mix;
    size_t count = mix != NULL ? mix->count : 1;
    client->requests = ct_xcalloc(count, sizeof(*client->requests));
    int rc = 0;
    while (rc == 0 && client->n_requests < count) {
        const struct ct_request *r = mix != NULL ? &mix->requests[client->n_requests] : request;
        rc = ct_h2_request_init(&client->requests[client->n_requests], endpoint, r,
                                mix != NULL ? &mix->feed : NULL, err);
        if (rc == 0)
            client->n_requests++;
    }
    return rc;
}

static int http2_open(struct ct_loop *loop, const struct ct_endpoint *endpoint,
                      const struct ct_request *request, const struct ct_transport_opts *opts,
                      struct ct_client **out, struct ct_err *err)
{
    assert(endpoint->addr_len > 0 && opts->max_connections > 0);
    if (opts->connection_max_age_ns > 0 || opts->connection_max_requests > 0 ||
        opts->new_connection_ns > 0)
        return ct_fail(err, CT_EUSAGE, "HTTP/2 keeps its connections");
    struct http2 *client = ct_xcalloc(1, sizeof(*client));
    client->opts = *opts;
    int rc = prepare_requests(client, endpoint, request, err);
    if (rc == 0 && endpoint->https)
        rc = set_up_tls(client, endpoint, err);
    if (rc < 0) {
        free_client(client);
        return rc;
    }
    client->loop = loop;
    client->addr = endpoint->addr;
    ct_h2_client_init(&client->sessions);
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
    struct ct_h2_stream *stream = http2_take_stream(client);
    if (stream == NULL) {
        x->failure = CT_FAILURE_GEN_MEMORY;
        x->done_ns = ct_clock_ns();
        ct_ended_add(&client->ended, x);
        return;
    }
    stream->exchange = x;
    x->conn = stream;
    http2_place(client, stream);
}

static void prepare_more(struct http2 *client)
{
    enum ct_failure failure;
    while (client->preparing < PREPARING_MAX && client->to_prepare > 0) {
        struct http2_conn *conn = http2_conn_open(client, &failure);
        if (conn == NULL) {
            client->to_prepare = 0; /* the others would meet the same */
            return;
        }
        conn->ahead = true;
        client->to_prepare--;
        client->preparing++;
        http2_room_changed(conn);
    }
}

static void prepared_when_settled(struct http2 *client)
{
    if (client->preparing > 0 || client->prepared_fn == NULL)
        return;
    void (*prepared)(void *ctx) = client->prepared_fn;
    client->prepared_fn = NULL;
    prepared(client->prepared_ctx);
}

void http2_prepared(struct http2 *client, bool opened)
{
    client->preparing--;
    if (client->closed_fn != NULL)
        return;
    if (!opened)
        client->to_prepare = 0;
    prepare_more(client);
    prepared_when_settled(client);
}

static void http2_prepare(struct ct_client *c, uint32_t count, void (*prepared)(void *ctx),
                          void *ctx)
{
    struct http2 *client = of(c);
    assert(count > 0 && count <= client->opts.max_connections && client->preparing == 0);
    client->prepared_fn = prepared;
    client->prepared_ctx = ctx;
    client->to_prepare = count;
    prepare_more(client);
    prepared_when_settled(client);
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
    http2_release_streams(client);
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
    .prepare = http2_prepare,
    .start = http2_start,
    .cancel = http2_cancel,
    .stats = http2_stats,
    .close = http2_close,
};
