#include "io/tls.h"

#include <assert.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <string.h>

#include "base/clock.h"
#include "io/tls_ctx.h"

/* What OpenSSL writes by itself while the kernel takes nothing: answers to key updates. A peer that
 * makes more of them is broken off. */
enum { OUT_MAX = 256 * 1024 };

static void broke(struct ct_tls *t, int error, const char *why)
{
    if (t->state == CT_TLS_FAILED)
        return;
    t->failure = t->state == CT_TLS_HANDSHAKE ? CT_FAILURE_TLS_HANDSHAKE : CT_FAILURE_NONE;
    t->state = CT_TLS_FAILED;
    t->error = error;
    t->why = why;
}

/* --- ciphertext out --- */

static void forget(struct ct_buf *b)
{
    if (b->data != NULL)
        ct_buf_release(b);
}

static bool gather(struct ct_buf *b, const char *bytes, size_t len)
{
    if (b->data == NULL)
        ct_buf_init(b, OUT_MAX);
    return ct_buf_add(b, bytes, len);
}

static void write_done(uv_write_t *write, int status);

/* libuv writes what is in flying when there is room. Returns libuv's code. */
static int fly(struct ct_tls *t)
{
    uv_buf_t all = uv_buf_init(t->flying.data, (unsigned)t->flying.len);
    t->write.data = t;
    int rc = uv_write(&t->write, t->stream, &all, 1, write_done);
    t->writing = rc == 0;
    return rc;
}

static void write_done(uv_write_t *write, int status)
{
    struct ct_tls *t = write->data;
    t->writing = false;
    forget(&t->flying);
    if (t->closing)
        return;
    if (status == 0 && t->sent_ns == 0)
        t->sent_ns = ct_clock_ns();
    if (status == 0 && t->waiting.data != NULL) {
        t->flying = t->waiting;
        memset(&t->waiting, 0, sizeof(t->waiting));
        status = fly(t);
        if (status == 0)
            return;
    }
    if (status < 0)
        broke(t, status, NULL);
    t->ready(t, status);
}

/* Write now; keep what the kernel does not take. Returns libuv's code. */
static int put(struct ct_tls *t, const char *bytes, size_t len)
{
    if (t->writing)
        return gather(&t->waiting, bytes, len) ? 0 : UV_ENOBUFS;
    uv_buf_t all = uv_buf_init((char *)bytes, (unsigned)len);
    uint64_t at_ns = ct_clock_ns();
    int rc = uv_try_write(t->stream, &all, 1);
    if (rc > 0 && t->sent_ns == 0)
        t->sent_ns = at_ns;
    if (rc < 0 && rc != UV_EAGAIN)
        return rc;
    size_t taken = rc > 0 ? (size_t)rc : 0;
    if (taken == len)
        return 0;
    return gather(&t->flying, bytes + taken, len - taken) ? fly(t) : UV_ENOBUFS;
}

/* --- OpenSSL's view of the connection --- */

static int bio_write(BIO *bio, const char *bytes, size_t len, size_t *written)
{
    struct ct_tls *t = BIO_get_data(bio);
    BIO_clear_retry_flags(bio);
    int rc = put(t, bytes, len);
    if (rc < 0) {
        t->error = rc;
        return 0;
    }
    *written = len;
    return 1;
}

static int bio_read(BIO *bio, char *bytes, size_t len, size_t *got)
{
    struct ct_tls *t = BIO_get_data(bio);
    BIO_clear_retry_flags(bio);
    if (t->in_len == 0) {
        BIO_set_retry_read(bio);
        return 0;
    }
    *got = len < t->in_len ? len : t->in_len;
    memcpy(bytes, t->in, *got);
    t->in += *got;
    t->in_len -= *got;
    return 1;
}

static long bio_ctrl(BIO *bio, int command, long number, void *pointer)
{
    (void)bio;
    (void)number;
    (void)pointer;
    return command == BIO_CTRL_FLUSH; /* everything is written at once */
}

BIO_METHOD *ct_tls_bio_method(void)
{
    BIO_METHOD *method = BIO_meth_new(BIO_TYPE_SOURCE_SINK, "ct");
    if (method != NULL && BIO_meth_set_write_ex(method, bio_write) == 1 &&
        BIO_meth_set_read_ex(method, bio_read) == 1 && BIO_meth_set_ctrl(method, bio_ctrl) == 1)
        return method;
    BIO_meth_free(method);
    return NULL;
}

/* SSL_get_error looks at the thread's errors: what another user left there is not this
 * connection's. */
static void no_old_errors(void)
{
    if (ERR_peek_error() != 0)
        ERR_clear_error();
}

