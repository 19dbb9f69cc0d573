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

/* NULL with err set (CT_EREACH) when the means are missing: no agent, no password, no key file. */
struct ct_ssh_login *ct_ssh_login_new(LIBSSH2_SESSION *session, const struct ct_server *server,
                                      struct ct_err *err);

/* 1: call again when the socket is ready; 0: logged in; CT_EREACH: refused. */
int ct_ssh_login_step(struct ct_ssh_login *l, struct ct_err *err);
const char *ct_ssh_login_name(const struct ct_ssh_login *l); /* "agent", "key", "password" */
void ct_ssh_login_free(struct ct_ssh_login *l);              /* wipes the password */

#endif
