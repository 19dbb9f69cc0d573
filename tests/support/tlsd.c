#include "tlsd.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/mem.h"

struct tlsd {
    enum tlsd_kind kind;
    int listener;
    uint16_t port;
    pthread_t thread;
    EVP_PKEY *key;
    X509 *certificate;
    SSL_CTX *context;
};

static void die(const char *what)
{
    perror(what);
    abort();
}

static X509 *self_signed(EVP_PKEY *key, enum tlsd_kind kind)
{
    X509 *x = X509_new();
    long day = 24 * 60 * 60;
    (void)X509_set_version(x, 2);
    (void)ASN1_INTEGER_set(X509_get_serialNumber(x), 1);
    (void)X509_gmtime_adj(X509_getm_notBefore(x), -2 * day);
    (void)X509_gmtime_adj(X509_getm_notAfter(x), kind == TLSD_EXPIRED ? -day : day);
    (void)X509_set_pubkey(x, key);
    X509_NAME *name = X509_get_subject_name(x);
    (void)X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const unsigned char *)"ct test", -1,
                                     -1, 0);
    (void)X509_set_issuer_name(x, name);
    X509_EXTENSION *alt = X509V3_EXT_conf_nid(
        NULL, NULL, NID_subject_alt_name, kind == TLSD_OTHER ? "DNS:other.test" : "IP:127.0.0.1");
    (void)X509_add_ext(x, alt, -1);
    X509_EXTENSION_free(alt);
    if (X509_sign(x, key, EVP_sha256()) == 0)
        die("tlsd: certificate");
    return x;
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
    t->key = EVP_EC_gen("P-256");
    t->certificate = self_signed(t->key, kind);
    t->context = SSL_CTX_new(TLS_server_method());
    if (SSL_CTX_use_certificate(t->context, t->certificate) != 1 ||
        SSL_CTX_use_PrivateKey(t->context, t->key) != 1)
        die("tlsd: context");
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
    X509_free(t->certificate);
    EVP_PKEY_free(t->key);
    free(t);
}

uint16_t tlsd_port(const struct tlsd *t)
{
    return t->port;
}

void tlsd_save_certificate(const struct tlsd *t, const char *path)
{
    FILE *f = fopen(path, "w");
    if (f == NULL || PEM_write_X509(f, t->certificate) != 1 || fclose(f) != 0)
        die("tlsd: save");
}