/* --- one connection --- */

static void shake(struct ct_tls *t)
{
    no_old_errors();
    int rc = SSL_do_handshake(t->ssl);
    if (rc == 1) {
        t->state = CT_TLS_OPEN;
        return;
    }
    if (SSL_get_error(t->ssl, rc) == SSL_ERROR_WANT_READ)
        return;
    const char *why = NULL;
    int error = t->error != 0 ? t->error : UV_EPROTO;
    enum ct_failure failure = ct_tls_handshake_failure(t->ssl, &why);
    broke(t, error, why);
    t->failure = failure;
}

void ct_tls_start(struct ct_tls *t, struct ct_tls_ctx *ctx, uv_stream_t *stream,
                  ct_tls_ready_fn *ready)
{
    assert(t->ssl == NULL && t->state == CT_TLS_HANDSHAKE);
    t->stream = stream;
    t->ready = ready;
    t->ssl = ct_tls_ctx_connection(ctx);
    BIO *bio = t->ssl != NULL ? BIO_new(ctx->method) : NULL;
    if (bio == NULL) {
        broke(t, UV_ENOMEM, "no memory for TLS");
        t->failure = CT_FAILURE_GEN_MEMORY;
        return;
    }
    BIO_set_data(bio, t);
    SSL_set_bio(t->ssl, bio, bio);
    shake(t);
}

/* SSL_read gave nothing: it wants more bytes, or this is the end. */
static void no_plaintext(struct ct_tls *t)
{
    switch (SSL_get_error(t->ssl, 0)) {
    case SSL_ERROR_WANT_READ:
        break;
    case SSL_ERROR_ZERO_RETURN:
        t->state = CT_TLS_CLOSED;
        break;
    default:
        broke(t, t->error != 0 ? t->error : UV_EPROTO, ERR_reason_error_string(ERR_peek_error()));
        ERR_clear_error();
    }
}

size_t ct_tls_feed(struct ct_tls *t, const char *bytes, size_t len, char *plain, size_t cap)
{
    assert(cap >= len + CT_TLS_RECORD_MAX);
    size_t all = 0, n;
    t->in = bytes;
    t->in_len = len;
    if (t->state == CT_TLS_HANDSHAKE)
        shake(t);
    no_old_errors();
    while (t->state == CT_TLS_OPEN && (t->in_len > 0 || SSL_pending(t->ssl) > 0)) {
        if (SSL_read_ex(t->ssl, plain + all, cap - all, &n) != 1) {
            no_plaintext(t);
            break;
        }
        all += n;
    }
    t->in_len = 0;
    return all;
}

ssize_t ct_tls_send(struct ct_tls *t, const char *bytes, size_t len)
{
    assert(t->state != CT_TLS_HANDSHAKE);
    size_t taken = 0, n;
    if (t->state == CT_TLS_FAILED) /* by what came with the end of the handshake */
        return t->error < 0 ? t->error : UV_EPROTO;
    if (t->writing)
        return 0;
    t->sent_ns = 0;
    no_old_errors();
    while (taken < len && !t->writing) {
        size_t left = len - taken;
        /* one record, so that it looks at writing in between */
        if (left > SSL3_RT_MAX_PLAIN_LENGTH)
            left = SSL3_RT_MAX_PLAIN_LENGTH;
        if (SSL_write_ex(t->ssl, bytes + taken, left, &n) != 1) {
            broke(t, t->error != 0 ? t->error : UV_EPROTO,
                  ERR_reason_error_string(ERR_peek_error()));
            ERR_clear_error();
            return t->error;
        }
        taken += n;
    }
    return (ssize_t)taken;
}

const char *ct_tls_alpn(const struct ct_tls *t, size_t *len)
{
    const unsigned char *name = NULL;
    unsigned n = 0;
    SSL_get0_alpn_selected(t->ssl, &name, &n);
    *len = n;
    return (const char *)name;
}

void ct_tls_close(struct ct_tls *t)
{
    if (t->ssl == NULL || t->closing)
        return;
    if (t->state == CT_TLS_OPEN || t->state == CT_TLS_CLOSED)
        (void)SSL_shutdown(t->ssl);
    ERR_clear_error();
    t->closing = true;
}

void ct_tls_release(struct ct_tls *t)
{
    if (t->ssl == NULL)
        return;
    /* OpenSSL throws away the session of a connection that was not shut down; others may share it
     * and offer it again. */
    SSL_set_shutdown(t->ssl, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
    SSL_free(t->ssl);
    t->ssl = NULL;
    forget(&t->flying);
    forget(&t->waiting);
}
