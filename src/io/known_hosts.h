/*
 * known_hosts as OpenSSH means it (sshd(8), "SSH_KNOWN_HOSTS FILE FORMAT"): markers, patterns with
 * * ? and !, [host]:port, hashed names. Pure; fuzzed. A line that makes no sense is passed over,
 * the others count. (libssh2's own reader takes @revoked lines, patterns and negations for plain
 * names that match nobody.)
 */
#ifndef CT_IO_KNOWN_HOSTS_H
#define CT_IO_KNOWN_HOSTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

enum ct_known {
    CT_KNOWN_NOT,        /* no line for this host */
    CT_KNOWN_AUTHORITY,  /* only an @cert-authority line: certificates are not supported here */
    CT_KNOWN_OTHER_TYPE, /* lines for this host have keys of other types only */
    CT_KNOWN_CHANGED,    /* a line for this host has another key of this type */
    CT_KNOWN_YES,        /* a line has this very key */
    CT_KNOWN_REVOKED,    /* an @revoked line has this key */
};

/* A host key as a server shows it. */
struct ct_host_key_text {
    const char *type;   /* "ssh-ed25519" */
    const char *base64; /* as in the file */
};

/* Look for the key of host at port in the len bytes of text. Of several lines the one that stands
 * last in enum ct_known decides; the same goes for several files. Keys are compared as bytes, not
 * as text. At another port than 22, "host" alone names somebody else, but in an @revoked line it
 * names every port. */
enum ct_known ct_known_hosts_find(const char *text, size_t len, const char *host, uint16_t port,
                                  const struct ct_host_key_text *key);

/* Is there a plain line (without marker) for host at port with a key of that type? */
bool ct_known_hosts_has_type(const char *text, size_t len, const char *host, uint16_t port,
                             const char *type);

/* Are names in it hashed? Then a new one is to be, too. */
bool ct_known_hosts_is_hashed(const char *text, size_t len);

/* Append the line that makes the key known for host at port, with its newline. hashed: the name as
 * HMAC-SHA1 with a random salt, as "ssh-keygen -H" writes it. false: no room, or no random bytes.
 */
bool ct_known_hosts_line(struct ct_buf *out, const char *host, uint16_t port, bool hashed,
                         const struct ct_host_key_text *key);

#endif
