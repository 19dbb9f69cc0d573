#include "tlsd.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/mem.h"
#include "identity.h"

struct tlsd {
    enum tlsd_kind kind;
    int listener;
    uint16_t port;
    pthread_t thread;
    SSL_CTX *context;
};

static void die(const char *what)
{
    perror(what);
    abort();
}

static void answer_requests(SSL *ssl)
{
    static const char ok[] = "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nok\n";
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
    else if (SSL_accept(ssl) == 1)
        answer_requests(ssl);
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
    if (kind == TLSD_OLD && (SSL_CTX_set_min_proto_version(t->context, TLS1_VERSION) != 1 ||
                             SSL_CTX_set_max_proto_version(t->context, TLS1_1_VERSION) != 1 ||
                             SSL_CTX_set_cipher_list(t->context, "DEFAULT@SECLEVEL=0") != 1))
        die("tlsd: version");
    t->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
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
    free(t);
}

uint16_t tlsd_port(const struct tlsd *t)
{
    return t->port;
}

void tlsd_save_certificate(const struct tlsd *t, const char *path)
{
    FILE *f = fopen(path, "w");
    if (f == NULL || PEM_write_X509(f, SSL_CTX_get0_certificate(t->context)) != 1 || fclose(f) != 0)
        die("tlsd: save");
}
