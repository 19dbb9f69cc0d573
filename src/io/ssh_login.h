/*
 * Logging in to a session whose host key is trusted: by agent, key file or password, without
 * blocking on the network. For io/ssh.c.
 */
#ifndef CT_IO_SSH_LOGIN_H
#define CT_IO_SSH_LOGIN_H

#include <libssh2.h>

#include "base/err.h"
#include "model/cluster.h"

struct ct_ssh_login;

/* NULL with err set (CT_EREACH) when the means are missing: no agent, no password, no key file, a
 * key with a passphrase that nobody gave and no agent holds. */
struct ct_ssh_login *ct_ssh_login_new(LIBSSH2_SESSION *session, const struct ct_server *server,
                                      struct ct_err *err);

/* 1: call again when the socket is ready; 0: logged in; CT_EREACH: refused. A passphrase costs some
 * 300 ms of CPU here (its derivation is meant to be slow). A password is sent as keyboard-
 * interactive where the server offers but that: once, to the first question that is not echoed. */
int ct_ssh_login_step(struct ct_ssh_login *l, struct ct_err *err);

/* "agent", "key", "key (by agent)", "password", "keyboard-interactive" */
const char *ct_ssh_login_name(const struct ct_ssh_login *l);
void ct_ssh_login_free(struct ct_ssh_login *l); /* wipes the secret */

#endif
