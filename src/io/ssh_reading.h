/* What runs on a server that is watched, and how its answers are told apart. For io/ssh_reader.c
 * and io/openssh.c; nothing from the configuration is ever part of it. */
#ifndef CT_IO_SSH_READING_H
#define CT_IO_SSH_READING_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "model/cluster.h"

enum { CT_SSH_REPLY_MAX = 256 << 10 };

/* The command: it stays and answers each line with one reply, the files of io/proc_files.h under
 * the headings of head(1), or without any where head has none to give. Names in the question add
 * /proc/PID/stat of the processes that have one, and the heading "ct-watch" with the size of a
 * page; control groups in it add those of their files that there are. sh, whatever the account's
 * login shell is. */
extern const char ct_ssh_command[];

/* The same for one reply, without a question. */
extern const char ct_ssh_command_once[];

/* The line that asks: the names of the server's processes to watch, with slashes between them, or
 * none; then each control group after two slashes: "nginx/postgres//system.slice/nginx.service".
 * They are data for the loop, never part of a command. Appended to out. */
void ct_ssh_question(const struct ct_server *server, struct ct_buf *out);

/* Has all of a reply come? Then *out_len is its length, without the line that ends it. */
bool ct_ssh_reply_complete(const struct ct_buf *reply, size_t *out_len);

/* A reply of these commands, not of one that the server put in their place. */
bool ct_ssh_reply_is_ours(const struct ct_buf *reply);

#endif
