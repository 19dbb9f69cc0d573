/*
 * Passwords and passphrases before anything is opened: out of the environment, so that no program
 * that ct starts has them in its own, and from the person at the terminal, without echo. Kept in
 * struct ct_server.secret, wiped with the configuration.
 */
#ifndef CT_SERVICES_SECRETS_H
#define CT_SERVICES_SECRETS_H

#include "base/err.h"
#include "model/config.h"

/* Take the variables that passwordEnv names out of this program's environment. Before threads and
 * children. One that is not set is noticed at the login. */
void ct_secrets_take(struct ct_cluster *cluster);

/* Ask on the controlling terminal for what is missing: a password that stands nowhere, the
 * passphrase of a key that no agent holds; a file once, however many servers use it. CT_EUSAGE: a
 * password is needed and there is no terminal, or nothing was typed. Warns of a passwordFile, and
 * of a config with a clear password, that others can read. From then on this program leaves no core
 * file, where it knows a secret. */
int ct_secrets_ask(struct ct_config *config, struct ct_err *err);

#endif
