/* Keys to log in with: the files on this machine and what the agent holds. For io/ssh_login.c and
 * io/ssh_secret.c. */
#ifndef CT_IO_SSH_KEYS_H
#define CT_IO_SSH_KEYS_H

#include <libssh2.h>
#include <stdbool.h>

#include "base/buf.h"
#include "model/cluster.h"

enum { CT_SSH_KEYS_MAX = 2 };

/* The files that may be tried: the configured one, or of ~/.ssh/id_ed25519 and id_ecdsa those that
 * can be read. paths are owned by caller. Returns their number; the first is set even when it is
 * 0, for the message. */
size_t ct_ssh_keys_find(const struct ct_server *server, char *paths[CT_SSH_KEYS_MAX]);

/* The agent, its list read; NULL: none answers. */
LIBSSH2_AGENT *ct_ssh_agent_open(LIBSSH2_SESSION *session);
void ct_ssh_agent_close(LIBSSH2_AGENT *agent); /* NULL allowed */

/* The agent's identity with that public key; NULL: it has none. */
struct libssh2_agent_publickey *ct_ssh_agent_find(LIBSSH2_AGENT *agent, const struct ct_buf *key);

#endif
