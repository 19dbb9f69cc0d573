#include "recorder_tls.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

static int bio_read(BIO *bio, char *to, int room)
{
    ssize_t n = ct_delayer_receive(BIO_get_data(bio), to, (size_t)room);
    BIO_clear_retry_flags(bio);
    if (n < 0 && errno == EAGAIN)
        BIO_set_retry_read(bio);
    return (int)n;
}

static int bio_write(BIO *bio, const char *bytes, int len)
{
    BIO_clear_retry_flags(bio);
    return (int)ct_delayer_transmit(BIO_get_data(bio), bytes, (size_t)len);
}

static long bio_ctrl(BIO *bio, int command, long number, void *pointer)
{
    (void)bio;
    (void)number;
    (void)pointer;
    return command == BIO_CTRL_FLUSH;
}

static BIO_METHOD *method(void)
{
    static BIO_METHOD *made;
    if (made == NULL) {
        made = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "recorder");
        BIO_meth_set_read(made, bio_read);
        BIO_meth_set_write(made, bio_write);
        BIO_meth_set_ctrl(made, bio_ctrl);
    }
    return made;
}

static void *session_open(void *ctx, struct ct_delayer_conn *socket)
{
    SSL *ssl = SSL_new(ctx);
    BIO *bio = BIO_new(method());
    if (ssl == NULL || bio == NULL) {
        SSL_free(ssl);
        BIO_free(bio);
        return NULL;
    }
    BIO_set_data(bio, socket);
    BIO_set_init(bio, 1);
    SSL_set_bio(ssl, bio, bio);
    SSL_set_accept_state(ssl);
    return ssl;
}

/* The first reads are the handshake's. */
static ssize_t session_read(void *session, void *to, size_t room)
{
    ERR_clear_error();
    int n = SSL_read(session, to, (int)room);
    if (n > 0)
        return n;
    switch (SSL_get_error(session, n)) {
    case SSL_ERROR_WANT_READ:
        errno = EAGAIN;
        return -1;
    case SSL_ERROR_ZERO_RETURN:
        return 0;
    default:
        errno = EPROTO;
        return -1;
    }
}

static ssize_t session_write(void *session, const void *bytes, size_t len)
{
    ERR_clear_error();
    return SSL_write(session, bytes, (int)len);
}

static void session_close(void *session)
{
    SSL_free(session);
}

int recorder_tls_init(struct ct_delayer_wire *wire, const char *certificate, const char *key,
                      struct ct_err *err)
{
    SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());
    if (ctx == NULL || SSL_CTX_set_min_proto_version(ctx, TLS1_3_VERSION) != 1 ||
        SSL_CTX_use_certificate_chain_file(ctx, certificate) != 1 ||
        SSL_CTX_use_PrivateKey_file(ctx, key, SSL_FILETYPE_PEM) != 1) {
        SSL_CTX_free(ctx);
        return ct_fail(err, CT_EUSAGE, "'%s' and '%s' are no certificate and key", certificate,
                       key);
    }
    *wire = (struct ct_delayer_wire){.ctx = ctx,
                                     .open = session_open,
                                     .read = session_read,
                                     .write = session_write,
                                     .close = session_close};
    return 0;
}

void recorder_tls_release(struct ct_delayer_wire *wire)
{
    SSL_CTX_free(wire->ctx);
}
