/*
 * Private to tls*.c: what the connections of one client share.
 */
#ifndef CT_IO_TLS_CTX_H
#define CT_IO_TLS_CTX_H

#include <openssl/bio.h>
#include <openssl/ssl.h>

#include "io/tls.h"

struct ct_tls_ctx {
    SSL_CTX *ssl_ctx;
    BIO_METHOD *method;
    SSL_SESSION *session; /* the latest that the server gave, or NULL */
    char *server_name;    /* for SNI; NULL when the host is an address */
};

/* How a struct ct_tls reads and writes. NULL: no memory. */
BIO_METHOD *ct_tls_bio_method(void);

#endif
