/* Is this the host's key? Files around known_hosts.h: which are read, what a refusal says. For
 * io/ssh.c. */
#ifndef CT_IO_SSH_TRUST_H
#define CT_IO_SSH_TRUST_H

#include <stddef.h>

#include "base/err.h"
#include "model/cluster.h"

/* key: the host key as the server sent it; type: "ssh-ed25519". 0: known, or accepted as new and
 * written down. CT_EREFUSED: with the fingerprint and what to do. */
int ct_ssh_trust(const struct ct_server *server, const void *key, size_t key_len, const char *type,
                 const char *fingerprint, struct ct_err *err);

#endif
