/*
 * Sending requests: one interface, several implementations (http1: our own HTTP/1.1 on uv_tcp_t;
 * http2: libnghttp2 on uv_tcp_t; curl: libcurl's multi interface). A client belongs to one loop and
 * sends to one endpoint through a pool of kept connections. Nothing is ever sent twice and no
 * redirect is followed. One contract test (tests/integration/test_transport.c) runs against every
 * implementation; all give the same class for the same fault.
 */
#ifndef CT_IO_TRANSPORT_H
#define CT_IO_TRANSPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include "base/err.h"
#include "io/loop.h"
#include "model/mix.h"
#include "model/request.h"

/* A base URL, taken apart and resolved. Plain data. */
struct ct_endpoint {
    bool https;
    char host[256]; /* as written, without brackets */
    uint16_t port;
    char prefix[512];             /* path prefix without trailing slash; "" when none */
    struct sockaddr_storage addr; /* family 0 until resolved */
    socklen_t addr_len;
    char addr_text[64]; /* "127.0.0.1:8080", "[::1]:8080" */
};

/* http://host[:port][/prefix] or https://...; user-info, query and fragment are refused. When
 * path_out is not NULL a path and query are allowed there ("ct run URL"): prefix stays "", and
 * *path_out (owned by caller) gets them, "/" when empty. CT_EUSAGE. Does not resolve. */
int ct_endpoint_parse(const char *url, struct ct_endpoint *out, char **path_out,
                      struct ct_err *err);

/* Resolve the host (blocking; before any run). CT_EREACH. */
int ct_endpoint_resolve(struct ct_endpoint *e, struct ct_err *err);

/* The address is this machine's (loopback or one of its interfaces). */
bool ct_endpoint_is_local(const struct ct_endpoint *e);

/* Loopback, private (RFC 1918, 4193) or link-local: no permission is needed to load it. */
bool ct_endpoint_is_private(const struct ct_endpoint *e);

struct ct_transport_opts {
    const struct ct_mix *mix; /* borrowed; NULL: the one request. Else what index i is sent, of its
                                 requests and with its feed (not curl: CT_EUSAGE) */
    bool keep_alive;          /* false: Connection: close, a connection per request */
    uint32_t max_connections; /* most open at once; requests beyond are not accepted (see start) */
    uint64_t connection_max_age_ns;   /* one that has been open for longer is closed instead of used
                                         again; 0: none is (http1 only, as the next: CT_EUSAGE) */
    uint64_t connection_max_requests; /* closed after so many; 0: any number */
    uint64_t new_connection_ns;       /* so often a request gets a new connection, and the longest
                                         idle one is closed; 0: only as needed (http1 only) */
    uint32_t streams_per_connection;  /* http2: most requests at once on one connection; 0: what the
                                         peer allows, at most 100 until it is known */
    size_t body_max; /* bytes of one answer's body; beyond: CT_FAILURE_BODY_TOO_LARGE */
    bool keep_body;  /* the body is handed to done; otherwise only counted */
    bool insecure; /* do not verify TLS; else the system's authorities, or those that SSL_CERT_FILE
                      and SSL_CERT_DIR name */
};

enum ct_stage {
    CT_STAGE_WAITING,
    CT_STAGE_CONNECT,
    CT_STAGE_TLS,
    CT_STAGE_FIRST_BYTE,
    CT_STAGE_BODY
};
const char *ct_stage_name(enum ct_stage s); /* "waiting" "connect" "tls" "first_byte" "body" */

/* One request on its way. Embedded by the owner in its own struct; from start to done it belongs to
 * the client. Times are CLOCK_MONOTONIC ns, 0: not reached. */
struct ct_exchange {
    /* result, complete when done is called */
    uint64_t sent_ns; /* stamped just before the kernel accepted the first byte; when it did so
                         later than asked: just after */
    uint64_t done_ns; /* stamped right after the read that completed it, or when it failed */
    uint64_t
        woke_ns; /* when the poll returned that brought done_ns; for the receive lag; 0 unknown */
    uint64_t bytes_sent, bytes_received; /* of HTTP, before encryption */
    uint32_t wire_attempts;              /* 1 once a byte was written */
    enum ct_failure failure;             /* NONE: a complete answer by HTTP's framing */
    const char *detail;                  /* static text or NULL */
    enum ct_stage stage;                 /* how far it came */
    bool new_connection;
    int status;       /* of the answer's head; 0: none came */
    const char *body; /* valid inside done only; NULL unless keep_body */
    size_t body_len;

    /* set by the owner before start */
    uint64_t i;                          /* index in the plan: chooses from the mix */
    void (*done)(struct ct_exchange *x); /* never called from inside start */

    /* the client's own */
    void *conn;
    struct ct_exchange *before, *next;
};

struct ct_client_stats {
    uint32_t open, idle;     /* connections now */
    uint64_t opened, closed; /* since the beginning */
};

struct ct_client; /* one implementation's client */

struct ct_transport {
    const char *name; /* "http1", "http2", "curl" */

    /* request is copied into prepared bytes. endpoint is resolved. */
    int (*open)(struct ct_loop *loop, const struct ct_endpoint *endpoint,
                const struct ct_request *request, const struct ct_transport_opts *opts,
                struct ct_client **out, struct ct_err *err);

    /* Open count connections ahead of need; nothing is in flight yet. prepared(ctx) is called once,
     * when each is open or has failed (perhaps from inside; who needs it then will meet the
     * failure). NULL: the implementation opens connections as they are needed. */
    void (*prepare)(struct ct_client *c, uint32_t count, void (*prepared)(void *ctx), void *ctx);

    /* Send the prepared request for x. The caller keeps at most max_connections exchanges in
     * flight; then this never fails: every failure comes through done. On an idle connection the
     * bytes are written before start returns. Oldest idle connection first.
     *
     * http2: a request goes to the connection with a free stream that was given none for longest,
     * else to a new one; when all are full it waits (stage waiting), so any number may be in
     * flight. On a connection with others in flight the bytes are written at the end of the loop's
     * turn, all in one. A request that shares a connection which is not ready yet fails with it. */
    void (*start)(struct ct_client *c, struct ct_exchange *x);

    /* Give x up: its connection (http2: its stream alone) is closed; done is called (later, from
     * the loop) with failure TIMEOUT, stage as reached and done_ns = now. No effect when done is
     * already on its way. */
    void (*cancel)(struct ct_client *c, struct ct_exchange *x);

    void (*stats)(const struct ct_client *c, struct ct_client_stats *out);

    /* No exchange is in flight. Closes all connections; closed(ctx) is called once, from the loop,
     * after which the client is gone. */
    void (*close)(struct ct_client *c, void (*closed)(void *ctx), void *ctx);
};

extern const struct ct_transport ct_transport_http1;
extern const struct ct_transport ct_transport_http2; /* http: with prior knowledge; https: ALPN */
extern const struct ct_transport ct_transport_curl;

const struct ct_transport *ct_transport_for(bool http2);

/* Once, in main, before threads. */
int ct_io_init(struct ct_err *err);
void ct_io_exit(void);

/* Preflight: connect, TLS handshake, close; blocking, at most timeout_ns; no HTTP request.
 * CT_EREACH with the failure's name in the line, CT_EREFUSED when TLS is not trusted. out_failure
 * may be NULL. */
int ct_endpoint_probe(const struct ct_endpoint *e, bool insecure, uint64_t timeout_ns,
                      enum ct_failure *out_failure, struct ct_err *err);

#endif
