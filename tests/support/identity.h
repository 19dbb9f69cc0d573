/*
 * What a TLS server of the tests shows: a key and a self-signed certificate, made anew.
 */
#ifndef CT_TEST_IDENTITY_H
#define CT_TEST_IDENTITY_H

#include <openssl/ssl.h>
#include <stdbool.h>

/* A server's context; ends the program when it cannot. alt_name as "IP:127.0.0.1" or
 * "DNS:other.test"; expired: valid until yesterday. Owned by caller. */
SSL_CTX *identity_context(const char *alt_name, bool expired);

/* Write its certificate to path, as PEM: with SSL_CERT_FILE it is trusted. */
void identity_save(const SSL_CTX *context, const char *path);

#endif
