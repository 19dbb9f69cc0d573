#include <assert.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "io/classify.h"
#include "io/tls_ctx.h"

/* The server gave a session: the latest is the one to offer. OpenSSL hands over its reference. */
static int new_session(SSL *ssl, SSL_SESSION *session)
{
    struct ct_tls_ctx *ctx = SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl));
    SSL_SESSION_free(ctx->session);
    ctx->session = session;
    return 1;
}

/* The certificate must be for the host as it was written: a name, or an address, whose zone is this
 * machine's own affair. */
static bool expect_host(struct ct_tls_ctx *ctx, const char *host)
{
    X509_VERIFY_PARAM *param = SSL_CTX_get0_param(ctx->ssl_ctx);
    char *address = ct_xstrndup(host, strcspn(host, "%"));
    bool is_address = X509_VERIFY_PARAM_set1_ip_asc(param, address) == 1;
    free(address);
    if (is_address)
        return true;
    ctx->server_name = ct_xstrdup(host);
    return X509_VERIFY_PARAM_set1_host(param, host, 0) == 1;
}

static bool set_up(struct ct_tls_ctx *ctx, const char *host, bool insecure, const char *alpn)
{
    SSL_CTX *c = ctx->ssl_ctx;
    if (c == NULL || ctx->method == NULL || SSL_CTX_set_min_proto_version(c, TLS1_2_VERSION) != 1 ||
        !expect_host(ctx, host))
        return false;
    (void)SSL_CTX_set_options(c, SSL_OP_NO_RENEGOTIATION);
    (void)SSL_CTX_set_app_data(c, ctx);
    (void)SSL_CTX_set_session_cache_mode(c, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
    SSL_CTX_sess_set_new_cb(c, new_session);
    SSL_CTX_set_verify(c, insecure ? SSL_VERIFY_NONE : SSL_VERIFY_PEER, NULL);
    if (!insecure && SSL_CTX_set_default_verify_paths(c) != 1)
        return false;
    return alpn == NULL ||
           SSL_CTX_set_alpn_protos(c, (const unsigned char *)alpn, (unsigned)strlen(alpn)) == 0;
}

int ct_tls_ctx_new(const char *host, bool insecure, const char *alpn, struct ct_tls_ctx **out,
                   struct ct_err *err)
{
    struct ct_tls_ctx *ctx = ct_xcalloc(1, sizeof(*ctx));
    ctx->ssl_ctx = SSL_CTX_new(TLS_client_method());
    ctx->method = ct_tls_bio_method();
    if (set_up(ctx, host, insecure, alpn)) {
        *out = ctx;
        return 0;
    }
    const char *reason = ERR_reason_error_string(ERR_peek_error());
    ERR_clear_error();
    ct_tls_ctx_free(ctx);
    return ct_fail(err, CT_EFAIL, "cannot set up TLS: %s", reason != NULL ? reason : "no memory");
}

void ct_tls_ctx_free(struct ct_tls_ctx *ctx)
{
    if (ctx == NULL)
        return;
    SSL_SESSION_free(ctx->session);
    SSL_CTX_free(ctx->ssl_ctx);
    BIO_meth_free(ctx->method);
    free(ctx->server_name);
    free(ctx);
}

SSL *ct_tls_ctx_connection(const struct ct_tls_ctx *ctx)
{
    SSL *ssl = SSL_new(ctx->ssl_ctx);
    if (ssl == NULL)
        return NULL;
    if (ctx->server_name != NULL && SSL_set_tlsext_host_name(ssl, ctx->server_name) != 1) {
        SSL_free(ssl);
        return NULL;
    }
    if (ctx->session != NULL && SSL_SESSION_is_resumable(ctx->session))
        (void)SSL_set_session(ssl, ctx->session);
    SSL_set_connect_state(ssl);
    return ssl;
}

enum ct_failure ct_tls_handshake_failure(const SSL *ssl, const char **why)
{
    long verify = SSL_get_verify_result(ssl);
    unsigned long error = ERR_peek_error();
    const char *reason = ERR_reason_error_string(error);
    ERR_clear_error();
    if (ERR_GET_REASON(error) == SSL_R_TLSV1_ALERT_NO_APPLICATION_PROTOCOL) {
        *why = "the server speaks no protocol that was offered (ALPN)";
        return CT_FAILURE_PROTOCOL_ERROR;
    }
    if (verify != X509_V_OK && SSL_get_verify_mode(ssl) != SSL_VERIFY_NONE) {
        *why = X509_verify_cert_error_string(verify);
        return ct_classify_verify(verify);
    }
    *why = reason != NULL ? reason : "the connection was closed";
    return CT_FAILURE_TLS_HANDSHAKE;
}
