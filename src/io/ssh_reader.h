/*
 * Reading a server's /proc over an SSH session that is logged in, by the cheapest way it allows,
 * found once per connection, in this order:
 *
 *   "sftp"                the files stay open on one channel; nothing is started on the server
 *   "shell loop"          one shell stays and answers each line with a reply
 *   "command per sample"  a command each time
 *   "forced command"      what the account's authorized_keys or ForceCommand gives instead: a loop,
 *                         or a command each time
 *
 * For io/ssh.c. Never blocks: a step returns 1 to be called again when the socket is ready.
 */
#ifndef CT_IO_SSH_READER_H
#define CT_IO_SSH_READER_H

#include <libssh2.h>
#include <stddef.h>

#include "base/err.h"
#include "model/cluster.h"

struct ct_ssh_reader;

/* session and server are borrowed; the session frees the channels. A server whose processes are
 * watched is not read by SFTP; control groups are files like others. */
struct ct_ssh_reader *ct_ssh_reader_new(LIBSSH2_SESSION *session, const struct ct_server *server);
void ct_ssh_reader_free(struct ct_ssh_reader *r); /* NULL allowed */

/* Find the way. 1, 0, or CT_EREACH with the reason in err (without the server's name). */
int ct_ssh_reader_find(struct ct_ssh_reader *r, struct ct_err *err);

/* This way has been waited for long enough: the next step tries another. */
void ct_ssh_reader_skip(struct ct_ssh_reader *r);

/* Begin a reading; then step until 0. */
void ct_ssh_reader_ask(struct ct_ssh_reader *r);
int ct_ssh_reader_step(struct ct_ssh_reader *r, struct ct_err *err);

/* What was read last: borrowed until the next ask. */
const char *ct_ssh_reader_text(const struct ct_ssh_reader *r, size_t *len);

const char *ct_ssh_reader_how(const struct ct_ssh_reader *r); /* static; "" until it is found */

#endif
