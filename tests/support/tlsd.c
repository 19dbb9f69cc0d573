#include "tlsd.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/ssl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "identity.h"

struct tlsd {
    enum tlsd_kind kind;
    int listener;
    uint16_t port;
    pthread_t thread;
    SSL_CTX *context;
    pthread_mutex_t lock;
    struct tlsd_seen seen;
};

static void die(const char *what)
{
    perror(what);
    abort();
}

static const char ok[] = "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nok\n";

static void rekey(SSL *ssl)
{
    static char bytes[16 * 1024];
    size_t all = 0;
    int n;
    for (unsigned i = 0; all < TLSD_REKEY_BODY; i++) {
        if (i % 16 == 0 &&
            (SSL_key_update(ssl, SSL_KEY_UPDATE_REQUESTED) != 1 || SSL_do_handshake(ssl) != 1))
            return;
        if ((n = SSL_read(ssl, bytes, sizeof(bytes))) <= 0)
            return;
        all += (size_t)n;
    }
    (void)SSL_write(ssl, ok, (int)sizeof(ok) - 1);
    while (SSL_read(ssl, bytes, sizeof(bytes)) > 0)
        continue;
}

static void answer_requests(SSL *ssl)
{
    char bytes[4096];
    size_t len = 0;
    int n;
    while ((n = SSL_read(ssl, bytes + len, (int)(sizeof(bytes) - 1 - len))) > 0) {
        len += (size_t)n;
        bytes[len] = '\0';
        if (strstr(bytes, "\r\n\r\n") == NULL)
            continue;
        len = 0;
        (void)SSL_write(ssl, ok, (int)sizeof(ok) - 1);
    }
}

/* What the server speaks, when it is offered. */
static int choose(SSL *ssl, const unsigned char **out, unsigned char *out_len,
                  const unsigned char *offered, unsigned len, void *ctx)
{
    static const unsigned char mine[] = "\x08http/1.1";
    unsigned char *chosen = NULL;
    (void)ssl;
    (void)ctx;
    if (SSL_select_next_proto(&chosen, out_len, mine, sizeof(mine) - 1, offered, len) !=
        OPENSSL_NPN_NEGOTIATED)
        return SSL_TLSEXT_ERR_NOACK;
    *out = chosen;
    return SSL_TLSEXT_ERR_OK;
}

static void look(struct tlsd *t, const SSL *ssl, uint64_t hello_ns)
{
    const unsigned char *alpn = NULL;
    unsigned len = 0;
    const char *name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
    SSL_get0_alpn_selected(ssl, &alpn, &len);
    (void)pthread_mutex_lock(&t->lock);
    struct tlsd_seen *s = &t->seen;
    s->handshakes++;
    s->resumed += SSL_session_reused(ssl) != 0;
    s->hello_ns = hello_ns;
    (void)snprintf(s->server_name, sizeof(s->server_name), "%s", name != NULL ? name : "");
    (void)snprintf(s->alpn, sizeof(s->alpn), "%.*s", (int)len, (const char *)alpn);
    (void)snprintf(s->version, sizeof(s->version), "%s", SSL_get_version(ssl));
    (void)pthread_mutex_unlock(&t->lock);
}

static void serve_tls(struct tlsd *t, SSL *ssl, int fd)
{
    char first;
    (void)recv(fd, &first, 1, MSG_PEEK);
    uint64_t hello_ns = ct_clock_ns();
    if (SSL_accept(ssl) != 1)
        return;
    look(t, ssl, hello_ns);
    if (t->kind == TLSD_REKEY)
        rekey(ssl);
    else
        answer_requests(ssl);
}

static void serve_one(struct tlsd *t, int fd)
{
    SSL *ssl = SSL_new(t->context);
    char hello[4096];
    struct linger none = {.l_onoff = 1, .l_linger = 0};
    (void)SSL_set_fd(ssl, fd);
    if (t->kind == TLSD_PLAIN)
        (void)send(fd, "hello, plainly\r\n", 16, MSG_NOSIGNAL);
    else if (t->kind == TLSD_CLOSE || t->kind == TLSD_RESET)
        (void)recv(fd, hello, sizeof(hello), 0);
    else
        serve_tls(t, ssl, fd);
    if (t->kind == TLSD_RESET)
        (void)setsockopt(fd, SOL_SOCKET, SO_LINGER, &none, sizeof(none));
    SSL_free(ssl);
}

static void *serve(void *ctx)
{
    struct tlsd *t = ctx;
    int fd;
    while ((fd = accept(t->listener, NULL, NULL)) >= 0) {
        serve_one(t, fd);
        (void)close(fd);
    }
    return NULL;
}

struct tlsd *tlsd_start(enum tlsd_kind kind)
{
    struct sockaddr_in addr = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof(addr);
    struct tlsd *t = ct_xcalloc(1, sizeof(*t));
    (void)signal(SIGPIPE, SIG_IGN);
    t->kind = kind;
    t->context = identity_context(kind == TLSD_OTHER ? "DNS:other.test" : "IP:127.0.0.1",
                                  kind == TLSD_EXPIRED);
    (void)pthread_mutex_init(&t->lock, NULL);
    if (kind != TLSD_NO_ALPN)
        SSL_CTX_set_alpn_select_cb(t->context, choose, NULL);
    if (kind == TLSD_OLD && (SSL_CTX_set_min_proto_version(t->context, TLS1_VERSION) != 1 ||
                             SSL_CTX_set_max_proto_version(t->context, TLS1_1_VERSION) != 1 ||
                             SSL_CTX_set_cipher_list(t->context, "DEFAULT@SECLEVEL=0") != 1))
        die("tlsd: version");
    t->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (kind == TLSD_12 && SSL_CTX_set_max_proto_version(t->context, TLS1_2_VERSION) != 1)
        die("tlsd: version");
    if (bind(t->listener, (struct sockaddr *)&addr, len) < 0 || listen(t->listener, 16) < 0 ||
        getsockname(t->listener, (struct sockaddr *)&addr, &len) < 0)
        die("tlsd: listen");
    t->port = ntohs(addr.sin_port);
    if (kind != TLSD_SILENT && pthread_create(&t->thread, NULL, serve, t) != 0)
        die("tlsd: thread");
    return t;
}

void tlsd_stop(struct tlsd *t)
{
    (void)shutdown(t->listener, SHUT_RDWR); /* wakes accept */
    if (t->kind != TLSD_SILENT)
        (void)pthread_join(t->thread, NULL);
    (void)close(t->listener);
    SSL_CTX_free(t->context);
    (void)pthread_mutex_destroy(&t->lock);
    free(t);
}

struct tlsd_seen tlsd_seen(struct tlsd *t)
{
    (void)pthread_mutex_lock(&t->lock);
    struct tlsd_seen seen = t->seen;
    (void)pthread_mutex_unlock(&t->lock);
    return seen;
}

uint16_t tlsd_port(const struct tlsd *t)
{
    return t->port;
}

void tlsd_save_certificate(const struct tlsd *t, const char *path)
{
    identity_save(t->context, path);
}
