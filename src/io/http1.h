/*
 * Private to http1*.c: the client (pool, exchanges) and one connection of it.
 */
#ifndef CT_IO_HTTP1_H
#define CT_IO_HTTP1_H

#include <uv.h>

#include "base/buf.h"
#include "base/pool.h"
#include "io/ended.h"
#include "io/http1_memo.h"
#include "io/http1_parse.h"
#include "io/tls.h"
#include "io/transport.h"
#include "io/wire.h"

struct http1;

/*
 * connecting -> (handshake ->) busy <-> idle -> closing -> (given back to the pool)
 *
 * exchange is set while connecting, shaking hands and busy. A connection that loses its exchange
 * (cancelled) is closed at once.
 */
enum http1_conn_state { CONN_CONNECTING, CONN_HANDSHAKE, CONN_BUSY, CONN_IDLE, CONN_CLOSING };

struct http1_conn {
    uv_tcp_t tcp;
    struct http1 *client;
    struct ct_exchange *exchange;
    enum http1_conn_state state;
    bool reused;                       /* an exchange before this one ended well on it */
    bool established;                  /* counted as open */
    uint64_t opened_ns;                /* when connecting began */
    uint64_t requests;                 /* sent on it */
    struct http1_conn *before, *after; /* in the list of the idle or of those on their way */
    struct ct_h1_parser parser;
    struct ct_buf body; /* its memory is kept for the next answer; unused unless keep_body */
    size_t request_len;
    const char
        *left; /* of the request: plainly, in uv_write; with TLS, waits until that is ready */
    size_t left_len;
    struct ct_buf rest; /* what is left when that is not a wire's own; its memory comes and goes
                           with the need */
    struct ct_tls tls;  /* not started when there is none */
    uv_connect_t connect;
    uv_write_t write;
};

struct http1_list {
    struct http1_conn *first, *last; /* longest in it first */
    uint32_t count;
};

enum { HTTP1_READ_MAX = 64 * 1024, HTTP1_PLAIN_MAX = HTTP1_READ_MAX + CT_TLS_RECORD_MAX };

struct http1 {
    struct ct_loop *loop;
    struct sockaddr_storage addr;
    struct ct_transport_opts opts;
    struct ct_tls_ctx *tls; /* NULL: plain */
    struct ct_wire *wires;  /* prepared requests: of the mix, or the one */
    size_t n_wires;
    struct ct_h1_memo memo;
    struct ct_buf scratch; /* a request with values of the feed */
    struct ct_pool conns;  /* struct http1_conn */
    struct http1_list idle;
    struct http1_list opening; /* connecting or shaking hands */
    uint32_t open;
    uint64_t opened, closed;
    uint64_t churn_ns;                                /* when the next new connection is due */
    struct ct_exchange *waiting_first, *waiting_last; /* for room among those on their way */
    bool letting_in;
    uint64_t second;                /* of CLOCK_MONOTONIC */
    uint32_t came, came_before;     /* connections opened in it, and in the one before */
    uint32_t preparing, to_prepare; /* connections opened ahead: not settled, not begun */
    void (*prepared_fn)(void *ctx);
    void *prepared_ctx;
    struct ct_ended ended; /* done is to be called in the next turn */
    bool ended_closed;
    void (*closed_fn)(void *ctx); /* NULL until close was asked for */
    void *closed_ctx;
    char *plain;                      /* of TLS: what was read, decrypted; HTTP1_PLAIN_MAX */
    char read_buffer[HTTP1_READ_MAX]; /* one for all: it is used up within each read */
};

void http1_list_add(struct http1_list *list, struct http1_conn *conn);
void http1_list_remove(struct http1_list *list, struct http1_conn *conn);

/* http1_opening.c. x needs a new connection: begin it now, or when there is room. While connections
 * are on their way that have hung for 250 ms (the target's queue is full, and the kernel repeats
 * SYNs), no more than 1,024 and as many as came through in this second and the last are on their
 * way at once: more would only load this machine until they time out. A target that lets as many in
 * a second as it is asked to is not waited for, however far away. */
void http1_wait(struct http1 *client, struct ct_exchange *x);

/* The one that has waited longest, not waiting any more; NULL: none. */
struct ct_exchange *http1_next_waiting(struct http1 *client);

/* x is given up. false: it was not waiting. */
bool http1_stop_waiting(struct http1 *client, struct ct_exchange *x);

/* A connection begins; it is there; it never will be. */
void http1_opening(struct http1_conn *conn);
void http1_opened(struct http1_conn *conn);
void http1_not_opening(struct http1_conn *conn);

/* Take a connection from the pool and start to connect for x; a failure ends x later. x NULL: ahead
 * of need; http1_prepared is called when it is idle or has failed. */
void http1_conn_open(struct http1 *client, struct ct_exchange *x);

/* Send the request for x on an idle connection, which has left the idle list. */
void http1_conn_send(struct http1_conn *conn, struct ct_exchange *x);

/* Close it from any state; it must have no exchange. */
void http1_conn_close(struct http1_conn *conn);

/* The same, and tell the peer that its answer is not wanted: RST. The local port is free at once:
 * a target that answers nobody would else fill the ports with TIME_WAIT, and with these taken the
 * kernel's search for a free one costs more than all else (half of the CPU time at 20,000
 * time-outs a second, measured). */
void http1_conn_reset(struct http1_conn *conn);

/* Its exchange failed: take that off it, to be ended later, and close it. */
void http1_conn_fail(struct http1_conn *conn, enum ct_failure failure, const char *detail);

/* Writing failed while no request was sent: in the handshake, or idle. */
void http1_conn_lost(struct http1_conn *conn);

/* What libuv's status means on a connection in use. */
enum ct_failure http1_conn_broken(const struct http1_conn *conn, int status);

bool http1_conn_is_old(const struct http1_conn *conn, uint64_t now_ns);

/* http1_send.c: some of the request has not left. */
bool http1_conn_sending(const struct http1_conn *conn);
void http1_conn_free_rest(struct http1_conn *conn);
void http1_tls_ready(struct ct_tls *tls, int status);

/* What index i sends, and its bytes: the wire's own, or in the client's scratch. */
const struct ct_wire *http1_wire(const struct http1 *client, uint64_t i);
const struct ct_buf *http1_bytes(struct http1 *client, const struct ct_wire *wire, uint64_t i);

/* The client's side: called by a connection. */
void http1_prepared(struct http1 *client, bool opened); /* one that was opened ahead is settled */
void http1_conn_gone(struct http1_conn *conn);          /* its handle is closed */

#endif
