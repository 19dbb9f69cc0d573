/* Which algorithms are offered, and what came of it. For io/ssh.c. */
#ifndef CT_IO_SSH_METHODS_H
#define CT_IO_SSH_METHODS_H

#include <libssh2.h>
#include <stdbool.h>

#include "io/ssh.h"
#include "model/cluster.h"

/* Before the handshake: modern algorithms only; host key types that known_hosts has for the server
 * first, as OpenSSH does, so that a server with several keys shows the known one. */
void ct_ssh_methods_set(LIBSSH2_SESSION *session, const struct ct_server *server);

/* Can this libssh2 check and make RSA signatures with SHA-2? Older ones know SHA-1 only. */
bool ct_ssh_methods_has_rsa_sha2(void);

/* When there is none in common with the server: why, and what to do. */
const char *ct_ssh_methods_hint(void);

/* After it: all of out that algorithms, host key and software are. */
void ct_ssh_methods_read(LIBSSH2_SESSION *session, struct ct_ssh_info *out);

#endif
