/*
 * A TLS server on 127.0.0.1 for tests, in a thread of its own, that makes its own self-signed
 * certificate: one connection at a time, each request answered with "ok". TLSD_SILENT
 * accepts nothing: a handshake with it waits for ever.
 */
#ifndef CT_TEST_TLSD_H
#define CT_TEST_TLSD_H

#include <stdint.h>

enum tlsd_kind {
    TLSD_GOOD,    /* for 127.0.0.1, valid today */
    TLSD_EXPIRED, /* for 127.0.0.1, until yesterday */
    TLSD_OTHER,   /* for other.test */
    TLSD_PLAIN,   /* answers the handshake with something that is not TLS */
    TLSD_CLOSE,   /* ends the connection in the handshake */
    TLSD_RESET,   /* resets it there */
    TLSD_OLD,     /* speaks TLS 1.1 only */
    TLSD_REKEY,   /* good; asks for new keys again and again while it reads a large body */
    TLSD_12,      /* good, but TLS 1.2 at most */
    TLSD_NO_ALPN, /* good, but it chooses no protocol */
    TLSD_SILENT,  /* listens, accepts nothing */
};

enum { TLSD_REKEY_BODY = 8 * 1024 * 1024 }; /* bytes of the one request that TLSD_REKEY reads */

struct tlsd;

struct tlsd *tlsd_start(enum tlsd_kind kind);
void tlsd_stop(struct tlsd *t);
uint16_t tlsd_port(const struct tlsd *t);

/* Of the latest connection whose handshake ended, and how many there were. From any thread. */
struct tlsd_seen {
    unsigned handshakes, resumed;
    uint64_t hello_ns; /* when its first bytes were there, CLOCK_MONOTONIC */
    char server_name[64], alpn[16], version[16]; /* "": none */
};
struct tlsd_seen tlsd_seen(struct tlsd *t);

/* Write the certificate to path, as PEM: with SSL_CERT_FILE it is trusted. */
void tlsd_save_certificate(const struct tlsd *t, const char *path);

#endif
