/* A real sshd on loopback for one test: tests/support/sshd_rig.sh as a child process. */
#ifndef CT_TESTS_SSHD_RIG_H
#define CT_TESTS_SSHD_RIG_H

#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

#include "model/cluster.h"

struct sshd_rig {
    pid_t pid;
    FILE *to, *from;
    char folder[200]; /* ends with the rig */
    char key[256], known_hosts[256], host[16], id[32], user[8];
};

enum { SSHD_RIG_OK, SSHD_RIG_SKIP = 77 };

/* SSHD_RIG_SKIP when this machine cannot (not root, no sshd); any other failure ends the test. */
int sshd_rig_start(struct sshd_rig *rig, struct ct_server *out_server);

/* "start", "stop" (with all sessions), "freeze", "thaw", "new-key" (from the next start on), "force
 * COMMAND" (from the next start on). Returns when it is done. */
void sshd_rig_do(struct sshd_rig *rig, const char *line);

/* What stands in a file of the rig's folder. */
void sshd_rig_write(const struct sshd_rig *rig, const char *name, const char *text);
void sshd_rig_end(struct sshd_rig *rig);

#endif
