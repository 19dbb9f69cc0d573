/*
 * The command line with which the system's ssh reaches one server. Pure. Nothing of the
 * configuration can become an option or a part of the remote command: each value is checked here,
 * stands behind the option that it belongs to, and the host behind "--".
 */
#ifndef CT_IO_OPENSSH_ARGS_H
#define CT_IO_OPENSSH_ARGS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "model/cluster.h"

enum { CT_OPENSSH_ARGS_MAX = 48 };

struct ct_openssh_args {
    char *items[CT_OPENSSH_ARGS_MAX + 1]; /* NULL-terminated; owned */
    size_t count;
};

/* Can ssh be asked for this server at all? CT_EUSAGE with what cannot be given to it. */
int ct_openssh_check(const struct ct_server *server, struct ct_err *err);

/* "ssh ... -- HOST COMMAND". hash: write new host keys hashed, as the others in the file are. What
 * the server's entry leaves out (port, user, keys) is for ssh's own configuration to say. CT_EUSAGE
 * as ct_openssh_check; out needs release only after success. */
int ct_openssh_args_init(struct ct_openssh_args *out, const struct ct_server *server,
                         unsigned connect_timeout_s, bool hash, const char *command,
                         struct ct_err *err);
void ct_openssh_args_release(struct ct_openssh_args *a);

#endif
