#include "io/http1.h"

#include <assert.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"

enum { CONNS_READY = 128, PREPARING_MAX = 128 };

static struct http1 *of(struct ct_client *client)
{
    return (struct http1 *)(void *)client;
}

/* --- requests --- */

/* What was made before the first connection. */
static void free_client(struct http1 *client)
{
    for (size_t k = 0; k < client->n_wires; k++)
        ct_wire_release(&client->wires[k]);
    free(client->wires);
    ct_buf_release(&client->scratch);
    ct_tls_ctx_free(client->tls);
    free(client->plain);
    free(client);
}

static int make_wires(struct http1 *client, const struct ct_endpoint *endpoint,
                      const struct ct_request *request, struct ct_err *err)
{
    const struct ct_mix *mix = client->opts.mix;
    size_t count = mix != NULL ? mix->count : 1;
    client->wires = ct_xcalloc(count, sizeof(*client->wires));
    ct_buf_init(&client->scratch, SIZE_MAX);
    int rc = 0;
    while (rc == 0 && client->n_wires < count) {
        const struct ct_request *r = mix != NULL ? &mix->requests[client->n_wires] : request;
        rc = ct_wire_init(&client->wires[client->n_wires], endpoint, r, client->opts.keep_alive,
                          mix != NULL ? &mix->feed : NULL, err);
        if (rc == 0)
            client->n_wires++;
    }
    return rc;
}

const struct ct_wire *http1_wire(const struct http1 *client, uint64_t i)
{
    return client->n_wires == 1 ? client->wires : &client->wires[ct_mix_at(client->opts.mix, i)];
}

const struct ct_buf *http1_bytes(struct http1 *client, const struct ct_wire *wire, uint64_t i)
{
    if (wire->n_slots == 0)
        return &wire->bytes;
    return ct_wire_bytes(wire, ct_feed_row(&client->opts.mix->feed, i), &client->scratch);
}

/* --- the interface --- */

static int set_up_tls(struct http1 *client, const struct ct_endpoint *endpoint, struct ct_err *err)
{
    client->plain = ct_xcalloc(HTTP1_PLAIN_MAX, 1);
    return ct_tls_ctx_new(endpoint->host, client->opts.insecure, "\x08http/1.1", &client->tls, err);
}

static int http1_open(struct ct_loop *loop, const struct ct_endpoint *endpoint,
                      const struct ct_request *request, const struct ct_transport_opts *opts,
                      struct ct_client **out, struct ct_err *err)
{
    assert(endpoint->addr_len > 0 && opts->max_connections > 0);
    struct http1 *client = ct_xcalloc(1, sizeof(*client));
    client->opts = *opts;
    int rc = make_wires(client, endpoint, request, err);
    if (rc == 0 && endpoint->https)
        rc = set_up_tls(client, endpoint, err);
    if (rc < 0) {
        free_client(client);
        return rc;
    }
    client->loop = loop;
    client->addr = endpoint->addr;
    /* Twice as many as open: those that close in this turn of the loop are still there. */
    size_t max = 2 * (size_t)opts->max_connections;
    ct_pool_init(&client->conns, sizeof(struct http1_conn), max < CONNS_READY ? max : CONNS_READY,
                 max);
    ct_ended_init(&client->ended, loop, NULL);
    *out = (struct ct_client *)(void *)client;
    return 0;
}

/* It is time for a new connection. What could not be replaced in time is not made up for. */
static bool is_churned(struct http1 *client)
{
    uint64_t every_ns = client->opts.new_connection_ns;
    if (every_ns == 0)
        return false;
    uint64_t now_ns = ct_clock_ns();
    if (now_ns < client->churn_ns)
        return false;
    bool behind = client->churn_ns == 0 || now_ns - client->churn_ns > CT_NS_PER_S;
    client->churn_ns = (behind ? now_ns : client->churn_ns) + every_ns;
    return true;
}

/* The longest idle connection, taken off the list; those that are too old are closed. */
static struct http1_conn *take_idle(struct http1 *client)
{
    uint64_t now_ns = client->opts.connection_max_age_ns > 0 ? ct_clock_ns() : 0;
    struct http1_conn *conn;
    while ((conn = client->idle.first) != NULL && http1_conn_is_old(conn, now_ns))
        http1_conn_close(conn);
    if (conn != NULL && is_churned(client)) {
        http1_conn_close(conn);
        return NULL;
    }
    if (conn != NULL)
        http1_list_remove(&client->idle, conn);
    return conn;
}

