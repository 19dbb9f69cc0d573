/*
 * What the system's ssh says on its standard error at LogLevel=DEBUG1: how far it is, what was
 * negotiated, why it gave up. Pure; fuzzed. Written for OpenSSH 8.4 to 9.x; a line that is worded
 * otherwise is passed over, and the last one that is no debug line is the reason.
 */
#ifndef CT_IO_OPENSSH_LOG_H
#define CT_IO_OPENSSH_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "io/known_hosts.h"
#include "io/ssh.h"

enum ct_openssh_step {
    CT_OPENSSH_STARTED,
    CT_OPENSSH_CONNECTED,
    CT_OPENSSH_TRUSTED, /* the host key was accepted and the keys are exchanged */
    CT_OPENSSH_LOGGED_IN,
};

struct ct_openssh_log {
    enum ct_openssh_step step;
    struct ct_ssh_info info; /* without the times; login "publickey" */
    uint16_t port;           /* of info.address; 0: not known */
    bool refused;            /* the host key was: known says why */
    enum ct_known known;     /* NOT, CHANGED or REVOKED */
    char last[200];          /* "" or the last line of the program's own or the server's */
};

void ct_openssh_log_init(struct ct_openssh_log *log);

/* One line, without its newline. Nothing about trust is taken from lines that come after it was
 * decided: from then on the server has a say in them. */
void ct_openssh_log_line(struct ct_openssh_log *log, const char *text, size_t len);

#endif
