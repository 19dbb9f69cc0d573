#include "io/http1.h"

#include <assert.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "io/request_bytes.h"

enum { REQUEST_MAX = 64 * 1024 * 1024, CONNS_READY = 128 };

static struct http1 *of(struct ct_client *client)
{
    return (struct http1 *)(void *)client;
}

/* --- idle connections --- */

void http1_now_idle(struct http1_conn *conn)
{
    struct http1 *client = conn->client;
    conn->after = NULL;
    conn->before = client->idle_last;
    if (client->idle_last != NULL)
        client->idle_last->after = conn;
    else
        client->idle_first = conn;
    client->idle_last = conn;
    client->idle++;
}

void http1_not_idle(struct http1_conn *conn)
{
    struct http1 *client = conn->client;
    if (conn->before != NULL)
        conn->before->after = conn->after;
    else
        client->idle_first = conn->after;
    if (conn->after != NULL)
        conn->after->before = conn->before;
    else
        client->idle_last = conn->before;
    client->idle--;
}

/* --- the interface --- */

static int http1_open(struct ct_loop *loop, const struct ct_endpoint *endpoint,
                      const struct ct_request *request, const struct ct_transport_opts *opts,
                      struct ct_client **out, struct ct_err *err)
{
    assert(!endpoint->https && endpoint->addr_len > 0 && opts->max_connections > 0);
    struct http1 *client = ct_xcalloc(1, sizeof(*client));
    ct_buf_init(&client->request, REQUEST_MAX);
    int rc = ct_request_bytes(endpoint, request, opts->keep_alive, &client->request, err);
    if (rc < 0) {
        ct_buf_release(&client->request);
        free(client);
        return rc;
    }
    client->loop = loop;
    client->addr = endpoint->addr;
    client->opts = *opts;
    client->is_head = strcmp(request->method, "HEAD") == 0;
    /* Twice as many as open: those that close in this turn of the loop are still there. */
    size_t max = 2 * (size_t)opts->max_connections;
    ct_pool_init(&client->conns, sizeof(struct http1_conn), max < CONNS_READY ? max : CONNS_READY,
                 max);
    ct_ended_init(&client->ended, loop, NULL);
    *out = (struct ct_client *)(void *)client;
    return 0;
}

static void http1_start(struct ct_client *c, struct ct_exchange *x)
{
    struct http1 *client = of(c);
    assert(client->closed_fn == NULL && x->done != NULL);
    ct_exchange_clear(x);
    struct http1_conn *conn = client->idle_first;
    if (conn == NULL) {
        http1_conn_open(client, x);
        return;
    }
    http1_not_idle(conn);
    http1_conn_send(conn, x);
}

static void http1_cancel(struct ct_client *c, struct ct_exchange *x)
{
    struct http1_conn *conn = x->conn;
    if (conn == NULL)
        return; /* done is on its way */
    conn->exchange = NULL;
    x->conn = NULL;
    http1_conn_close(conn);
    x->failure = CT_FAILURE_TIMEOUT;
    x->detail = ct_stage_name(x->stage);
    x->done_ns = ct_clock_ns();
    ct_ended_add(&of(c)->ended, x);
}

static void http1_stats(const struct ct_client *c, struct ct_client_stats *out)
{
    const struct http1 *client = (const struct http1 *)(const void *)c;
    *out = (struct ct_client_stats){.open = client->open,
                                    .idle = client->idle,
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
    ct_buf_release(&client->request);
    free(client);
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
    while (client->idle_first != NULL)
        http1_conn_close(client->idle_first);
    ct_ended_close(&client->ended, ended_close_done);
}

const struct ct_transport ct_transport_http1 = {
    .name = "http1",
    .open = http1_open,
    .start = http1_start,
    .cancel = http1_cancel,
    .stats = http1_stats,
    .close = http1_close,
};
