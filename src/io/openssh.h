/*
 * A session as io/ssh.h has it, by the system's ssh: one process per server that stays, all samples
 * over its one channel. For jump hosts, certificates, FIDO keys, RSA, and whatever else ssh's own
 * configuration says. Host keys are checked by it, as strictly; it never asks. Of its standard
 * error the negotiated is read (openssh_log.h), and the last line is the reason of a failure.
 */
#ifndef CT_IO_OPENSSH_H
#define CT_IO_OPENSSH_H

#include "io/ssh.h"

struct ct_openssh;

/* Each as its namesake in io/ssh.h. CT_EREACH when the program is not there. */
int ct_openssh_open(struct ct_loop *loop, const struct ct_server *server, uint64_t timeout_ns,
                    ct_ssh_open_fn *opened, void *ctx, struct ct_openssh **out, struct ct_err *err);
void ct_openssh_ask(struct ct_openssh *o, uint64_t timeout_ns, ct_ssh_reply_fn *reply, void *ctx);
void ct_openssh_close(struct ct_openssh *o, void (*closed)(void *ctx), void *ctx);
void ct_openssh_info(const struct ct_openssh *o, struct ct_ssh_info *out);
socklen_t ct_openssh_peer(const struct ct_openssh *o, struct sockaddr_storage *out);

#endif
