/* Is this the host's key? The files around known_hosts.h: which are read, what is written, what a
 * refusal says. For io/ssh.c and io/openssh.c. */
#ifndef CT_IO_SSH_TRUST_H
#define CT_IO_SSH_TRUST_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "io/known_hosts.h"
#include "model/cluster.h"

/* A host key as the server showed it. */
struct ct_shown_key {
    const void *bytes; /* NULL: not known, as with ssh's own program */
    size_t len;
    const char *type;        /* "ssh-ed25519" */
    const char *fingerprint; /* "SHA256:..." */
};

/* 0: known; 1: accepted as new and written down. CT_EREFUSED: with the fingerprint and the command
 * that would accept it. */
int ct_ssh_trust(const struct ct_server *server, const struct ct_shown_key *key,
                 struct ct_err *err);

/* The line of a refusal: CT_EREFUSED, whatever known says (but CT_KNOWN_YES). where: the file that
 * says it; NULL: the user's. */
int ct_ssh_trust_refuse(enum ct_known known, const struct ct_server *server,
                        const struct ct_shown_key *key, const char *where, struct ct_err *err);

/* Do the files know a key of that type for the server? Such types are asked for first. */
bool ct_ssh_knows_type(const struct ct_server *server, const char *type);

/* Are names hashed in the file that new keys are written to? */
bool ct_ssh_trust_hashes(const struct ct_server *server);

#endif