static void http1_start(struct ct_client *c, struct ct_exchange *x)
{
    struct http1 *client = of(c);
    assert(client->closed_fn == NULL && x->done != NULL);
    ct_exchange_clear(x);
    client->to_prepare = 0;
    struct http1_conn *conn = take_idle(client);
    if (conn != NULL)
        http1_conn_send(conn, x);
    else
        http1_wait(client, x);
}

/* So many at a time, that the queue of a listening socket takes them. */
static void prepare_more(struct http1 *client)
{
    while (client->preparing < PREPARING_MAX && client->to_prepare > 0) {
        client->to_prepare--;
        client->preparing++;
        http1_conn_open(client, NULL);
    }
}

void http1_prepared(struct http1 *client, bool opened)
{
    client->preparing--;
    if (!opened)
        client->to_prepare = 0; /* the others would meet the same */
    else
        prepare_more(client);
    if (client->preparing == 0 && client->prepared_fn != NULL) {
        void (*prepared)(void *ctx) = client->prepared_fn;
        client->prepared_fn = NULL;
        prepared(client->prepared_ctx);
    }
}

static void http1_prepare(struct ct_client *c, uint32_t count, void (*prepared)(void *ctx),
                          void *ctx)
{
    struct http1 *client = of(c);
    assert(count > 0 && client->preparing == 0);
    client->prepared_fn = prepared;
    client->prepared_ctx = ctx;
    client->to_prepare = count;
    prepare_more(client);
}

static void http1_cancel(struct ct_client *c, struct ct_exchange *x)
{
    struct http1 *client = of(c);
    struct http1_conn *conn = x->conn;
    if (conn == NULL)
        return; /* done is on its way */
    if (!http1_stop_waiting(client, x)) {
        conn->exchange = NULL;
        x->conn = NULL;
        http1_conn_reset(conn);
    }
    x->failure = CT_FAILURE_TIMEOUT;
    x->detail = ct_stage_name(x->stage);
    x->done_ns = ct_clock_ns();
    ct_ended_add(&client->ended, x);
}

static void http1_stats(const struct ct_client *c, struct ct_client_stats *out)
{
    const struct http1 *client = (const struct http1 *)(const void *)c;
    *out = (struct ct_client_stats){.open = client->open,
                                    .idle = client->idle.count,
                                    .opened = client->opened,
                                    .closed = client->closed};
}

/* --- closing: every connection and the list of the ended; the last one out frees the client --- */

static void free_when_closed(struct http1 *client)
{
    if (!client->ended_closed || client->conns.used > 0)
        return;
    void (*closed)(void *ctx) = client->closed_fn;
    void *ctx = client->closed_ctx;
    ct_pool_release(&client->conns);
    free_client(client);
    closed(ctx);
}

void http1_conn_gone(struct http1_conn *conn)
{
    struct http1 *client = conn->client;
    if (client->opts.keep_body)
        ct_buf_release(&conn->body);
    ct_pool_give(&client->conns, conn);
    free_when_closed(client);
}

static void ended_close_done(struct ct_ended *ended)
{
    struct http1 *client = (struct http1 *)(void *)((char *)ended - offsetof(struct http1, ended));
    client->ended_closed = true;
    free_when_closed(client);
}

static void http1_close(struct ct_client *c, void (*closed)(void *ctx), void *ctx)
{
    struct http1 *client = of(c);
    assert(closed != NULL && client->closed_fn == NULL);
    client->closed_fn = closed;
    client->closed_ctx = ctx;
    client->to_prepare = 0;
    client->prepared_fn = NULL;
    while (client->opening.first != NULL) /* those that were opened ahead of need */
        http1_conn_close(client->opening.first);
    while (client->idle.first != NULL)
        http1_conn_close(client->idle.first);
    ct_ended_close(&client->ended, ended_close_done);
}

const struct ct_transport ct_transport_http1 = {
    .name = "http1",
    .open = http1_open,
    .prepare = http1_prepare,
    .start = http1_start,
    .cancel = http1_cancel,
    .stats = http1_stats,
    .close = http1_close,
};
