/*
 * TLS for a client's connections (OpenSSL underneath), independent of what is spoken inside it. It
 * owns no socket: the owner of a uv_stream_t hands over what it reads, and gets plaintext; what is
 * sent is encrypted and written to the stream at once. Bytes are copied nowhere on the way in but
 * by OpenSSL's own decryption; on the way out only what the kernel does not take at once.
 *
 *     connect_done:  ct_tls_start(&c->tls, ctx, (uv_stream_t *)&c->tcp, ready)
 *     read_done:     n = ct_tls_feed(&c->tls, buf->base, nread, plain, sizeof(plain));
 *                    state turned OPEN: send the first request; then use the n bytes; then look
 *                    at state again (CLOSED, FAILED)
 *     to send:       n = ct_tls_send(&c->tls, bytes, len); fewer than len: keep the rest, send it
 *                    when ready is called
 *     to close:      ct_tls_close(&c->tls), uv_close; in the close callback ct_tls_release
 *
 * Certificates are verified, the host's name or address too. TLS 1.2 is the lowest version. The
 * last session that the server gave is offered by every new connection. Nothing of ours is
 * allocated between a handshake and the end of its connection unless the kernel's send buffer is
 * full; OpenSSL keeps some 50 KiB for each connection.
 */
#ifndef CT_IO_TLS_H
#define CT_IO_TLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <uv.h>

#include "base/buf.h"
#include "base/err.h"
#include "model/failure.h"

struct ssl_st;

/* --- what the connections of one client share; of one thread --- */

struct ct_tls_ctx;

/* host: as the URL has it; the certificate must be for it. insecure: nothing is verified; else the
 * system's authorities, or those that SSL_CERT_FILE and SSL_CERT_DIR name. alpn: protocols in order
 * of preference, each behind its length in one byte ("\x02h2\x08http/1.1"), or NULL. CT_EFAIL. */
int ct_tls_ctx_new(const char *host, bool insecure, const char *alpn, struct ct_tls_ctx **out,
                   struct ct_err *err);
void ct_tls_ctx_free(struct ct_tls_ctx *ctx); /* after its connections; NULL: no effect */

/* A new connection's SSL for this host, without a transport; NULL: no memory. Owned by caller. */
struct ssl_st *ct_tls_ctx_connection(const struct ct_tls_ctx *ctx);

/* Why a handshake on ssl failed: a class, and *why, static text. Uses up OpenSSL's errors. */
enum ct_failure ct_tls_handshake_failure(const struct ssl_st *ssl, const char **why);

/* --- one connection; embedded by its owner, not moved --- */

/* Plaintext that one feed can give beyond the bytes that it was given: of a record that had begun
 * before. */
enum { CT_TLS_RECORD_MAX = 17 * 1024 };

enum ct_tls_state {
    CT_TLS_HANDSHAKE,
    CT_TLS_OPEN,
    CT_TLS_CLOSED, /* the peer said that it sends nothing more (close_notify) */
    CT_TLS_FAILED,
};

struct ct_tls;

/* Nothing is being written any more (status 0): there is room again, perhaps nobody waited for it.
 * Or it could not be written: status is libuv's code. From the loop; never after ct_tls_close. */
typedef void ct_tls_ready_fn(struct ct_tls *t, int status);

struct ct_tls {
    enum ct_tls_state state;
    enum ct_failure failure; /* FAILED: of the handshake; NONE: it broke after that */
    int error;               /* FAILED: libuv's code when a write failed, else UV_EPROTO */
    const char *why;         /* FAILED: static text or NULL */
    uint64_t sent_ns;        /* just before the kernel accepted the first byte of the latest
                                ct_tls_send; 0: not yet (set when ready is called) */
    bool writing;            /* something waits for the kernel; ready will be called */
    void *owner;             /* for the owner's use */

    /* private */
    struct ssl_st *ssl;
    uv_stream_t *stream;
    ct_tls_ready_fn *ready;
    const char *in; /* what feed was given and is not read yet */
    size_t in_len;
    bool closing;                  /* ct_tls_close was called */
    struct ct_buf flying, waiting; /* ciphertext: in uv_write, behind it; made when needed */
    uv_write_t write;
};

/* Begin the handshake on a connected stream; t is zeroed but for owner. Look at state afterwards:
 * it may be FAILED at once. */
void ct_tls_start(struct ct_tls *t, struct ct_tls_ctx *ctx, uv_stream_t *stream,
                  ct_tls_ready_fn *ready);

/* Bytes came from the network: all are used up. Returns the bytes of plaintext in plain, whose cap
 * is at least len + CT_TLS_RECORD_MAX; everything that can be decrypted is there. Then look at
 * state: what was decrypted before the end is returned also when it is CLOSED or FAILED. */
size_t ct_tls_feed(struct ct_tls *t, const char *bytes, size_t len, char *plain, size_t cap);

/* Encrypt and write; only when OPEN or CLOSED (by the peer: it may still listen). Returns how many
 * bytes were taken; fewer than len, perhaps 0: ready will be called. What was taken is sent or
 * fails with the connection. Negative: libuv's code, the connection is broken. A call makes at
 * least one record and one system call: gather what is small. */
ssize_t ct_tls_send(struct ct_tls *t, const char *bytes, size_t len);

/* The protocol that was agreed on (ALPN), not NUL-terminated, *len 0: none. When OPEN. */
const char *ct_tls_alpn(const struct ct_tls *t, size_t *len);

/* Before uv_close: tell the peer (close_notify) if it makes sense. From any state, also when it was
 * never started. */
void ct_tls_close(struct ct_tls *t);

/* In the close callback of the stream. Also when it was never started. */
void ct_tls_release(struct ct_tls *t);

#endif
