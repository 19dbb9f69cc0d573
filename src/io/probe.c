#include <assert.h>
#include <errno.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "io/classify.h"
#include "io/tls.h"
#include "io/transport.h"

/* One preflight on the stack of its caller: it blocks, before any run. */
struct probe {
    const struct ct_endpoint *endpoint;
    uint64_t deadline_ns;
    int fd;
    enum ct_failure failure;
    const char *why; /* text of the system or of OpenSSL; valid until the probe ends */
};

static int fail(struct probe *p, enum ct_failure failure, const char *why)
{
    p->failure = failure;
    p->why = why;
    return -1;
}

static int wait_for(struct probe *p, short events, enum ct_failure late)
{
    for (;;) {
        uint64_t now_ns = ct_clock_ns();
        if (now_ns >= p->deadline_ns)
            return fail(p, late, "no answer in time");
        struct pollfd fd = {.fd = p->fd, .events = events};
        uint64_t left_ms = (p->deadline_ns - now_ns + CT_NS_PER_MS - 1) / CT_NS_PER_MS;
        int rc = poll(&fd, 1, left_ms > 60000 ? 60000 : (int)left_ms);
        if (rc > 0)
            return 0;
        if (rc < 0 && errno != EINTR)
            return fail(p, ct_classify_connect(errno), strerror(errno));
    }
}

static int connect_tcp(struct probe *p)
{
    const struct ct_endpoint *e = p->endpoint;
    p->fd = socket(e->addr.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (p->fd < 0)
        return fail(p, ct_classify_connect(errno), strerror(errno));
    if (connect(p->fd, (const struct sockaddr *)&e->addr, e->addr_len) == 0)
        return 0;
    if (errno != EINPROGRESS)
        return fail(p, ct_classify_connect(errno), strerror(errno));
    if (wait_for(p, POLLOUT, CT_FAILURE_CONNECT_TIMEOUT) < 0)
        return -1;
    int error = 0;
    socklen_t len = sizeof(error);
    (void)getsockopt(p->fd, SOL_SOCKET, SO_ERROR, &error, &len);
    return error == 0 ? 0 : fail(p, ct_classify_connect(error), strerror(error));
}

static int handshake(struct probe *p, SSL *ssl)
{
    for (;;) {
        ERR_clear_error();
        int rc = SSL_connect(ssl);
        if (rc == 1)
            return 0;
        int want = SSL_get_error(ssl, rc);
        if (want != SSL_ERROR_WANT_READ && want != SSL_ERROR_WANT_WRITE) {
            p->failure = ct_tls_handshake_failure(ssl, &p->why);
            return -1;
        }
        short events = want == SSL_ERROR_WANT_READ ? POLLIN : POLLOUT;
        if (wait_for(p, events, CT_FAILURE_TLS_HANDSHAKE) < 0)
            return -1;
    }
}

static int connect_tls(struct probe *p, bool insecure)
{
    struct ct_tls_ctx *ctx = NULL;
    if (ct_tls_ctx_new(p->endpoint->host, insecure, NULL, &ctx, NULL) < 0)
        return fail(p, CT_FAILURE_GEN_MEMORY, "cannot set up TLS");
    SSL *ssl = ct_tls_ctx_connection(ctx);
    int rc;
    if (ssl == NULL || SSL_set_fd(ssl, p->fd) != 1) {
        rc = fail(p, CT_FAILURE_GEN_MEMORY, "cannot set up TLS");
    } else {
        rc = handshake(p, ssl);
        if (rc == 0)
            (void)SSL_shutdown(ssl);
    }
    SSL_free(ssl);
    ct_tls_ctx_free(ctx);
    return rc;
}

static int code_of(enum ct_failure failure)
{
    switch ((int)failure) {
    case CT_FAILURE_TLS_UNTRUSTED:
    case CT_FAILURE_TLS_EXPIRED:
    case CT_FAILURE_TLS_NAME:
        return CT_EREFUSED;
    case CT_FAILURE_GEN_FD:
    case CT_FAILURE_GEN_PORTS:
    case CT_FAILURE_GEN_MEMORY:
        return CT_EFAIL;
    default:
        return CT_EREACH;
    }
}

int ct_endpoint_probe(const struct ct_endpoint *e, bool insecure, uint64_t timeout_ns,
                      enum ct_failure *out_failure, struct ct_err *err)
{
    assert(e->addr_len > 0);
    struct probe p = {.endpoint = e, .deadline_ns = ct_clock_ns() + timeout_ns, .fd = -1};
    int rc = connect_tcp(&p);
    if (rc == 0 && e->https)
        rc = connect_tls(&p, insecure);
    if (p.fd >= 0)
        (void)close(p.fd);
    if (rc == 0)
        return 0;
    if (out_failure != NULL)
        *out_failure = p.failure;
    return ct_fail(err, code_of(p.failure), "%s (%s): %s: %s", e->host, e->addr_text,
                   ct_failure_name(p.failure), p.why);
}
