/*
 * Private to http1*.c: the client (pool, exchanges) and one connection of it.
 */
#ifndef CT_IO_HTTP1_H
#define CT_IO_HTTP1_H

#include <uv.h>

#include "base/buf.h"
#include "base/pool.h"
#include "io/ended.h"
#include "io/http1_parse.h"
#include "io/transport.h"

struct http1;

/*
 * connecting -> busy <-> idle -> closing -> (given back to the pool)
 *
 * exchange is set while connecting and busy. A connection that loses its exchange (cancelled) is
 * closed at once.
 */
enum http1_conn_state { CONN_CONNECTING, CONN_BUSY, CONN_IDLE, CONN_CLOSING };

struct http1_conn {
    uv_tcp_t tcp;
    struct http1 *client;
    struct ct_exchange *exchange;
    enum http1_conn_state state;
    bool reused;                       /* an exchange before this one ended well on it */
    bool established;                  /* counted as open */
    bool writing;                      /* uv_write has not ended */
    struct http1_conn *before, *after; /* among the idle */
    struct ct_h1_parser parser;
    struct ct_buf body; /* its memory is kept for the next answer; unused unless keep_body */
    uv_connect_t connect;
    uv_write_t write;
};

struct http1 {
    struct ct_loop *loop;
    struct sockaddr_storage addr;
    struct ct_transport_opts opts;
    bool is_head;
    struct ct_buf request;                     /* prepared bytes */
    struct ct_pool conns;                      /* struct http1_conn */
    struct http1_conn *idle_first, *idle_last; /* longest idle first */
    uint32_t open, idle;
    uint64_t opened, closed;
    struct ct_ended ended; /* done is to be called in the next turn */
    bool ended_closed;
    void (*closed_fn)(void *ctx); /* NULL until close was asked for */
    void *closed_ctx;
    char read_buffer[64 * 1024]; /* one for all: it is used up within each read */
};

/* Take a connection from the pool and start to connect for x. A failure ends x later. */
void http1_conn_open(struct http1 *client, struct ct_exchange *x);

/* Send the request for x on an idle connection, which has left the idle list. */
void http1_conn_send(struct http1_conn *conn, struct ct_exchange *x);

/* Close it from any state; it must have no exchange. */
void http1_conn_close(struct http1_conn *conn);

/* The client's side: called by a connection. */
void http1_now_idle(struct http1_conn *conn);
void http1_not_idle(struct http1_conn *conn);
void http1_conn_gone(struct http1_conn *conn); /* its handle is closed */

#endif
