/*
 * A real HTTP/2 server for a test, as a process of its own on a free port of 127.0.0.1: nghttpd or
 * nginx, in the clear or with TLS (a self-signed certificate for 127.0.0.1). It serves /ok ("ok\n")
 * and /big (1 MiB of 'x'); nghttpd gives back what is put or posted,
 * with large windows.
 */
#ifndef CT_TEST_H2_SERVER_H
#define CT_TEST_H2_SERVER_H

#include <stdint.h>
#include <sys/types.h>

enum h2_server_kind { H2_SERVER_NGHTTPD, H2_SERVER_NGINX };
enum h2_server_tls { H2_SERVER_PLAIN, H2_SERVER_TLS };
enum { H2_SERVER_BIG = 1024 * 1024 };

struct h2_server {
    enum h2_server_kind kind;
    enum h2_server_tls tls;
    pid_t pid;
    uint16_t port;
    char folder[64];
    char certificate[80]; /* with TLS: for SSL_CERT_FILE */
};

/* Ends the program when the server cannot be started. */
void h2_server_start(struct h2_server *s, enum h2_server_kind kind, enum h2_server_tls tls);
void h2_server_stop(struct h2_server *s);

#endif
