/*
 * Private to http2*.c: the client (connections, requests that wait) and one connection of it.
 */
#ifndef CT_IO_HTTP2_H
#define CT_IO_HTTP2_H

#include <uv.h>

#include "base/buf.h"
#include "base/pool.h"
#include "io/ended.h"
#include "io/http2_session.h"
#include "io/tls.h"
#include "io/transport.h"

struct http2;
struct http2_conn;

/* The lists of a client's connections. */
enum http2_list {
    HTTP2_ALL,
    HTTP2_FREE,  /* has a free stream; the one that was given nothing for longest comes first */
    HTTP2_DIRTY, /* has something to write at the end of the loop's turn */
    HTTP2_LISTS
};

struct http2_link {
    bool in;
    struct http2_conn *before, *after;
};

/*
 * connecting -> (handshake ->) open -> closing -> (given back to the pool)
 *
 * An open connection that takes no new requests drains: it is closed once its streams have ended.
 */
enum http2_conn_state { HTTP2_CONNECTING, HTTP2_HANDSHAKE, HTTP2_OPEN, HTTP2_CLOSING };

struct http2_conn {
    uv_tcp_t tcp;
    struct http2 *client;
    enum http2_conn_state state;
    bool draining;
    bool broken;
    bool ahead;   /* opened before it was needed, and not ready yet */
    bool reused;  /* an answer came whole on it */
    bool reading; /* inside the session's feed */
    bool writing; /* something waits for the kernel */
    struct http2_link links[HTTP2_LISTS];
    struct ct_h2_streams waiting; /* requests for this connection, not yet submitted */
    struct ct_h2_session session; /* once open */
    uint64_t accepted;            /* bytes that the kernel took */
    size_t taken;                 /* by TLS, bytes that the kernel has not yet */
    struct ct_buf rest;           /* what was not taken at once; made when needed */
    struct ct_tls tls;            /* not started when there is none */
    uv_connect_t connect;
    uv_write_t write;
};

enum { HTTP2_READ_MAX = 64 * 1024, HTTP2_PLAIN_MAX = HTTP2_READ_MAX + CT_TLS_RECORD_MAX };

struct http2 {
    struct ct_loop *loop;
    struct sockaddr_storage addr;
    struct ct_transport_opts opts;
    struct ct_tls_ctx *tls;         /* NULL: plain */
    struct ct_h2_request *requests; /* prepared: of the mix, or the one */
    size_t n_requests;
    struct ct_h2_maker maker;
    struct ct_h2_client sessions;
    struct ct_pool conns, streams; /* struct http2_conn, struct ct_h2_stream */
    struct ct_h2_stream *spare;    /* taken from the pool and free; they keep their body's memory */
    struct ct_h2_streams waiting;  /* all connections are full */
    struct {
        struct http2_conn *first, *last;
    } lists[HTTP2_LISTS];
    uint32_t live; /* connections that are not closing */
    uint32_t open;
    uint64_t opened, closed;
    uint64_t now_ns;                /* of the read that is being worked on */
    uint32_t preparing, to_prepare; /* connections opened ahead: not ready, not begun */
    void (*prepared_fn)(void *ctx);
    void *prepared_ctx;
    bool placing;
    bool flushing;            /* out is in use */
    struct ct_buf out;        /* one for all: it is written, or copied, at once */
    uv_prepare_t before_poll; /* both active while there are dirty connections */
    uv_check_t after_poll;
    struct ct_ended ended; /* done is to be called in the next turn */
    int open_handles;
    void (*closed_fn)(void *ctx); /* NULL until close was asked for */
    void *closed_ctx;
    char *plain;                      /* of TLS: what was read, decrypted; HTTP2_PLAIN_MAX */
    char read_buffer[HTTP2_READ_MAX]; /* one for all: it is used up within each read */
};

/* --- http2_conn.c --- */

/* Take a connection from the pool and start to connect. NULL: *failure says why. */
struct http2_conn *http2_conn_open(struct http2 *client, enum ct_failure *failure);

/* Streams that it can take now. */
uint32_t http2_conn_room(const struct http2_conn *conn);

/* Take stream, for which there is room. */
void http2_conn_take(struct http2_conn *conn, struct ct_h2_stream *stream);

/* Close it from any state but closing; it has no stream. Not inside feed. */
void http2_conn_close(struct http2_conn *conn);

/* It takes no new requests; those that it was to send go elsewhere: nothing of them was sent. */
void http2_conn_drain(struct http2_conn *conn);

/* It could not be opened: its requests fail, it is closed. */
void http2_conn_failed(struct http2_conn *conn, enum ct_failure failure, const char *detail);

/* Reading or writing failed with libuv's code, or the peer closed it (UV_EOF): its streams end, it
 * is closed. */
void http2_conn_broken(struct http2_conn *conn, int status);

/* --- http2_send.c --- */

/* Submit what waits, write what there is to write, close it when it is over. */
void http2_conn_flush(struct http2_conn *conn);

/* Tell the peer that it is closed, when that needs no waiting. */
void http2_conn_say_goodbye(struct http2_conn *conn);

void http2_tls_ready(struct ct_tls *tls, int status);

/* --- http2_place.c: streams, and which connection they go to --- */

void http2_list_add(struct http2_conn *conn, enum http2_list which);
void http2_list_remove(struct http2_conn *conn, enum http2_list which); /* no effect when not in */

/* A zeroed stream but for body, which is empty. NULL: no memory. */
struct ct_h2_stream *http2_take_stream(struct http2 *client);
void http2_release_streams(struct http2 *client); /* all were given back */

/* Give it to a connection with room, to a new one, or let it wait. */
void http2_place(struct http2 *client, struct ct_h2_stream *stream);

/* conn's room may have changed. Gives to connections with room what waits for any. */
void http2_room_changed(struct http2_conn *conn);

/* A stream of the sessions has ended (struct ct_h2_client). */
void http2_stream_ended(struct ct_h2_stream *stream);

/* Its exchange failed outside of a read; done is called later, the stream is given back. */
void http2_fail(struct http2 *client, struct ct_h2_stream *stream, enum ct_failure failure,
                const char *detail);

/* --- http2.c, called by a connection --- */

/* Have it flushed at the end of this turn. */
void http2_flush_soon(struct http2_conn *conn);

void http2_prepared(struct http2 *client, bool opened); /* one that was opened ahead is settled */
void http2_conn_gone(struct http2_conn *conn);          /* its handle is closed */

#endif
