#include "identity.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>

static X509 *self_signed(EVP_PKEY *key, const char *alt_name, bool expired)
{
    X509 *x = X509_new();
    long day = 24 * 60 * 60;
    (void)X509_set_version(x, 2);
    (void)ASN1_INTEGER_set(X509_get_serialNumber(x), 1);
    (void)X509_gmtime_adj(X509_getm_notBefore(x), -2 * day);
    (void)X509_gmtime_adj(X509_getm_notAfter(x), expired ? -day : day);
    (void)X509_set_pubkey(x, key);
    X509_NAME *name = X509_get_subject_name(x);
    (void)X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const unsigned char *)"ct test", -1,
                                     -1, 0);
    (void)X509_set_issuer_name(x, name);
    X509_EXTENSION *alt = X509V3_EXT_conf_nid(NULL, NULL, NID_subject_alt_name, alt_name);
    (void)X509_add_ext(x, alt, -1);
    X509_EXTENSION_free(alt);
    if (X509_sign(x, key, EVP_sha256()) == 0) {
        perror("identity");
        abort();
    }
    return x;
}

SSL_CTX *identity_context(const char *alt_name, bool expired)
{
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *certificate = self_signed(key, alt_name, expired);
    SSL_CTX *context = SSL_CTX_new(TLS_server_method());
    if (SSL_CTX_use_certificate(context, certificate) != 1 ||
        SSL_CTX_use_PrivateKey(context, key) != 1) {
        perror("identity");
        abort();
    }
    X509_free(certificate);
    EVP_PKEY_free(key);
    return context;
}

void identity_save(const SSL_CTX *context, const char *path)
{
    FILE *f = fopen(path, "w");
    if (f == NULL || PEM_write_X509(f, SSL_CTX_get0_certificate(context)) != 1 || fclose(f) != 0) {
        perror(path);
        abort();
    }
}
