/*
 * known_hosts as OpenSSH means it (sshd(8), "SSH_KNOWN_HOSTS FILE FORMAT"): markers, patterns with
 * * ? and !, [host]:port, hashed names. Pure; fuzzed. A line that makes no sense is passed over,
 * the others count.
 */
#ifndef CT_IO_KNOWN_HOSTS_H
#define CT_IO_KNOWN_HOSTS_H

#include <stddef.h>
#include <stdint.h>

enum ct_known {
    CT_KNOWN_NOT,       /* no line for this host */
    CT_KNOWN_YES,       /* a line has this very key */
    CT_KNOWN_CHANGED,   /* lines for this host have other keys */
    CT_KNOWN_REVOKED,   /* an @revoked line has this key */
    CT_KNOWN_AUTHORITY, /* only an @cert-authority line: certificates are not supported here */
};

/* Look for the key (base64, as in the file) of host at port in text. Call it for each file and keep
 * the gravest answer with ct_known_worse. */
enum ct_known ct_known_hosts_find(const char *text, size_t len, const char *host, uint16_t port,
                                  const char *key_base64);

/* Of two files' answers the one that holds: REVOKED, then YES, CHANGED, AUTHORITY, NOT. */
enum ct_known ct_known_worse(enum ct_known a, enum ct_known b);

#endif
