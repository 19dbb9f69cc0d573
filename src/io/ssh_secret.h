/* What a person must be asked for before a server can be logged in to. For services. */
#ifndef CT_IO_SSH_SECRET_H
#define CT_IO_SSH_SECRET_H

#include "model/cluster.h"

enum ct_secret { CT_SECRET_NONE, CT_SECRET_PASSWORD, CT_SECRET_PASSPHRASE };

/* out_path: for a passphrase the key file, owned by caller; else NULL. Reads the key file and may
 * ask the agent whether it holds that key: then nothing is needed. Never with the system's ssh,
 * which asks its agent itself. */
enum ct_secret ct_ssh_secret_wanted(const struct ct_server *server, char **out_path);

#endif
